"""The owner's cost: every change has a row, and a job costs what its rows come to, at all times."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.billing.bills import Correction
from bot.domain.errors import Failure
from bot.domain.jobs.events import (
    Accepted,
    CancelledByProvider,
    Event,
    Failed,
    LocalFault,
    NotSent,
    PictureArrived,
    Ready,
    SubmitNotFound,
    SubmitUnknown,
)
from bot.domain.jobs.lifecycle import ImpossibleEventError, give_up, step
from bot.domain.jobs.states import CostState, JobState
from bot.store.billing import bills, costs
from bot.store.database import Transaction
from bot.store.jobs import jobs
from bot.store.sqlite import SqliteTransaction as Tx
from tests.store.jobs.test_jobs import READY, advance, claim
from tests.support.books import (
    ARRIVAL,
    NOW,
    PRICE,
    PROVIDER,
    job_of,
    memory_books,
    put_in_line,
    receipt,
)

NANO = PRICE * 1000


def entries(tx: Transaction, job_id: int | None) -> list[tuple[int, str, str]]:
    """Change, state and reason of a job's rows, or of those without a job."""
    rows = tx.fetch_all("SELECT * FROM cost_entry WHERE job_id IS :id ORDER BY id", id=job_id)
    return [(row["change"], row["state"], row["reason"]) for row in rows]


def claimed(tx: Transaction) -> int:
    (job_id,) = put_in_line(tx)
    assert claim(tx)
    return job_id


def read(tx: Transaction, *requests: str, until: float = NOW + 1) -> bills.RecordedCosts:
    return bills.read(tx, provider=PROVIDER, since=NOW, until=until, requests=requests)


def test_r61_a_cost_is_possible_then_estimated_then_what_the_provider_counts_then_settled(
    tx: Tx,
) -> None:
    job_id = claimed(tx)
    submission = receipt()
    advance(tx, job_id, READY, Accepted(submission), PictureArrived(replace(ARRIVAL, units=2.0)))

    costs.settle(
        tx, job_id, cost=NANO + 1, request_id=submission.request_id, reason="billed", now=NOW
    )

    job = job_of(tx, job_id)
    assert entries(tx, job_id) == [
        (NANO, "possible", "submitted"),
        (0, "estimated", "accepted"),
        (NANO, "provisional", "result, 2 billed"),
        (1 - NANO, "settled", "billed"),
    ]
    assert (job.cost, job.cost_state) == (NANO + 1, CostState.SETTLED)
    assert job.arrival == replace(ARRIVAL, units=2.0)


@pytest.mark.parametrize(
    ("events", "last"),
    [
        ((NotSent(),), (-NANO, "none", "not sent")),
        ((Failed(Failure.PROVIDER),), (-NANO, "none", "failed: provider")),
        ((Accepted(receipt("a")), CancelledByProvider()), (-NANO, "none", "failed: timeout")),
        (
            (Accepted(receipt("b")), Failed(Failure.CONTENT, possibly_billed=True)),
            (0, "possible", "failed: content"),
        ),
        (
            (SubmitUnknown(), SubmitNotFound(asked_at=NOW + 9_999)),
            (-NANO, "none", "failed: never started"),
        ),
    ],
)
def test_every_way_to_end_says_what_it_costs_and_why(
    tx: Tx, events: tuple[Event, ...], last: tuple[int, str, str]
) -> None:
    job_id = claimed(tx)

    advance(tx, job_id, READY)
    for event in events:
        advance(tx, job_id, event, lease=jobs.lease_of(tx, job_id))  # type: ignore[arg-type]

    assert entries(tx, job_id)[-1] == last


def test_a_step_that_changes_no_cost_writes_no_row(tx: Tx) -> None:
    job_id = claimed(tx)
    advance(tx, job_id, READY, Accepted(receipt()))
    before = entries(tx, job_id)

    advance(tx, job_id, LocalFault())

    assert entries(tx, job_id) == before


