"""Every setting: its type, its default, and where it is read from."""
