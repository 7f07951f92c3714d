"""The ledger's rules: a price is held, then captured or released, exactly once each.

Rows are only ever added. What a job holds and what it cost is the sum of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntryKind(StrEnum):
    """What a ledger row does."""

    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: signed changes, in micro-USD, of what is held and what is spent."""

    kind: EntryKind
    held: int
    spent: int


def hold(price: int) -> Entry:
    """Set `price` aside, so that two jobs cannot spend the same money.

    Raises:
        ValueError: the price is negative.
    """
    if price < 0:
        raise ValueError(f"a price is never negative: {price}")
    return Entry(EntryKind.HOLD, held=price, spent=0)


def capture(held: int, cost: int | None = None) -> Entry:
    """Spend what was held, or the smaller `cost`.

    A cost above the hold means that our price list is wrong; the member still pays no more than
    the price they agreed to.
    """
    spent = held if cost is None else max(0, min(cost, held))
    return Entry(EntryKind.CAPTURE, held=-held, spent=spent)


def release(held: int) -> Entry:
    """Give back what was held."""
    return Entry(EntryKind.RELEASE, held=-held, spent=0)
