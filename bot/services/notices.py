"""Notices: what people must hear of a stop on purchases, the owner until it is heard."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Protocol

from bot.domain.edits.edit import EditState
from bot.domain.errors import DeliveryError, StoreFailed
from bot.services.bell import Bell
from bot.services.courier import TOKEN_SECONDS
from bot.services.edits import service
from bot.store.billing import pauses
from bot.store.edits import edits
from bot.store.interactions import pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.services.edits.service import QueuedEdit
    from bot.store.billing.pauses import Pause
    from bot.store.database import Database, Transaction
    from bot.store.interactions.pending import PendingInteraction

log = logging.getLogger(__name__)

RETRY_PAUSES_SECONDS: Final = (10.0, 60.0, 300.0, 1800.0, 6 * 3600.0)
"""How long to wait before the owner is told again who could not be reached."""


class Tells(Protocol):
    """What notices need of Discord."""

    async def tell_owner(self, pause: Pause) -> None:
        """Write to whoever runs the bot. Raises DeliveryError."""

    async def tell_member(self, reply: PendingInteraction, entry: QueuedEdit) -> None:
        """Show anew where an edit in line stands, on the card it has. Raises DeliveryError."""


class Notices:
    """Tells the owner of every stop once, and who waits in line because of it.

    What the owner could not be told is told later. The card of an edit in line is changed at most
    once, while Discord lets us: that there is a stop is also said wherever a member asks.
    """

    def __init__(
        self, database: Database, tells: Tells, *, provider: str, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._provider = provider
        self._tells = tells
        self._clock = clock
        self._began = clock()
        self._on_cards: set[int] = set()
        self._bell = Bell()

    def wake(self) -> None:
        """There may be something to tell."""
        self._bell.ring()

    def stop(self) -> None:
        """Let `run` return."""
        self._bell.stop()

    async def run(self) -> None:
        """Tell until stopped; what an earlier process could not tell the owner comes first."""
        failures = 0
        again_at: float | None = None
        while not self._bell.stopping.is_set():
            heard = self._bell.heard
            try:
                await self.tell_members()
                if again_at is None or self._clock() >= again_at:
                    again_at = None
                    while await self.tell_next():
                        failures = 0
            except Exception as error:
                pause = RETRY_PAUSES_SECONDS[min(failures, len(RETRY_PAUSES_SECONDS) - 1)]
                failures += 1
                again_at = self._clock() + pause
                if isinstance(error, DeliveryError | StoreFailed):
                    log.warning("the owner cannot be told: %s; next try in %.0f s", error, pause)
                else:
                    log.exception("the owner cannot be told; next try in %.0f s", pause)
            wait = None if again_at is None else max(0.0, again_at - self._clock())
            await self._bell.wait(heard, seconds=wait)

    async def tell_next(self) -> bool:
        """Tell the owner of the oldest stop they have not heard of. False: there is none.

        Raises:
            DeliveryError: they cannot be reached.
            StoreFailed: the books cannot be read or written.
        """
        pause = await self._database.transact(pauses.untold, provider=self._provider)
        if pause is None:
            return False
        await self._tells.tell_owner(pause)
        await self._database.transact(pauses.told, pause.id, now=self._clock())
        return True

    async def tell_members(self) -> None:
        """Let the cards in line say that a stop began; what began before this process did is old.

        Raises:
            StoreFailed: the books cannot be read.
        """
        found = await self._database.transact(pauses.in_force, provider=self._provider)
        for pause in found:
            if pause.since < self._began or pause.id in self._on_cards:
                continue
            self._on_cards.add(pause.id)
            for edit_id in await self._database.transact(pauses.held_up, pause):
                await self._tell_member(edit_id)

    async def _tell_member(self, edit_id: int) -> None:
        place = await self._database.transact(self._in_line, edit_id)
        if place is None:
            return
        try:
            # No await in between: the courier's card of an edit that is cancelled right now must
            # come after this one.
            await self._tells.tell_member(*place)
        except DeliveryError as error:
            log.info("edit %d: its card in line stays: %s", edit_id, type(error).__name__)

    def _in_line(
        self, tx: Transaction, edit_id: int
    ) -> tuple[PendingInteraction, QueuedEdit] | None:
        """Where a card in line stands that can be changed, and what it should say."""
        edit = edits.get(tx, edit_id)
        if edit is None or edit.state is not EditState.RUNNING or edit.reply_id is None:
            return None
        reply = pending.get(tx, edit.reply_id)
        entry = service.place_of(tx, edit)
        if reply is None or self._clock() >= reply.created_at + TOKEN_SECONDS:
            return None
        return (reply, entry) if entry.stopped else None
