"""Edits, drafts and their picture files."""
