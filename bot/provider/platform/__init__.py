"""The provider's platform API: prices, billing events and request history."""
