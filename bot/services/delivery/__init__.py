"""Sends what is owed to somebody on Discord."""
