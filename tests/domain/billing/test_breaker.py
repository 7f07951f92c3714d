"""N16: when purchases stop by themselves, and what never stops them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.billing.breaker import (
    FAILED_BY_PROVIDER,
    MOST_OF_ONE,
    RECENT_JOBS,
    Breaker,
    FailureRate,
    JobEnding,
    record,
)
from bot.domain.errors import Failure

MEMBERS = (Failure.CONTENT, Failure.INPUT, Failure.CANCELLED)


def endings(*failures: st.SearchStrategy[Failure | None]) -> st.SearchStrategy[list[JobEnding]]:
    """How pictures of five members ended."""
    one = st.builds(JobEnding, member_id=st.integers(1, 5), failure=st.one_of(*failures))
    return st.lists(one, max_size=60)


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
    seen = FailureRate(failed=failed, counted=failed, members=3)

    assert Breaker(failure_percent=percent).is_failing(seen) is trips


@given(good=endings(st.sampled_from([None, *MEMBERS])))
def test_n16_what_members_bring_about_never_stops_anybody(good: list[JobEnding]) -> None:
    assert record(good).failed == 0


@given(seen=endings(st.none(), st.sampled_from(Failure)))
def test_n16_only_the_last_twenty_that_say_something_count(seen: list[JobEnding]) -> None:
    telling = [it.failure for it in seen if it.failure in {None, *FAILED_BY_PROVIDER}]

    found = record(seen)

    assert found.counted <= min(len(telling), RECENT_JOBS)
    assert found.failed <= sum(it is not None for it in telling)
    assert found.members <= found.failed <= MOST_OF_ONE * found.members


@given(
    seen=endings(st.none(), st.sampled_from([*MEMBERS, *FAILED_BY_PROVIDER])),
    percent=st.integers(1, 100),
)
def test_n16_no_two_members_stop_everybody_by_failures(seen: list[JobEnding], percent: int) -> None:
    of_two = [it for it in seen if it.member_id in {1, 2} or it.failure is None]

    assert not Breaker(failure_percent=percent).is_failing(record(of_two))


def test_n16_one_members_many_failures_tip_no_scale() -> None:
    """Two others met one fault each, as happens."""
    faults = [JobEnding(member_id=1, failure=Failure.NO_PICTURE)] * 18
    faults += [JobEnding(member_id=it, failure=Failure.TIMEOUT) for it in (2, 3)]

    assert record(faults) == FailureRate(failed=5, counted=5, members=3)
    assert not Breaker().is_failing(record(faults))


def test_n16_an_outage_that_three_members_meet_stops_purchases() -> None:
    faults = [JobEnding(member_id=it % 3, failure=Failure.PROVIDER) for it in range(7)]

    assert Breaker().is_failing(record(faults))


def test_every_failure_is_somebodys() -> None:
    """A new kind of failure must be thought about here."""
    nobodys = {*MEMBERS, Failure.UNREACHABLE, Failure.STOPPED, Failure.INTERNAL}

    assert set(Failure) == FAILED_BY_PROVIDER | nobodys
