"""Limits on spending."""