def test_what_a_person_decides_has_its_row_even_where_the_amount_stays(tx: Tx) -> None:
    job_id = claimed(tx)
    lost = advance(tx, job_id, READY, SubmitUnknown())

    jobs.record(tx, give_up(lost), lease=None, keep_lease=False, now=NOW, reason="by hand: gone")

    assert entries(tx, job_id)[1:] == [(0, "possible", "by hand: gone")]


EVENTS: tuple[Event, ...] = (
    READY,
    Ready(seed=8, start_by=NOW + 1),
    NotSent(),
    SubmitUnknown(),
    SubmitNotFound(asked_at=NOW + 9_999),
    PictureArrived(ARRIVAL),
    PictureArrived(replace(ARRIVAL, units=0.5)),
    PictureArrived(replace(ARRIVAL, units=None)),
    Failed(Failure.CONTENT, possibly_billed=True),
    Failed(Failure.PROVIDER),
    CancelledByProvider(),
    LocalFault(),
)


@given(
    lives=st.lists(st.lists(st.sampled_from([*EVENTS, "accepted"]), max_size=8), max_size=3),
    bill=st.lists(st.integers(0, 10**9), max_size=4),
)
@settings(max_examples=60)
def test_a_job_costs_what_its_rows_come_to_at_all_times(
    lives: list[list[Event | str]], bill: list[int]
) -> None:
    with memory_books() as tx:
        for life in lives:
            (job_id,) = put_in_line(tx)
            for event in life:
                walk(tx, job_id, Accepted(receipt()) if isinstance(event, str) else event)
                assert_costs_are_their_rows(tx)
            for cost in bill:
                costs.settle(tx, job_id, cost=cost, request_id=None, reason="billed", now=NOW)
                assert_costs_are_their_rows(tx)


def walk(tx: Transaction, job_id: int, event: Event) -> None:
    """Take a job one step, where that step exists."""
    job = job_of(tx, job_id)
    if job.state.is_final:
        return
    try:
        taken = step(job, event, now=NOW)
    except ImpossibleEventError:
        return
    jobs.record(tx, taken, lease=None, keep_lease=False, now=NOW)


def assert_costs_are_their_rows(tx: Transaction) -> None:
    for row in tx.fetch_all("SELECT id, cost, cost_state FROM job"):
        last = tx.fetch_all(
            "SELECT state FROM cost_entry WHERE job_id = :id ORDER BY id DESC LIMIT 1", id=row["id"]
        )
        assert row["cost"] == sum(change for change, _, _ in entries(tx, row["id"]))
        assert row["cost_state"] == (last[0]["state"] if last else "none")


@pytest.mark.parametrize("order", ["UPDATE cost_entry SET change = 0", "DELETE FROM cost_entry"])
def test_rows_are_only_ever_added(tx: Tx, order: str) -> None:
    advance(tx, claimed(tx), READY)

    with pytest.raises(sqlite3.IntegrityError, match="cost entries are never"):
        tx.execute(order)


# ---- what a comparison reads, and what it books ----------------------------------------------


def test_the_books_are_read_with_what_every_job_is_known_as(tx: Tx) -> None:
    done, refused, lost, waiting = put_in_line(tx, count=4)
    for _ in range(3):
        assert claim(tx)
    advance(tx, done, READY, Accepted(receipt("done")), PictureArrived(ARRIVAL))
    advance(tx, refused, READY, Failed(Failure.INPUT, possibly_billed=True))
    advance(tx, lost, Ready(seed=9, start_by=NOW), SubmitUnknown())

    found = read(tx, "done", "strange")

    by_id = {job.job_id: job for job in found.jobs}
    assert waiting not in by_id
    assert (by_id[done].requests, by_id[done].charged, by_id[done].sure) == (("done",), PRICE, NANO)
    assert (by_id[refused].possible, by_id[refused].note) == (NANO, "submitted")
    assert by_id[lost].state is JobState.UNKNOWN
    assert [(one.job_id, one.seed) for one in found.in_doubt] == [(lost, 9), (refused, 7)]
    assert (found.others, found.unknown_requests) == (frozenset(), {})


