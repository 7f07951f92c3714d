"""What is bought, what it costs and what stops it."""
