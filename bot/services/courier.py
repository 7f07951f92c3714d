"""The courier: brings every owed card to its member, or keeps it where they find it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from bot import logs
from bot.domain.errors import (
    CardTooLarge,
    ChannelClosed,
    DeliveryLater,
    InteractionExpired,
    LeaseLost,
    NotFound,
    StoreFailed,
)
from bot.failpoints import reach
from bot.services.bell import Bell
from bot.services.edits.gallery import ResultCard
from bot.store import deliveries
from bot.store.deliveries import Way
from bot.store.edits import edits
from bot.store.interactions import pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.services.edits.gallery import Gallery
    from bot.store.database import Database, Transaction
    from bot.store.deliveries import Delivery
    from bot.store.interactions.pending import InteractionKind, PendingInteraction

log = logging.getLogger(__name__)

TOKEN_SECONDS: Final = 15 * 60 - 5
"""How long an interaction's token is used: Discord ends it after 15 minutes, and the files need
a moment to travel."""

DIRECT_LIMIT_BYTES: Final = 10 * 1024 * 1024
"""What Discord takes per file where nothing is known of the place (the default of 2025-04)."""

LINES: Final = 3
RETRY_PAUSES_SECONDS: Final = (1.0, 3.0, 10.0, 30.0, 60.0, 300.0)
MOST_TRIES: Final = 8
"""How often a card is tried that fails by a fault of our own, which does not pass by itself."""
IDLE_SECONDS: Final = 5.0
LEAST_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptedCard:
    """A word to a member whose click was cut short by a restart, before it was answered."""

    member_id: int
    kind: InteractionKind


Card = ResultCard | InterruptedCard


class Replies(Protocol):
    """What the courier needs of Discord. Each method returns the id of the member's message.

    All of them raise DeliveryLater (Discord is unwell), CardTooLarge and CardRefused besides
    their own.
    `doubtful` says that the same card may have been posted before, and the answer lost.
    """

    async def answer(self, reply: PendingInteraction, card: Card) -> int:
        """Edit the reply to the interaction. Raises InteractionExpired."""

    async def post(self, channel_id: int, card: Card, *, nonce: str, doubtful: bool) -> int:
        """Post in the channel, mentioning only the member. Raises ChannelClosed."""

    async def direct(self, card: Card, *, nonce: str, doubtful: bool) -> int:
        """Write to the member directly. Raises ChannelClosed."""


@dataclass(frozen=True, slots=True)
class _Address:
    reply: PendingInteraction | None
    channel_id: int | None
    size_limit: int


class Courier:
    """Delivers in several lines at once, each card exactly once as far as Discord allows."""

    def __init__(
        self,
        database: Database,
        gallery: Gallery,
        replies: Replies,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._gallery = gallery
        self._replies = replies
        self._clock = clock
        self._bell = Bell()

    def wake(self) -> None:
        """There may be a new card to bring."""
        self._bell.ring()

    def stop(self) -> None:
        """Finish the cards at hand, then let `run` return."""
        self._bell.stop()

    async def run(self) -> None:
        """Bring cards until stopped."""
        async with asyncio.TaskGroup() as lines:
            for number in range(LINES):
                lines.create_task(self._line(), name=f"courier-{number}")

    async def deliver_next(self) -> bool:
        """Bring the next card that is due. False: there was none."""
        delivery = await self._database.transact(deliveries.claim, now=self._clock())
        if delivery is None:
            return False
        with logs.about(edit=delivery.edit_id):
            await self._deliver(delivery)
        return True

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._bring(delivery)
        except DeliveryLater as later:
            await self._put_off(delivery, later.retry_after)
        except LeaseLost as lost:
            log.warning("%s is in other hands now", lost)
        except StoreFailed:
            log.exception("delivery %d waits: the books cannot be written", delivery.id)
            await asyncio.sleep(1)
        except Exception:
            log.exception("delivery %d", delivery.id)
            if delivery.tries < MOST_TRIES:
                await self._put_off(delivery, 0)
            else:
                await self._keep(delivery, "it could not be shown")

    async def _line(self) -> None:
        while not self._bell.stopping.is_set():
            heard = self._bell.heard
            try:
                if await self.deliver_next():
                    continue
                due = await self._database.transact(deliveries.due_at)
            except StoreFailed:
                log.exception("the books cannot be read")
                due = None
            pause = IDLE_SECONDS if due is None else min(IDLE_SECONDS, due - self._clock())
            await self._bell.wait(heard, seconds=max(LEAST_PAUSE_SECONDS, pause))

    async def _put_off(self, delivery: Delivery, retry_after: float) -> None:
        pause = RETRY_PAUSES_SECONDS[min(delivery.tries, len(RETRY_PAUSES_SECONDS) - 1)]
        until = self._clock() + max(pause, retry_after)
        await self._database.transact(deliveries.put_off, delivery.id, until=until)

    async def _bring(self, delivery: Delivery) -> None:
        address = await self._database.transact(_address, delivery)
        message_id = await self._show(delivery, address)
        reach("deliver.after")
        if message_id is None:
            await self._keep(delivery, "no way was open")
            return
        await self._database.transact(
            deliveries.delivered, delivery.id, message_id=message_id, now=self._clock()
        )

    async def _show(self, delivery: Delivery, address: _Address) -> int | None:
        """The id of the member's message; None when no way is open."""
        for way in self._ways(delivery, address):
            try:
                if delivery.edit_id is None:
                    return await self._try(delivery, address, way, _interrupted(address))
                return await self._gallery.show(
                    delivery.edit_id,
                    limit_bytes=address.size_limit,
                    put=partial(self._try, delivery, address, way),
                )
            except (InteractionExpired, ChannelClosed, CardTooLarge) as closed:
                log.info("delivery %d: %s is closed (%s)", delivery.id, way, closed)
        return None

    async def _keep(self, delivery: Delivery, reason: str) -> None:
        await self._database.transact(
            deliveries.keep, delivery.id, reason=reason, now=self._clock()
        )

    def _ways(self, delivery: Delivery, address: _Address) -> list[Way]:
        ways = []
        reply = address.reply
        if reply is not None and self._clock() < reply.created_at + TOKEN_SECONDS:
            ways.append(Way.REPLY)
        if delivery.edit_id is not None:
            if address.channel_id:  # 0: the interaction came from no channel
                ways.append(Way.CHANNEL)
            ways.append(Way.DIRECT)
        # A way that was left for the next one is closed; what lies behind is not tried again.
        return ways[ways.index(delivery.way) :] if delivery.way in ways else ways

    async def _try(self, delivery: Delivery, address: _Address, way: Way, card: Card) -> int:
        # A reply whose answer was lost lies in the channel too.
        doubtful = delivery.way is way or delivery.way is Way.REPLY
        await self._database.transact(deliveries.begin, delivery, way)
        reach("deliver.before")
        nonce = f"touchup-{delivery.id}"
        match way:
            case Way.REPLY:
                if address.reply is None:
                    raise InteractionExpired
                return await self._replies.answer(address.reply, card)
            case Way.CHANNEL:
                if not address.channel_id:
                    raise ChannelClosed
                return await self._replies.post(
                    address.channel_id, card, nonce=nonce, doubtful=doubtful
                )
            case Way.DIRECT:
                return await self._replies.direct(card, nonce=nonce, doubtful=doubtful)
            case _:
                assert_never(way)


def _interrupted(address: _Address) -> InterruptedCard:
    if address.reply is None:
        raise NotFound
    return InterruptedCard(member_id=address.reply.member_id, kind=address.reply.kind)


def _address(tx: Transaction, delivery: Delivery) -> _Address:
    edit = edits.get(tx, delivery.edit_id) if delivery.edit_id is not None else None
    reply_id = delivery.reply_id or (edit.reply_id if edit else None)
    reply = pending.get(tx, reply_id) if reply_id is not None else None
    if reply is not None:
        return _Address(reply, reply.channel_id, reply.size_limit)
    return _Address(None, edit.channel_id if edit else None, DIRECT_LIMIT_BYTES)
