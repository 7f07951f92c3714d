"""Reports as values: the days of a period, shares and sums, and what limits they are held to."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.limits.rules import Limit, Pot, Rule, RuleAuthor, Scope, guild
from bot.domain.limits.status import LimitStatus
from bot.domain.limits.windows import Span, Window, span
from bot.domain.reports.spend import (
    ReportGrouping,
    ReportPeriod,
    SpendCell,
    SpendReport,
    SpendShare,
    columns,
    shares,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["Europe/Berlin", "America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "America/Havana"]
NOON = datetime(2026, 11, 22, 12, tzinfo=BERLIN).timestamp()
HOUR = 3600


@pytest.mark.parametrize(
    ("period", "count", "first", "end"),
    [
        (ReportPeriod.WEEK, 7, (2026, 11, 16), (2026, 11, 23)),
        (ReportPeriod.MONTH, 30, (2026, 11, 1), (2026, 12, 1)),
        (ReportPeriod.LAST_MONTH, 31, (2026, 10, 1), (2026, 11, 1)),
        (ReportPeriod.YEAR, 12, (2025, 12, 1), (2026, 12, 1)),
    ],
)
def test_a_period_has_the_days_of_its_calendar(
    period: ReportPeriod, count: int, first: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    found = columns(period, now=NOON, zone=BERLIN)

    assert len(found) == count
    assert found[0].start == datetime(*first, tzinfo=BERLIN).timestamp()
    assert found[-1].end == datetime(*end, tzinfo=BERLIN).timestamp()


def test_the_day_clocks_are_set_back_has_25_hours() -> None:
    found = columns(ReportPeriod.LAST_MONTH, now=NOON, zone=BERLIN)

    assert [column.end - column.start for column in found].count(25 * HOUR) == 1
    assert found[24].end - found[24].start == 25 * HOUR


@given(
    period=st.sampled_from(ReportPeriod),
    now=st.datetimes(datetime(2011, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_columns_follow_each_other_without_gap_or_overlap(
    period: ReportPeriod, now: datetime, zone: ZoneInfo
) -> None:
    moment = now.replace(tzinfo=UTC).timestamp()

    found = columns(period, now=moment, zone=zone)

    assert all(one.end == other.start for one, other in itertools.pairwise(found))
    assert all(column.start < column.end for column in found)
    if period.window is not None:
        assert span(period.window, now=moment, zone=zone) == Span(found[0].start, found[-1].end)


parts = st.lists(
    st.builds(
        SpendCell,
        column=st.integers(0, 4),
        subject=st.integers(1, 6),
        spent=st.integers(0, 10**9),
        held=st.integers(0, 10**6),
        pictures=st.integers(0, 3),
    )
)


@given(parts=parts)
def test_shares_lose_no_money_and_begin_with_the_largest(parts: list[SpendCell]) -> None:
    paid = [
        part if part.pictures else SpendCell(part.column, part.subject, 0, 0, 0) for part in parts
    ]

    found = shares(paid, 5)

    assert sum(share.spent for share in found) == sum(part.spent for part in paid)
    assert all(sum(share.amounts) == share.spent and len(share.amounts) == 5 for share in found)
    assert sorted(found, key=lambda share: -share.spent) == list(found)
    assert len({share.subject for share in found}) == len(found)


def standing(
    cap: int, window: Window = Window.MONTH, *, author: RuleAuthor = RuleAuthor.SETTING
) -> LimitStatus:
    rule = Rule(subject=guild(5), window=window, cap=cap, author=author)
    limit = Limit(rule, Pot(Scope.GUILD, 5, 5))
    return LimitStatus(limit, span(window, now=NOON, zone=BERLIN), spent=0, held=0)


def report(period: ReportPeriod = ReportPeriod.MONTH, *limits: LimitStatus) -> SpendReport:
    shown = columns(period, now=NOON, zone=BERLIN)
    amounts = (110_000, *[0] * (len(shown) - 1))
    return SpendReport(
        provider="fal",
        guild_id=5,
        member_id=None,
        period=period,
        grouping=ReportGrouping.MEMBER,
        zone=BERLIN,
        now=NOON,
        columns=shown,
        shares=(SpendShare(1, 110_000, 1, amounts), SpendShare(2, 110_000, 2, amounts)),
        held=80_000,
        limits=limits,
    )


def test_a_report_knows_its_sums_and_the_present_day() -> None:
    found = report()

    assert (found.spent, found.pictures, found.sums[:2]) == (220_000, 3, (220_000, 0))
    assert found.present == 21
    assert report(ReportPeriod.LAST_MONTH).present is None


def test_n17_what_is_foretold_is_for_the_end_of_a_period_that_runs() -> None:
    assert report().forecast == -(-220_000 * 30 * 24 // (21 * 24 + 12))
    assert report(ReportPeriod.LAST_MONTH).forecast is None
    assert report(ReportPeriod.YEAR).forecast is None


def test_a_period_is_held_to_the_tightest_limit_of_its_own_window() -> None:
    loose, tight = standing(20_000_000), standing(5_000_000, author=RuleAuthor.MODERATOR)
    daily = standing(1_000_000, Window.DAY)

    assert report(ReportPeriod.MONTH, loose, tight, daily).cap == tight
    assert report(ReportPeriod.MONTH, loose, tight, daily).column_cap == daily
    assert report(ReportPeriod.YEAR, loose, tight, daily).column_cap == tight
    assert report(ReportPeriod.WEEK, loose).cap is None
