"""Touchup: a self-hosted Discord bot for masked image editing."""

__version__ = "0.1.0"
