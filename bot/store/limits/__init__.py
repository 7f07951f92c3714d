"""Limits as they were set, the counters beneath them, and what alerts noted."""
