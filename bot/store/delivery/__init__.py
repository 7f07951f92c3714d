"""What is owed to somebody on Discord, until it is there or kept."""
