"""Interactions that still need an answer, and modals that were shown."""
