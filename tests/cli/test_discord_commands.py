"""`touchup demo`, `run`, `sync` and `migrate`: the commands around the bot on Discord."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.app import open_services
from bot.discord_app import open_discord_app
from bot.sandbox import LocalDiscord
from bot.settings.model import Settings
from bot.store.sqlite import open_sqlite
from tests.cli.conftest import PATIENCE_SECONDS, Shell


@pytest.fixture
async def discord() -> AsyncIterator[LocalDiscord]:
    async with LocalDiscord() as started:
        yield started
    assert started.unknown_routes == []


@pytest.fixture
def connected(shell: Shell, discord: LocalDiscord) -> Shell:
    """A shell whose settings lead to the local Discord."""
    shell.environment |= {
        "DISCORD_TOKEN": discord.bot_token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "DISCORD_CDN_HOSTS": discord.cdn_url,
    }
    return shell


def pixels(path: Path) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB"))


async def test_the_demo_makes_one_real_edit_in_less_than_a_minute(shell: Shell) -> None:
    began = time.monotonic()

    answer = await shell.touchup("demo", "--out", "shown")

    assert time.monotonic() - began < 60
    assert (answer.code, answer.err) == (0, "")
    assert "Cost: $0.08; $0.92 of $1.00 left" in answer.out
    shown = {path.name: pixels(path) for path in (shell.folder / "shown").iterdir()}
    assert shown.keys() == {"before.png", "mask.png", "preview.png", "after.png"}
    before, after = shown["before.png"], shown["after.png"]
    outside = shown["mask.png"][..., 0] < 128
    assert not (before != after).any(axis=2)[outside].any()
    assert (before != after).any(axis=2)[~outside].any()
    assert f"0 of {int(outside.sum()):,} pixels outside the area changed" in answer.out
    assert shell.files() == {"photo.png", "shown"}
    assert not (shell.folder / "data").exists()


async def test_sync_tells_discord_the_commands_while_the_bot_is_running(
    connected: Shell, discord: LocalDiscord
) -> None:
    async with connected.running("run") as bot:
        await discord.gateway.ready(timeout=PATIENCE_SECONDS)

        answer = await connected.touchup("sync")

        bot.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(bot.communicate(), PATIENCE_SECONDS)
    assert (answer.code, answer.err) == (0, "")
    assert "for every server" in answer.out
    assert bot.returncode == 0
    assert b"Traceback" not in log
    assert b"play money" in log
    assert discord.bot_token.encode() not in log


async def test_sync_for_one_guild_names_it(connected: Shell, discord: LocalDiscord) -> None:
    guild = discord.default_guild.id

    answer = await connected.touchup("sync", "--guild", guild)

    assert answer.code == 0
    assert f"for server {guild}" in answer.out
    assert not (connected.folder / "data").exists()


@pytest.mark.parametrize("command", ["run", "sync"])
async def test_without_a_token_the_sentence_says_so(shell: Shell, command: str) -> None:
    answer = await shell.touchup(command)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "DISCORD_TOKEN is not set: the README says where to get one\n"


@pytest.mark.parametrize("command", ["run", "sync"])
async def test_a_refused_token_exits_with_78_so_that_no_supervisor_tries_again(
    connected: Shell, command: str
) -> None:
    connected.environment["DISCORD_TOKEN"] = "MTA0NzEw.GcAnAr.canary-canary-canary-canary"

    answer = await connected.touchup(command)

    assert answer.code == 78
    assert "Discord does not accept DISCORD_TOKEN" in answer.err
    assert "canary" not in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("command", ["run", "sync"])
async def test_a_discord_that_is_not_there_is_a_sentence(
    connected: Shell, discord: LocalDiscord, command: str
) -> None:
    await discord.stop()

    answer = await connected.touchup(command)

    assert answer.code == 1
    assert "Discord cannot be reached right now." in answer.err
    assert "Traceback" not in answer.err


async def test_a_guild_the_bot_is_not_in_is_a_sentence(connected: Shell) -> None:
    answer = await connected.touchup("sync", "--guild", "4242")

    assert answer.code == 78
    [sentence] = answer.err.splitlines()
    assert "invite the bot there" in sentence


async def test_stopping_before_the_bot_has_logged_in_is_no_error(
    connected: Shell, discord: LocalDiscord
) -> None:
    discord.faults.add(("GET", "/users/@me"), delay=3, times=None)
    async with connected.running("run") as bot:
        await discord.wait(lambda: discord.requests, PATIENCE_SECONDS)
        bot.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(bot.communicate(), PATIENCE_SECONDS)

    assert bot.returncode == 0
    assert b"Traceback" not in log


async def test_a_bot_that_never_logged_in_closes_without_a_word(tmp_path: Path) -> None:
    settings = Settings(engine="embedded", data_dir=tmp_path)

    async with open_services(settings) as app, open_discord_app(app, "a.bot.token") as discord_app:
        assert not discord_app.bot.is_ready()


async def test_migrate_makes_the_books_and_says_their_version(shell: Shell) -> None:
    first = await shell.touchup("migrate")
    second = await shell.touchup("migrate")

    assert first.out == second.out == "The books are at schema version 4.\n"
    assert (first.code, second.code) == (0, 0)
    assert (shell.folder / "data" / "touchup.sqlite3").exists()


async def test_migrate_waits_for_nobody_who_has_the_books(shell: Shell) -> None:
    async with open_sqlite(shell.folder / "data" / "touchup.sqlite3"):
        answer = await shell.touchup("migrate")

    assert answer.code == 2
    assert "in use by process" in answer.err
