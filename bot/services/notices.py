"""Notices: what the owner must hear, told once and until it is heard."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from bot.domain.errors import DeliveryError, StoreFailed
from bot.store import pauses

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.database import Database

log = logging.getLogger(__name__)

RETRY_PAUSES_SECONDS: Final = (10.0, 60.0, 300.0, 1800.0, 6 * 3600.0)
"""How long to wait before the owner is told again who could not be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseNotice:
    """Purchases from a model were stopped, because of what a job brought; `since` in unix seconds.

    `picture` is what it brought, named by its SHA-256 in hex. `touchup resume` lets them go on.
    """

    provider: str
    model: str
    job_id: int
    picture: str | None
    since: float


class Tells(Protocol):
    """What notices need of Discord."""

    async def tell_owner(self, notice: PauseNotice) -> None:
        """Write to whoever runs the bot. Raises DeliveryError."""


class Notices:
    """Tells the owner of every stop once; what could not be told is told later."""

    def __init__(self, database: Database, owner: Tells, *, clock: Callable[[], float]) -> None:
        self._database = database
        self._owner = owner
        self._clock = clock
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """There may be something to tell."""
        self._news.set()

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()
        self._news.set()

    async def run(self) -> None:
        """Tell until stopped; what an earlier process could not tell comes first."""
        failures = 0
        while not self._stopping.is_set():
            # Cleared before looking: news that come while we look must not be lost.
            self._news.clear()
            try:
                while await self.tell_next():
                    failures = 0
            except Exception as error:
                pause = RETRY_PAUSES_SECONDS[min(failures, len(RETRY_PAUSES_SECONDS) - 1)]
                failures += 1
                if isinstance(error, DeliveryError | StoreFailed):
                    log.warning("the owner cannot be told: %s; next try in %.0f s", error, pause)
                else:
                    log.exception("the owner cannot be told; next try in %.0f s", pause)
                await self._rest(self._stopping, seconds=pause)
            else:
                await self._rest(self._news, seconds=None)

    async def tell_next(self) -> bool:
        """Tell the owner of the oldest stop they have not heard of. False: there is none.

        Raises:
            DeliveryError: they cannot be reached.
            StoreFailed: the books cannot be read or written.
        """
        pause = await self._database.transact(pauses.untold)
        if pause is None:
            return False
        await self._owner.tell_owner(
            PauseNotice(
                provider=pause.provider,
                model=pause.model,
                job_id=pause.job_id,
                picture=pause.picture,
                since=pause.since,
            )
        )
        await self._database.transact(pauses.told, pause.id, now=self._clock())
        return True

    async def _rest(self, until: asyncio.Event, *, seconds: float | None) -> None:
        if self._stopping.is_set():
            return
        try:
            async with asyncio.timeout(seconds):
                await until.wait()
        except TimeoutError:
            pass
