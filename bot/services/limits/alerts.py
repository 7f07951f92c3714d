"""Alerts: tells of limits that are half, mostly or wholly used, whom it concerns, once.

A guild's and a channel's limit concerns its moderators, who are told in their log channel; a
member's own concerns the member alone; the whole bot's its owner. What cannot be told is kept.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from bot.domain.errors import (
    CardRefused,
    ChannelClosed,
    DeliveryError,
    DeliveryLater,
    InteractionExpired,
    StoreFailed,
)
from bot.domain.limits.rules import Scope
from bot.domain.reports.forecasts import forecast
from bot.failpoints import reach
from bot.services.bell import Bell
from bot.services.courier import TOKEN_SECONDS
from bot.store import guilds
from bot.store.billing import purchases
from bot.store.edits import edits
from bot.store.interactions import pending
from bot.store.limits import alerts

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.billing.purchases import BuyerShares
    from bot.store.database import Database, Transaction
    from bot.store.interactions.pending import PendingInteraction
    from bot.store.limits.alerts import Alert

log = logging.getLogger(__name__)

RETRY_PAUSES_SECONDS: Final = (1.0, 10.0, 60.0, 300.0, 1800.0)
MOST_TRIES: Final = 8
"""How often an alert is tried that fails by a fault of our own, which does not pass by itself."""
CARD_FIRST_SECONDS: Final = 1.0
"""How often it is looked whether a member has seen the pictures that come before their alert."""
IDLE_SECONDS: Final = 60.0
MOST_NAMED: Final = 5
"""How many people are named who spent the most."""


class Way(StrEnum):
    """How an alert reaches whom it concerns."""

    REPLY = "reply"  # a private answer beside the member's edit
    DIRECT = "direct"
    CHANNEL = "channel"  # the guild's log channel
    OWNER = "owner"  # a direct message to whoever runs the bot


class Kept(StrEnum):
    """Why an alert was not told."""

    NO_CHANNEL = "no log channel"
    CLOSED = "closed"  # the log channel, or the member's direct messages
    OVER = "over"  # its window had ended
    SHELL = "shell"  # nobody on Discord bought it
    BROKEN = "broken"  # it could not be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCard:
    """An alert with what there is to say. `forecast` is micro-USD at the end of its window, or
    None. Everything is as of the moment of the alert, so that the same one always reads the same.
    """

    alert: Alert
    shares: BuyerShares
    forecast: int | None


class _Overtaken(Exception):
    """A higher alert came before this one was told."""


class Announces(Protocol):
    """What alerts need of Discord. Each raises DeliveryLater, CardRefused, and what it names.

    `doubtful` says that the same may have been posted before, and the answer lost.
    """

    async def follow_up(self, reply: PendingInteraction, card: AlertCard) -> None:
        """Answer the member in private beside their edit. Raises InteractionExpired."""

    async def direct(self, card: AlertCard, *, nonce: str, doubtful: bool) -> None:
        """Write to the member directly. Raises ChannelClosed."""

    async def post(self, channel_id: int, card: AlertCard, *, nonce: str, doubtful: bool) -> None:
        """Post in a log channel, notifying nobody. Raises ChannelClosed."""

    async def tell_owner(self, card: AlertCard, *, nonce: str) -> None:
        """Write to whoever runs the bot. Raises ChannelClosed."""

    async def tell_broken(self, guild_id: int, channel_id: int, *, nonce: str) -> None:
        """Tell whoever runs the bot that a log channel is gone or closed. Raises ChannelClosed."""


class Alerts:
    """Tells one alert after the other, each exactly once as far as Discord allows."""

    def __init__(
        self, database: Database, announces: Announces, *, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._announces = announces
        self._clock = clock
        self._bell = Bell()

    def wake(self) -> None:
        """There may be something to tell."""
        self._bell.ring()

    def stop(self) -> None:
        """Finish the alert at hand, then let `run` return."""
        self._bell.stop()

    async def run(self) -> None:
        """Tell until stopped; what an earlier process could not tell comes first."""
        while not self._bell.stopping.is_set():
            heard = self._bell.heard
            try:
                if await self.tell_next():
                    continue
                due = await self._database.transact(alerts.due_at)
            except StoreFailed:
                log.exception("the books cannot be read or written")
                due = self._clock() + IDLE_SECONDS
            wait = None if due is None else min(IDLE_SECONDS, due - self._clock())
            await self._bell.wait(
                heard, seconds=None if wait is None else max(CARD_FIRST_SECONDS, wait)
            )

    async def tell_next(self) -> bool:
        """Tell the next alert that is due, or keep it. False: there was none.

        Raises:
            StoreFailed: the books cannot be read or written.
        """
        alert = await self._database.transact(alerts.next_due, now=self._clock())
        if alert is None:
            return False
        try:
            await self._tell(alert)
        except _Overtaken:
            log.info("alert %d is overtaken", alert.id)
        except DeliveryLater as later:
            await self._put_off(alert, later.retry_after)
        except ChannelClosed:  # the owner takes no messages: perhaps later
            log.warning("the owner cannot be told of the whole bot's limit")
            await self._put_off(alert, RETRY_PAUSES_SECONDS[-1])
        except StoreFailed:
            raise
        except Exception as error:
            if isinstance(error, CardRefused):
                log.error("alert %d: Discord refuses it: %s", alert.id, error)  # noqa: TRY400
            else:
                log.exception("alert %d", alert.id)
            if alert.tries < MOST_TRIES:
                await self._put_off(alert, 0.0)
            else:
                await self._keep(alert, Kept.BROKEN)
        return True

    async def _tell(self, alert: Alert) -> None:
        if alert.span.end <= self._clock():
            await self._keep(alert, Kept.OVER)
            return
        match alert.pot.scope:
            case Scope.BOT:
                await self._tell_owner(alert)
            case Scope.GUILD | Scope.CHANNEL:
                await self._tell_moderators(alert)
            case Scope.MEMBER | Scope.ROLE:
                await self._tell_member(alert)
            case _:
                assert_never(alert.pot.scope)

    async def _tell_owner(self, alert: Alert) -> None:
        card = await self._begin(alert, Way.OWNER)
        await self._announces.tell_owner(card, nonce=_nonce(alert))
        await self._told(alert)

    async def _tell_moderators(self, alert: Alert) -> None:
        guild_id = alert.pot.guild_id
        chosen = await self._database.transact(guilds.get, guild_id)
        if chosen.log_channel_id is None:
            await self._keep(alert, Kept.NO_CHANNEL)
            return
        card = await self._begin(alert, Way.CHANNEL)
        try:
            await self._announces.post(
                chosen.log_channel_id,
                card,
                nonce=_nonce(alert),
                doubtful=alert.way == Way.CHANNEL,
            )
        except ChannelClosed:
            if chosen.log_broken_at is None:
                await self._tell_broken(guild_id, chosen.log_channel_id)
            await self._database.transact(self._keep_broken, alert, guild_id, chosen.log_channel_id)
            return
        await self._told(alert)
        if chosen.log_broken_at is not None:
            await self._database.transact(guilds.mark_log_whole, guild_id, chosen.log_channel_id)

    async def _tell_broken(self, guild_id: int, channel_id: int) -> None:
        """The owner hears of it once, before it is written down that they did."""
        try:
            await self._announces.tell_broken(guild_id, channel_id, nonce=f"log-{guild_id}")
        except DeliveryLater:
            raise
        except DeliveryError as error:
            log.warning(
                "the log channel of guild %d is closed, and the owner cannot be told: %s",
                guild_id,
                type(error).__name__,
            )

    def _keep_broken(self, tx: Transaction, alert: Alert, guild_id: int, channel_id: int) -> None:
        now = self._clock()
        guilds.mark_log_broken(tx, guild_id, channel_id, now=now)
        alerts.keep(tx, alert.id, reason=Kept.CLOSED, now=now)

    async def _tell_member(self, alert: Alert) -> None:
        if alert.way == Way.REPLY:
            # A private answer cannot be looked for: it was said, or is not said twice.
            await self._told(alert)
            return
        reply = await self._database.transact(_reply_to, alert)
        if reply is None:
            await self._keep(alert, Kept.SHELL)
            return
        if alert.way is None and self._clock() < reply.created_at + TOKEN_SECONDS:
            card = await self._begin(alert, Way.REPLY)
            try:
                await self._announces.follow_up(reply, card)
            except InteractionExpired:
                log.info("alert %d: the reply is gone", alert.id)
            else:
                await self._told(alert)
                return
        card = await self._begin(alert, Way.DIRECT)
        try:
            await self._announces.direct(
                card, nonce=_nonce(alert), doubtful=alert.way == Way.DIRECT
            )
        except ChannelClosed:
            await self._keep(alert, Kept.CLOSED)
            return
        await self._told(alert)

    # ---- the books -----------------------------------------------------------------------------

    async def _begin(self, alert: Alert, way: Way) -> AlertCard:
        card = await self._database.transact(_card, alert, way)
        reach("alert.before")
        return card

    async def _told(self, alert: Alert) -> None:
        reach("alert.after")
        await self._database.transact(alerts.told, alert.id, now=self._clock())

    async def _keep(self, alert: Alert, reason: Kept) -> None:
        log.info("alert %d is kept: %s", alert.id, reason)
        await self._database.transact(alerts.keep, alert.id, reason=reason, now=self._clock())

    async def _put_off(self, alert: Alert, retry_after: float) -> None:
        pause = RETRY_PAUSES_SECONDS[min(alert.tries, len(RETRY_PAUSES_SECONDS) - 1)]
        # A post is looked for before it is made again. A private answer cannot be: what Discord
        # did not take then is said again, or it would never be said.
        is_private = alert.pot.scope is Scope.MEMBER and alert.way != Way.DIRECT
        await self._database.transact(
            alerts.put_off,
            alert.id,
            until=self._clock() + max(pause, retry_after),
            is_unsaid=is_private,
        )


def _nonce(alert: Alert) -> str:
    return f"touchup-alert-{alert.id}"


def _card(tx: Transaction, alert: Alert, way: Way) -> AlertCard:
    """Write down that it is about to be told, and collect what there is to say.

    Raises:
        _Overtaken: a higher one came meanwhile.
    """
    if not alerts.begin(tx, alert.id, way):
        raise _Overtaken
    return AlertCard(
        alert=alert,
        shares=purchases.shares(
            tx,
            provider=alert.provider,
            pot=alert.pot,
            span=alert.span,
            until=alert.created_at,
            most=MOST_NAMED,
        ),
        forecast=forecast(alert.spent, alert.span, alert.created_at),
    )


def _reply_to(tx: Transaction, alert: Alert) -> PendingInteraction | None:
    """Where the edit was asked for whose picture reached it; None: in a shell."""
    edit = edits.get(tx, alert.edit_id)
    return pending.get(tx, edit.reply_id) if edit and edit.reply_id is not None else None
