"""Jobs in the database: fair turns, one owner each, and every step with all that belongs to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import Failure, LeaseLost, StoreUnreadable
from bot.domain.jobs.events import (
    Accepted,
    Claimed,
    Effect,
    Event,
    Failed,
    NotSent,
    PictureArrived,
    Ready,
    Requeued,
    SubmitUnknown,
)
from bot.domain.jobs.lifecycle import cancel, step
from bot.domain.jobs.states import Job, JobState
from bot.store.database import Transaction
from bot.store.delivery import enqueue, outbox
from bot.store.edits import edits, pictures
from bot.store.edits.pictures import PictureFile
from bot.store.jobs import jobs, unknown
from bot.store.jobs.jobs import LEASE_SECONDS
from bot.store.sqlite import SqliteDatabase
from bot.store.sqlite import SqliteTransaction as Tx
from tests.support.books import (
    ARRIVAL,
    NOW,
    PICTURE,
    PRICE,
    PROVIDER,
    add_reply,
    job_of,
    one,
    put_in_line,
    receipt,
)


def claim(
    tx: Transaction, *, lease: str = "a", may_submit: bool = True, now: float = NOW
) -> Job | None:
    return jobs.claim(tx, provider=PROVIDER, lease=lease, may_submit=may_submit, now=now)


def advance(
    tx: Transaction, job_id: int, *events: Event, lease: str = "a", now: float = NOW
) -> Job:
    """Take a claimed job through some events, as a worker records them."""
    for event in events:
        job = job_of(tx, job_id)
        taken = step(job, event, now=now)
        keep = taken.effect is not Effect.LEAVE
        jobs.record(tx, taken, lease=lease, keep_lease=keep, now=now)
    return job_of(tx, job_id)


READY = Ready(seed=7, start_by=NOW + 300)


def test_everything_about_a_job_survives_the_books(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    claim(tx)
    pictures.record(tx, PictureFile("1" * 64, 5), now=NOW)
    submission = receipt()
    arrival = replace(ARRIVAL, picture="1" * 64, units=2.0)

    running = advance(tx, job_id, READY, Accepted(submission), now=NOW + 1)
    done = advance(tx, job_id, PictureArrived(arrival), now=NOW + 9)

    assert (running.submission, running.seed, running.start_by) == (submission, 7, NOW + 300)
    assert (done.state, done.arrival, done.cost) == (JobState.DONE, arrival, 2 * PRICE * 1000)
    assert (done.created_at, done.submitted_at, done.ended_at) == (NOW, NOW + 1, NOW + 9)


def test_a_job_is_claimed_by_one_worker(tx: Tx) -> None:
    """I17."""
    put_in_line(tx)

    first, second = claim(tx, lease="a"), claim(tx, lease="b")

    assert first
    assert second is None
    assert jobs.lease_of(tx, first.id) == "a"


async def test_a_hundred_claims_at_once_share_the_jobs_without_overlap(
    database: SqliteDatabase,
) -> None:
    """I17."""
    await database.transact(lambda tx: [put_in_line(tx, count=4) for _ in range(10)])

    claimed = [await database.transact(claim, lease=f"w{number}") for number in range(100)]

    ids = [job.id for job in claimed if job]
    assert len(ids) == len(set(ids)) == 40


def test_a_lease_that_ran_out_is_taken_over_and_the_old_owner_writes_nothing(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    old = claim(tx, lease="a")
    assert old

    too_early = claim(tx, lease="b", now=NOW + LEASE_SECONDS)
    new = claim(tx, lease="b", now=NOW + LEASE_SECONDS + 1)

    assert too_early is None
    assert new
    taken = step(old, READY, now=NOW)
    with pytest.raises(LeaseLost):
        jobs.record(tx, taken, lease="a", keep_lease=True, now=NOW)
    job = job_of(tx, job_id)
    assert job.state is JobState.QUEUED


def test_a_renewed_lease_is_kept(tx: Tx) -> None:
    put_in_line(tx)
    claim(tx, lease="a")

    jobs.renew_leases(tx, ["a"], now=NOW + LEASE_SECONDS - 1)

    assert claim(tx, lease="b", now=NOW + LEASE_SECONDS + 1) is None
    assert claim(tx, lease="b", now=NOW + 2 * LEASE_SECONDS) is not None


def test_only_what_is_in_hand_is_renewed(tx: Tx) -> None:
    """A job whose worker failed is claimed again, even while that worker lives."""
    dropped, _ = put_in_line(tx, count=2)
    claim(tx, lease="a-1")
    claim(tx, lease="a-2")

    jobs.renew_leases(tx, ["a-2"], now=NOW + 30)

    taken_over = claim(tx, lease="b", now=NOW + LEASE_SECONDS + 1)
    assert taken_over
    assert taken_over.id == dropped


def test_somebody_elses_lease_is_neither_renewed_nor_dropped(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    claim(tx, lease="a")

    jobs.renew_leases(tx, ["b"], now=NOW + 1_000)
    jobs.drop_lease(tx, lease="b")

    assert jobs.lease_of(tx, job_id) == "a"
    assert claim(tx, lease="c", now=NOW + LEASE_SECONDS + 1) is not None


def in_doubt(tx: Tx, **changed: Any) -> bool:
    like = {"provider": PROVIDER, "seed": 7, "prompt": "a red door", "since": NOW, **changed}
    return unknown.seed_in_doubt(tx, **like)


@pytest.mark.parametrize("state", [JobState.SUBMITTING, JobState.UNKNOWN])
def test_a_submit_in_doubt_keeps_its_seed_to_itself_until_it_can_no_longer_start(
    tx: Tx, state: JobState
) -> None:
    """L10: what is found by a seed and a prompt must be this job's and nobody else's."""
    (job_id,) = put_in_line(tx)
    claim(tx, lease="a")
    advance(tx, job_id, READY)
    if state is JobState.UNKNOWN:
        advance(tx, job_id, SubmitUnknown())

    assert in_doubt(tx)
    assert not in_doubt(tx, provider="fal")
    assert not in_doubt(tx, seed=8)
    assert not in_doubt(tx, prompt="a blue door")
    assert not in_doubt(tx, since=NOW + 301)


def test_of_two_submits_alike_in_doubt_the_younger_one_is_known(tx: Tx) -> None:
    """L10: the older one must not take the younger one's picture."""
    first, second, other = (*put_in_line(tx, count=2), *put_in_line(tx))
    for job_id, lease, at in ((first, "a", NOW), (second, "b", NOW + 900), (other, "c", NOW)):
        claim(tx, lease=lease)
        advance(tx, job_id, READY, lease=lease, now=at)

    def has_younger_twin(job_id: int) -> bool:
        job = jobs.get(tx, job_id)
        return job is not None and unknown.has_younger_twin(tx, job)

    tx.execute("UPDATE edit SET prompt = 'a blue door' WHERE id = 2")
    assert [has_younger_twin(job_id) for job_id in (first, second, other)] == [True, False, False]


