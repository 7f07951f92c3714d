"""Windows cover all of time without gap or overlap, in every time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.limits.windows import FOREVER, Span, Window, span

NAMES = (
    "UTC Europe/Berlin Europe/London Europe/Dublin Europe/Lisbon Europe/Moscow Europe/Istanbul "
    "Europe/Chisinau Africa/Cairo Africa/Casablanca Africa/El_Aaiun Africa/Lagos Africa/Juba "
    "America/Sao_Paulo America/New_York America/Los_Angeles America/St_Johns America/Havana "
    "America/Santiago America/Asuncion America/Nuuk America/Scoresbysund America/Caracas "
    "America/Mexico_City America/Port-au-Prince Asia/Beirut Asia/Damascus Asia/Gaza Asia/Amman "
    "Asia/Tehran Asia/Kolkata Asia/Kathmandu Asia/Pyongyang Asia/Tokyo Australia/Lord_Howe "
    "Australia/Adelaide Pacific/Apia Pacific/Chatham Pacific/Kiritimati Pacific/Norfolk "
    "Atlantic/Azores Antarctica/Casey Antarctica/Troll"
)
ZONES = NAMES.split()
FIRST, LAST = datetime(2016, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
moments = st.floats(FIRST.timestamp(), LAST.timestamp())
zones = st.sampled_from(ZONES).map(ZoneInfo)
windows = st.sampled_from(Window)
ends = st.sampled_from([window for window in Window if window is not Window.EVER])
ends_at_new_year = (Window.HOUR, Window.DAY, Window.MONTH)
DAY_SECONDS = 86_400


def spans(window: Window, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """One window after the other, each found from the end of the one before."""
    found = [span(window, now=start.timestamp(), zone=zone)]
    while found[-1].end < end.timestamp():
        found.append(span(window, now=found[-1].end, zone=zone))
    return found


def local(moment: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(moment, tz=UTC).astimezone(zone)


def at(zone: str, year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> float:
    """Unix seconds of a time on that zone's clocks."""
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp()


@cache
def days_of(name: str) -> list[Span]:
    return spans(Window.DAY, ZoneInfo(name), FIRST, LAST)


def changes(name: str) -> list[int]:
    """The first seconds after each change of the clocks, found on the days that had one."""
    zone, found = ZoneInfo(name), []
    for day in days_of(name):
        before, after = day.start, day.end
        if local(before, zone).utcoffset() == local(after, zone).utcoffset():
            continue
        while after - before > 1:
            middle = (before + after) // 2
            same = local(middle, zone).utcoffset() == local(day.start, zone).utcoffset()
            before, after = (middle, after) if same else (before, middle)
        found.append(after)
    return found


def shown_hour(moment: float, zone: ZoneInfo) -> tuple[datetime, timedelta | None]:
    """What clocks show of an hour, and which of two it is where it is shown twice."""
    there = local(moment, zone)
    return there.replace(minute=0, second=0, microsecond=0, tzinfo=None), there.utcoffset()


@pytest.mark.parametrize("name", ZONES)
def test_days_follow_each_other_over_ten_years(name: str) -> None:
    """S17: no gap, no overlap, one window for each date there is, starting with its date."""
    zone = ZoneInfo(name)

    days = days_of(name)
    starts = [local(day.start, zone) for day in days]

    assert all(before.end == after.start for before, after in pairwise(days))
    assert all(20 * 3600 <= day.end - day.start <= 28 * 3600 for day in days)
    assert len({start.date() for start in starts}) == len(days)
    assert all(local(start.timestamp() - 1, zone).date() < start.date() for start in starts)


