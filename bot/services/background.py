"""The background loop: how everything that works without being asked starts, waits and stops."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING, Final, Protocol

from bot.domain.errors import StoreFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

log = logging.getLogger(__name__)

RETRY_PAUSES_SECONDS: Final = (0.2, 1.0, 5.0, 15.0)
"""How long a lane waits after each failure in a row; the last one goes on."""
LEAST_PAUSE_SECONDS: Final = 0.02
"""No lane looks more often than this for work that is due and cannot be taken yet."""


class Wakeup:
    """Says that there may be work, to everybody who waits for it.

    A notification that comes while somebody looks for work is not lost: note the `generation`
    before looking, and wait for a later one.
    """

    def __init__(self) -> None:
        self._generation = 0
        self._next = asyncio.Event()

    @property
    def generation(self) -> int:
        """How many notifications there were so far."""
        return self._generation

    def notify(self) -> None:
        """Let everybody who waits look again."""
        self._generation += 1
        self._next.set()
        # A new event for the next time: those who wait for this one may not have run yet.
        self._next = asyncio.Event()

    async def wait(self, generation: int, *, seconds: float = math.inf) -> None:
        """Return when there was a notification since `generation`, or after `seconds`."""
        if generation != self._generation:
            return
        try:
            async with asyncio.timeout(seconds if math.isfinite(seconds) else None):
                await self._next.wait()
        except TimeoutError:
            pass


class BackgroundLoop:
    """Calls `step` again and again, in several lanes at once, until it is stopped.

    A step does the next piece of work. It returns None when there may be more at once, else for
    how many seconds there is nothing to do unless somebody wakes the loop (`math.inf`: until then).
    What it raises is logged, and its lane pauses, longer with each failure in a row: nothing but a
    cancellation ends a loop that nobody stopped. Books that cannot be read or written are waited
    out in the same way. Loops that are woken by the same news share a `wakeup`.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[float | None]],
        *,
        lanes: int = 1,
        wakeup: Wakeup | None = None,
        retry_pauses: Sequence[float] = RETRY_PAUSES_SECONDS,
        least_pause: float = LEAST_PAUSE_SECONDS,
    ) -> None:
        self.name = name
        self.stopping = asyncio.Event()
        self._step = step
        self._lanes = lanes
        self._wakeup = wakeup or Wakeup()
        self._retry_pauses = retry_pauses
        self._least_pause = least_pause

    def wake(self) -> None:
        """There may be work: look for it now. A pause after a failure is not cut short."""
        self._wakeup.notify()

    def stop(self) -> None:
        """Finish the steps under way, then let `run` return. A step may watch `stopping` itself."""
        self.stopping.set()
        self._wakeup.notify()

    async def run(self) -> None:
        """Work until `stop`; may be called once more after a cancellation."""
        async with asyncio.TaskGroup() as lanes:
            for number in range(self._lanes):
                lanes.create_task(self._lane(), name=f"{self.name}-{number}")

    async def _lane(self) -> None:
        failures = 0
        while not self.stopping.is_set():
            generation = self._wakeup.generation
            try:
                seconds = await self._step()
            except StoreFailed:
                log.exception("%s: the books cannot be read or written", self.name)
            except Exception:
                log.exception("%s broke", self.name)
            else:
                failures = 0
                if seconds is not None:
                    await self._wakeup.wait(generation, seconds=max(self._least_pause, seconds))
                continue
            await self._pause_after(failures)
            failures += 1

    async def _pause_after(self, failures: int) -> None:
        pause = self._retry_pauses[min(failures, len(self._retry_pauses) - 1)]
        # News does not make a fault pass: only a stop ends this pause early.
        try:
            async with asyncio.timeout(pause):
                await self.stopping.wait()
        except TimeoutError:
            pass


class BackgroundPart(Protocol):
    """What works in the background, like a loop: `run` returns some time after `stop`."""

    async def run(self) -> None:
        """Work until stopped."""

    def stop(self) -> None:
        """Take nothing new, and finish what is under way."""


async def run_together(
    parts: Mapping[str, BackgroundPart], *, until: asyncio.Task[None], stop_seconds: float
) -> None:
    """Run all parts until `until` or one of them ends, or a cancellation; then stop them in order.

    What is still under way after `stop_seconds` is cancelled.

    Raises:
        Exception: what the part raised that ended first.
    """
    running = {asyncio.create_task(part.run(), name=name) for name, part in parts.items()}
    try:
        ended, _ = await asyncio.wait({*running, until}, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for part in parts.values():
            part.stop()
        _, late = await asyncio.wait(running, timeout=stop_seconds)
        for task in late:
            log.warning(
                "%s did not stop in time; its work goes on at the next start", task.get_name()
            )
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
