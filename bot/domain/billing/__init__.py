"""Rules of money: amounts, the ledger, the provider's bill, and when purchases stop."""
