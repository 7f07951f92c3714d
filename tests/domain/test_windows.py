"""Windows cover all of time without gap or overlap, in every time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.windows import Span, Window, span

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


def spans(window: Window, zone: ZoneInfo, start: datetime, end: datetime) -> list[Span]:
    """One window after the other, each found from the end of the one before."""
    found = [span(window, now=start.timestamp(), zone=zone)]
    while found[-1].end < end.timestamp():
        found.append(span(window, now=found[-1].end, zone=zone))
    return found


def local(moment: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(moment, tz=UTC).astimezone(zone)


@pytest.mark.parametrize("name", ZONES)
def test_days_follow_each_other_over_ten_years(name: str) -> None:
    """S17: no gap, no overlap, one window for each date there is, starting with its date."""
    zone = ZoneInfo(name)

    days = spans(Window.DAY, zone, FIRST, LAST)
    starts = [local(day.start, zone) for day in days]

    assert all(before.end == after.start for before, after in pairwise(days))
    assert all(20 * 3600 <= day.end - day.start <= 28 * 3600 for day in days)
    assert len({start.date() for start in starts}) == len(days)
    assert all(local(start.timestamp() - 1, zone).date() < start.date() for start in starts)


@pytest.mark.parametrize("name", ZONES)
def test_months_follow_each_other_over_ten_years(name: str) -> None:
    """S17."""
    zone = ZoneInfo(name)

    months = spans(Window.MONTH, zone, FIRST, LAST)
    starts = [local(month.start, zone) for month in months]

    assert all(before.end == after.start for before, after in pairwise(months))
    assert {start.day for start in starts} == {1}
    assert len({(start.year, start.month) for start in starts}) == len(months)


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


@given(window=windows, zone=st.just(ZoneInfo("America/St_Johns")), now=st.floats(0, 2e9))
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


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # 00:00 did not exist
        ("America/Sao_Paulo", date(2018, 2, 17), 25),  # the hour before midnight came twice
        ("Africa/Cairo", date(2025, 4, 25), 23),  # 00:00 did not exist
        ("Asia/Beirut", date(2024, 3, 31), 23),  # 00:00 did not exist
        ("America/Havana", date(2026, 11, 1), 25),  # 00:00 came twice
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Kathmandu", date(2026, 2, 28), 24),
        ("Europe/Berlin", date(2028, 2, 29), 24),
    ],
)
def test_a_day_lasts_as_long_as_its_clocks_say(zone: str, day: date, hours: float) -> None:
    """S17."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).timestamp()

    found = span(Window.DAY, now=noon, zone=ZoneInfo(zone))

    assert found.end - found.start == hours * 3600
    assert local(found.start, ZoneInfo(zone)).date() == day


def test_a_day_that_never_was_belongs_to_nobody() -> None:
    """Samoa had no 30 December 2011."""
    zone = ZoneInfo("Pacific/Apia")
    last = datetime(2011, 12, 29, 23, 59, 59, tzinfo=zone).timestamp()

    before = span(Window.DAY, now=last, zone=zone)
    after = span(Window.DAY, now=last + 1, zone=zone)

    assert before.end == after.start == last + 1
    assert local(after.start, zone).date() == date(2011, 12, 31)


def test_the_last_instant_of_a_day_is_not_the_next() -> None:
    zone = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 11, 23, tzinfo=zone).timestamp()

    assert span(Window.DAY, now=midnight - 0.1, zone=zone).end == midnight
    assert span(Window.DAY, now=midnight, zone=zone).start == midnight


def test_a_month_of_february_has_29_days_every_four_years() -> None:
    zone = ZoneInfo("UTC")
    found = span(Window.MONTH, now=datetime(2028, 2, 29, tzinfo=UTC).timestamp(), zone=zone)

    assert timedelta(seconds=found.end - found.start) == timedelta(days=29)
