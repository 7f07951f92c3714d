"""Masks: drawn from words, read from files, found as marks on a copy."""
