"""Every counter's sums, made from the ledger anew: for the audit, and for rebuilding counters.

What each job moved is laid out in a temporary table and sorted by pot and moment, one scope after
the other, so that a counter is one look into a sorted list. That is one pass over the ledger,
however many counters there are; nothing of it reaches the books' own file.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.domain.limits import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.store.database import Transaction

LAY_OUT: Final = """
    CREATE TEMP TABLE movement AS
    SELECT job.provider, job.guild_id, job.channel_id, job.member_id, job.created_at,
           SUM(entry.held) AS held, SUM(entry.spent) AS spent
    FROM ledger_entry AS entry JOIN job ON job.id = entry.job_id
    GROUP BY entry.job_id
"""

_POTS: Final = {
    Scope.MEMBER: ("provider", "guild_id", "member_id"),
    Scope.CHANNEL: ("provider", "guild_id", "channel_id"),
    Scope.GUILD: ("provider", "guild_id"),
    Scope.BOT: ("provider",),
}
"""The columns of a movement that say whose it is, after those of a counter: `Pot`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that is not the sum of the ledger. Amounts in micro-USD."""

    counter_id: int
    held: int
    spent: int
    ledger_held: int
    ledger_spent: int


def differences(tx: Transaction) -> list[Difference]:
    """Every counter that is not what the ledger says, scope by scope."""
    found = []
    with _laid_out(tx):
        for scope in _POTS:
            with _sorted(tx, scope):
                found += [_difference(row) for row in tx.fetch_all(comparison(scope))]
    return found


def _difference(row: Mapping[str, Any]) -> Difference:
    return Difference(
        counter_id=row["id"],
        held=row["held"],
        spent=row["spent"],
        ledger_held=row["ledger_held"],
        ledger_spent=row["ledger_spent"],
    )


def order(scope: Scope) -> str:
    """The index that `comparison` looks into."""
    columns = ", ".join(_POTS[scope])
    return f"CREATE INDEX temp.movement_by_pot ON movement ({columns}, created_at, held, spent)"


def comparison(scope: Scope) -> str:
    """The counters of a scope that differ from their jobs' movements."""
    own = ("counter.provider", "counter.guild_id", "counter.subject")
    is_of_pot = " AND ".join(
        f"movement.{column} = {key}" for column, key in zip(_POTS[scope], own, strict=False)
    )
    # Of a guild and of the bot there is one pot each: any other subject has no movements at all.
    is_sound = {
        Scope.GUILD: "AND counter.subject = counter.guild_id",
        Scope.BOT: "AND counter.subject = 0 AND counter.guild_id = 0",
    }.get(scope, "")
    return f"""
        SELECT counter.id, counter.held, counter.spent,
               COALESCE(SUM(movement.held), 0) AS ledger_held,
               COALESCE(SUM(movement.spent), 0) AS ledger_spent
        FROM counter LEFT JOIN movement
            ON {is_of_pot} {is_sound}
            AND movement.created_at >= counter.starts AND movement.created_at < counter.ends
        WHERE counter.scope = '{scope.value}'
        GROUP BY counter.id
        HAVING counter.held <> ledger_held OR counter.spent <> ledger_spent
    """  # noqa: S608 - constants


@contextmanager
def _laid_out(tx: Transaction) -> Iterator[None]:
    tx.execute(LAY_OUT)
    yield
    tx.execute("DROP TABLE temp.movement")


@contextmanager
def _sorted(tx: Transaction, scope: Scope) -> Iterator[None]:
    tx.execute(order(scope))
    yield
    tx.execute("DROP INDEX temp.movement_by_pot")
