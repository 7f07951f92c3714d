"""Interactions with Discord that the books remember."""
