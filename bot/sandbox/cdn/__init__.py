"""Discord's content server: uploads behind signed links."""
