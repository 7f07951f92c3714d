"""The picture processes: where strangers' files are opened, apart from the bot."""
