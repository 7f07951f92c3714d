"""The outbox: brings what is owed by the first route that is open, once, or keeps it.

What a message says is not known here. Each kind has a renderer: an async function that gets the
row and `put`, makes a card for it and returns what `put(card)` returns; it may raise `NotOwed` or
`NotYet`.
`bot/store/delivery/outbox.py` says how a kind is added.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, assert_never

from bot import logs
from bot.domain.errors import (
    CardTooLarge,
    ChannelClosed,
    DeliveryError,
    DeliveryLater,
    InteractionExpired,
    LeaseLost,
    StoreFailed,
)
from bot.failpoints import reach
from bot.services.background import BackgroundLoop
from bot.store.delivery import outbox
from bot.store.delivery.outbox import OWNER, OwedKind, RouteKind, UndeliveredReason
from bot.store.interactions import pending
from bot.store.limits import guilds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.services.background import Wakeup
    from bot.store.database import Database, Transaction
    from bot.store.delivery.outbox import DeliveryRoute, Owed
    from bot.store.interactions.pending import PendingInteraction

log = logging.getLogger(__name__)

TOKEN_SECONDS: Final = 15 * 60 - 5
"""How long an interaction's token is used: Discord ends it after 15 minutes, and the files need
a moment to travel."""

LANES: Final = 3
MOST_TRIES: Final = 8
"""How often a message is tried that fails by a fault of our own, which does not pass by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxPauses:
    """Seconds to wait: after each failure in a row; after an owner who takes no messages but must
    be told of it; and at most until the outbox looks again by itself.
    """

    retry: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 60.0, 300.0)
    owner_closed: float = 1800.0
    idle: float = 60.0


PAUSES: Final = OutboxPauses()

Card: TypeAlias = Any
"""What a renderer makes and a sender shows. What it is, only those two know."""


class NotOwed(Exception):
    """There is no need to tell any more; the reason is kept."""

    def __init__(self, reason: UndeliveredReason = UndeliveredReason.OVER) -> None:
        super().__init__(reason)
        self.reason = reason


class NotYet(Exception):
    """What there is to say is not known before some `seconds`; this is not a failure."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a card goes: the id of the channel or member, or the reply itself."""

    kind: RouteKind
    id: int = 0
    reply: PendingInteraction | None = None


class Sender(Protocol):
    """What the outbox needs of Discord."""

    async def send(self, to: Destination, card: Card, *, nonce: str, doubtful: bool) -> int:
        """Show a card and return the message's id; the same nonce twice is one message.

        `doubtful` says that the same card may have been posted before, and the answer lost.

        Raises:
            DeliveryError: InteractionExpired, ChannelClosed or CardTooLarge: the next route may be
                open; DeliveryLater: Discord cannot be reached; CardRefused.
        """


Put: TypeAlias = "Callable[[Card], Awaitable[int]]"
Render: TypeAlias = "Callable[[Owed, Put], Awaitable[int]]"


def from_books(database: Database, read: Callable[[Transaction, Owed], Card]) -> Render:
    """Make a renderer of a function that reads all there is to say in one transaction."""

    async def render(owed: Owed, put: Put) -> int:
        return await put(await database.transact(read, owed))

    return render


