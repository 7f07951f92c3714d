"""Every counter's sums as the ledger has them: for the audit, and for rebuilding counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.store.database import Transaction

DIFFERENCES: Final = """
    -- What each job moved stands in the line of each of its four pots, by the moment it was bought,
    -- with the bounds of the pots' counters between. One walk along all lines adds up; what was
    -- added between a counter's two bounds is what it should be. That is one sort, however many
    -- counters there are and however many of them a job is in.
    WITH movement AS MATERIALIZED (
        SELECT job.provider, job.guild_id, job.channel_id, job.member_id, job.created_at,
               SUM(entry.held) AS held, SUM(entry.spent) AS spent
        FROM ledger_entry AS entry JOIN job ON job.id = entry.job_id
        GROUP BY entry.job_id
    ), event (provider, scope, guild_id, subject, moment, held, spent, counter_id, sign) AS (
        SELECT provider, 'member', guild_id, member_id, created_at, held, spent, NULL, 0
        FROM movement
        UNION ALL
        SELECT provider, 'channel', guild_id, channel_id, created_at, held, spent, NULL, 0
        FROM movement
        UNION ALL
        SELECT provider, 'guild', guild_id, guild_id, created_at, held, spent, NULL, 0
        FROM movement
        UNION ALL
        SELECT provider, 'bot', 0, 0, created_at, held, spent, NULL, 0 FROM movement
        UNION ALL
        SELECT provider, scope, guild_id, subject, starts, 0, 0, id, -1 FROM counter
        UNION ALL
        SELECT provider, scope, guild_id, subject, ends, 0, 0, id, 1 FROM counter
    ), passed AS (
        SELECT counter_id, sign, SUM(held) OVER line AS held, SUM(spent) OVER line AS spent
        FROM event
        -- A bound comes before what was bought in the same moment: that belongs to what starts.
        WINDOW line AS (
            PARTITION BY scope, guild_id, subject, provider
            ORDER BY moment, counter_id IS NULL ROWS UNBOUNDED PRECEDING)
    ), counted AS (
        SELECT counter_id, SUM(sign * held) AS held, SUM(sign * spent) AS spent
        FROM passed WHERE counter_id IS NOT NULL GROUP BY counter_id
    )
    SELECT counter.id, counter.held, counter.spent,
           counted.held AS ledger_held, counted.spent AS ledger_spent
    FROM counted JOIN counter ON counter.id = counted.counter_id
    WHERE counter.held <> counted.held OR counter.spent <> counted.spent
    ORDER BY counter.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterMismatch:
    """A counter that is not the sum of the ledger. Amounts in micro-USD."""

    counter_id: int
    held: int
    spent: int
    ledger_held: int
    ledger_spent: int


def differences(tx: Transaction) -> list[CounterMismatch]:
    """Every counter that is not what the ledger says."""
    return [
        CounterMismatch(
            counter_id=row["id"],
            held=row["held"],
            spent=row["spent"],
            ledger_held=row["ledger_held"],
            ledger_spent=row["ledger_spent"],
        )
        for row in tx.fetch_all(DIFFERENCES)
    ]
