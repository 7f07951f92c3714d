"""What people are told of limits that are used, and of log channels that are closed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.domain.errors import NotFound
from bot.domain.reports.forecasts import forecast
from bot.failpoints import reach
from bot.services.delivery.outbox import NotOwed
from bot.store.billing import purchases
from bot.store.limits import alerts

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.services.delivery.outbox import Put, Render
    from bot.store.billing.purchases import BuyerShares
    from bot.store.database import Database, Transaction
    from bot.store.delivery.outbox import Owed
    from bot.store.limits.alerts import Alert


MOST_NAMED: Final = 5
"""How many people are named who spent the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCard:
    """An alert with what there is to say. `forecast` is micro-USD at the end of its window, or
    None. Everything is as of the moment of the alert, so that the same one always reads the same.
    """

    alert: Alert
    shares: BuyerShares
    forecast: int | None


@dataclass(frozen=True, slots=True)
class LogBrokenCard:
    """A guild's moderators cannot be told: nothing can be posted in their log channel."""

    guild_id: int
    channel_id: int


def alert_renderer(database: Database, *, clock: Callable[[], float]) -> Render:
    """Renders alerts; one whose window is over is owed no more."""

    async def render(owed: Owed, put: Put) -> int:
        card = await database.transact(partial(_alert_card, now=clock()), owed)
        reach("alert.before")
        message_id = await put(card)
        reach("alert.after")
        return message_id

    return render


def log_broken_card(_tx: Transaction, owed: Owed) -> LogBrokenCard:
    """The card about a log channel that is closed."""
    return LogBrokenCard(owed.subject, owed.part)


def _alert_card(tx: Transaction, owed: Owed, *, now: float) -> AlertCard:
    alert = alerts.get(tx, owed.subject)
    if alert is None:
        raise NotFound
    if alert.span.end <= now:
        raise NotOwed
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
