"""The ledger's rules: a price is held, then captured or released, exactly once each.

Rows are only ever added. What a job holds and what it cost is the sum of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LedgerEntryKind(StrEnum):
    """What a ledger row does."""

    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One row: signed changes, in micro-USD, of what is held and what is spent."""

    kind: LedgerEntryKind
    held: int
    spent: int


def hold(price: int) -> LedgerEntry:
    """Set `price` aside, so that two jobs cannot spend the same money.

    Raises:
        ValueError: the price is negative.
    """
    if price < 0:
        raise ValueError(f"a price is never negative: {price}")
    return LedgerEntry(LedgerEntryKind.HOLD, held=price, spent=0)


def capture(held: int) -> LedgerEntry:
    """Spend what was held: the price the member agreed to, whatever the provider bills."""
    return LedgerEntry(LedgerEntryKind.CAPTURE, held=-held, spent=held)


def release(held: int) -> LedgerEntry:
    """Give back what was held."""
    return LedgerEntry(LedgerEntryKind.RELEASE, held=-held, spent=0)
