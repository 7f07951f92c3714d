"""Deaths at moments nobody chose; a failing seed can be run again by its number."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.crash.selection import moments
from tests.crash.stage import Stage

RUNS = 8
LONGEST_LIFE_SECONDS = 0.9


@pytest.mark.parametrize("seed", moments(range(RUNS), always={0}))
async def test_no_moment_of_death_loses_an_edit_or_pays_twice(stage: Stage, seed: int) -> None:
    """L1-L18, I5-I7: two deaths while three members edit."""
    chance = random.Random(seed)
    for name in ("ada", "bob", "cyd"):
        if not any(bot.alive for bot in stage.bots):
            bot = await stage.start(PICTURE_PROCESSES="2")
        await stage.edit(name, count=chance.choice((1, 1, 2)))
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
        if name != "cyd":
            await bot.kill()

    await bot.kill()
    await stage.start()

    await stage.settle_in_time()
