"""Making every counter again from the ledger, for when counters cannot be trusted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.limits.rules import Pot, Scope
from bot.store.limits import movements
from bot.store.migrations import back_up

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltCounter:
    """A counter that was not the sum of the ledger, and what it is now. Amounts in micro-USD."""

    id: int
    pot: Pot
    window: str
    starts: int
    held_before: int
    spent_before: int
    held: int
    spent: int


@dataclass(frozen=True, slots=True)
class CounterCheck:
    """The counters that are not the sum of the ledger: those that can be set to it, and the
    `stuck` ones, whose jobs come to less than nothing there.
    """

    settable: tuple[int, ...]
    stuck: tuple[int, ...]


def wrong(tx: Transaction) -> CounterCheck:
    """Which counters are not the sum of the ledger."""
    found = movements.differences(tx)
    settable = tuple(one.counter_id for one in found if _is_settable(one))
    return CounterCheck(settable, tuple(one.counter_id for one in found if not _is_settable(one)))


def rebuild(tx: Transaction) -> Sequence[RebuiltCounter]:
    """Set every counter to the sum of the ledger; those that were wrong.

    None is dropped: alerts point to them. A cap that is exceeded now was never tested against
    these sums, so it is forgotten until the next purchase is. Where the ledger itself comes to
    less than nothing there is no sum to set: the audit names its rows.
    """
    return [_set(tx, found) for found in movements.differences(tx) if _is_settable(found)]


def _is_settable(found: movements.CounterMismatch) -> bool:
    return found.ledger_held >= 0 and found.ledger_spent >= 0


def _set(tx: Transaction, found: movements.CounterMismatch) -> RebuiltCounter:
    row = tx.fetch_one(
        """
        UPDATE counter SET held = :held, spent = :spent,
            cap = CASE WHEN :held + :spent <= cap THEN cap END
        WHERE id = :id RETURNING *
        """,
        id=found.counter_id,
        held=found.ledger_held,
        spent=found.ledger_spent,
    )
    if row is None:
        raise AssertionError("the counter was read in this transaction")
    return RebuiltCounter(
        id=found.counter_id,
        pot=Pot(Scope(row["scope"]), row["guild_id"], row["subject"]),
        window=row["window"],
        starts=row["starts"],
        held_before=found.held,
        spent_before=found.spent,
        held=found.ledger_held,
        spent=found.ledger_spent,
    )


def copy_books(file: Path, copy: Path) -> None:
    """Copy the whole database, even while others have it open. Takes as long as the disk needs."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        back_up(connection, copy)
