"""The picture processes, and the pool through which the bot asks them."""
