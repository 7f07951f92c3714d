"""The ledger, the owner's cost, the provider's bill, and stops on purchases."""
