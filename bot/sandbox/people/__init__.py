"""The members: what they do, what they see, what they are offered."""
