"""Discord's REST API: routes, errors, rate limits, and the checks of every body."""
