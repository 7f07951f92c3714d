"""Colours of charts: apart for colour-blind people too, and readable on Discord's two grounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.reports.charts import ChartTheme


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`. `layers` are for columns from below, `rest` for all others together."""

    ground: str
    text: str
    quiet: str
    grid: str
    band: str
    warning: str
    layers: tuple[str, ...]
    rest: str


# Found by a search from the hues of Okabe and Ito (https://jfly.uni-koeln.de/color/), for colours
# that stay apart under three kinds of colour blindness and stand out from their ground:
# tests/imaging/charts/test_chart_colours.py has the figures.
PALETTES: Final = {
    ChartTheme.DARK: Palette(
        ground="#2b2d31",
        text="#f2f3f5",
        quiet="#b5bac1",
        grid="#43464d",
        band="#383a41",
        warning="#ff9d5c",
        layers=("#3f88f3", "#f6710b", "#00b873", "#d9e755", "#fa80d0"),
        rest="#7e8287",
    ),
    ChartTheme.LIGHT: Palette(
        ground="#ffffff",
        text="#1e1f22",
        quiet="#4e5058",
        grid="#e3e5e8",
        band="#eef0f3",
        warning="#b34700",
        layers=("#004bbd", "#c1810d", "#039251", "#9f1d03", "#8b3876"),
        rest="#8a8f98",
    ),
}
