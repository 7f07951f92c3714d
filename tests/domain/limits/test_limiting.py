"""What moderators write about limits is read as they mean it, or refused with what to write."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.billing.amounts import usd
from bot.domain.errors import BadLimit, LimitProblem
from bot.domain.limits import durations
from bot.domain.limits.reading import (
    LARGEST_CAP,
    LONGEST_BOOST_DAYS,
    REASON_LENGTH,
    clean_reason,
    parse_cap,
    parse_cap_or_none,
    parse_end,
    parse_extra,
)

NOW = 1_795_378_600.5  # 2026-11-22 20:16:40 UTC
BERLIN = ZoneInfo("Europe/Berlin")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("text", "cap"),
    [
        ("$0.80", 800_000),
        ("0.80", 800_000),
        (" 1 ", 1_000_000),
        (".5", 500_000),
        ("2 USD", 2_000_000),
        ("3 $", 3_000_000),
        ("$1,000", 1_000_000_000),
        ("12,345.67", 12_345_670_000),
        ("0", 0),
        ("Closed", 0),
        ("1000000", LARGEST_CAP),
        ("0.000001", 1),
    ],
)
def test_an_amount_is_read_to_the_micro_dollar(text: str, cap: int) -> None:
    assert parse_cap(text) == parse_cap_or_none(text) == cap


@given(st.integers(0, LARGEST_CAP))
def test_every_amount_is_read_back_as_it_is_written(cap: int) -> None:
    assert parse_cap(usd(cap)) == cap


@pytest.mark.parametrize(
    ("text", "problem", "meant"),
    [
        *(
            (text, LimitProblem.NO_AMOUNT, None)
            for text in ("", "-1", "+1", "NaN", "inf", "1e9", "$", "$$1", "0x10", "٣", "1 000", "x")
        ),
        ("1,5", LimitProblem.NO_AMOUNT, "1.5"),
        ("0,08 $", LimitProblem.NO_AMOUNT, "0.08"),
        ("1,00,000", LimitProblem.NO_AMOUNT, None),
        ("0.0000001", LimitProblem.TOO_FINE, None),
        ("1000000.01", LimitProblem.TOO_LARGE, None),
        ("9" * 30, LimitProblem.TOO_LARGE, None),
        ("9" * 5_000, LimitProblem.NO_AMOUNT, None),
    ],
)
def test_w47_what_is_no_amount_is_refused(
    text: str, problem: LimitProblem, meant: str | None
) -> None:
    with pytest.raises(BadLimit) as refused:
        parse_cap(text)
    assert refused.value.problem is problem
    assert refused.value.facts.get("meant") == meant


def test_a_limit_may_be_taken_away_and_a_boost_must_be_something() -> None:
    assert parse_cap_or_none(" None ") is None
    assert parse_extra("+2") == parse_extra("$2") == 2_000_000
    for nothing in ("0", "0.00", "closed", "none"):
        with pytest.raises(BadLimit):
            parse_extra(nothing)


@given(st.text(max_size=60))
def test_w47_any_text_is_an_amount_or_a_refusal(text: str) -> None:
    try:
        cap = parse_cap(text)
    except BadLimit:
        return
    assert 0 <= cap <= LARGEST_CAP


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 30 * _MINUTE),
        ("12h", 12 * _HOUR),
        ("7d", 7 * _DAY),
        ("2W", 14 * _DAY),
        ("1mo", 30 * _DAY),
        ("1d12h", 36 * _HOUR),
        ("1w 2 days", 9 * _DAY),
        ("90 minutes", 90 * _MINUTE),
        ("1 month", 30 * _DAY),
    ],
)
def test_a_length_of_time_is_read(text: str, seconds: int) -> None:
    assert durations.parse(text) == seconds
    assert parse_end(text, now=1_000.0, zone=BERLIN) == 1_000 + seconds


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        *(
            (text, LimitProblem.NO_DURATION)
            for text in (
                *("", "-1d", "99999999y", "1d1d", "forever now", "٣d", "d", "1.5d", "1h1d", "5"),
                *("2026-13-01", "2026-02-30", "26-11-30", "9999-12-31", "0000-01-01"),
            )
        ),
        ("0d", LimitProblem.TOO_SHORT),
        ("367d", LimitProblem.TOO_LONG),
        ("999999w", LimitProblem.TOO_LONG),
        ("2028-01-01", LimitProblem.TOO_LONG),
        ("2026-11-21", LimitProblem.PAST),
        ("2026-11-22 21:16", LimitProblem.PAST),
    ],
)
def test_w46_what_is_no_end_of_a_boost_is_refused(text: str, problem: LimitProblem) -> None:
    with pytest.raises(BadLimit) as refused:
        parse_end(text, now=NOW, zone=BERLIN)
    assert refused.value.problem is problem


@pytest.mark.parametrize(
    ("text", "zone", "end"),
    [
        ("2026-11-22", "Europe/Berlin", 1_795_388_400),  # until midnight, 23:00 UTC
        ("2026-11-22", "UTC", 1_795_392_000),
        ("2027-03-28", "Europe/Berlin", 1_806_271_200),  # a day of 23 hours
        ("2026-11-23 08:30", "Europe/Berlin", 1_795_419_000),
        ("2026-11-23T08:30", "UTC", 1_795_422_600),
    ],
)
def test_a_date_means_its_whole_day_where_the_server_is(text: str, zone: str, end: int) -> None:
    assert parse_end(text, now=NOW, zone=ZoneInfo(zone)) == end


@given(st.text(max_size=40), st.floats(0, 2e9))
def test_w46_any_text_is_an_end_within_a_year_or_a_refusal(text: str, now: float) -> None:
    try:
        end = parse_end(text, now=now, zone=BERLIN)
    except BadLimit:
        return
    assert now + 60 <= end <= now + 1 + LONGEST_BOOST_DAYS * _DAY


@given(st.text(max_size=REASON_LENGTH + 50))
def test_w41_any_reason_is_one_line_that_can_be_stored_or_is_too_long(text: str) -> None:
    try:
        cleaned = clean_reason(text)
    except BadLimit:
        assert len(text) > REASON_LENGTH
        return
    assert len(cleaned) <= REASON_LENGTH
    assert cleaned.encode().decode() == cleaned
    assert "\n" not in cleaned
    assert clean_reason(cleaned) == cleaned


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "\x00\n", "\u2800"])
def test_a_reason_that_shows_nothing_is_none(text: str) -> None:
    assert clean_reason(text) == ""
    with pytest.raises(BadLimit) as refused:
        clean_reason(text, required=True)
    assert refused.value.problem is LimitProblem.NO_REASON