@pytest.mark.parametrize("name", ZONES)
def test_hours_follow_each_other_around_each_change_of_clocks(name: str) -> None:
    """S17, R55: an hour is all that one wall clock shows as that hour, and nothing else.

    Away from changes of clocks hours are the same: the first and last days stand for them.
    """
    zone = ZoneInfo(name)
    moments = [*changes(name), int(FIRST.timestamp()) + 999, int(LAST.timestamp()) - 999]

    for moment in moments:
        begin, end = (datetime.fromtimestamp(moment + by, tz=UTC) for by in (-10_000, 10_000))
        hours = spans(Window.HOUR, zone, begin, end)

        assert all(before.end == after.start for before, after in pairwise(hours))
        assert all(0 < hour.end - hour.start <= 3600 for hour in hours)
        shown = [shown_hour(hour.start, zone) for hour in hours]
        assert [shown_hour(hour.end - 1, zone) for hour in hours] == shown
        assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("name", ZONES)
def test_weeks_follow_each_other_over_ten_years(name: str) -> None:
    """S17, R55: from Monday, or the first moment after it where Monday was skipped."""
    zone = ZoneInfo(name)

    weeks = spans(Window.WEEK, zone, FIRST, LAST)
    starts = [local(week.start, zone) for week in weeks]

    assert all(before.end == after.start for before, after in pairwise(weeks))
    assert {start.weekday() for start in starts} == {0}
    assert {week.start for week in weeks[1:-1]} <= {day.start for day in days_of(name)}
    assert {(after.date() - before.date()).days for before, after in pairwise(starts)} == {7}


@pytest.mark.parametrize("name", ZONES)
def test_months_follow_each_other_over_ten_years(name: str) -> None:
    """S17."""
    zone = ZoneInfo(name)

    months = spans(Window.MONTH, zone, FIRST, LAST)
    starts = [local(month.start, zone) for month in months]

    assert all(before.end == after.start for before, after in pairwise(months))
    assert {start.day for start in starts} == {1}
    assert len({(start.year, start.month) for start in starts}) == len(months)
    assert {month.start for month in months[1:-1]} <= {day.start for day in days_of(name)}


@given(window=windows, now=moments, zone=zones)
@example(window=Window.DAY, now=1830297599.9999998, zone=ZoneInfo("UTC"))
def test_a_moment_lies_in_its_window(window: Window, now: float, zone: ZoneInfo) -> None:
    found = span(window, now=now, zone=zone)

    assert found.start <= now < found.end


@given(window=windows, now=moments, zone=zones, share=st.floats(0, 1, exclude_max=True))
def test_every_moment_of_a_window_finds_the_same_window(
    window: Window, now: float, zone: ZoneInfo, share: float
) -> None:
    """I12: which window a hold falls into depends on nothing but the moment."""
    found = span(window, now=now, zone=zone)

    other = min(found.start + share * (found.end - found.start), found.end - 1)

    assert span(window, now=other, zone=zone) == found


@given(
    window=windows, now=moments, zone=zones, back=st.sampled_from([1, 3_600, DAY_SECONDS, 10**8])
)
def test_a_clock_that_jumps_back_finds_the_window_it_was_in_before(
    window: Window, now: float, zone: ZoneInfo, back: int
) -> None:
    """S16: an earlier moment never finds a later window, so nothing starts again twice."""
    later, earlier = span(window, now=now, zone=zone), span(window, now=now - back, zone=zone)

    assert earlier == later or earlier.end <= later.start
    assert span(window, now=later.start, zone=zone) == later


@given(now=st.floats(0, float(LAST.timestamp())), zone=zones)
def test_r55_what_is_spent_for_ever_never_comes_back(now: float, zone: ZoneInfo) -> None:
    """S16: neither in 1970 nor in a hundred million years."""
    found = span(Window.EVER, now=now, zone=zone)

    assert found == Span(0, FOREVER) == span(Window.EVER, now=FOREVER - 1, zone=zone)
    assert found.is_endless
    assert int(float(FOREVER)) == FOREVER > float(FOREVER - 1)


@given(window=ends, now=moments, zone=zones)
def test_what_begins_anew_says_when(window: Window, now: float, zone: ZoneInfo) -> None:
    """R55."""
    found = span(window, now=now, zone=zone)

    assert not found.is_endless
    assert found.end - found.start <= 32 * DAY_SECONDS


