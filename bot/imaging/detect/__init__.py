"""Finds things in a picture by looking at it, offline: the subject, faces, the sky, lettering."""