def test_a_submit_that_is_under_way_or_was_cut_off_is_in_doubt(tx: Tx) -> None:
    job_id = claimed(tx)
    advance(tx, job_id, READY)

    found = read(tx)

    assert found.jobs[0].state is JobState.SUBMITTING
    assert [one.job_id for one in found.in_doubt] == [job_id]


def test_a_job_of_another_time_is_known_but_not_compared(tx: Tx) -> None:
    job_id = claimed(tx)
    advance(tx, job_id, READY, Accepted(receipt("before")), now=NOW)

    found = bills.read(
        tx, provider=PROVIDER, since=NOW + 1, until=NOW + 9, requests={"before", "strange"}
    )

    assert (found.jobs, found.others) == ((), frozenset({"before"}))


def test_a_job_of_another_time_that_was_billed_in_this_one_is_compared(tx: Tx) -> None:
    job_id = claimed(tx)
    advance(tx, job_id, READY, Accepted(receipt("before")), now=NOW)

    found = bills.read(
        tx, provider=PROVIDER, since=NOW + 1, until=NOW + 9, requests={"before"}, billed={"before"}
    )

    assert ([one.job_id for one in found.jobs], found.others) == ([job_id], frozenset())
    since = bills.oldest(tx, provider=PROVIDER, requests={"before", "strange"})
    assert (since.bought, since.booked) == (NOW, None)


def test_it_is_known_since_when_a_stranger_is_booked(tx: Tx) -> None:
    settle(tx, None, "x", NANO)

    assert bills.oldest(tx, provider=PROVIDER, requests={"x"}) == bills.OldestUnbilled(None, NOW)
    assert bills.oldest(tx, provider="fal", requests={"x"}) == bills.OldestUnbilled(None, None)


def test_other_providers_are_counted_and_never_mixed_in(tx: Tx) -> None:
    advance(tx, claimed(tx), READY, Accepted(receipt("r")))

    found = bills.read(tx, provider="fal", since=NOW, until=NOW + 1, requests={"r"})

    assert (found.jobs, found.others) == ((), frozenset())
    assert bills.elsewhere(tx, provider="fal", since=NOW, until=NOW + 1) == {PROVIDER: 1}
    assert bills.elsewhere(tx, provider=PROVIDER, since=NOW, until=NOW + 1) == {}


def settle(tx: Transaction, job_id: int | None, request: str, cost: int) -> None:
    one = Correction(job_id=job_id, request_id=request, cost=cost, was=0, reason="billed twice")
    bills.book(tx, [one], provider=PROVIDER, now=NOW)


def test_r61_a_correction_is_a_row_with_its_reason_and_no_members_charge(tx: Tx) -> None:
    job_id = claimed(tx)
    advance(tx, job_id, READY, Accepted(receipt("r")), PictureArrived(ARRIVAL))
    before = tx.fetch_all("SELECT * FROM ledger_entry")

    settle(tx, job_id, "r", 2 * NANO)

    assert entries(tx, job_id)[-1] == (NANO, "settled", "billed twice")
    assert tx.fetch_all("SELECT * FROM ledger_entry") == before
    assert_costs_are_their_rows(tx)


def test_a_given_up_job_is_known_by_the_request_it_was_billed_as(tx: Tx) -> None:
    job_id = claimed(tx)
    advance(tx, job_id, READY, SubmitUnknown())
    advance(tx, job_id, SubmitNotFound(asked_at=NOW + 9_999), lease=None)  # type: ignore[arg-type]
    assert [one.job_id for one in read(tx).in_doubt] == [job_id]

    settle(tx, job_id, "found", NANO)

    found = read(tx)
    (job,) = found.jobs
    assert (job.requests, job.has_receipt, job.cost_state) == (("found",), False, CostState.SETTLED)
    assert found.in_doubt == ()


def test_a_stranger_is_booked_without_a_job_and_corrected_by_the_difference(tx: Tx) -> None:
    settle(tx, None, "x", NANO)
    settle(tx, None, "x", NANO)
    settle(tx, None, "x", 0)

    assert [change for change, _, _ in entries(tx, None)] == [NANO, 0, -NANO]
    assert read(tx, "x").unknown_requests == {"x": 0}
