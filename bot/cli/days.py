"""Days as they are given on the command line: whole ones, both ends included."""

from __future__ import annotations

from datetime import date, datetime
from datetime import time as clock_time
from typing import TYPE_CHECKING, Final

from bot.domain.errors import ConfigError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FIRST: Final = date(2015, 1, 1)
"""Discord is younger: nothing was bought before."""
LAST: Final = date(2999, 12, 31)
"""The day after has a midnight in every zone, which the last one that Python knows has not."""


def require(*, since: date | None, until: date | None) -> None:
    """Refuse days that cannot be meant.

    Raises:
        ConfigError: a day is before FIRST or after LAST, or they end before they begin.
    """
    for option, day in (("since", since), ("until", until)):
        if day is not None and not FIRST <= day <= LAST:
            raise ConfigError([f"--{option} is {day}, but must be a day from {FIRST} to {LAST}."])
    if since is not None and until is not None and until < since:
        raise ConfigError([f"--until {until} is before --since {since}."])


def midnight(day: date, zone: ZoneInfo) -> int:
    """When a day begins, in unix seconds."""
    return int(datetime.combine(day, clock_time(), zone).timestamp())
