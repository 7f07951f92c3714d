"""The scale of a chart: where its marks stand and how their amounts are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import MICRO_PER_USD, usd

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_MARKS: Final = 4
_STEPS: Final = (10, 20, 25, 50)  # tenths, so that all are whole
# How exact an amount on a chart is, in micro-USD: from how much on, and by which steps.
_DIGITS: Final = (
    (1_000 * MICRO_PER_USD, MICRO_PER_USD),
    (MICRO_PER_USD, MICRO_PER_USD // 100),
    (0, MICRO_PER_USD // 10_000),
)
# A limit further up would press the columns flat: it is said, not drawn.
_FARTHEST: Final = 3


def height(tallest: int, lines: Iterable[int]) -> int:
    """What the scale must reach, in micro-USD: the tallest column, and the lines near it."""
    near = [line for line in lines if tallest == 0 or line <= _FARTHEST * tallest]
    return max([tallest, *near]) or MICRO_PER_USD


def marks(reach: int) -> list[int]:
    """Round amounts from 0 up to `reach` micro-USD, at most five of them."""
    size = 1
    while True:
        for tenths in _STEPS:
            step = size * tenths
            if reach // step <= _MOST_MARKS:
                return list(range(0, reach + 1, step))
        size *= 10


def written(amounts: Iterable[int]) -> list[str]:
    """Amounts for the marks of one scale: without cents where none of them has any."""
    found = list(amounts)
    if any(amount % MICRO_PER_USD for amount in found):
        return [usd(amount) for amount in found]
    return [f"${amount // MICRO_PER_USD:,}" for amount in found]


def amount(micro: int) -> str:
    """An amount beside others, in as many digits as there is room for: the card has them all.

    To the nearest hundredth of a cent; from a dollar on to the cent, from $1,000 to the dollar.
    """
    unit = next(unit for least, unit in _DIGITS if micro >= least)
    nearest = (micro + unit // 2) // unit * unit or micro
    return written([nearest])[0] if unit == MICRO_PER_USD else usd(nearest)
