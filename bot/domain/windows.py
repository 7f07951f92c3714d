"""Windows of time in which a limit counts, in the calendar of one time zone.

No reset ever runs: a window is found from the moment itself, so nothing can be reset twice or
forgotten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class Window(StrEnum):
    """How long a limit counts before it starts anew."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """One window: unix seconds, `start` inclusive, `end` exclusive."""

    start: int
    end: int


def span(window: Window, *, now: float, zone: ZoneInfo) -> Span:
    """The window that `now` (unix seconds) falls into.

    A day is from one local midnight to the next, so it lasts 23 or 25 hours where clocks change.
    Where midnight itself is skipped (a change of clocks at 00:00), the day starts at the first
    moment that exists.
    """
    # Floored: `fromtimestamp` would round the last microsecond of a day up into the next.
    local = datetime.fromtimestamp(math.floor(now), tz=UTC).astimezone(zone).replace(tzinfo=None)
    first = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if window is Window.MONTH:
        first = first.replace(day=1)
    following = _following(window, first)
    if now >= _moment(following, zone):
        # Clocks were set back over midnight: the old date is shown again, its window is over.
        first, following = following, _following(window, following)
    return Span(_moment(first, zone), _moment(following, zone))


def _following(window: Window, first: datetime) -> datetime:
    match window:
        case Window.DAY:
            return first + timedelta(days=1)
        case Window.MONTH:
            return (first + timedelta(days=32)).replace(day=1)


def _moment(wall: datetime, zone: ZoneInfo) -> int:
    """Unix seconds of a local wall-clock time; the first of two where it happens twice."""
    stamp = wall.replace(tzinfo=zone, fold=0).timestamp()
    # A wall time inside a gap is mapped with the offset from before the gap, which lands after
    # it by the length of the gap: exactly the first moment of the day that exists is the gap's end.
    there = datetime.fromtimestamp(stamp, tz=UTC).astimezone(zone).replace(tzinfo=None)
    if there != wall:
        stamp -= (there - wall).total_seconds()
        gap_end = datetime.fromtimestamp(stamp, tz=UTC)
        while gap_end.astimezone(zone).date() < wall.date():
            gap_end += timedelta(minutes=1)
        stamp = gap_end.timestamp()
    return int(stamp)