@given(window=ends, zone=st.just(ZoneInfo("America/St_Johns")), now=st.floats(0, 2e9))
@example(
    window=Window.DAY,
    zone=ZoneInfo("America/St_Johns"),
    now=datetime(2010, 11, 7, 3, tzinfo=UTC).timestamp(),
)
def test_a_clock_set_back_over_midnight_makes_no_hole(
    window: Window, zone: ZoneInfo, now: float
) -> None:
    """Newfoundland set its clocks back at 00:01: the old date came back for an hour."""
    found = span(window, now=now, zone=zone)

    assert found.start <= now < found.end
    assert span(window, now=found.end, zone=zone).start == found.end
    assert span(window, now=found.start - 1, zone=zone).end == found.start
    assert span(window, now=found.start, zone=zone) == found
    assert span(window, now=found.end - 1, zone=zone) == found


@pytest.mark.parametrize(
    ("zone", "window", "day", "hours"),
    [
        ("Europe/Berlin", Window.DAY, date(2026, 3, 29), 23),
        ("Europe/Berlin", Window.DAY, date(2026, 10, 25), 25),
        ("Europe/Berlin", Window.WEEK, date(2026, 3, 29), 167),
        ("Europe/Berlin", Window.WEEK, date(2026, 10, 25), 169),
        ("Europe/Berlin", Window.MONTH, date(2026, 3, 31), 31 * 24 - 1),
        ("Europe/Berlin", Window.MONTH, date(2026, 10, 31), 31 * 24 + 1),
        ("America/New_York", Window.DAY, date(2026, 3, 8), 23),
        ("America/New_York", Window.DAY, date(2026, 11, 1), 25),
        ("America/New_York", Window.WEEK, date(2026, 3, 8), 167),
        ("America/New_York", Window.WEEK, date(2026, 11, 1), 169),
        ("America/New_York", Window.MONTH, date(2026, 3, 31), 31 * 24 - 1),
        ("America/New_York", Window.MONTH, date(2026, 11, 30), 30 * 24 + 1),
        ("Australia/Lord_Howe", Window.DAY, date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", Window.DAY, date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", Window.WEEK, date(2026, 10, 4), 167.5),
        ("Australia/Lord_Howe", Window.WEEK, date(2026, 4, 5), 168.5),
        ("Australia/Lord_Howe", Window.MONTH, date(2026, 10, 31), 31 * 24 - 0.5),
        ("Australia/Lord_Howe", Window.MONTH, date(2026, 4, 30), 30 * 24 + 0.5),
        ("America/Sao_Paulo", Window.DAY, date(2018, 11, 4), 23),  # 00:00 did not exist
        ("America/Sao_Paulo", Window.DAY, date(2018, 2, 17), 25),  # the hour before midnight twice
        ("Africa/Cairo", Window.DAY, date(2025, 4, 25), 23),  # 00:00 did not exist
        ("Asia/Beirut", Window.DAY, date(2024, 3, 31), 23),  # 00:00 did not exist
        ("America/Havana", Window.DAY, date(2026, 11, 1), 25),  # 00:00 came twice
        ("America/Toronto", Window.DAY, date(1919, 3, 30), 23.5),  # 23:30 was 0:30 of the next
        ("America/Toronto", Window.DAY, date(1919, 3, 31), 23.5),
        ("Africa/Monrovia", Window.DAY, date(1972, 1, 7), 24 - (44 * 60 + 30) / 3600),
        ("Asia/Kathmandu", Window.DAY, date(2026, 2, 28), 24),
        ("Europe/Berlin", Window.DAY, date(2028, 2, 29), 24),
        ("UTC", Window.MONTH, date(2028, 2, 29), 29 * 24),
        ("UTC", Window.MONTH, date(2026, 2, 28), 28 * 24),
        ("UTC", Window.MONTH, date(2026, 12, 31), 31 * 24),
        ("Asia/Kolkata", Window.HOUR, date(2026, 6, 1), 1),
    ],
)
def test_r55_a_window_lasts_as_long_as_its_clocks_say(
    zone: str, window: Window, day: date, hours: float
) -> None:
    """S17."""
    noon = at(zone, day.year, day.month, day.day, 12)

    found = span(window, now=noon, zone=ZoneInfo(zone))

    assert found.end - found.start == hours * 3600
    assert found.start <= noon < found.end


