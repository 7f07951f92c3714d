"""A dollar buys twelve pictures, however often the bot dies while everybody clicks."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from tests.crash.stage import DIED, picture

if TYPE_CHECKING:
    from tests.crash.stage import Stage

PRICE: Final = 80_000
DOLLAR: Final = {"GUILD_MONTHLY_LIMIT_USD": "1.00"}
PHOTO: Final = picture()


async def storm(stage: Stage, name: str, members: int) -> None:
    """So many members whom nobody has seen before ask at once."""
    await asyncio.gather(
        *(stage.edit(f"{name}-{number}", image=PHOTO) for number in range(members))
    )


@pytest.mark.parametrize("seed", range(2))
async def test_n1_a_servers_dollar_buys_twelve_though_the_bot_dies_three_times(
    stage: Stage, seed: int
) -> None:
    """C1, R53: dead right after a purchase, before one is charged, and at a moment of chance."""
    chance = random.Random(seed)
    first = await stage.start(die_at=f"accept.after#{chance.randint(1, 8)}", **DOLLAR)
    await storm(stage, "first", 20)
    assert await first.ended() == DIED

    second = await stage.start(die_at=f"settle.before#{chance.randint(1, 4)}", **DOLLAR)
    await storm(stage, "second", 10)
    assert await second.ended() == DIED

    third = await stage.start(**DOLLAR)
    await storm(stage, "third", 10)
    await asyncio.sleep(chance.uniform(0, 0.8))
    await third.kill()

    await stage.start(**DOLLAR)
    books = await stage.settle_in_time()
    assert books.states.count("done") <= 12

    await stage.start(**DOLLAR)
    await storm(stage, "last", 14)
    books = await stage.settle()

    assert books.states.count("done") == 12
    assert (books.held, books.spent) == (0, 12 * PRICE)
    assert sum(job.billed_units for job in stage.engine.jobs) == 12
    # Everybody clicked once.
    assert max(Counter(job["member_id"] for job in books.jobs).values()) == 1
