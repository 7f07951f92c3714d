"""What Discord does to the process as a whole (D rows that need one)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.sandbox import routes
from tests.crash.selection import moments
from tests.crash.stage import Stage

CARD = ("PATCH", routes.ORIGINAL)
REFUSED = 78


def calls(stage: Stage, method: str, route: str) -> int:
    return sum((call.method, call.route) == (method, route) for call in stage.discord.requests)


@pytest.mark.parametrize("quietly", [False, True])
async def test_a_click_during_a_lost_connection_arrives_with_the_resume(
    stage: Stage, quietly: bool
) -> None:
    """D1: closed with 4000, or broken without a close frame."""
    bot = await stage.start()
    # Only a session that the bot has taken note of can be resumed.
    await stage.until(lambda: "has connected to Gateway" in bot.log)
    gateway = stage.discord.gateway
    if quietly:
        gateway.abort()
    else:
        await gateway.drop()
    await stage.discord.wait(lambda: gateway.connected == 0)

    click = await stage.edit()
    await click.wait(lambda seen: seen.acknowledged is not None)
    books = await stage.settle()

    assert books.states == ["done"]
    assert gateway.resumes == 1
    assert len(gateway.identifies) == 1


async def test_a_frame_repeated_after_a_restart_changes_nothing(stage: Stage) -> None:
    """D4, I10"""
    bot = await stage.start()
    click = await stage.edit()
    await stage.quiet()
    await bot.stop()
    before = stage.answers(click)[0]
    bot = await stage.start()

    guild = stage.discord.default_guild.id
    stage.discord.gateway.emit("INTERACTION_CREATE", click.payload, guild)
    await stage.until(lambda: click.id in bot.log)
    books = await stage.settle()

    assert books.states == ["done"]
    assert calls(stage, "POST", routes.CALLBACK) == 1
    assert stage.answers(click)[0].versions == before.versions


MISHAPS: dict[str, dict[str, Any]] = {
    "429": {"retry_after": 0.7},
    "500": {"status": 500},
    "503 for a while": {"status": 503, "times": 2},
    "reset": {"drop": True},
    "answer lost": {"lose_answer": True},
    "answer cut": {"cut_answer": True},
}


@pytest.mark.parametrize("name", moments(MISHAPS, always={"answer lost", "503 for a while"}))
async def test_a_card_survives_what_happens_to_its_call(stage: Stage, name: str) -> None:
    """D7, D9"""
    mishap = MISHAPS[name]
    await stage.start()
    # The first call shows the place in line.
    fault = stage.discord.faults.add(CARD, skip=1, **mishap)
    click = await stage.edit()

    books = await stage.settle()

    assert fault.hits == mishap.get("times", 1)
    assert len(stage.answers(click)[0].files) == 2
    assert books.ways == [("delivered", "reply")]
    [early, late] = [call.at for call in stage.discord.requests if call.status == 200][-2:]
    assert late - early >= mishap.get("retry_after", 0)


async def test_a_revoked_token_ends_the_process_with_its_own_code(stage: Stage) -> None:
    """D20: the job is kept, nothing storms, and the new token takes the work over."""
    bot = await stage.start()
    stage.engine.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=2))
    click = await stage.edit()
    await stage.until(lambda: any(job.started for job in stage.engine.jobs))

    await stage.discord.revoke_token()

    assert await bot.ended(within=12) == REFUSED
    assert "Traceback" not in bot.log
    assert len(stage.discord.gateway.identifies) + stage.discord.gateway.resumes <= 2
    assert stage.discord.invalid_requests <= 2
    await stage.start()
    books = await stage.settle()
    assert books.states == ["done"]
    assert len(stage.engine.jobs) == 1
    assert len(stage.answers(click)) == 1


async def test_a_wrong_token_is_tried_once(stage: Stage) -> None:
    """D20"""
    bot = await stage.spawn(DISCORD_TOKEN="MTIzNDU2Nzg5MDEyMzQ1Njc4.wrong.token")

    assert await bot.ended() == REFUSED
    await asyncio.sleep(0.1)
    assert stage.discord.invalid_requests == 1
    assert stage.discord.gateway.identifies == []
    assert len(bot.log.splitlines()) <= 2
