"""Discord's objects: users, channels, guilds and messages."""
