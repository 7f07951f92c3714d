"""Alerts: parts of a limit that were used up, each noted once in its window, and told or kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bot.domain.limits.alerts import news, reached
from bot.domain.limits.rules import Pot, Scope
from bot.domain.limits.windows import Span, Window

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.store.database import Transaction

OVERTAKEN: Final = "overtaken"
"""Why an alert was kept: a higher one came with it."""


class AlertState(StrEnum):
    """What became of an alert."""

    DUE = "due"
    TOLD = "told"
    KEPT = "kept"  # nobody could be told, or nobody need be


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`threshold` percent of a cap were spent, in one window of one pot. Amounts in micro-USD.

    `job_id` is the job whose picture reached it, `price` what that cost. `way` is the way that was
    last begun, or why it was kept. `tries` counts failures. Times are unix seconds.
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
    state: AlertState
    way: str | None
    tries: int
    created_at: float


def captured(
    tx: Transaction, *, job_id: int, price: int, counter_ids: Sequence[int], now: float
) -> None:
    """Note what part of its limits a picture used up, just after it was spent (`price` micro-USD).

    Of several parts that nobody heard of yet only the highest is to be told. A counter under which
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
    """What is not told yet is old news, also if it was begun: nobody hears of less after more."""
    tx.execute(
        f"""
        UPDATE alert SET state = 'kept', way = :overtaken, ended_at = :now
        WHERE state = 'due' AND id IN (SELECT id FROM ({_SAME_NEWS}))
        """,  # noqa: S608 - a constant
        id=counter_id,
        overtaken=OVERTAKEN,
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
    tx.execute(
        """
        INSERT INTO alert (counter_id, threshold, job_id, cap, spent, state, way, created_at,
                           ended_at)
        VALUES (:counter_id, :threshold, :job_id, :cap, :spent, :state, :way, :now, :ended_at)
        """,
        counter_id=counter_id,
        threshold=threshold,
        job_id=job_id,
        cap=counter["cap"],
        spent=counter["spent"],
        state=(AlertState.DUE if due else AlertState.KEPT).value,
        way=None if due else OVERTAKEN,
        now=now,
        ended_at=None if due else now,
    )


_ALERTS: Final = """
    SELECT alert.*, counter.provider, counter.scope, counter.guild_id, counter.subject,
           counter.window, counter.starts, counter.ends, job.edit_id, job.member_id, job.price
    FROM alert JOIN counter ON counter.id = alert.counter_id JOIN job ON job.id = alert.job_id
"""
_IS_DUE: Final = """
    alert.state = 'due' AND NOT (counter.scope = 'member' AND (
        EXISTS (SELECT 1 FROM edit WHERE edit.id = job.edit_id AND edit.state = 'running')
        OR EXISTS (SELECT 1 FROM delivery
                   WHERE delivery.edit_id = job.edit_id AND delivery.state = 'due')))
"""
"""A member sees their pictures first: until then there is a card that the word would replace."""


def next_due(tx: Transaction, *, now: float) -> Alert | None:
    """The alert that is due longest, or None."""
    row = tx.fetch_one(
        f"{_ALERTS} WHERE {_IS_DUE} AND alert.not_before <= :now"
        " ORDER BY alert.not_before, alert.id LIMIT 1",
        now=now,
    )
    return _alert(row) if row else None


def due_at(tx: Transaction) -> float | None:
    """When the next alert is due that nobody was told yet, or None; 0: its card comes first."""
    row = tx.fetch_one("SELECT min(not_before) AS at FROM alert WHERE state = 'due'")
    return row["at"] if row else None


def begin(tx: Transaction, alert_id: int, way: str) -> bool:
    """Somebody is about to be told in this way: from here on it may have been said.

    False: it was overtaken meanwhile.
    """
    changed = tx.execute(
        "UPDATE alert SET way = :way WHERE id = :id AND state = 'due'", id=alert_id, way=way
    )
    return changed == 1


def put_off(tx: Transaction, alert_id: int, *, until: float, is_unsaid: bool) -> None:
    """Try again later. Unless it surely `is_unsaid`, the way that was begun is remembered."""
    tx.execute(
        """
        UPDATE alert SET tries = tries + 1, not_before = :until,
                         way = CASE WHEN NOT :is_unsaid THEN way END
        WHERE id = :id AND state = 'due'
        """,
        id=alert_id,
        until=until,
        is_unsaid=is_unsaid,
    )


def told(tx: Transaction, alert_id: int, *, now: float) -> None:
    """It was heard, by the way that was begun; twice is once."""
    _end(tx, alert_id, AlertState.TOLD, None, now)


def keep(tx: Transaction, alert_id: int, *, reason: str, now: float) -> None:
    """Nobody could be told: it is shown where people look."""
    _end(tx, alert_id, AlertState.KEPT, reason, now)


def _end(tx: Transaction, alert_id: int, state: AlertState, way: str | None, now: float) -> None:
    tx.execute(
        """
        UPDATE alert SET state = :state, way = COALESCE(:way, way), ended_at = :now
        WHERE id = :id AND state = 'due'
        """,
        id=alert_id,
        state=state.value,
        way=way,
        now=now,
    )


def kept_of_guild(tx: Transaction, guild_id: int, *, now: float) -> Sequence[Alert]:
    """What a guild's moderators could not be told about windows that last still, latest first.

    Of one limit only its highest alert, unless that one was told.
    """
    rows = tx.fetch_all(
        f"""
        {_ALERTS}
        WHERE counter.scope IN ('guild', 'channel') AND counter.guild_id = :guild_id
          AND counter.starts <= :now AND counter.ends > :now
          AND alert.state = 'kept' AND alert.way <> :overtaken
          AND NOT EXISTS (SELECT 1 FROM alert AS higher
                          WHERE higher.counter_id = alert.counter_id
                            AND higher.threshold > alert.threshold)
        ORDER BY alert.threshold, alert.id
        """,  # noqa: S608 - a constant
        guild_id=guild_id,
        overtaken=OVERTAKEN,
        now=now,
    )
    # After a change of the time zone, a limit may have one in each of two counters.
    highest = {(it.provider, it.pot, it.window): it for it in map(_alert, rows)}
    return sorted(highest.values(), key=lambda it: it.id, reverse=True)


def due_again(tx: Transaction, guild_id: int, *, reasons: Collection[str], now: float) -> None:
    """Let a guild's moderators be told what was kept for one of these reasons."""
    for alert in kept_of_guild(tx, guild_id, now=now):
        if alert.way in reasons:
            tx.execute(
                """
                UPDATE alert SET state = 'due', way = NULL, tries = 0, not_before = 0,
                                 ended_at = NULL
                WHERE id = :id
                """,
                id=alert.id,
            )


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
        state=AlertState(row["state"]),
        way=row["way"],
        tries=row["tries"],
        created_at=row["created_at"],
    )
