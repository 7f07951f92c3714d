"""How a chart is laid out: 1200 x 675 pixels, to be read at a third of that on a phone.

All places are in pixels from the top left corner. This module loads matplotlib.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.imaging.charts import scale
from bot.imaging.charts.palette import PALETTES
from bot.imaging.charts.sheet import HEIGHT, WIDTH, Sheet

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from bot.domain.reports.charts import Chart, ChartMeter, ChartSeries
    from bot.imaging.charts.palette import Palette
    from bot.imaging.charts.sheet import Note

_EDGE: Final = 44
_TOP: Final = 186  # of the columns' room, below headline and meter
_GAP: Final = 12
_METER: Final = (560, WIDTH - _EDGE)  # from left to right
_CELLS: Final = 3  # in one row of the legend
_ROW: Final = 46
_AMOUNT: Final = 44  # kept free for the amount on the tallest column
_LABEL: Final = 36  # and above it for the label of a limit that is further up
_FEWEST: Final = 5  # columns that there is room for: a single one would be a wall
_FEW: Final = 12  # columns that can all carry their names and amounts

# Sizes of letters.
_HEADLINE: Final = 58
_LARGE: Final = 29
_SMALL: Final = 26


def draw(chart: Chart, path: Path) -> None:
    """Write the chart as a PNG."""
    plot = Plot(chart)
    plot.head()
    plot.columns(bottom=HEIGHT - _EDGE // 2 - plot.legend())
    plot.sheet.save(path)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a label may stand: above or below an amount."""

    amount: float
    is_above: bool = False


