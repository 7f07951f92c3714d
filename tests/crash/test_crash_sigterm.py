"""SIGTERM while something is under way: exit code 0 in time, and nothing is lost (L19, L20)."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.sandbox import CdnBehaviour, PersonInteraction, routes
from tests.crash.selection import moments
from tests.crash.stage import LONGEST_STOP, Stage, picture

DONE = "### Your edit is done"
RESTARTED = "I was restarted before this edit began"


@dataclass(frozen=True)
class Moment:
    """What holds an edit up, how one sees that it got there, and what its member reads at last."""

    row: str
    hold: Callable[[Stage], object]
    reached: Callable[[Stage, PersonInteraction], object]
    last_word: str = DONE
    slow_file: float = 0.0


def fault(kind: Kind, seconds: float = 1.0) -> Callable[[Stage], None]:
    return lambda stage: stage.engine.faults.add(EngineFault(kind=kind, seconds=seconds))


def fired(kind: Kind) -> Callable[[Stage, PersonInteraction], bool]:
    return lambda stage, _: any(fault.kind is kind for fault in stage.engine.faults.fired)


def at_work(stage: Stage, _: PersonInteraction) -> bool:
    return any(job.started for job in stage.engine.jobs)


def asked(method: str, route: str) -> Callable[[Stage, PersonInteraction], bool]:
    return lambda stage, _: any(
        (call.method, call.route) == (method, route) for call in stage.discord.requests
    )


MOMENTS = {
    "fetching the picture": Moment(
        "L4",
        hold=lambda _: None,
        reached=lambda _, click: click.acknowledged,
        last_word=RESTARTED,
        slow_file=30.0,
    ),
    "submitting": Moment("L10", hold=fault(Kind.SUBMIT_SLOW), reached=fired(Kind.SUBMIT_SLOW)),
    "submitting for too long": Moment(
        "L10", hold=fault(Kind.SUBMIT_SLOW, 30.0), reached=fired(Kind.SUBMIT_SLOW)
    ),
    "waiting in the provider's line": Moment("L12", hold=fault(Kind.JOB_SLOW), reached=at_work),
    "fetching the result": Moment(
        "L13", hold=fault(Kind.RESULT_SLOW), reached=fired(Kind.RESULT_SLOW)
    ),
    "fetching the result's picture": Moment(
        "L14", hold=fault(Kind.FILE_SLOW), reached=fired(Kind.FILE_SLOW)
    ),
    "waiting to bring the card": Moment(
        "L16",
        hold=lambda stage: stage.discord.faults.add(("PATCH", routes.ORIGINAL), status=503, skip=1),
        reached=asked("PATCH", routes.ORIGINAL),
    ),
    "bringing the card": Moment(
        "L17",
        hold=lambda stage: stage.discord.faults.add(("PATCH", routes.ORIGINAL), delay=1.0, skip=1),
        reached=lambda stage, _: any(job.ended for job in stage.engine.jobs),
    ),
}


HELD_ALWAYS = {"fetching the picture", "submitting", "fetching the result", "bringing the card"}


@pytest.mark.parametrize("name", moments(MOMENTS, always=HELD_ALWAYS))
async def test_a_stop_under_way_loses_nothing(stage: Stage, name: str) -> None:
    """L19"""
    moment = MOMENTS[name]
    bot = await stage.start()
    moment.hold(stage)
    click = await stage.edit(image=picture(delivery=CdnBehaviour(delay=moment.slow_file)))
    await stage.until(lambda: moment.reached(stage, click))
    began = time.monotonic()

    bot.send(signal.SIGTERM)
    code = await bot.ended()

    assert code == 0, bot.log
    assert time.monotonic() - began < LONGEST_STOP
    assert "Traceback" not in bot.log
    stage.engine.faults.clear()
    await stage.start()
    await stage.settle()
    [word] = stage.answers(click)
    assert word.text.startswith(moment.last_word)
    assert len(stage.engine.jobs) == (moment.last_word == DONE)


async def test_an_idle_bot_stops_at_once(stage: Stage) -> None:
    """L19"""
    bot = await stage.start()
    began = time.monotonic()

    await bot.stop()

    assert time.monotonic() - began < 3


async def test_a_click_during_the_stop_is_told_to_come_back(stage: Stage) -> None:
    """L19"""
    bot = await stage.start()
    stage.engine.faults.add(EngineFault(kind=Kind.SUBMIT_SLOW, seconds=2))
    await stage.edit("ada")
    await stage.until(lambda: stage.engine.faults.fired)
    bot.send(signal.SIGTERM)
    await asyncio.sleep(0.2)

    late = await stage.edit("bob")
    await late.wait(lambda click: click.answered)

    assert "restarted" in late.answered[0].text
    assert late.ephemeral
    assert await bot.ended() == 0
    await stage.start()
    assert (await stage.settle()).states == ["done"]


@pytest.mark.parametrize("seed", moments(range(3), always={0}))
async def test_a_supervisor_that_loses_its_patience_loses_no_edit(stage: Stage, seed: int) -> None:
    """L20: SIGTERM, then SIGKILL in the middle of the stop."""
    chance = random.Random(seed)
    bot = await stage.start()
    stage.engine.faults.add(EngineFault(kind=Kind.SUBMIT_SLOW, seconds=chance.uniform(0.2, 3)))
    for name in ("ada", "bob"):
        await stage.edit(name)
    await asyncio.sleep(chance.uniform(0.1, 0.8))

    bot.send(signal.SIGTERM)
    await asyncio.sleep(chance.uniform(0, 1))
    await bot.kill()

    await stage.start()
    await stage.settle_in_time()
