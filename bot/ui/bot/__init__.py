"""The bot as Discord sees it: its connection, its commands, and what the gateway brings twice."""
