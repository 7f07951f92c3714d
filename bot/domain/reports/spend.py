"""Reports: what was spent in each day or month of a period, by whom or where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.limits.windows import Span, Window, span
from bot.domain.reports.forecasts import forecast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from bot.domain.limits.status import LimitStatus


class ReportGrouping(StrEnum):
    """What a report is split by."""

    MEMBER = "member"
    CHANNEL = "channel"


class ReportPeriod(StrEnum):
    """Which time a report is about, in the calendar of its place."""

    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last month"
    YEAR = "year"  # this month and the eleven before it

    @property
    def window(self) -> Window | None:
        """The window that it is the present one of; None: of none."""
        match self:
            case ReportPeriod.WEEK:
                return Window.WEEK
            case ReportPeriod.MONTH:
                return Window.MONTH
            case ReportPeriod.LAST_MONTH | ReportPeriod.YEAR:
                return None

    @property
    def column(self) -> Window:
        """How long a column of its chart is."""
        return Window.MONTH if self is ReportPeriod.YEAR else Window.DAY


_MONTHS_BEFORE = {ReportPeriod.LAST_MONTH: 1, ReportPeriod.YEAR: 11}


def columns(period: ReportPeriod, *, now: float, zone: ZoneInfo) -> tuple[Span, ...]:
    """The days or months of a period as it is at `now` (unix seconds): one ends, the next begins.

    Days that are still to come belong to it.
    """
    whole = span(period.window or Window.MONTH, now=now, zone=zone)
    start, end = whole.start, whole.end
    for _ in range(_MONTHS_BEFORE.get(period, 0)):
        start = span(Window.MONTH, now=start - 1, zone=zone).start
    if period is ReportPeriod.LAST_MONTH:
        end = whole.start
    found = []
    while start < end:
        column = span(period.column, now=start, zone=zone)
        # From where the last one ended, even where clocks were set back meanwhile.
        found.append(Span(start, column.end))
        start = column.end
    return tuple(found)


@dataclass(frozen=True, slots=True)
class SpendCell:
    """What one subject spent in one column. Amounts in micro-USD."""

    column: int
    subject: int
    spent: int
    held: int
    pictures: int


@dataclass(frozen=True, slots=True)
class SpendShare:
    """What one subject spent in the whole period, and in each column. Amounts in micro-USD."""

    subject: int
    spent: int
    pictures: int
    amounts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendReport:
    """What was spent in a period. `shares` begin with the largest; `limits` are those that count
    now.

    `guild_id` None: outside of guilds. `member_id` None: of everybody there. `now` (unix seconds)
    is when it was made. Amounts in micro-USD.
    """

    provider: str
    guild_id: int | None
    member_id: int | None
    period: ReportPeriod
    grouping: ReportGrouping
    zone: ZoneInfo
    now: float
    columns: tuple[Span, ...]
    shares: tuple[SpendShare, ...]
    held: int
    limits: tuple[LimitStatus, ...]

    @property
    def spent(self) -> int:
        """What was spent in all."""
        return sum(share.spent for share in self.shares)

    @property
    def pictures(self) -> int:
        """How many pictures were paid for."""
        return sum(share.pictures for share in self.shares)

    @property
    def sums(self) -> tuple[int, ...]:
        """What was spent in each column."""
        return total([share.amounts for share in self.shares], len(self.columns))

    @property
    def present(self) -> int | None:
        """Which column is not over yet; None: all are."""
        for index, column in enumerate(self.columns):
            if column.start <= self.now < column.end:
                return index
        return None

    @property
    def standings(self) -> tuple[LimitStatus, ...]:
        """The limits it may be measured by: none once it is over, for they are those of now."""
        return () if self.present is None else self.limits

    @property
    def forecast(self) -> int | None:
        """What will have been spent at the end, if it goes on so; None: nobody can say."""
        if self.period.window is None:
            return None
        return forecast(self.spent, Span(self.columns[0].start, self.columns[-1].end), self.now)

    @property
    def cap(self) -> LimitStatus | None:
        """The tightest limit for the whole period, if it has one."""
        return self._tightest(self.period.window)

    @property
    def column_cap(self) -> LimitStatus | None:
        """The tightest limit for one column."""
        return self._tightest(self.period.column)

    def _tightest(self, window: Window | None) -> LimitStatus | None:
        found = [standing for standing in self.standings if standing.limit.rule.window is window]
        return min(found, key=lambda standing: standing.limit.cap, default=None)


def shares(spent: Iterable[SpendCell], count: int) -> tuple[SpendShare, ...]:
    """What each subject spent in `count` columns, the largest first; who spent nothing is left out.

    Equal ones by their ids, so that a report is the same each time.
    """
    amounts: dict[int, list[int]] = {}
    pictures: dict[int, int] = {}
    for part in spent:
        amounts.setdefault(part.subject, [0] * count)[part.column] += part.spent
        pictures[part.subject] = pictures.get(part.subject, 0) + part.pictures
    found = [
        SpendShare(subject, sum(each), pictures[subject], tuple(each))
        for subject, each in amounts.items()
        if pictures[subject]
    ]
    return tuple(sorted(found, key=lambda share: (-share.spent, -share.pictures, share.subject)))


def total(amounts: Iterable[Iterable[int]], count: int) -> tuple[int, ...]:
    """The sums of `count` columns, column by column."""
    found = [0] * count
    for each in amounts:
        for index, amount in enumerate(each):
            found[index] += amount
    return tuple(found)
