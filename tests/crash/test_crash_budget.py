"""A dollar buys twelve pictures, however often the bot dies while everybody clicks."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import pytest

from tests.crash.books import Books
from tests.crash.stage import DIED, Stage, picture

PRICE: Final = 80_000
DOLLAR: Final = {"GUILD_MONTHLY_LIMIT_USD": "1.00"}
PHOTO: Final = picture()


async def storm(stage: Stage, name: str, members: int) -> None:
    """So many members whom nobody has seen before ask at once."""
    await asyncio.gather(
        *(stage.edit(f"{name}-{number}", image=PHOTO) for number in range(members))
    )


def require_no_more_than_twelve(stage: Stage) -> None:
    """Whatever was going on when the bot died."""
    books = Books(stage.data)
    books.require_sound()
    assert books.held + books.spent <= 12 * PRICE


@pytest.mark.crash
async def test_n1_a_servers_dollar_buys_twelve_though_the_bot_dies_three_times(
    stage: Stage,
) -> None:
    """C1, R53: dead right after a purchase, before one is charged, and in the middle of clicks."""
    first = await stage.start(die_at="accept.after#5", **DOLLAR)
    await storm(stage, "first", 20)
    assert await first.ended() == DIED
    require_no_more_than_twelve(stage)

    second = await stage.start(die_at="settle.before#3", **DOLLAR)
    await storm(stage, "second", 10)
    assert await second.ended() == DIED
    require_no_more_than_twelve(stage)

    third = await stage.start(**DOLLAR)
    await storm(stage, "third", 10)
    await asyncio.sleep(0.3)
    await third.kill()
    require_no_more_than_twelve(stage)

    await stage.start(**DOLLAR)
    await stage.settle_in_time()
    require_no_more_than_twelve(stage)

    await stage.start(**DOLLAR)
    await storm(stage, "last", 14)
    books = await stage.settle()

    assert books.states.count("done") == 12
    assert (books.held, books.spent) == (0, 12 * PRICE)
    assert sum(job.billed_units for job in stage.engine.jobs) == 12
    # Everybody clicked once.
    assert max(Counter(job["member_id"] for job in books.jobs).values()) == 1
