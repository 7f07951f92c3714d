"""A chart as a value: what is drawn, in words and amounts; how it looks is decided by who draws."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_LAYERS: Final = 6
"""As many colours as stay apart for everybody, colour-blind people among them."""


class ChartTheme(StrEnum):
    """What the chart is looked at on."""

    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One part of every column, from below; `amounts` in micro-USD, one for each column.

    `name` may hold anything; `fallback` is plain, and stands where nothing of a name can be drawn.
    `is_rest`: it is nobody's own, but what all others make together.
    """

    name: str
    fallback: str
    amounts: tuple[int, ...]
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class ChartThreshold:
    """What each column is compared with: an amount in micro-USD, and what it is."""

    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class ChartMeter:
    """What all columns together are compared with. Amounts in micro-USD."""

    label: str
    spent: int
    held: int
    cap: int
    forecast: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Columns of money over time. `columns` are their labels, and `present` is the index of the
    one that is not over yet. `empty` is said where there is nothing to draw.
    """

    theme: ChartTheme
    headline: str
    caption: str
    columns: tuple[str, ...]
    present: int | None
    layers: tuple[ChartSeries, ...]
    lines: tuple[ChartThreshold, ...]
    meter: ChartMeter | None
    empty: str
