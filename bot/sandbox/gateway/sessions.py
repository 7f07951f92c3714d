"""A shard's session, and the websocket it may have at the moment."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiohttp import web

# How many events a disconnected session keeps for its RESUME; undocumented.
KEPT_EVENTS: Final = 5000


@dataclass(eq=False, slots=True)
class Session:
    """One shard's stream of events; `socket` is None while it is disconnected."""

    id: str
    shard: tuple[int, int]
    intents: int
    socket: Socket | None
    sequence: int = 0
    sent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    lost_at: float = 0.0

    def owns(self, guild_id: str | None) -> bool:
        """Whether this shard gets the events of a guild (None: of no guild)."""
        index, count = self.shard
        return index == ((int(guild_id) >> 22) % count if guild_id else 0)


@dataclass(frozen=True, slots=True)
class Identify:
    """An IDENTIFY that arrived: `at` unix seconds, `shard` (index, count)."""

    at: float
    shard: tuple[int, int]
    intents: int


class Socket:
    """One websocket. Frames go out in the order they were posted, one at a time."""

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        *,
        compressed: bool,
    ) -> None:
        self.websocket = websocket
        self._transport = transport
        self.last_beat = time.monotonic()
        self.closed_by_us = False
        self._zlib = zlib.compressobj() if compressed else None
        self._frames: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write(), name="gateway writer")

    def post(self, frame: str, *, delay: float = 0.0) -> None:
        """Send a frame; those after it wait until it is out."""
        self._frames.put_nowait((frame, delay))

    async def _write(self) -> None:
        while True:
            frame, delay = await self._frames.get()
            await asyncio.sleep(delay)
            if self.websocket.closed:
                return
            try:
                if self._zlib:
                    raw = self._zlib.compress(frame.encode())
                    await self.websocket.send_bytes(raw + self._zlib.flush(zlib.Z_SYNC_FLUSH))
                else:
                    await self.websocket.send_str(frame)
            except ConnectionError:
                return

    def abort(self) -> None:
        """Break the connection."""
        if self._transport:
            self._transport.abort()

    async def close(self, code: int, reason: str = "") -> None:
        """Say goodbye properly."""
        self.closed_by_us = self.closed_by_us or not self.websocket.closed
        self._writer.cancel()
        await self.websocket.close(code=code, message=reason.encode())
