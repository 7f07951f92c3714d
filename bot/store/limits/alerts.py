"""Alerts: parts of a limit that were used up, each noted once in its window and owed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, assert_never

from bot.domain.limits.alerts import news, reached
from bot.domain.limits.rules import Pot, Scope
from bot.domain.limits.windows import Span, Window
from bot.store.delivery import outbox
from bot.store.delivery.outbox import OWNER, DeliveryRoute, OwedKind, RouteKind, UndeliveredReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`threshold` percent of a cap were spent, in one window of one pot. Amounts in micro-USD.

    `job_id` is the job whose picture reached it, `price` what that cost. Times are unix seconds.
    """

    id: int
    provider: str
    pot: Pot
    window: Window
    span: Span
    threshold: int
    cap: int
    spent: int
    job_id: int
    edit_id: int
    member_id: int
    price: int
    created_at: float


def captured(
    tx: Transaction, *, job_id: int, price: int, counter_ids: Sequence[int], now: float
) -> None:
    """Note what part of its limits a picture used up, just after it was spent (`price` micro-USD).

    Of several parts nobody was told of yet, only the highest is told. A counter under which
    no limit counts at the moment reaches nothing.
    """
    if price <= 0:
        return
    for counter_id in counter_ids:
        row = tx.fetch_one("SELECT cap, spent FROM counter WHERE id = :id", id=counter_id)
        if row is None or row["cap"] is None:
            continue
        found = reached(row["spent"], cap=row["cap"], price=price)
        known = _known(tx, counter_id) if found else set()
        to_tell = news(found, known=known)
        if to_tell is not None:
            _overtake(tx, counter_id, now=now)
        for threshold in found:
            if threshold not in known:
                _add(tx, counter_id, threshold, job_id, row, due=threshold == to_tell, now=now)


_SAME_NEWS: Final = """
    SELECT alert.id, alert.threshold FROM counter
    JOIN counter AS other
        ON other.provider = counter.provider AND other.scope = counter.scope
        AND other.guild_id = counter.guild_id AND other.subject = counter.subject
        AND other.window = counter.window AND other.ends > counter.starts
        AND other.starts < counter.ends
        AND other.starts > counter.starts - 2 * (counter.ends - counter.starts)
    JOIN alert ON alert.counter_id = other.id
    JOIN job ON job.id = alert.job_id
    WHERE counter.id = :id AND (
        2 * (min(other.ends, counter.ends) - max(other.starts, counter.starts))
            > counter.ends - counter.starts
        OR other.cap IS NULL AND job.created_at >= counter.starts AND job.created_at < counter.ends)
"""
"""The alerts of a counter, and those that say the same about its window as another clock begins
it: the operator's limits count by the bot's, and a guild may choose another time zone. Two windows
are the same that have most of their time in common; under a clock that was given up (no limit is
tested against its counter any more) also such as began by a picture that counts in both."""


def _overtake(tx: Transaction, counter_id: int, *, now: float) -> None:
    """What is not told yet is old news, also if it was begun: nobody is told of less after more."""
    tx.execute(
        f"""
        UPDATE outbox SET state = 'kept', reason = :overtaken, ended_at = :now
        WHERE state = 'due' AND kind = 'alert' AND subject IN (SELECT id FROM ({_SAME_NEWS}))
        """,  # noqa: S608 - a constant
        id=counter_id,
        overtaken=UndeliveredReason.OVERTAKEN.value,
        now=now,
    )


def _known(tx: Transaction, counter_id: int) -> set[int]:
    return {row["threshold"] for row in tx.fetch_all(_SAME_NEWS, id=counter_id)}


def _add(
    tx: Transaction,
    counter_id: int,
    threshold: int,
    job_id: int,
    counter: Mapping[str, Any],
    *,
    due: bool,
    now: float,
) -> None:
    row = tx.fetch_one(
        """
        INSERT INTO alert (counter_id, threshold, job_id, cap, spent, created_at)
        VALUES (:counter_id, :threshold, :job_id, :cap, :spent, :now)
        RETURNING id
        """,
        counter_id=counter_id,
        threshold=threshold,
        job_id=job_id,
        cap=counter["cap"],
        spent=counter["spent"],
        now=now,
    )
    if row is not None and (alert := get(tx, row["id"])) is not None:
        _owe(tx, alert, kept=None if due else UndeliveredReason.OVERTAKEN, now=now)


