"""Windows of time in which a limit counts, in the calendar of one time zone.

No reset ever runs: a window is found from the moment itself, so nothing can be reset twice or
forgotten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FOREVER: Final = 2**53
"""The end of a window that has none: later than any moment, and exact in a float."""

_HOUR_SECONDS: Final = 3600


class Window(StrEnum):
    """How long a limit counts before it starts again."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # from Monday, as ISO 8601 has it
    MONTH = "month"
    EVER = "ever"


@dataclass(frozen=True, slots=True)
class Span:
    """One window: unix seconds, `start` inclusive, `end` exclusive."""

    start: int
    end: int

    @property
    def is_endless(self) -> bool:
        """Whether what is spent in it never comes back."""
        return self.end == FOREVER


def span(window: Window, *, now: float, zone: ZoneInfo) -> Span:
    """The window that `now` (unix seconds) falls into.

    A day is from one local midnight to the next, so it lasts 23 or 25 hours where clocks change.
    Where midnight itself is skipped (a change of clocks at 00:00), the day starts at the first
    moment that exists. An hour that is shown twice is two hours.
    """
    # Floored: `fromtimestamp` would round the last microsecond of a day up into the next.
    second = math.floor(now)
    if window is Window.EVER:
        return Span(0, FOREVER)
    if window is Window.HOUR:
        return _hour(second, zone)
    local = datetime.fromtimestamp(second, tz=UTC).astimezone(zone).replace(tzinfo=None)
    first, following = _days(window, local.replace(hour=0, minute=0, second=0, fold=0))
    if now >= _moment(following, zone):
        # Clocks were set back over midnight: the old date is shown again, its window is over.
        first, following = _days(window, following)
    return Span(_moment(first, zone), _moment(following, zone))


def _hour(second: int, zone: ZoneInfo) -> Span:
    """An hour of the wall clock; shorter where clocks are set by half an hour in it."""
    offset = _offset(second, zone)
    start = (second + offset) // _HOUR_SECONDS * _HOUR_SECONDS - offset
    end = start + _HOUR_SECONDS
    if _offset(start, zone) != offset:
        start = _change(start, second, zone)
    if _offset(end - 1, zone) != offset:
        end = _change(second, end - 1, zone)
    return Span(start, end)


def _offset(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, tz=UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """The first second that has the offset of `after`; `before` has another one."""
    wanted = _offset(after, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == wanted:
            after = middle
        else:
            before = middle
    return after


def _days(window: Window, day: datetime) -> tuple[datetime, datetime]:
    """The first day of the window that a day is in, and that of the next one."""
    match window:
        case Window.WEEK:
            first = day - timedelta(days=day.weekday())
            return first, first + timedelta(days=7)
        case Window.MONTH:
            first = day.replace(day=1)
            return first, (first + timedelta(days=32)).replace(day=1)
        case _:
            return day, day + timedelta(days=1)


def _moment(wall: datetime, zone: ZoneInfo) -> int:
    """Unix seconds of a local wall-clock time; the first of two where it happens twice."""
    stamp = int(wall.replace(tzinfo=zone, fold=0).timestamp())
    there = datetime.fromtimestamp(stamp, tz=UTC).astimezone(zone).replace(tzinfo=None)
    # A wall time that was skipped is mapped with the offset from before the gap, which lands after
    # it by the length of the gap: the first moment that exists is where the gap ends.
    skipped = int((there - wall).total_seconds())
    return _change(stamp - skipped, stamp, zone) if skipped else stamp
