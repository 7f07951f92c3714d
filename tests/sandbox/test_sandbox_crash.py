"""The bot is a process that can be killed; the local Discord lives on in the test."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sandbox import LocalDiscord, Upload

ROOT = Path(__file__).parents[2]
SCRIPT = """
import asyncio, sys
import discord, yarl
from tests.sandbox import specimen

api, gateway, token = sys.argv[1:]
discord.http.Route.BASE = api
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)

async def main():
    client = specimen.Specimen()
    async def think(interaction):
        await interaction.response.defer()
        await asyncio.sleep(60)
    client.behaviour = think
    await client.start(token)

asyncio.run(main())
"""


@asynccontextmanager
async def child(local: LocalDiscord) -> AsyncIterator[asyncio.subprocess.Process]:
    arguments = (local.api_url, local.gateway_url, local.bot_token)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-c", SCRIPT, *arguments, cwd=ROOT
    )
    try:
        await local.wait(lambda: local.state.commands[None] and local.gateway.connected, 20)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_killed_bot_leaves_a_thinking_message_and_its_buttons_work_again(
    local: LocalDiscord, png: bytes
) -> None:
    """D24"""
    ada = local.person("ada")
    async with child(local) as first:
        edit = await ada.slash("edit", image=Upload("photo.png", png), prompt="hat")
        card = await edit.wait(lambda i: i.followups and i.response)
        assert card
        unfinished = await ada.slash("probe")
        await unfinished.wait(lambda i: i.acknowledged)
        first.kill()
        await first.wait()
        await local.wait(lambda: local.gateway.connected == 0)

    async with child(local):
        pressed = await (await ada.click(card, "Again")).settled()

    assert pressed.answered[0].text == "edit 7 again"
    assert unfinished.response is not None
    assert unfinished.response.loading
    assert unfinished.answered == []
    assert [i.shard for i in local.gateway.identifies] == [(0, 1), (0, 1)]


async def test_the_archive_tells_when_what_could_be_read(local: LocalDiscord, png: bytes) -> None:
    """The third book of crash tests: every visible final message of every interaction."""
    ada = local.person("ada")
    async with child(local):
        edit = await ada.slash("edit", image=Upload("photo.png", png), prompt="hat")
        await edit.wait(lambda i: i.followups)
    local.delete_message(edit.followups[0])

    card, private = (m for m in local.archive() if m.interaction_id == edit.id)
    assert [version.text for version in card.versions] == ["", "**hat** in all, 1x"]
    assert [version.filenames for version in card.versions] == [(), ("result.png",)]
    assert card.versions[0].at <= card.versions[1].at
    assert card.deleted_at is None
    assert [version.text for version in private.versions] == ["only you", ""]
    assert private.deleted_at is not None
    assert [message.id for message in edit.answered] == [card.id]
