"""What reports and tables read from the ledger."""
