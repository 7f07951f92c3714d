"""Limits on Discord: options, cards, and the channel where moderators are told."""
