"""Deliveries and replies: one card per edit, brought by one lane at a time, ended once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import Failure, LeaseLost
from bot.domain.jobs.events import Failed
from bot.domain.jobs.lifecycle import step
from bot.store.database import Transaction
from bot.store.delivery import enqueue, outbox
from bot.store.delivery.outbox import (
    CLAIM_SECONDS,
    DeliveryRoute,
    Owed,
    OwedKind,
    RouteKind,
    UndeliveredReason,
)
from bot.store.interactions import pending
from bot.store.jobs import jobs
from bot.store.sqlite import SqliteDatabase
from bot.store.sqlite import SqliteTransaction as Tx
from tests.support.books import NOW, PROVIDER, add_reply, job_of, one, put_in_line

REPLY = DeliveryRoute(RouteKind.REPLY, 70)
CHANNEL = DeliveryRoute(RouteKind.CHANNEL, 50)


def claimed_card(tx: Transaction) -> Owed:
    """A card that is owed, and that a lane has taken."""
    owe_a_card(tx)
    first = outbox.claim(tx, now=NOW)
    assert first
    return first


def owe_a_card(tx: Transaction, reply_id: int = 70, *, now: float = NOW) -> None:
    """An edit that ended; its card goes to this reply."""
    add_reply(tx, reply_id)
    pending.answered(tx, reply_id)
    (job_id,) = put_in_line(tx, reply_id=reply_id)
    jobs.claim(tx, provider=PROVIDER, lease="a", may_submit=True, now=now)
    job = job_of(tx, job_id)
    taken = step(job, Failed(Failure.CONTENT), now=now)
    jobs.record(tx, taken, lease="a", keep_lease=False, now=now)


def test_a_card_is_claimed_by_one_lane_until_its_claim_runs_out(tx: Tx) -> None:
    owe_a_card(tx)

    first = outbox.claim(tx, now=NOW)
    second = outbox.claim(tx, now=NOW + CLAIM_SECONDS - 1)
    third = outbox.claim(tx, now=NOW + CLAIM_SECONDS)

    assert first
    assert (first.kind, first.subject, first.routes[0]) == (OwedKind.RESULT, 1, REPLY)
    assert (first.doubtful, first.tries) == (False, 0)
    assert second is None
    assert third == replace(first, claimed_until=NOW + 2 * CLAIM_SECONDS)


async def test_lanes_share_the_cards_without_overlap(database: SqliteDatabase) -> None:
    for number in range(1, 11):
        await database.transact(owe_a_card, number)

    claimed = [await database.transact(outbox.claim, now=NOW) for _ in range(20)]

    ids = [delivery.id for delivery in claimed if delivery]
    assert len(ids) == len(set(ids)) == 10


def test_the_way_that_was_begun_is_remembered(tx: Tx) -> None:
    """L18: the next claimer knows that the answer may have been lost."""
    first = claimed_card(tx)

    outbox.begin(tx, first, CHANNEL)
    again = outbox.claim(tx, now=NOW + CLAIM_SECONDS)

    assert again
    assert (again.routes[0], again.doubtful) == (CHANNEL, True)
    with pytest.raises(LeaseLost):
        outbox.begin(tx, first, first.routes[-1])


def test_nobody_begins_a_way_for_a_card_that_is_there(tx: Tx) -> None:
    """I7: a lane that slept looks again before it posts."""
    first = claimed_card(tx)
    outbox.delivered(tx, first.id, message_id=99, now=NOW + 1)

    with pytest.raises(LeaseLost):
        outbox.begin(tx, first, CHANNEL)


def test_a_card_put_off_comes_back_at_its_time(tx: Tx) -> None:
    first = claimed_card(tx)

    outbox.put_off(tx, first.id, until=NOW + 10)

    assert outbox.due_at(tx, now=NOW) == NOW + 10
    assert outbox.claim(tx, now=NOW + 9) is None
    again = outbox.claim(tx, now=NOW + 10)
    assert again
    assert again.tries == 1


def test_a_card_that_is_there_is_owed_no_more(tx: Tx) -> None:
    first = claimed_card(tx)

    outbox.delivered(tx, first.id, message_id=99, now=NOW + 1)

    assert outbox.due_at(tx, now=NOW) is None
    assert outbox.claim(tx, now=NOW + 1_000) is None


@pytest.mark.parametrize("late", ["delivered", "keep", "put_off"])
def test_a_slow_second_lane_changes_nothing_that_has_ended(tx: Tx, late: str) -> None:
    """I7: its claim ran out while it was uploading, and somebody else was faster."""
    first = claimed_card(tx)
    outbox.delivered(tx, first.id, message_id=99, now=NOW + 1)

    if late == "delivered":
        outbox.delivered(tx, first.id, message_id=100, now=NOW + 2)
    elif late == "keep":
        outbox.keep(tx, first.id, reason=UndeliveredReason.CLOSED, now=NOW + 2)
    else:
        outbox.put_off(tx, first.id, until=NOW + 500)

    row = tx.fetch_one("SELECT * FROM outbox")
    assert row
    assert (row["state"], row["message_id"], row["ended_at"]) == ("delivered", 99, NOW + 1)
    assert row["tries"] == 0


def test_the_oldest_card_goes_first(tx: Tx) -> None:
    for number in (1, 2, 3):
        owe_a_card(tx, number)

    claimed = [outbox.claim(tx, now=NOW) for _ in range(3)]

    assert [owed.routes[0].id for owed in claimed if owed] == [1, 2, 3]


def test_at_a_restart_claims_of_the_dead_are_dropped(tx: Tx) -> None:
    owe_a_card(tx)
    outbox.claim(tx, now=NOW)

    outbox.drop_claims(tx)

    assert outbox.claim(tx, now=NOW) is not None


# ---- interactions ----------------------------------------------------------------------------


def test_the_same_interaction_twice_is_one(tx: Tx) -> None:
    """D4, I10: Discord may send it again when a connection resumes."""
    reply = add_reply(tx, 70)

    assert not pending.add(tx, reply)
    assert pending.unanswered(tx) == [reply]
    assert pending.get(tx, 70) == reply


def test_an_answered_interaction_that_is_sent_again_stays_answered(tx: Tx) -> None:
    """D4."""
    reply = add_reply(tx, 70)
    pending.answered(tx, 70)

    assert not pending.add(tx, reply)
    assert pending.unanswered(tx) == []


def test_who_was_left_waiting_is_owed_one_apology(tx: Tx) -> None:
    """L3, L4: after each restart again, and still only one."""
    add_reply(tx, 70)
    add_reply(tx, 71)
    pending.answered(tx, 71)

    owed = [enqueue.enqueue_apologies(tx, now=NOW + round_) for round_ in range(3)]

    assert owed == [1, 0, 0]
    apology = outbox.claim(tx, now=NOW)
    assert apology
    assert (apology.kind, apology.subject) == (OwedKind.INTERRUPTED, 70)
    assert outbox.claim(tx, now=NOW) is None


def test_a_card_is_owed_even_when_its_reply_was_apologised_to(tx: Tx) -> None:
    """Whatever happened to the interaction before: a job that ended must never fail to settle."""
    add_reply(tx, 70)
    enqueue.enqueue_apologies(tx, now=NOW)
    (job_id,) = put_in_line(tx, reply_id=70)
    jobs.claim(tx, provider=PROVIDER, lease="a", may_submit=True, now=NOW)
    job = job_of(tx, job_id)

    taken = step(job, Failed(Failure.CONTENT), now=NOW)
    jobs.record(tx, taken, lease="a", keep_lease=False, now=NOW)

    assert one(tx, "SELECT count(*) FROM outbox WHERE edit_id = 1") == 1
    assert one(tx, "SELECT count(*) FROM outbox WHERE state = 'due'") >= 1
