"""Use cases of edits: prepare a draft, change it, buy it, cancel it, look at the result."""
