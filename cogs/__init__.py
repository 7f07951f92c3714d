"""Slash-command groups, one per file: read options, call a service, show a card."""
