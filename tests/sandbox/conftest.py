"""A local Discord for each test, and the tiny bot on the real discord.py."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import yarl

from bot.sandbox import Clock, LocalDiscord, PersonInteraction
from tests.sandbox import specimen

# The description cut to the routes we serve; the whole file may be given instead.
DESCRIPTION = Path(
    os.environ.get("DISCORD_OPENAPI") or Path(__file__).with_name("discord-openapi.json")
)


class Rest:
    """Calls the local Discord as a bot without any library would."""

    def __init__(self, local: LocalDiscord, session: aiohttp.ClientSession) -> None:
        self.local = local
        self._session = session

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: dict[str, bytes] | None = None,
        token: str | None = None,
    ) -> tuple[int, Any]:
        """Return status and parsed body."""
        headers = {"Authorization": f"Bot {token or self.local.bot_token}"}
        data: aiohttp.FormData | None = None
        if files:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body or {}))
            for index, (name, content) in enumerate(files.items()):
                data.add_field(f"files[{index}]", content, filename=name)
        async with self._session.request(
            method,
            self.local.api_url + path,
            headers=headers,
            data=data,
            json=body if not files else None,
        ) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def answer(
        self, interaction: PersonInteraction, kind: int, data: Any = None
    ) -> tuple[int, Any]:
        """Answer an interaction for the first time."""
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        body = {"type": kind} | ({} if data is None else {"data": data})
        return await self("POST", path, body)

    def webhook(self, interaction: PersonInteraction, message: str | None = "@original") -> str:
        """Return the path of an interaction's message; None: of its follow-ups."""
        path = f"/webhooks/{self.local.application_id}/{interaction.token}"
        return f"{path}/messages/{message}" if message else path


@pytest.fixture
async def rest(local: LocalDiscord) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(local, session)


@pytest.fixture
async def asked(local: LocalDiscord, rest: Rest) -> PersonInteraction:
    """An interaction nobody has answered yet: no bot is connected."""
    command = {"name": "probe", "description": "probe", "type": 1}
    await rest("PUT", f"/applications/{local.application_id}/commands", [command])
    return await local.person("ada").slash("probe")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def local(clock: Clock) -> AsyncIterator[LocalDiscord]:
    """A local Discord that also judges its own answers; unknown routes fail the test."""
    async with LocalDiscord(description=DESCRIPTION, clock=clock, check_answers=True) as started:
        yield started
    assert started.unknown_routes == []
    assert started.own_mistakes == []


@pytest.fixture
def run(
    local: LocalDiscord, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AbstractAsyncContextManager[specimen.Specimen]]:
    """Give a way to start the bot, an asynchronous context; options go to `Specimen`."""
    monkeypatch.setattr(discord.http.Route, "BASE", local.api_url)
    gateway = yarl.URL(local.gateway_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)

    @asynccontextmanager
    async def start(**options: Any) -> AsyncIterator[specimen.Specimen]:
        client = specimen.Specimen(**options)
        async for ready in specimen.running(client, local.bot_token):
            yield ready

    return start


@pytest.fixture
async def bot(
    run: Callable[..., AbstractAsyncContextManager[specimen.Specimen]],
) -> AsyncIterator[specimen.Specimen]:
    async with run() as ready:
        yield ready


@pytest.fixture
def png() -> bytes:
    """A real PNG of 8 x 6 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 8, 6, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x40\x80\xc0" * 8) * 6)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
