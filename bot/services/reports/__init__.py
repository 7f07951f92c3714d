"""Use cases of reports: for moderators, for members, for accountants."""
