"""What was bought lately and by whom, as the breaker, alerts and the operator look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.billing.breaker import JobEnding
from bot.domain.errors import Failure
from bot.domain.jobs.states import JobState
from bot.domain.limits.rules import Scope
from bot.store.limits.counters import BOUGHT_BY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.limits.rules import Pot
    from bot.domain.limits.windows import Span
    from bot.store.database import Transaction

MOST_ENDINGS: Final = 200
"""How many jobs are looked at for those that say something of the provider: refused prompts in
between must not make the end of every job slower."""


@dataclass(frozen=True, slots=True)
class SubmitRow:
    """What was sent to be made and not given back: micro-USD, how many pictures, and whose."""

    price: int
    pictures: int
    members: frozenset[int]


def sent(
    tx: Transaction, *, provider: str, since: float, asked_after: float, now: float
) -> SubmitRow:
    """What was sent after `since` and until now, of what was asked for after another moment.

    Times are unix seconds. What only waits in line was not sent. Reads the jobs of that time only,
    by the index `job_by_time`; what a clock that ran ahead has left behind counts for nothing.
    """
    rows = tx.fetch_all(
        """
        SELECT member_id, SUM(price) AS price, count(*) AS pictures
        FROM job INDEXED BY job_by_time
        WHERE created_at > :asked_after
          AND intended_at > :since AND intended_at <= :now AND provider = :provider
          AND state NOT IN ('queued', 'failed', 'cancelled')
        GROUP BY member_id
        """,
        provider=provider,
        since=since,
        asked_after=asked_after,
        now=now,
    )
    return SubmitRow(
        sum(row["price"] for row in rows),
        sum(row["pictures"] for row in rows),
        frozenset(row["member_id"] for row in rows),
    )


def endings(
    tx: Transaction, *, provider: str, model: str, sent_after: float, asked_after: float, now: float
) -> Sequence[JobEnding]:
    """How the latest jobs of a model ended, the latest first: `MOST_ENDINGS` at most.

    Of those that were asked for after one moment, and sent after another (unix seconds). Reads the
    jobs of that time only, by the index `job_by_time`; what a clock that ran ahead has left behind
    counts for nothing.
    """
    rows = tx.fetch_all(
        """
        SELECT latest.member_id, latest.failure FROM (
            SELECT id, edit_id, member_id, failure, ended_at, intended_at
            FROM job INDEXED BY job_by_time
            WHERE created_at > :asked_after AND created_at <= :now AND provider = :provider
            ORDER BY created_at DESC LIMIT :most) AS latest
        JOIN edit ON edit.id = latest.edit_id
        WHERE latest.ended_at <= :now AND latest.intended_at > :sent_after AND edit.model = :model
        ORDER BY latest.ended_at DESC, latest.id DESC
        """,
        provider=provider,
        model=model,
        sent_after=sent_after,
        asked_after=asked_after,
        now=now,
        most=MOST_ENDINGS,
    )
    return [
        JobEnding(row["member_id"], Failure(row["failure"]) if row["failure"] else None)
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class BuyerShare:
    """What one member, or one guild (0: none), spent: micro-USD for so many pictures."""

    id: int
    spent: int
    pictures: int


@dataclass(frozen=True, slots=True)
class BuyerShares:
    """How many pictures were spent for, and who spent the most, the most first."""

    pictures: int
    most: tuple[BuyerShare, ...]


def shares(
    tx: Transaction, *, provider: str, pot: Pot, span: Span, until: float, most: int
) -> BuyerShares:
    """Who spent what a pot counts in a window, by pictures that came before a moment.

    Guilds are compared for the whole bot, members for everything narrower.
    """
    who = "guild_id" if pot.scope is Scope.BOT else "member_id"
    rows = tx.fetch_all(
        f"""
        SELECT {who} AS id, SUM(price) AS spent, count(*) AS pictures FROM job
        WHERE {BOUGHT_BY[pot.scope]} AND created_at >= :starts AND created_at < :ends
          AND provider = :provider AND state = 'done' AND ended_at <= :until
        GROUP BY {who} ORDER BY SUM(price) DESC, min(id)
        """,  # noqa: S608 - constants
        provider=provider,
        guild_id=pot.guild_id,
        subject=pot.subject,
        starts=span.start,
        ends=span.end,
        until=until,
    )
    found = [BuyerShare(row["id"], row["spent"], row["pictures"]) for row in rows]
    return BuyerShares(sum(share.pictures for share in found), tuple(found[:most]))


def line(tx: Transaction, *, provider: str) -> Mapping[JobState, int]:
    """How many jobs have not ended, by their state."""
    rows = tx.fetch_all(
        """
        SELECT state, count(*) AS n FROM job
        WHERE state IN ('queued', 'submitting', 'unknown', 'running') AND provider = :provider
        GROUP BY state
        """,
        provider=provider,
    )
    return {JobState(row["state"]): row["n"] for row in rows}
