"""The embedded engine: a fal-compatible server that really edits, offline."""
