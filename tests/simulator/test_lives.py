"""Random lives: each effect and each commit may be the last one; nothing is lost or paid twice.

More of them, or one again: `python -m tests.simulator --seeds 0..9999`, `--seeds 1234`.
"""

from __future__ import annotations

import math
import sqlite3
from typing import TYPE_CHECKING

import pytest

from bot.domain.jobs import lifecycle, states
from bot.domain.jobs.events import Effect
from bot.domain.limits import status
from bot.services.billing import pauses
from bot.services.jobs.record import JobRecorder
from bot.services.timeouts import Timeouts
from bot.store.billing import ledger
from bot.store.delivery import enqueue
from bot.store.jobs import jobs as job_store
from bot.store.jobs import unknown
from bot.store.limits import counters
from tests.simulator.provider import FINISH_TIMEOUT
from tests.simulator.world import World, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.jobs.events import Event
    from bot.store.database import Transaction


LIVES = 300
BATCH = 30


@pytest.mark.parametrize("first", range(0, LIVES, BATCH))
def test_no_life_loses_money_pays_twice_or_forgets_anybody(first: int) -> None:
    """L1-L16, F1-F3, F6-F15, S1, S18, C5-C8, C10: I1-I7, I9-I12, I17 after every commit."""
    for seed in range(first, first + BATCH):
        try:
            run(seed)
        except Exception as error:
            raise AssertionError(f"python -m tests.simulator --seeds {seed}") from error


def test_the_same_seed_is_the_same_life() -> None:
    first, second = run(11), run(11)

    assert first.books.commits == second.books.commits
    assert vars_of(first) == vars_of(second)


def vars_of(world: World) -> list[tuple[object, ...]]:
    return [
        (paid.request_id, paid.seed, paid.for_job, paid.accepted) for paid in world.provider.paid
    ]


def test_lives_are_not_boring() -> None:
    """The faults really happen: otherwise all of this proves nothing."""
    worlds = [run(seed) for seed in range(60)]

    submits = sum(world.provider.posts for world in worlds)
    paid = [job for world in worlds for job in world.provider.paid]
    ends = [row for world in worlds for row in world.final.values()]
    finals = {str(state) for row in ends for state in row if state in states.FINAL}
    assert submits > len(paid) > 60
    assert finals == {"done", "failed", "cancelled"}
    assert any(world.generations > world.machines for world in worlds)
    assert any(world.discord.shown for world in worlds)
    assert any(world.stops for world in worlds)
    assert any(world.shutdowns for world in worlds)


def without_the_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost submit is given up at its start deadline, to the second."""
    monkeypatch.setattr(lifecycle, "START_MARGIN_SECONDS", -FINISH_TIMEOUT)


def without_the_freshness_of_an_intent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.jobs.runner.may_be_sent", lambda *_, **__: True)


def without_the_question_whose_seed_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown, "seed_in_doubt", lambda *_, **__: False)


def without_the_unknown_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """A claimed intent is simply sent again, as most bots do."""
    claimed = lifecycle._claimed

    def careless(job: states.Job, *, now: float) -> lifecycle.Step:
        if job.state is states.JobState.SUBMITTING:
            return lifecycle.Step(job, Effect.SUBMIT)
        return claimed(job, now=now)

    monkeypatch.setattr(lifecycle, "_claimed", careless)


def without_releasing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "close", lambda *_, **__: 0)


def without_the_test_of_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """C11."""

    def generous(tx: Transaction, counter_id: int, amount: int, *, cap: int) -> bool:
        tx.execute(
            "UPDATE counter SET held = held + :amount, cap = NULL WHERE id = :id",
            id=counter_id,
            amount=amount,
        )
        return True

    monkeypatch.setattr(counters, "hold", generous)
    monkeypatch.setattr(status.Explanation, "refusing", lambda *_: None)


def without_a_card_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enqueue, "enqueue_when_ended", lambda *_, **__: None)


def without_a_check_of_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    advance = JobRecorder.advance

    def bold(
        self: JobRecorder, tx: Transaction, job_id: int, event: Event, *, lease: str
    ) -> lifecycle.Step:
        held = job_store.lease_of(tx, job_id) or lease
        return advance(self, tx, job_id, event, lease=held)

    monkeypatch.setattr(JobRecorder, "advance", bold)


def without_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "swapped", lambda *_, **__: None)


def without_looking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the loop itself: it looks for work when it is woken, and never by itself."""
    monkeypatch.setattr(job_store, "next_due", lambda *_, **__: None)
    monkeypatch.setattr("tests.simulator.bot.TIMEOUTS", Timeouts(idle=math.inf))


MUTANTS = [
    without_looking_again,
    without_the_stop,
    without_the_margin,
    without_the_freshness_of_an_intent,
    without_the_question_whose_seed_it_is,
    without_the_unknown_state,
    without_releasing,
    without_the_test_of_the_cap,
    without_a_card_at_the_end,
    without_a_check_of_the_lease,
]


@pytest.mark.parametrize("mutate", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_each_safeguard_is_missed_when_it_is_gone(
    monkeypatch: pytest.MonkeyPatch, mutate: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """C11: a simulator that finds nothing here would find nothing anywhere."""
    mutate(monkeypatch)

    with pytest.raises((AssertionError, sqlite3.IntegrityError, lifecycle.ImpossibleEventError)):
        live_many()


def live_many() -> None:
    for seed in range(2_000):
        run(seed, grim=True)
