"""Messages that Discord is owed: sent later than the interaction that caused them."""
