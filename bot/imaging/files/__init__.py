"""Picture files: let in at the gate, spooled, scaled and written."""