def test_an_answered_submit_frees_its_seed(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    claim(tx, lease="a")
    advance(tx, job_id, READY, Accepted(receipt()))

    assert not in_doubt(tx)


def test_a_row_of_a_newer_version_names_its_job(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    tx.execute("UPDATE job SET state = 'failed', failure = 'of the future', ended_at = 1")

    with pytest.raises(StoreUnreadable) as caught:
        jobs.get(tx, job_id)
    assert (caught.value.table, caught.value.row_id) == ("job", job_id)


def test_a_job_put_off_is_not_due_before_its_time(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    claim(tx)
    advance(tx, job_id, Claimed(), NotSent(retry_after=30.0))

    assert claim(tx, now=NOW + 29) is None
    assert jobs.next_due(tx, provider=PROVIDER, may_submit=True, now=NOW) == NOW + 30
    assert claim(tx, now=NOW + 30) is not None


def test_turns_are_fair_one_member_with_many_jobs_does_not_hold_up_the_others(tx: Tx) -> None:
    """C17: who has the least at work comes next, then who was served longest ago."""
    for _ in range(3):
        put_in_line(tx, member_id=1, count=4)
    put_in_line(tx, member_id=2, count=2)
    put_in_line(tx, member_id=3)

    order = []
    for second in range(6):
        job = claim(tx, now=NOW + second / 10)
        assert job
        order.append(job.member_id)

    assert order == [1, 2, 3, 2, 1, 1] or order == [1, 2, 3, 1, 2, 1]


def test_everybody_waits_at_most_one_round(tx: Tx) -> None:
    """C17: with one lane, twenty members are each served once in twenty turns."""
    for member_id in range(20):
        put_in_line(tx, member_id=member_id, count=4 if member_id < 3 else 1)

    served = []
    for second in range(20):
        job = claim(tx, now=NOW + second)
        assert job
        served.append(job.member_id)
        advance(tx, job.id, Failed(Failure.PROVIDER), now=NOW + second)

    assert sorted(served) == list(range(20))


def test_what_was_paid_for_comes_before_what_is_new(tx: Tx) -> None:
    (paid,) = put_in_line(tx, member_id=1)
    claim(tx)
    advance(tx, paid, READY, Accepted(receipt()), Requeued(retry_after=1.0))
    put_in_line(tx, member_id=2)

    first = claim(tx, now=NOW + 5)

    assert first
    assert first.id == paid


@pytest.mark.parametrize(
    ("events", "goes_on"),
    [
        ([], False),
        ([READY, SubmitUnknown()], True),
        ([READY, Accepted(receipt("held")), Requeued(1.0)], True),
    ],
)
def test_while_the_door_is_closed_only_what_left_goes_on(
    tx: Tx, events: list[Event], goes_on: bool
) -> None:
    """F6."""
    (job_id,) = put_in_line(tx)
    claim(tx)
    advance(tx, job_id, *events) if events else jobs.drop_leases(tx)

    due = jobs.next_due(tx, provider=PROVIDER, may_submit=False, now=NOW)
    claimed = claim(tx, may_submit=False, now=NOW + 100)

    assert (due is not None) == (claimed is not None) == goes_on


def test_another_providers_jobs_wait_for_that_provider(tx: Tx) -> None:
    put_in_line(tx, provider="fal")

    assert claim(tx) is None
    assert jobs.next_due(tx, provider=PROVIDER, may_submit=True, now=NOW) is None


def test_a_member_cancels_in_the_middle_of_a_workers_step(tx: Tx) -> None:
    """The worker's next step sees the wish: nothing was bought."""
    (job_id,) = put_in_line(tx)
    worker_view = claim(tx)
    assert worker_view
    job = job_of(tx, job_id)
    jobs.record(tx, cancel(job, claimed=True), lease="a", keep_lease=True, now=NOW)

    ended = advance(tx, job_id, READY)

    assert ended.state is JobState.CANCELLED
    assert one(tx, "SELECT SUM(held) FROM ledger_entry") == 0


@pytest.mark.parametrize("reply_id", [None, 70])
def test_the_last_job_of_an_edit_ends_it_and_owes_its_card(tx: Tx, reply_id: int | None) -> None:
    """I7: exactly one delivery, and none before every job has ended."""
    if reply_id:
        add_reply(tx, reply_id)
    first, second = put_in_line(tx, count=2, reply_id=reply_id)
    claim(tx)
    claim(tx)

    advance(tx, first, Failed(Failure.CONTENT))
    early = one(tx, "SELECT count(*) FROM outbox")
    job = advance(tx, second, Failed(Failure.CONTENT))
    edit = edits.get(tx, job.edit_id)

    assert early == 0
    assert edit
    assert edit.state == "ended"
    state = one(tx, "SELECT state FROM outbox WHERE edit_id = :id", id=job.edit_id)
    assert state == ("due" if reply_id else "kept")
    assert outbox.claim(tx, now=NOW) is not None or reply_id is None


def test_an_ended_edit_stays_ended_when_its_end_is_looked_for_again(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    claim(tx)
    job = advance(tx, job_id, Failed(Failure.CONTENT))

    enqueue.enqueue_when_ended(tx, job.edit_id, now=NOW)

    assert one(tx, "SELECT count(*) FROM outbox") == 1


def test_the_line_ahead_counts_what_others_put_in_before(tx: Tx) -> None:
    put_in_line(tx, member_id=2, count=3)
    (mine,) = put_in_line(tx, member_id=1)
    job = job_of(tx, mine)

    before = jobs.ahead(tx, edit_id=job.edit_id)
    other = claim(tx)
    assert other
    advance(tx, other.id, Failed(Failure.CONTENT))

    assert before == 3
    assert jobs.ahead(tx, edit_id=job.edit_id) == 2


def test_unknown_jobs_are_listed_for_the_operator(tx: Tx) -> None:
    first, _ = put_in_line(tx, count=2)
    claim(tx)
    advance(tx, first, READY, SubmitUnknown())

    assert [job.id for job in jobs.unknown(tx, provider=PROVIDER)] == [first]
    assert jobs.unknown(tx, provider="fal") == []


def test_a_receipt_that_belongs_to_a_job_is_known(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    claim(tx)
    submission = receipt()
    advance(tx, job_id, READY, Accepted(submission))

    known = unknown.knows_request(tx, provider=PROVIDER, request_id=submission.request_id)

    assert known
    assert not unknown.knows_request(tx, provider="fal", request_id=submission.request_id)


def test_at_a_restart_every_lease_is_dropped_and_nothing_else_changes(tx: Tx) -> None:
    """I17."""
    first, second = put_in_line(tx, count=2)
    claim(tx)
    advance(tx, first, READY, Accepted(receipt()))
    before = [replace(job, id=0) for job in jobs.of_edit(tx, 1)]

    jobs.drop_leases(tx)

    assert [replace(job, id=0) for job in jobs.of_edit(tx, 1)] == before
    assert {claim(tx), claim(tx)} == {jobs.get(tx, first), jobs.get(tx, second)}


def test_a_picture_row_is_noted_once(tx: Tx) -> None:
    for size in (5, 6):
        pictures.record(tx, PictureFile(PICTURE, size), now=NOW)

    assert one(tx, "SELECT bytes FROM picture") == 5


def test_a_claim_does_not_grow_with_what_a_member_did_before(tx: Tx) -> None:
    """A thousand old jobs or none: the same work for the database."""
    put_in_line(tx, count=4)
    effort = []
    for first in (100, 5_000):
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        tx._connection.set_progress_handler(count, 10)
        assert claim(tx)
        jobs.renew_leases(tx, ["a"], now=NOW)
        jobs.waiting(tx, member_id=1, provider=PROVIDER)
        jobs.drop_leases(tx)
        tx._connection.set_progress_handler(None, 0)
        effort.append(steps)
        for ordinal in range(first, first + 1_000):
            tx.execute(
                """
                INSERT INTO job (edit_id, ordinal, member_id, provider, state, price, unit_cost,
                                 failure, created_at, claimed_at, ended_at)
                VALUES (1, :ordinal, 1, 'test', 'failed', 1, 1, 'lost', 0, 0, 0)
                """,
                ordinal=ordinal,
            )

    assert effort[1] <= effort[0] + 5
