"""Money: what may be spent, who is told of it, and how it compares with the bill."""