class Plot:
    """One chart while it is drawn."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.palette: Palette = PALETTES[chart.theme]
        self.sheet = Sheet(self.palette.ground)

    def head(self) -> None:
        """The sum and what it is of; on the right what it is measured by."""
        palette, meter = self.palette, self.chart.meter
        self.sheet.text(_EDGE, 86, self.chart.headline, _HEADLINE, palette.text, weight="bold")
        room = (_METER[0] if meter else WIDTH) - _EDGE - 2 * _GAP
        caption = self.sheet.name(self.chart.caption, "", size=_LARGE, room=room)
        self.sheet.text(_EDGE, 136, caption, _LARGE, palette.quiet)
        if meter is not None:
            self._meter(meter)

    def _meter(self, meter: ChartMeter) -> None:
        """A bar of what is spent and held out of a cap, with a mark where it is heading."""
        palette = self.palette
        left, right = _METER
        whole = max(meter.cap, meter.spent + meter.held, 1)
        over = meter.spent + meter.held > meter.cap

        def place(amount: int) -> float:
            return left + (right - left) * min(1.0, amount / whole)

        self.sheet.box(left, 58, right, 86, palette.grid)
        self.sheet.box(left, 58, place(meter.spent + meter.held), 86, palette.quiet)
        colour = palette.warning if over else palette.layers[0]
        self.sheet.box(left, 58, place(meter.spent), 86, colour)
        if over:  # where it should have ended
            self.sheet.box(place(meter.cap) - 2, 50, place(meter.cap) + 2, 94, palette.text)
        elif meter.forecast is not None and meter.forecast > meter.spent:
            end = place(meter.forecast)
            self.sheet.box(end - 4, 50, end, 94, palette.text)
        label = self.sheet.cut(meter.label, size=_SMALL, room=right - left)
        colour = palette.warning if over else palette.quiet
        self.sheet.text(right, 134, label, _SMALL, colour, ha="right")

    # ---- columns -----------------------------------------------------------------------------

    def columns(self, *, bottom: float) -> list[Note]:
        """The columns, with their scale, their lines and the names of the days below.

        Returns the names, the amounts on the columns and the labels of the lines.
        """
        chart, palette = self.chart, self.palette
        sums = [
            sum(layer.amounts[at] for layer in chart.layers) for at in range(len(chart.columns))
        ]
        tallest = max(sums, default=0)
        reach = scale.height(tallest, (line.amount for line in chart.lines))
        axes = self._scaled(reach, bottom=bottom)
        floor = [0] * len(sums)
        for layer, colour in self._coloured():
            there = [at for at, amount in enumerate(layer.amounts) if amount]
            axes.bar(
                there, [layer.amounts[at] for at in there], bottom=[floor[at] for at in there],
                width=0.74, color=colour, zorder=3, edgecolor=palette.ground,
                linewidth=1.2 if len(chart.layers) > 1 else 0,
            )  # fmt: skip
            floor = [low + amount for low, amount in zip(floor, layer.amounts, strict=True)]
        notes = [*self._day_names(axes, sums), *self._amounts(axes, sums, reach)]
        self._lines(axes, sums, reach, taken=notes)
        if tallest == 0:
            self.sheet.note(
                axes, chart.empty, (0.5, reach / 2), _LARGE, palette.quiet, at=(0, 0), ha="center"
            )
        return notes

    def _scaled(self, reach: int, *, bottom: float) -> Axes:
        """The columns' room, with the marks of its scale, and the present one's ground."""
        chart, palette = self.chart, self.palette
        marks = scale.marks(reach)
        written = scale.written(marks)
        left = _EDGE + max(self.sheet.width(text, _SMALL) for text in written) + _GAP
        axes = self.sheet.axes(left, _TOP, WIDTH - _EDGE, bottom - _ROW)
        middle = (len(chart.columns) - 1) / 2
        half = max(len(chart.columns), _FEWEST) / 2 + 0.1
        axes.set_xlim(middle - half, middle + half)
        tall = bottom - _ROW - _TOP
        # Above all amounts there is a row for a label that would cover some of them elsewhere.
        above = _AMOUNT + _LABEL * bool(chart.lines)
        axes.set_ylim(0, reach * tall / (tall - above))
        if chart.present is not None:
            axes.axvspan(chart.present - 0.5, chart.present + 0.5, color=palette.band, zorder=0)
        for mark, text in zip(marks, written, strict=True):
            axes.axhline(mark, color=palette.grid, linewidth=1.4, zorder=1)
            place = (0, mark)
            self.sheet.note(axes, text, place, _SMALL, palette.quiet, at=(-_GAP, 0), ha="right")
        return axes

    def _day_names(self, axes: Axes, sums: list[int]) -> list[Note]:
        """Below the columns; of many, each seventh, and the present one."""
        chart, palette = self.chart, self.palette
        shown = range(len(sums)) if len(sums) <= _FEW else range(0, len(sums), 7)
        notes = []
        for at in sorted({*shown, *([] if chart.present is None else [chart.present])}):
            here = at == chart.present
            crowded = chart.present is not None and abs(at - chart.present) <= 2
            if not here and crowded and len(sums) > _FEW:
                continue
            note = self.sheet.note(
                axes, chart.columns[at], (at, 0), _SMALL, palette.text if here else palette.quiet,
                at=(0, -9), va="top", ha="center", weight="bold" if here else "normal", data=True,
            )  # fmt: skip
            notes.append(note)
        return notes

    def _amounts(self, axes: Axes, sums: list[int], reach: int) -> list[Note]:
        """On top of the columns; of many, of the tallest and the present one."""
        tallest = max(range(len(sums)), key=sums.__getitem__, default=0)
        wanted = set(range(len(sums))) if len(sums) <= _FEW - 5 else {tallest}
        present = self.chart.present
        if present is not None and (len(sums) <= _FEW or self._has_room(present, tallest, sums)):
            wanted.add(present)
        notes = []
        for at in sorted(wanted):
            if not sums[at]:
                continue
            # A line just above a column would go through its amount.
            near = [
                line.amount for line in self.chart.lines if 0 <= line.amount - sums[at] < reach / 10
            ]
            ends = {0: "left", len(sums) - 1: "right"} if len(sums) > _FEW else {}
            note = self.sheet.note(
                axes, scale.amount(sums[at]), (at, max([sums[at], *near])), _SMALL,
                self.palette.text, at=(0, 6), va="bottom", ha=ends.get(at, "center"), data=True,
                haloed=True,
            )  # fmt: skip
            notes.append(note)
        return notes

    def _has_room(self, at: int, tallest: int, sums: list[int]) -> bool:
        """Whether an amount on a narrow column stands beside all others."""
        beside = sums[max(0, at - 1) : at + 2]
        return abs(at - tallest) > 4 and max(beside) == sums[at]

    def _lines(self, axes: Axes, sums: list[int], reach: int, *, taken: list[Note]) -> None:
        # Where the columns are lower, a label hides less of them.
        third = -(-len(sums) // 3)
        on_right = max(sums[-third:], default=0) <= max(sums[:third], default=0)
        for line in self.chart.lines:
            is_far = line.amount > reach
            if not is_far:
                axes.axhline(
                    line.amount, color=self.palette.text, linewidth=3, dashes=(5, 3), zorder=5
                )
            places = [
                _Spot(line.amount, is_above=True),
                _Spot(line.amount),
                _Spot(axes.get_ylim()[1]),
            ]
            label = f"{line.label} ↑" if is_far else line.label
            self._label(axes, label, places[2:] if is_far else places, on_right, taken)

    def _label(
        self, axes: Axes, label: str, spots: list[_Spot], on_right: bool, taken: list[Note]
    ) -> None:
        """On the first spot where it covers no amount; where it always would, on the first."""
        sides = (on_right, not on_right)
        *near, last = spots
        ways = [(spot, right) for right in sides for spot in near]
        ways += [(last, right) for right in sides]
        for spot, right in (*ways, ways[0]):
            note = self.sheet.note(
                axes, label, (1.0 if right else 0.0, spot.amount), _SMALL, self.palette.text,
                at=(0, 7 if spot.is_above else -7), va="bottom" if spot.is_above else "top",
                ha="right" if right else "left", haloed=True,
            )  # fmt: skip
            if not note.covers(taken):
                break
            note.remove()
        taken.append(note)

    # ---- legend ------------------------------------------------------------------------------

    def legend(self) -> float:
        """Whose colour is which, with their sums; how much room that takes. One needs none."""
        layers = self._coloured()
        if len(layers) < 2:
            return 0
        rows = -(-len(layers) // _CELLS)
        cell = (WIDTH - 2 * _EDGE) / _CELLS
        for index, (layer, colour) in enumerate(layers):
            row, place = divmod(index, _CELLS)
            left = _EDGE + place * cell
            line = HEIGHT - _EDGE // 2 - (rows - 1 - row) * _ROW - 10
            self.sheet.box(left, line - 22, left + 24, line + 2, colour)
            amount = scale.amount(sum(layer.amounts))
            room = cell - 24 - 3 * _GAP - self.sheet.width(amount, _SMALL)
            name = self.sheet.name(layer.name, layer.fallback, size=_SMALL, room=room)
            start = left + 24 + _GAP
            self.sheet.text(start, line, name, _SMALL, self.palette.text)
            start += self.sheet.width(name, _SMALL) + _GAP
            self.sheet.text(start, line, amount, _SMALL, self.palette.quiet)
        return rows * _ROW

    def _coloured(self) -> list[tuple[ChartSeries, str]]:
        palette = self.palette
        own = iter(palette.layers)
        return [
            (layer, palette.rest if layer.is_rest else next(own, palette.rest))
            for layer in self.chart.layers
        ]
