"""Edits on Discord: options, attachments, cards, and the buttons and modals that stand on them."""