@pytest.mark.parametrize(
    ("zone", "day", "lengths"),
    [
        ("Europe/Berlin", date(2026, 3, 29), [60] * 23),
        ("Europe/Berlin", date(2026, 10, 25), [60] * 25),
        ("America/New_York", date(2026, 3, 8), [60] * 23),
        ("America/New_York", date(2026, 11, 1), [60] * 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), [60, 60, 30] + [60] * 21),  # 2:00 is 2:30
        ("Australia/Lord_Howe", date(2026, 4, 5), [60, 60, 30] + [60] * 22),  # 1:30 comes twice
        ("Asia/Kathmandu", date(2026, 6, 1), [60] * 24),  # 5:45 ahead: its hours begin at :15
    ],
)
def test_the_hours_of_a_day_in_minutes(zone: str, day: date, lengths: list[int]) -> None:
    """S17."""
    noon = at(zone, day.year, day.month, day.day, 12)
    whole = span(Window.DAY, now=noon, zone=ZoneInfo(zone))
    begin, end = (datetime.fromtimestamp(moment, tz=UTC) for moment in (whole.start, whole.end))

    hours = spans(Window.HOUR, ZoneInfo(zone), begin, end)

    assert [(hour.end - hour.start) // 60 for hour in hours] == lengths
    assert (hours[0].start, hours[-1].end) == (whole.start, whole.end)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_a_week_goes_on_over_the_end_of_the_year_and_day_and_month_do_not(zone: str) -> None:
    """S17: 31 December 2026 is a Thursday."""
    eve, new_year = at(zone, 2026, 12, 31, 23, 59), at(zone, 2027, 1, 1)

    week = span(Window.WEEK, now=eve, zone=ZoneInfo(zone))
    old = {span(window, now=eve, zone=ZoneInfo(zone)).end for window in ends_at_new_year}

    assert week == Span(int(at(zone, 2026, 12, 28)), int(at(zone, 2027, 1, 4)))
    assert span(Window.WEEK, now=new_year, zone=ZoneInfo(zone)) == week
    assert old == {int(new_year)}


def test_a_change_of_clocks_inside_an_hour_ends_it() -> None:
    """Venezuela went from -4:30 to -4:00 on 1 May 2016 at 2:30; Pyongyang did so at 23:30."""
    caracas, change = ZoneInfo("America/Caracas"), datetime(2016, 5, 1, 7, tzinfo=UTC).timestamp()

    before = span(Window.HOUR, now=change - 1, zone=caracas)
    after = span(Window.HOUR, now=change, zone=caracas)

    assert before == Span(int(change) - 1800, int(change))
    assert after == Span(int(change), int(change) + 3600)


def test_a_day_that_never_was_belongs_to_nobody() -> None:
    """Samoa had no 30 December 2011."""
    zone = ZoneInfo("Pacific/Apia")
    last = datetime(2011, 12, 29, 23, 59, 59, tzinfo=zone).timestamp()

    before = span(Window.DAY, now=last, zone=zone)
    after = span(Window.DAY, now=last + 1, zone=zone)

    assert before.end == after.start == last + 1
    assert local(after.start, zone).date() == date(2011, 12, 31)


@pytest.mark.parametrize("window", ends_at_new_year)
def test_the_last_instant_of_a_window_is_not_the_next(window: Window) -> None:
    """C8."""
    zone = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 12, 1, tzinfo=zone).timestamp()

    assert span(window, now=midnight - 0.1, zone=zone).end == midnight
    assert span(window, now=midnight, zone=zone).start == midnight
