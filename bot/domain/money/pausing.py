"""Pauses: why purchases stop, and what that means for what is in line."""

from __future__ import annotations

from enum import StrEnum


class PauseReason(StrEnum):
    """What brought purchases to a stop."""

    SWAPPED = "swapped"  # a picture came back painted around its area
    BURST = "burst"  # much more was bought in minutes than the operator finds usual
    FAILURES = "failures"  # too many of the last pictures failed, not by their members' doing
    PRICE = "price"  # the provider lists another price than members are shown
    LOCKED = "locked"  # the provider locked the account, or refuses the key

    @property
    def refuses(self) -> bool:
        """Whether new edits are refused. While an account is locked they may stand in line:

        what waits there is how the bot finds out that it was opened again.
        """
        return self is not PauseReason.LOCKED