class Outbox:
    """Delivers in several lanes at once, each message exactly once as far as Discord allows."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        renderers: Mapping[OwedKind, Render],
        *,
        clock: Callable[[], float],
        pauses: OutboxPauses = PAUSES,
        wakeup: Wakeup | None = None,
    ) -> None:
        self._database = database
        self._sender = sender
        self._renderers = renderers
        self._clock = clock
        self._pauses = pauses
        self.loop = BackgroundLoop("outbox", self._step, lanes=LANES, wakeup=wakeup)

    async def _step(self) -> float | None:
        now = self._clock()  # before the claim: what comes due after it is counted
        if await self.deliver_next():
            return None
        due = await self._database.transact(outbox.due_at, now=now)
        return self._pauses.idle if due is None else min(self._pauses.idle, due - now)

    async def deliver_next(self) -> bool:
        """Bring the next message that is due and whose turn it is. False: there was none.

        Raises:
            StoreFailed: the books cannot be read or written; what was claimed is tried again when
                its claim has run out.
        """
        owed = await self._database.transact(outbox.claim, now=self._clock())
        if owed is None:
            return False
        with logs.about(edit=owed.subject if owed.kind is OwedKind.RESULT else None):
            await self._deliver(owed)
        return True

    async def _deliver(self, owed: Owed) -> None:
        try:
            await self._bring(owed)
        except NotOwed as needless:
            await self._keep(owed, needless.reason)
        except NotYet as early:
            until = self._clock() + early.seconds
            await self._database.transact(outbox.wait, owed.id, until=until)
        except LeaseLost as lost:
            log.warning("%s was overtaken, or is in other hands now", lost)
        except StoreFailed:
            raise
        except DeliveryError as error:
            log.info("message %d waits: %r", owed.id, error)
            await self._after_failure(owed, error)
        except Exception as error:
            log.exception("message %d (%s of %d)", owed.id, owed.kind, owed.subject)
            await self._after_failure(owed, error)

    async def _after_failure(self, owed: Owed, error: Exception) -> None:
        """Put it off, or keep what another try would not help."""
        pause = self._pauses.retry[min(owed.tries, len(self._pauses.retry) - 1)]
        match error:
            case _ if owed.kind in outbox.TRIED_ONCE:
                await self._keep(owed, UndeliveredReason.BROKEN)
                return
            case DeliveryLater(retry_after=seconds):
                pause = max(pause, seconds)
            case ChannelClosed():
                log.warning("the owner cannot be told of %s %d", owed.kind, owed.subject)
                pause = self._pauses.owner_closed
            case _ if owed.tries >= MOST_TRIES:
                await self._keep(owed, UndeliveredReason.BROKEN)
                return
        await self._database.transact(outbox.put_off, owed.id, until=self._clock() + pause)

    async def _bring(self, owed: Owed) -> None:
        """Try one route after the other. Only the owner's raises that it is closed."""
        if owed.doubtful and owed.routes[0].kind is RouteKind.BESIDE:
            # It cannot be looked for: it was said, or is not said twice.
            await self._database.transact(self._delivered, owed, owed.routes[0], None, 0)
            return
        reason = UndeliveredReason.CLOSED
        for route in owed.routes:
            to = await self._database.transact(self._destination, route)
            if to is None:
                if route.kind is RouteKind.LOG:
                    reason = UndeliveredReason.NO_CHANNEL
                continue
            try:
                put = partial(self._put, owed, route, to)
                message_id = await self._renderers[owed.kind](owed, put)
            except (InteractionExpired, ChannelClosed, CardTooLarge) as closed:
                why = type(closed).__name__
                log.info("message %d: %s is closed (%s)", owed.id, route.kind, why)
                if route.kind is RouteKind.OWNER:
                    raise
                if route.kind is RouteKind.LOG:
                    await self._database.transact(self._log_closed, route.id, to.id)
                continue
            reach("deliver.after")
            await self._database.transact(self._delivered, owed, route, to, message_id)
            return
        await self._keep(owed, reason)

    async def _put(self, owed: Owed, route: DeliveryRoute, to: Destination, card: Card) -> int:
        first = owed.routes[0]
        # A reply whose answer was lost lies in the channel too.
        doubtful = owed.doubtful and (route == first or first.kind is RouteKind.REPLY)
        await self._database.transact(outbox.begin, owed, route)
        reach("deliver.before")
        return await self._sender.send(to, card, nonce=f"touchup-{owed.id}", doubtful=doubtful)

    # ---- the books -------------------------------------------------------------------------------

    def _destination(self, tx: Transaction, route: DeliveryRoute) -> Destination | None:
        """Where a route leads now; None: nowhere."""
        match route.kind:
            case RouteKind.REPLY | RouteKind.BESIDE:
                reply = pending.get(tx, route.id)
                if reply is None or self._clock() >= reply.created_at + TOKEN_SECONDS:
                    return None
                return Destination(route.kind, route.id, reply)
            case RouteKind.LOG:
                channel_id = guilds.get(tx, route.id).log_channel_id
                return None if channel_id is None else Destination(route.kind, channel_id)
            case RouteKind.CHANNEL | RouteKind.DIRECT | RouteKind.OWNER:
                return Destination(route.kind, route.id)
            case _:
                assert_never(route.kind)

    def _delivered(
        self,
        tx: Transaction,
        owed: Owed,
        route: DeliveryRoute,
        to: Destination | None,
        message_id: int,
    ) -> None:
        outbox.delivered(tx, owed.id, message_id=message_id, now=self._clock())
        if route.kind is RouteKind.LOG and to is not None:
            guilds.mark_log_whole(tx, route.id, to.id)

    def _log_closed(self, tx: Transaction, guild_id: int, channel_id: int) -> None:
        """The owner is told once of a log channel that is closed, until it is open again."""
        now = self._clock()
        if guilds.mark_log_broken(tx, guild_id, channel_id, now=now):
            outbox.forget_ended(tx, OwedKind.LOG_BROKEN, guild_id, part=channel_id)
            outbox.owe(tx, OwedKind.LOG_BROKEN, guild_id, [OWNER], part=channel_id, now=now)

    async def _keep(self, owed: Owed, reason: UndeliveredReason) -> None:
        log.info("message %d (%s of %d) is kept: %s", owed.id, owed.kind, owed.subject, reason)
        await self._database.transact(outbox.keep, owed.id, reason=reason, now=self._clock())
