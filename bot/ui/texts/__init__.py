"""Every sentence Touchup says on Discord, and those refusals that are read in the shell too."""

from __future__ import annotations

from bot.ui.texts.errors import explain, is_expected
from bot.ui.texts.labels import TextTarget, escaped, moment, plain
from bot.ui.texts.notes import failed

__all__ = [
    "TextTarget",
    "escaped",
    "explain",
    "failed",
    "is_expected",
    "moment",
    "plain",
]
