"""Use cases of money: terms, prices, stops on purchases, reconciling, the audit."""
