"""What reports and tables read from the books.

Everything counts where it was bought, and at the moment of its hold, as it does for limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from bot.domain.reports.spend import ReportGrouping, SpendCell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.limits.windows import Span
    from bot.store.database import Transaction

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportScope:
    """Whose jobs are looked at: of one guild (0: outside of guilds), or of one member in it."""

    provider: str
    guild_id: int
    member_id: int | None = None


_SUMS: Final = """
    SELECT iif(:by = 'member', job.member_id, job.channel_id) AS subject,
           SUM(entry.spent) AS spent, SUM(entry.held) AS held,
           count(*) FILTER (WHERE entry.kind = 'capture') AS pictures
    FROM job JOIN ledger_entry AS entry ON entry.job_id = job.id
    WHERE {where}
      AND job.created_at >= :start AND job.created_at < :end AND job.provider = :provider
    GROUP BY subject
"""
_OF_GUILD: Final = "job.guild_id = :guild_id"
# A member has fewer jobs than their guild: the plus keeps SQLite from counting through the guild's.
_OF_MEMBER: Final = "job.member_id = :member_id AND +job.guild_id = :guild_id"

SUMS_OF_GUILD: Final = _SUMS.format(where=_OF_GUILD)
SUMS_OF_MEMBER: Final = _SUMS.format(where=_OF_MEMBER)


def spent(
    tx: Transaction, scope: ReportScope, window: Span, *, grouping: ReportGrouping, column: int
) -> list[SpendCell]:
    """What each member or channel spent within `window`, which is column number `column`."""
    rows = tx.fetch_all(
        SUMS_OF_GUILD if scope.member_id is None else SUMS_OF_MEMBER,
        by=grouping.value,
        provider=scope.provider,
        guild_id=scope.guild_id,
        member_id=scope.member_id,
        start=window.start,
        end=window.end,
    )
    return [
        SpendCell(column, row["subject"], row["spent"], row["held"], row["pictures"])
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRow:
    """One job with its money: spent and held in micro-USD, the owner's cost in nano-USD."""

    job_id: int
    edit_id: int
    created_at: float
    ended_at: float | None
    guild_id: int
    channel_id: int
    member_id: int
    provider: str
    request_id: str | None
    model: str
    kind: str
    state: str
    failure: str | None
    spent: int
    held: int
    cost: int
    cost_state: str


_BOUGHT: Final = """
    SELECT job.id AS job_id, job.edit_id, job.created_at, job.ended_at, job.guild_id,
           job.channel_id, job.member_id, job.provider, job.request_id, edit.model, edit.kind,
           job.state, job.failure, job.cost, job.cost_state,
           (SELECT SUM(spent) FROM ledger_entry WHERE job_id = job.id) AS spent,
           (SELECT SUM(held) FROM ledger_entry WHERE job_id = job.id) AS held
    FROM job JOIN edit ON edit.id = job.edit_id
    WHERE {where} AND job.created_at < :end
    ORDER BY {order} LIMIT :count
"""
# From where the last batch ended: jobs of one moment follow each other by their numbers.
_AFTER: Final = "(job.created_at, job.id) > (:start, :after) AND job.provider = :provider"

BOUGHT_OF_GUILD: Final = _BOUGHT.format(
    where=f"{_OF_GUILD} AND {_AFTER}", order="job.created_at, job.id"
)
BOUGHT_OF_MEMBER: Final = _BOUGHT.format(
    where=f"{_OF_MEMBER} AND {_AFTER}", order="job.created_at, job.id"
)
BOUGHT_BY_ALL: Final = _BOUGHT.format(
    where="job.id > :after AND job.created_at >= :start", order="job.id"
)


def bought(
    tx: Transaction, scope: ReportScope, window: Span, *, after: PurchaseRow | None, count: int
) -> list[PurchaseRow]:
    """Up to `count` jobs of a scope in `window` that follow `after`, in the order of time."""
    rows = tx.fetch_all(
        BOUGHT_OF_GUILD if scope.member_id is None else BOUGHT_OF_MEMBER,
        provider=scope.provider,
        guild_id=scope.guild_id,
        member_id=scope.member_id,
        start=window.start if after is None else after.created_at,
        after=-1 if after is None else after.job_id,
        end=window.end,
        count=count,
    )
    return [_bought(row) for row in rows]


def bought_by_all(tx: Transaction, window: Span, *, after: int, count: int) -> list[PurchaseRow]:
    """Up to `count` jobs of anybody, from any provider, whose numbers follow `after`."""
    rows = tx.fetch_all(BOUGHT_BY_ALL, start=window.start, end=window.end, after=after, count=count)
    return [_bought(row) for row in rows]


def _bought(row: Row) -> PurchaseRow:
    found = dict(row)
    # A job is held in the transaction that makes it; the audit tells of one that is not.
    return PurchaseRow(**found | {"spent": row["spent"] or 0, "held": row["held"] or 0})


LEDGER: Final = """
    SELECT entry.id, entry.job_id, entry.kind, entry.held, entry.spent, entry.created_at,
           job.edit_id, job.member_id, job.guild_id, job.provider
    FROM ledger_entry AS entry JOIN job ON job.id = entry.job_id
    WHERE entry.id > :after AND job.created_at >= :start AND job.created_at < :end
    ORDER BY entry.id LIMIT :count
"""
COSTS: Final = """
    SELECT entry.id, entry.job_id, entry.provider, entry.request_id, entry.state, entry.change,
           entry.reason, entry.created_at
    FROM cost_entry AS entry LEFT JOIN job ON job.id = entry.job_id
    WHERE entry.id > :after AND COALESCE(job.created_at, entry.created_at) >= :start
      AND COALESCE(job.created_at, entry.created_at) < :end
    ORDER BY entry.id LIMIT :count
"""


def ledger_rows(tx: Transaction, window: Span, *, after: int, count: int) -> Sequence[Row]:
    """Up to `count` rows of the ledger about jobs bought in `window`, by their numbers."""
    return tx.fetch_all(LEDGER, start=window.start, end=window.end, after=after, count=count)


def cost_rows(tx: Transaction, window: Span, *, after: int, count: int) -> Sequence[Row]:
    """Up to `count` rows of the owner's cost of jobs bought in `window`, by their numbers.

    What was billed without a job of ours counts when it was written down.
    """
    return tx.fetch_all(COSTS, start=window.start, end=window.end, after=after, count=count)
