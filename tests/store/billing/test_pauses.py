"""Stops on purchases: one at a time for each model, told once, and nothing new is claimed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT
from bot.domain.jobs.events import Accepted, Claimed, Event, Ready, Requeued, SubmitUnknown
from bot.domain.jobs.lifecycle import STOPPED_SECONDS
from bot.services.billing.notices import pause_card
from bot.services.delivery.outbox import NotOwed, NotYet
from bot.store.billing import pauses
from bot.store.delivery import outbox
from bot.store.delivery.outbox import OWNER, Owed, OwedKind
from bot.store.jobs import jobs
from bot.store.sqlite import SqliteTransaction as Tx
from tests.store.jobs.test_jobs import advance, claim
from tests.support.books import NOW, PROVIDER, add_reply, one, put_in_line, receipt

MODEL = IDEOGRAM_V2_EDIT.id
READY = Ready(seed=7, start_by=NOW + 300)


def stop(
    tx: Tx, job_id: int, *, provider: str = PROVIDER, model: str = MODEL, now: float = NOW
) -> None:
    pauses.begin(
        tx, provider=provider, model=model, reason=PauseReason.SWAPPED, job_id=job_id, now=now
    )


def test_a_second_reason_changes_nothing_about_the_first_stop(tx: Tx) -> None:
    first, second = put_in_line(tx, count=2)
    stop(tx, first)
    stop(tx, second, now=NOW + 5)

    (pause,) = pauses.in_force(tx, provider=PROVIDER)

    assert (pause.job_id, pause.since, pause.reason) == (first, NOW, PauseReason.SWAPPED)
    assert pauses.is_paused(tx, provider=PROVIDER, model=MODEL) is PauseReason.SWAPPED
    assert not pauses.is_paused(tx, provider="fal", model=MODEL)
    assert not pauses.is_paused(tx, provider=PROVIDER, model=IDEOGRAM_V2_TURBO_EDIT.id)


def test_what_was_lifted_can_be_stopped_again(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    stop(tx, job_id)

    lifted = pauses.lift(tx, provider=PROVIDER, by="shell", now=NOW + 10)

    assert [pause.job_id for pause in lifted] == [job_id]
    assert pauses.in_force(tx, provider=PROVIDER) == []
    assert pauses.lift(tx, provider=PROVIDER, by="shell", now=NOW + 11) == []
    stop(tx, job_id, now=NOW + 20)
    assert [pause.since for pause in pauses.in_force(tx, provider=PROVIDER)] == [NOW + 20]


def test_each_stop_is_owed_to_the_owner_once_and_not_when_it_is_over(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    stop(tx, job_id)
    stop(tx, job_id)
    stop(tx, job_id, model=IDEOGRAM_V2_TURBO_EDIT.id)

    owed = [found for found in claimed(tx) if found.kind is OwedKind.PAUSE]

    assert [found.subject for found in owed] == [
        pause.id for pause in pauses.in_force(tx, provider=PROVIDER)
    ]
    assert {found.routes for found in owed} == {(OWNER,)}
    pauses.lift(tx, provider=PROVIDER, by="shell", now=NOW + 2)
    with pytest.raises(NotOwed):
        pause_card(tx, owed[0], provider=PROVIDER)


def claimed(tx: Tx) -> list[Owed]:
    """All that is owed."""
    found = []
    while (owed := outbox.claim(tx, now=NOW)) is not None:
        found.append(owed)
    return found


@pytest.mark.parametrize(
    ("events", "goes_on"),
    [
        ([Claimed(), Requeued(1.0)], False),
        ([READY, SubmitUnknown()], True),
        ([READY, Accepted(receipt("bought")), Requeued(1.0)], True),
    ],
)
def test_r14_while_purchases_are_stopped_only_what_left_goes_on(
    tx: Tx, events: list[Event], goes_on: bool
) -> None:
    (job_id,) = put_in_line(tx)
    claim(tx)
    advance(tx, job_id, *events)
    stop(tx, job_id)

    due = jobs.next_due(tx, provider=PROVIDER, may_submit=True, now=NOW)
    claimed = claim(tx, now=NOW + 100)

    assert (due is not None) == (claimed is not None) == goes_on
    pauses.lift(tx, provider=PROVIDER, by="shell", now=NOW + 100)
    if not goes_on:
        assert claim(tx, now=NOW + 100) is not None


@pytest.mark.parametrize("elsewhere", [{"model": IDEOGRAM_V2_TURBO_EDIT.id}, {"provider": "fal"}])
def test_a_stop_is_for_one_model_of_one_provider(tx: Tx, elsewhere: dict[str, Any]) -> None:
    (job_id,) = put_in_line(tx)
    stop(tx, job_id, **elsewhere)

    assert jobs.next_due(tx, provider=PROVIDER, may_submit=True, now=NOW) is not None
    assert claim(tx) is not None


def test_what_was_cancelled_on_its_way_can_end_during_a_stop(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    stop(tx, job_id)
    tx.execute("UPDATE job SET cancel_asked = 1 WHERE id = :id", id=job_id)

    assert jobs.next_due(tx, provider=PROVIDER, may_submit=True, now=NOW) is not None
    assert claim(tx) is not None


# ---- stops for other reasons ---------------------------------------------------------------------


@pytest.mark.parametrize("reason", [reason for reason in PauseReason if reason.refuses])
def test_n16_a_stop_of_all_models_stops_each(tx: Tx, reason: PauseReason) -> None:
    add_reply(tx, 70)
    (job_id,) = put_in_line(tx, reply_id=70)

    pauses.begin(tx, provider=PROVIDER, model=None, reason=reason, job_id=job_id, now=NOW)

    assert pauses.is_paused(tx, provider=PROVIDER, model=MODEL) is reason
    assert pauses.is_paused(tx, provider="fal", model=MODEL) is None
    assert jobs.next_due(tx, provider=PROVIDER, may_submit=True, now=NOW) is None
    assert claim(tx) is None
    (pause,) = pauses.in_force(tx, provider=PROVIDER)
    assert pause.reason is reason
    (owed,) = [found for found in claimed(tx) if found.kind is OwedKind.IN_LINE]
    assert (owed.subject, owed.part) == (one(tx, "SELECT edit_id FROM job"), pause.id)


def test_n17_a_locked_account_refuses_nobody_and_lets_jobs_try(tx: Tx) -> None:
    put_in_line(tx)

    begun = [
        pauses.begin(tx, provider=PROVIDER, model=None, reason=PauseReason.LOCKED, now=NOW + second)
        for second in range(40)
    ]

    assert begun == [True, *39 * [False]]
    assert pauses.is_paused(tx, provider=PROVIDER, model=MODEL) is None
    met = pauses.met(tx, provider=PROVIDER, model=MODEL)
    assert met is not None
    assert (met.reason, met.since) == (PauseReason.LOCKED, NOW)
    assert claim(tx) is not None


def test_stops_for_two_reasons_are_lifted_one_by_one(tx: Tx) -> None:
    pauses.begin(tx, provider=PROVIDER, model=None, reason=PauseReason.BURST, now=NOW)
    pauses.begin(
        tx,
        provider=PROVIDER,
        model=MODEL,
        reason=PauseReason.PRICE,
        detail={"listed": 2, "expected": 1},
        now=NOW + 1,
    )

    (lifted,) = pauses.lift(
        tx, provider=PROVIDER, by="operator 7", now=NOW + 2, reason=PauseReason.BURST
    )

    assert lifted.reason is PauseReason.BURST
    (left,) = pauses.in_force(tx, provider=PROVIDER)
    assert (left.reason, left.detail) == (PauseReason.PRICE, {"listed": 2, "expected": 1})
    assert pauses.is_paused(tx, provider=PROVIDER, model=MODEL) is PauseReason.PRICE


def test_r14_the_oldest_of_several_stops_says_how_long_a_job_waits(tx: Tx) -> None:
    """Nobody waits a second day because of a second reason."""
    put_in_line(tx)
    pauses.begin(tx, provider=PROVIDER, model=None, reason=PauseReason.BURST, now=NOW)
    later = NOW + STOPPED_SECONDS - 60
    pauses.begin(tx, provider=PROVIDER, model=MODEL, reason=PauseReason.FAILURES, now=later)

    assert claim(tx, now=NOW + STOPPED_SECONDS - 1) is None
    assert claim(tx, now=NOW + STOPPED_SECONDS + 1) is not None


def test_a_stop_at_a_provider_that_is_not_in_use_is_neither_shown_nor_told_nor_lifted(
    tx: Tx,
) -> None:
    pauses.begin(tx, provider="fal", model=None, reason=PauseReason.LOCKED, now=NOW)

    assert pauses.in_force(tx, provider=PROVIDER) == []
    (owed,) = claimed(tx)
    with pytest.raises(NotYet):
        pause_card(tx, owed, provider=PROVIDER)
    assert pause_card(tx, owed, provider="fal").provider == "fal"
    assert pauses.lift(tx, provider=PROVIDER, by="operator 7", now=NOW) == []
    assert [stop.provider for stop in pauses.in_force(tx, provider="fal")] == ["fal"]
