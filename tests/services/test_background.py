"""Background loops: news reaches everybody, faults are waited out, and a stop ends all lanes."""

from __future__ import annotations

import asyncio
import logging
import math
import time

import pytest

from bot.domain.errors import StoreFailed
from bot.services.background import BackgroundLoop, Wakeup


async def test_everybody_who_waits_is_woken_by_the_next_notification() -> None:
    wakeup = Wakeup()
    waiting = [asyncio.create_task(wakeup.wait(wakeup.generation)) for _ in range(3)]
    await asyncio.sleep(0)

    wakeup.notify()

    await asyncio.wait_for(asyncio.gather(*waiting), 1)


async def test_a_notification_while_one_looks_is_not_lost_even_if_others_heard_it_too() -> None:
    wakeup = Wakeup()
    mine, others = wakeup.generation, wakeup.generation
    wakeup.notify()
    await asyncio.wait_for(wakeup.wait(others), 1)
    others = wakeup.generation

    await asyncio.wait_for(wakeup.wait(mine), 1)

    waiting = asyncio.create_task(wakeup.wait(others))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    wakeup.notify()
    await waiting


async def test_nobody_waits_longer_than_they_want_to() -> None:
    wakeup = Wakeup()
    began = time.monotonic()

    await wakeup.wait(wakeup.generation, seconds=0.02)

    assert 0.01 < time.monotonic() - began < 1


async def test_a_stop_sends_every_lane_home_also_one_that_is_still_looking() -> None:
    looking = asyncio.Event()
    go_on = asyncio.Event()

    async def look() -> float | None:
        looking.set()
        await go_on.wait()
        return math.inf

    loop = BackgroundLoop("looker", look, lanes=3)
    running = asyncio.create_task(loop.run())
    await looking.wait()

    loop.stop()
    await asyncio.sleep(0.01)
    assert not running.done()
    go_on.set()

    await asyncio.wait_for(running, 1)
    assert loop.stopping.is_set()


async def test_work_is_done_without_a_pause_and_then_waited_for_until_somebody_wakes_it() -> None:
    work = [1, 2, 3]
    done: list[int] = []
    looks = 0

    async def take() -> float | None:
        nonlocal looks
        looks += 1
        if not work:
            return math.inf
        done.append(work.pop(0))
        return None

    loop = BackgroundLoop("taker", take)
    running = asyncio.create_task(loop.run())
    await asyncio.sleep(0.05)
    assert (done, looks) == ([1, 2, 3], 4)

    work.append(4)
    loop.wake()
    await asyncio.sleep(0.05)
    loop.stop()
    await asyncio.wait_for(running, 1)

    assert (done, looks) == ([1, 2, 3, 4], 6)


async def test_work_that_is_due_and_cannot_be_taken_is_not_looked_for_without_a_pause() -> None:
    looks = 0

    async def look() -> float | None:
        nonlocal looks
        looks += 1
        return -1.0

    loop = BackgroundLoop("looker", look, least_pause=0.02)
    running = asyncio.create_task(loop.run())
    await asyncio.sleep(0.1)
    loop.stop()
    await asyncio.wait_for(running, 1)

    assert 2 <= looks <= 7


async def test_loops_that_share_a_wakeup_are_woken_together() -> None:
    wakeup = Wakeup()
    looks = [0, 0]

    async def look(number: int) -> float | None:
        looks[number] += 1
        return math.inf

    loops = [
        BackgroundLoop("first", lambda: look(0), wakeup=wakeup),
        BackgroundLoop("second", lambda: look(1), wakeup=wakeup),
    ]
    running = [asyncio.create_task(loop.run()) for loop in loops]
    await asyncio.sleep(0.01)

    wakeup.notify()
    await asyncio.sleep(0.01)
    assert looks == [2, 2]

    loops[0].stop()
    await asyncio.wait_for(running[0], 1)
    assert not running[1].done()
    loops[1].stop()
    await asyncio.wait_for(running[1], 1)


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), StoreFailed("disk full")])
async def test_a_step_that_raises_is_logged_and_tried_again_later_and_later(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    began = time.monotonic()
    looks: list[float] = []

    async def fail() -> float | None:
        looks.append(time.monotonic() - began)
        if len(looks) < 4:
            raise error
        return math.inf

    loop = BackgroundLoop("faulty", fail, retry_pauses=(0.01, 0.05))
    with caplog.at_level(logging.ERROR):
        running = asyncio.create_task(loop.run())
        for _ in range(30):
            loop.wake()  # does not cut a pause short
            await asyncio.sleep(0.01)
    loop.stop()
    await asyncio.wait_for(running, 1)

    assert looks[1] - looks[0] >= 0.01
    assert looks[2] - looks[1] >= 0.05
    assert looks[3] - looks[2] >= 0.05
    assert len([record for record in caplog.records if record.exc_info]) == 3


async def test_a_stop_does_not_wait_for_the_pause_after_a_failure() -> None:
    async def fail() -> float | None:
        raise RuntimeError

    loop = BackgroundLoop("faulty", fail, retry_pauses=(600.0,))
    running = asyncio.create_task(loop.run())
    await asyncio.sleep(0.01)

    loop.stop()

    await asyncio.wait_for(running, 1)


async def test_a_cancellation_ends_all_lanes_and_passes() -> None:
    ended: list[int] = []

    async def work() -> float | None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(1)
        return None

    running = asyncio.create_task(BackgroundLoop("worker", work, lanes=2).run())
    await asyncio.sleep(0.01)

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 1)
    assert ended == [1, 1]
