"""The bell: news are heard whoever looks meanwhile, and nobody waits after the last ring."""

from __future__ import annotations

import asyncio
import time

from bot.services.bell import Bell


async def test_who_waits_is_woken_by_the_next_ring() -> None:
    bell = Bell()
    waiting = [asyncio.create_task(bell.wait(bell.heard)) for _ in range(3)]
    await asyncio.sleep(0)

    bell.ring()

    await asyncio.wait_for(asyncio.gather(*waiting), 1)


async def test_a_ring_while_one_looks_is_not_lost_even_if_others_heard_it_too() -> None:
    bell = Bell()
    mine, others = bell.heard, bell.heard
    bell.ring()
    await asyncio.wait_for(bell.wait(others), 1)
    others = bell.heard

    await asyncio.wait_for(bell.wait(mine), 1)

    waiting = asyncio.create_task(bell.wait(others))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    bell.ring()
    await waiting


async def test_nobody_waits_longer_than_they_want_to() -> None:
    bell = Bell()
    began = time.monotonic()

    await bell.wait(bell.heard, seconds=0.02)

    assert 0.01 < time.monotonic() - began < 1


async def test_the_last_ring_sends_everybody_home() -> None:
    bell = Bell()
    heard = bell.heard
    waiting = asyncio.create_task(bell.wait(heard))
    await asyncio.sleep(0)

    bell.stop()

    await asyncio.wait_for(waiting, 1)
    await asyncio.wait_for(bell.wait(heard), 1)  # who was still looking
    assert bell.stopping.is_set()
