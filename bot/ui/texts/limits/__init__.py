"""What is said of limits: their names, refusals, changes, lists and alerts."""
