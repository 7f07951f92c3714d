"""The bell: wakes those who wait for news, also when it rings while they look."""

from __future__ import annotations

import asyncio


class Bell:
    """Rings for everybody who waits. `stopping` is set for good when they should go home.

    Whoever looks for news first notes what was `heard`, and then waits for more than that.
    """

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self._rings = 0
        self._next = asyncio.Event()

    @property
    def heard(self) -> int:
        """How often it rang so far."""
        return self._rings

    def ring(self) -> None:
        """There may be news."""
        self._rings += 1
        self._next.set()
        # Another one for the next ring: whoever waits for this one may not have woken yet.
        self._next = asyncio.Event()

    def stop(self) -> None:
        """Ring for the last time."""
        self.stopping.set()
        self.ring()

    async def wait(self, heard: int, *, seconds: float | None = None) -> None:
        """Return when it rang since `heard`, and after `seconds` in any case."""
        if heard != self._rings:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._next.wait()
        except TimeoutError:
            pass
