"""Every sentence Touchup says: on Discord, in the shell, in a refusal and in a receipt."""

from __future__ import annotations

from bot.ui.messages.explain import explain, is_expected
from bot.ui.messages.member_text import escaped, plain
from bot.ui.messages.places import Place, moment
from bot.ui.messages.shell import ended_in_shell, started_in_shell, unknown_in_shell
from bot.ui.messages.words import failed

__all__ = [
    "Place",
    "ended_in_shell",
    "escaped",
    "explain",
    "failed",
    "is_expected",
    "moment",
    "plain",
    "started_in_shell",
    "unknown_in_shell",
]
