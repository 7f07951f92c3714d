"""One click is one purchase, also where an answer is lost. Limits: test_budget_races.py."""

from __future__ import annotations

import asyncio

from bot.engine import EngineFaultKind
from bot.sandbox import Clock
from tests.e2e.conftest import PATIENCE, House

SEARCHES = 3


async def test_a_submit_whose_answer_is_lost_is_never_repeated(house: House, clock: Clock) -> None:
    """F rows, invariant 3: unknown, its price held, looked for until it is found; paid once."""
    house.break_engine(EngineFaultKind.SUBMIT_ACCEPTED_THEN_DROPPED)
    house.break_engine(EngineFaultKind.JOB_LISTED_LATE, seconds=90)
    click = await house.edit()
    await until(house, "unknown")
    assert await house.ledger() == (80_000, 0)
    assert house.engine_jobs == 1

    for _ in range(SEARCHES):
        searched = await tries(house)
        clock.advance(20)
        house.app.worker.wake()
        await until(house, "unknown", after=searched)

    assert await house.ledger() == (80_000, 0)
    queue = await house.only_answer(await house.ada.slash("mine queue"))
    assert "checking whether it went through" in queue.text
    clock.advance(60)
    house.app.worker.wake()
    card = await house.card(click)

    assert len(card.files) == 2
    assert await house.ledger() == (0, 80_000)
    assert house.engine_jobs == 1


async def tries(house: House) -> int:
    row = await house.one("SELECT tries FROM job")
    return int(row["tries"]) if row else 0


async def until(house: House, state: str, *, after: int = -1) -> None:
    """Wait until the job is in this state, and was searched for more than `after` times."""
    async with asyncio.timeout(PATIENCE):
        while True:
            row = await house.one("SELECT state, tries FROM job")
            if row and row["state"] == state and row["tries"] > after:
                return
            await asyncio.sleep(0.01)
