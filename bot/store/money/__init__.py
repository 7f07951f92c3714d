"""Money in the database: the ledger and its counters, limits, the owner's cost, reports."""
