"""A byte-level proxy that keeps everything that passes: what the bot really sends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

HOST: Final = "127.0.0.2"
"""Another name of this computer: the port stays the same, as the engine's links name it."""
CHUNK: Final = 64 * 1024


class Tap:
    """Stands before one server. `sent` is every byte of every client, connection by connection."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._connections: list[bytearray] = []
        self.url = f"http://{HOST}:{self._target.port}"

    @property
    def sent(self) -> bytes:
        return b"\n".join(self._connections)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept = bytearray()
        self._connections.append(kept)
        there = await asyncio.open_connection(self._target.hostname, self._target.port)
        back = asyncio.create_task(_pour(there[0], writer), name="tap-back")
        try:
            await _pour(reader, there[1], kept)
        finally:
            back.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await back


async def _pour(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, kept: bytearray | None = None
) -> None:
    """Copy until either end has gone."""
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(CHUNK):
            if kept is not None:
                kept += chunk
            target.write(chunk)
            await target.drain()
    target.close()
    with contextlib.suppress(ConnectionError):
        await target.wait_closed()


@asynccontextmanager
async def tapped(url: str) -> AsyncIterator[Tap]:
    """Put a tap before the server at `url`, on the same port."""
    tap = Tap(url)
    server = await asyncio.start_server(tap.serve, HOST, urlsplit(url).port)
    try:
        yield tap
    finally:
        server.close()
