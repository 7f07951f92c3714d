"""Bringing what is owed to Discord."""
