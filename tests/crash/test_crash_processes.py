"""Processes that die, stop or meet: the bot, its picture processes, a second bot."""

from __future__ import annotations

import asyncio
import signal
import time

from tests.crash.stage import Stage, until_gone

DONE = "### Your edit is done"


async def test_a_frame_that_nobody_read_leads_to_nothing(stage: Stage) -> None:
    """L1: it lay in the socket when the process died. Discord itself says that nothing came."""
    first = await stage.start()
    first.send(signal.SIGSTOP)
    click = await stage.edit()
    await first.kill()

    await stage.start()
    books = await stage.settle()

    assert click.acknowledged is None
    assert stage.messages() == []
    assert books.replies == []


async def test_a_picture_process_killed_at_work_is_replaced(stage: Stage) -> None:
    """L6: its work is done by the next one, and the member notices nothing."""
    bot = await stage.start()
    await stage.edit("ada")
    await stage.quiet()
    [worker] = bot.children
    worker.suspend()
    click = await stage.edit("bob")
    await stage.discord.wait(lambda: click.acknowledged)
    await stage.until(lambda: any((stage.data / "pictures" / "desk").rglob("picture")))
    await asyncio.sleep(0.3)
    worker.kill()
    books = await stage.settle()

    assert "picture process lost at prepare, attempt 1" in bot.log
    [card] = stage.answers(click)
    assert card.text.startswith(DONE)
    assert books.states == ["done", "done"]


async def test_picture_processes_die_with_the_bot(stage: Stage) -> None:
    """L7: also one that is in the middle of its work."""
    bot = await stage.start(PICTURE_PROCESSES="2")
    await stage.edit("ada", count=2)
    await stage.quiet()
    workers = bot.children
    for worker in workers:
        worker.suspend()
    click = await stage.edit("bob")
    await stage.discord.wait(lambda: click.acknowledged)
    await bot.kill()

    await until_gone(workers)

    assert workers


async def test_a_second_bot_on_the_same_data_is_refused_at_once(stage: Stage) -> None:
    """C3, H2"""
    first = await stage.start()
    began = time.monotonic()

    second = await stage.spawn()

    assert await second.ended() == 2
    assert time.monotonic() - began < 10
    assert f"process {first.pid}" in second.log
    assert "Traceback" not in second.log
    assert len(stage.discord.gateway.identifies) == 1
    stage.bots.remove(second)
    await stage.edit()
    assert (await stage.settle()).states == ["done"]


async def test_a_bot_whose_predecessor_was_killed_may_start_at_once(stage: Stage) -> None:
    """C3: the lock dies with its holder, no matter which pid the file names."""
    first = await stage.start()
    await first.kill()

    await stage.start()
    await stage.edit()

    assert (await stage.settle()).states == ["done"]
