"""One click is one purchase, and a limit is a limit, whatever happens at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from bot.engine.faults import Fault, Kind
from tests.e2e.conftest import PATIENCE, painted, picture

if TYPE_CHECKING:
    from bot.sandbox import Clock, Interaction
    from tests.e2e.conftest import House

SEARCHES = 3


async def test_of_twenty_edits_at_once_a_dollar_buys_exactly_twelve(house: House) -> None:
    """I2, C rows: $0.08 each against the default limit of $1.00."""
    wish: dict[str, Any] = {"area": "top half", "prompt": "a hat"}
    clicks = await asyncio.gather(
        *(house.ada.slash("edit", image=picture(), **wish) for _ in range(20))
    )

    outcomes = await asyncio.gather(*(ended(house, click) for click in clicks))

    assert Counter(outcomes) == {"card": 12, "limit": 8}
    assert await house.ledger() == (0, 960_000)
    assert house.engine_jobs == 12
    assert len(house.cards()) == 12


async def ended(house: House, click: Interaction) -> str:
    """How a click ended: with its card, or with a private sentence about the limit."""
    answer = await click.wait(last_word, 2 * PATIENCE)
    if answer.ephemeral:
        assert answer.text.startswith("This costs $0.08, and only $0.")
        assert "Your daily limit is $1.00" in answer.text
        assert "it renews <t:" in answer.text
        return "limit"
    assert len(answer.files) == 2
    await house.quiet(click)
    return "card"


def last_word(click: Interaction) -> Any:
    found = [answer for answer in click.answered if answer.ephemeral or "Cost:" in answer.text]
    return found[0] if found else None


async def test_a_submit_whose_answer_is_lost_is_never_repeated(house: House, clock: Clock) -> None:
    """F rows, invariant 3: unknown, its price held, looked for until it is found; paid once."""
    assert house.app.engine is not None
    house.app.engine.faults.add(Fault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    house.app.engine.faults.add(Fault(kind=Kind.JOB_LISTED_LATE, seconds=2.5))
    click = await house.ada.slash("edit", image=picture(), mask=painted(), prompt="a hat")
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
    assert "being looked for: its receipt was lost" in queue.text
    await asyncio.sleep(2.5)
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
