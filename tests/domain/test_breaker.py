"""N16: when purchases stop by themselves, and what never stops them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.breaker import FAILED_BY_PROVIDER, RECENT_JOBS, Breaker, record
from bot.domain.errors import Failure

MEMBERS = (Failure.CONTENT, Failure.INPUT, Failure.CANCELLED)
ENDINGS = st.lists(st.one_of(st.none(), st.sampled_from(Failure)), max_size=60)


@pytest.mark.parametrize(
    ("burst", "bought", "trips"),
    [
        (5_000_000, 5_000_000, False),
        (5_000_000, 5_000_001, True),
        (0, 10**12, False),
        (1, 0, False),
    ],
)
def test_n16_more_than_is_usual_within_minutes_is_a_burst(
    burst: int, bought: int, trips: bool
) -> None:
    assert Breaker(burst=burst).is_burst(bought) is trips


@pytest.mark.parametrize(
    ("percent", "failed", "trips"),
    [(30, 6, False), (30, 7, True), (0, 20, False), (100, 20, False), (1, 1, True), (1, 0, False)],
)
def test_n16_more_than_the_share_of_twenty_is_too_many_failures(
    percent: int, failed: int, trips: bool
) -> None:
    """30 % of twenty are six; a bot that ended only seven jobs stops by the seventh failure."""
    assert Breaker(failure_percent=percent).is_failing(failed) is trips


@given(good=st.lists(st.sampled_from([None, *MEMBERS]), max_size=60))
def test_n16_what_members_bring_about_never_stops_anybody(good: list[Failure | None]) -> None:
    assert record(good).failed == 0


@given(endings=ENDINGS)
def test_n16_only_the_last_twenty_that_say_something_count(endings: list[Failure | None]) -> None:
    telling = [it for it in endings if it is None or it in FAILED_BY_PROVIDER][:RECENT_JOBS]

    seen = record(endings)

    assert seen.counted == len(telling)
    assert seen.failed == sum(it is not None for it in telling)


def test_every_failure_is_somebodys() -> None:
    """A new kind of failure must be thought about here."""
    nobodys = {*MEMBERS, Failure.UNREACHABLE, Failure.STOPPED, Failure.INTERNAL}

    assert set(Failure) == FAILED_BY_PROVIDER | nobodys
