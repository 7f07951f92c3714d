"""Jobs: claimed in fair turns, bought once, followed to their picture, and recorded."""
