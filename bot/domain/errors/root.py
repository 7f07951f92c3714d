"""The roots of the tree of errors."""

from __future__ import annotations


class TouchupError(Exception):
    """Base of the tree."""


class UserError(TouchupError):
    """The member can fix it. Nothing was charged."""
