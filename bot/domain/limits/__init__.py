"""Rules of limits: which count for whom, over which window, and what is left."""