def _owe(
    tx: Transaction, alert: Alert, *, kept: UndeliveredReason | None = None, now: float
) -> None:
    """Members are told beside their edit, moderators in their log channel, and the owner."""
    edit_id = None
    match alert.pot.scope:
        case Scope.BOT:
            routes = [OWNER]
        case Scope.GUILD | Scope.CHANNEL:
            routes = [DeliveryRoute(RouteKind.LOG, alert.pot.guild_id)]
        case Scope.MEMBER | Scope.ROLE:
            edit_id, routes = alert.edit_id, _member_routes(tx, alert)
            if not routes:
                kept = kept or UndeliveredReason.SHELL
        case _:
            assert_never(alert.pot.scope)
    outbox.owe(
        tx,
        OwedKind.ALERT,
        alert.id,
        routes,
        edit_id=edit_id,
        kept=kept,
        now=now,
    )


def _member_routes(tx: Transaction, alert: Alert) -> list[DeliveryRoute]:
    """None at all: it was bought in a shell."""
    edit = tx.fetch_one("SELECT reply_id FROM edit WHERE id = :id", id=alert.edit_id)
    if edit is None or edit["reply_id"] is None:
        return []
    return [
        DeliveryRoute(RouteKind.BESIDE, edit["reply_id"]),
        DeliveryRoute(RouteKind.DIRECT, alert.pot.subject),
    ]


_ALERTS: Final = """
    SELECT alert.*, counter.provider, counter.scope, counter.guild_id, counter.subject,
           counter.window, counter.starts, counter.ends, job.edit_id, job.member_id, job.price
    FROM alert JOIN counter ON counter.id = alert.counter_id JOIN job ON job.id = alert.job_id
"""


def get(tx: Transaction, alert_id: int) -> Alert | None:
    """The alert with this number."""
    row = tx.fetch_one(f"{_ALERTS} WHERE alert.id = :id", id=alert_id)
    return _alert(row) if row else None


def kept_of_guild(tx: Transaction, guild_id: int, *, now: float) -> Sequence[Alert]:
    """What a guild's moderators could not be told about windows that are not over, latest first.

    Of one limit only its highest alert, unless that one was told.
    """
    rows = tx.fetch_all(
        f"""
        {_ALERTS} JOIN outbox ON outbox.kind = 'alert' AND outbox.subject = alert.id
        WHERE counter.scope IN ('guild', 'channel') AND counter.guild_id = :guild_id
          AND counter.starts <= :now AND counter.ends > :now
          AND outbox.state = 'kept' AND outbox.reason <> :overtaken
          AND NOT EXISTS (SELECT 1 FROM alert AS higher
                          WHERE higher.counter_id = alert.counter_id
                            AND higher.threshold > alert.threshold)
        ORDER BY alert.threshold, alert.id
        """,  # noqa: S608 - a constant
        guild_id=guild_id,
        overtaken=UndeliveredReason.OVERTAKEN.value,
        now=now,
    )
    # After a change of the time zone, a limit may have one in each of two counters.
    highest = {(it.provider, it.pot, it.window): it for it in map(_alert, rows)}
    return sorted(highest.values(), key=lambda it: it.id, reverse=True)


def owe_again(
    tx: Transaction, guild_id: int, *, reasons: Sequence[UndeliveredReason], now: float
) -> None:
    """Let a guild's moderators be told what was kept for one of these reasons."""
    for alert in kept_of_guild(tx, guild_id, now=now):
        if outbox.forget_ended(tx, OwedKind.ALERT, alert.id, reasons=reasons):
            _owe(tx, alert, now=now)


def _alert(row: Mapping[str, Any]) -> Alert:
    return Alert(
        id=row["id"],
        provider=row["provider"],
        pot=Pot(Scope(row["scope"]), row["guild_id"], row["subject"]),
        window=Window(row["window"]),
        span=Span(row["starts"], row["ends"]),
        threshold=row["threshold"],
        cap=row["cap"],
        spent=row["spent"],
        job_id=row["job_id"],
        edit_id=row["edit_id"],
        member_id=row["member_id"],
        price=row["price"],
        created_at=row["created_at"],
    )
