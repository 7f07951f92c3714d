"""Alerts: which parts of a limit were used up, each told once in its window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

USED_UP: Final = 100
THRESHOLDS: Final = (50, 80, USED_UP)
"""Percent of a cap."""


def reached(spent: int, *, cap: int, price: int) -> tuple[int, ...]:
    """The thresholds that `spent` has reached under `cap` (micro-USD), lowest first.

    A limit is used up when one more picture of `price` does not fit. What is free uses nothing up.
    """
    if price <= 0 or cap <= 0:
        return ()
    parts = [part for part in THRESHOLDS if part != USED_UP and spent * 100 >= cap * part]
    if cap - spent < price:
        parts.append(USED_UP)
    return tuple(parts)


def news(found: Collection[int], *, known: Collection[int]) -> int | None:
    """Which of the thresholds that are reached is worth telling, given those noted before.

    Only the highest: who passes two at once is told of one. What lies below a known one is old.
    """
    highest = max(found, default=0)
    return highest if highest > max(known, default=0) else None
