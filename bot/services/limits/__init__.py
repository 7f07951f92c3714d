"""Use cases of limits: buying within them, changing them, warning about them."""
