"""Discord's gateway: sessions, events, and their faults."""
