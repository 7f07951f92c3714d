"""Reports on Discord: options, and cards with their charts and tables."""
