"""Picture files: taken in, spooled, scaled and written."""
