"""The engine's requests: stored, queued, and painted in a child process."""
