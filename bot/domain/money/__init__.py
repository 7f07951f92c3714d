"""Money: limits and the ledger, what stops purchases, and the bill, as pure rules."""
