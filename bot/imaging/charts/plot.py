"""How a chart is laid out: 1200 x 675 pixels, to be read at a third of that on a phone.

All places are in pixels from the top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from bot.imaging.charts import axis, sheet
from bot.imaging.charts.palette import PALETTES
from bot.imaging.charts.sheet import HEIGHT, WIDTH, ChartCanvas, ChartLabel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.domain.reports.charts import Chart, ChartMeter, ChartSeries
    from bot.imaging.charts.palette import Palette

_EDGE: Final = 44
_RIGHT: Final = WIDTH - _EDGE
_TOP: Final = 186  # of the columns' room, below headline and meter
_GAP: Final = 12
_METER: Final = (560, 58, _RIGHT, 86)  # left, top, right, bottom
_CELLS: Final = 3  # in one row of the legend
_ROW: Final = 46
_AMOUNT: Final = 44  # kept free for the amount on the tallest column
_LABEL: Final = 36  # and above it for the label of a limit that is further up
_FEWEST: Final = 5  # columns that there is room for: a single one would be a wall
_FEW: Final = 12  # columns that can all carry their names and amounts
_SEAM: Final = 2  # between the parts of a column
_DASH: Final = (20, 12, 4)  # how long, how far from the next, how thick

# Sizes of letters, and from the middle of a small figure to its foot.
_HEADLINE: Final = 58
_LARGE: Final = 29
_SMALL: Final = 26
_HALF: Final = 9
# From a line or a column's top to the foot of the text above it, and of the text below it.
_ABOVE: Final = -12
_BELOW: Final = 29


def draw(chart: Chart, path: Path) -> None:
    """Write the chart as a PNG."""
    plot = Plot(chart)
    plot.head()
    plot.columns(bottom=HEIGHT - _EDGE // 2 - plot.legend())
    plot.canvas.save(path)


@dataclass(frozen=True, slots=True)
class _Field:
    """Where the columns stand: between `left` and the edge, from `bottom` up to `top`."""

    left: float
    bottom: float
    top: float
    columns: int
    reach: int

    @property
    def pitch(self) -> float:
        """From one column's middle to the next one's."""
        return (_RIGHT - self.left) / (max(self.columns, _FEWEST) + 0.2)

    def x(self, column: float) -> float:
        """The middle of a column."""
        return (self.left + _RIGHT) / 2 + (column - (self.columns - 1) / 2) * self.pitch

    def y(self, amount: float) -> float:
        """How high an amount is."""
        return self.bottom - amount * (self.bottom - self.top) / self.reach


class Plot:
    """One chart while it is drawn."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.palette: Palette = PALETTES[chart.theme]
        self.canvas = ChartCanvas(self.palette.ground)
        self._sums = [
            sum(layer.amounts[at] for layer in chart.layers) for at in range(len(chart.columns))
        ]

    def head(self) -> None:
        """The sum and what it is of; on the right what it is measured by."""
        palette, meter = self.palette, self.chart.meter
        self.canvas.write(
            ChartLabel(self.chart.headline, (_EDGE, 86), _HEADLINE, palette.text, is_bold=True)
        )
        room = (_METER[0] if meter else WIDTH) - _EDGE - 2 * _GAP
        caption = sheet.name(self.chart.caption, "", size=_LARGE, room=room)
        self.canvas.write(ChartLabel(caption, (_EDGE, 136), _LARGE, palette.quiet))
        if meter is not None:
            self._meter(meter)

    def _meter(self, meter: ChartMeter) -> None:
        """A bar of what is spent and held out of a cap, with a mark where it is heading."""
        palette = self.palette
        left, top, right, bottom = _METER
        used = meter.spent + meter.held
        over = used > meter.cap
        colour = palette.warning if over else palette.layers[0]

        def place(amount: int) -> float:
            return left + (right - left) * min(1.0, amount / max(meter.cap, used, 1))

        self.canvas.box(left, top, right, bottom, palette.grid)
        self.canvas.box(left, top, place(used), bottom, palette.quiet)
        self.canvas.box(left, top, place(meter.spent), bottom, colour)
        mark = None
        if over:  # where it should have ended
            mark = place(meter.cap) + 2
        elif meter.forecast is not None and meter.forecast > meter.spent:
            mark = place(meter.forecast)
        if mark is not None:
            self.canvas.box(mark - 4, top - 8, mark, bottom + 8, palette.text)
        label = sheet.cut(meter.label, size=_SMALL, room=right - left)
        colour = palette.warning if over else palette.quiet
        self.canvas.write(ChartLabel(label, (right, 134), _SMALL, colour, align="right"))

    # ---- columns -----------------------------------------------------------------------------

    def columns(self, *, bottom: float) -> list[ChartLabel]:
        """The columns, with their scale, their lines and the names of the days below.

        Returns the names, the amounts on the columns and the labels of the lines.
        """
        field = self._scaled(bottom - _ROW)
        self._bars(field)
        for line in self.chart.lines:
            if line.amount <= field.reach:
                self._dashes(field, line.amount)
        labels = [*self._day_names(field), *self._amounts(field)]
        labels += self._line_labels(field, taken=labels)
        for label in labels:
            self.canvas.write(label)
        if not any(self._sums):
            place = ((field.left + _RIGHT) / 2, field.y(field.reach / 2) + _HALF)
            empty = ChartLabel(self.chart.empty, place, _LARGE, self.palette.quiet, "middle")
            self.canvas.write(empty)
        return labels

    def _scaled(self, bottom: float) -> _Field:
        """The columns' room, with the marks of its scale, and the present one's ground."""
        chart, palette = self.chart, self.palette
        lines = [line.amount for line in chart.lines]
        reach = axis.height(max(self._sums, default=0), lines)
        marks = axis.marks(reach)
        written = axis.written(marks)
        left = round(_EDGE + max(sheet.width(text, _SMALL) for text in written) + _GAP)
        # Above all amounts there is a row for a label that would cover some of them elsewhere.
        top = _TOP + _AMOUNT + _LABEL * bool(lines)
        field = _Field(left, bottom, top, len(chart.columns), reach)
        if chart.present is not None:
            start, end = field.x(chart.present - 0.5), field.x(chart.present + 0.5)
            self.canvas.box(start, _TOP, end, bottom, palette.band)
        for mark, text in zip(marks, written, strict=True):
            y = round(field.y(mark))
            self.canvas.box(left, y - 1, _RIGHT, y + 1, palette.grid)
            place = (left - _GAP, y + _HALF)
            self.canvas.write(ChartLabel(text, place, _SMALL, palette.quiet, align="right"))
        return field

    def _bars(self, field: _Field) -> None:
        wide = round(0.74 * field.pitch)
        floor = [0] * len(self._sums)
        for layer, colour in self._coloured():
            for at, amount in enumerate(layer.amounts):
                if amount:
                    low, high = round(field.y(floor[at])), round(field.y(floor[at] + amount))
                    seam = _SEAM if floor[at] and low - high > 2 * _SEAM else 0
                    left = round(field.x(at) - wide / 2)
                    # The least amount is a pixel: it is not nothing.
                    self.canvas.box(left, min(high, low - 1), left + wide, low - seam, colour)
                    floor[at] += amount

    def _dashes(self, field: _Field, amount: int) -> None:
        long, apart, thick = _DASH
        top = round(field.y(amount)) - thick // 2
        for left in range(round(field.left), _RIGHT, long + apart):
            self.canvas.box(left, top, min(left + long, _RIGHT), top + thick, self.palette.text)

    def _day_names(self, field: _Field) -> Iterator[ChartLabel]:
        """Below the columns; of many, each seventh, and the present one."""
        names, present = self.chart.columns, self.chart.present
        is_few = len(names) <= _FEW
        for at, name in enumerate(names):
            here = at == present
            crowded = not is_few and present is not None and abs(at - present) <= 2
            if here or (not crowded and (is_few or at % 7 == 0)):
                colour = self.palette.text if here else self.palette.quiet
                place = (field.x(at), field.bottom + _BELOW)
                yield ChartLabel(name, place, _SMALL, colour, "middle", is_bold=here)

    def _amounts(self, field: _Field) -> Iterator[ChartLabel]:
        """On top of the columns; of many, of the tallest and the present one."""
        sums, present = self._sums, self.chart.present
        tallest = max(range(len(sums)), key=sums.__getitem__, default=0)
        wanted = set(range(len(sums))) if len(sums) <= _FEW - 5 else {tallest}
        if present is not None and (len(sums) <= _FEW or self._has_room(present, tallest)):
            wanted.add(present)
        for at in sorted(wanted):
            if not sums[at]:
                continue
            # A line just above a column would go through its amount.
            near = [
                line.amount
                for line in self.chart.lines
                if 0 <= line.amount - sums[at] < field.reach / 10
            ]
            align: Literal["left", "middle", "right"] = "middle"
            if len(sums) > _FEW and at in {0, len(sums) - 1}:
                align = "left" if at == 0 else "right"
            place = (field.x(at), field.y(max([sums[at], *near])) + _ABOVE)
            yield ChartLabel(
                axis.amount(sums[at]), place, _SMALL, self.palette.text, align, has_halo=True
            )

    def _has_room(self, at: int, tallest: int) -> bool:
        """Whether an amount on a narrow column stands beside all others."""
        beside = self._sums[max(0, at - 1) : at + 2]
        return abs(at - tallest) > 4 and max(beside) == self._sums[at]

    def _line_labels(self, field: _Field, *, taken: list[ChartLabel]) -> list[ChartLabel]:
        """Each on the first place where it covers nothing; where it always would, on the first."""
        third = -(-len(self._sums) // 3)
        # Where the columns are lower, a label hides less of them.
        on_right = max(self._sums[-third:], default=0) <= max(self._sums[:third], default=0)
        found: list[ChartLabel] = []
        for line in self.chart.lines:
            y, highest = field.y(line.amount), _TOP + _BELOW
            is_far = line.amount > field.reach
            near = [] if is_far else [y + _ABOVE, y + _BELOW]
            places = [(side, foot) for side in (on_right, not on_right) for foot in near]
            places += [(on_right, highest), (not on_right, highest)]
            labels = [
                ChartLabel(
                    f"{line.label} ↑" if is_far else line.label,
                    (_RIGHT if right else field.left, foot), _SMALL, self.palette.text,
                    "right" if right else "left", has_halo=True,
                )
                for right, foot in places
            ]  # fmt: skip
            free = (label for label in labels if not label.covers([*taken, *found]))
            found.append(next(free, labels[0]))
        return found

    # ---- legend ------------------------------------------------------------------------------

    def legend(self) -> float:
        """Whose colour is which, with their sums; how much room that takes. One needs none."""
        layers = self._coloured()
        if len(layers) < 2:
            return 0
        rows = -(-len(layers) // _CELLS)
        cell = (_RIGHT - _EDGE) / _CELLS
        for index, (layer, colour) in enumerate(layers):
            row, place = divmod(index, _CELLS)
            left = _EDGE + place * cell
            line = HEIGHT - _EDGE // 2 - (rows - 1 - row) * _ROW - 10
            self.canvas.box(left, line - 22, left + 24, line + 2, colour)
            start = left + 24 + _GAP
            amount = axis.amount(sum(layer.amounts))
            room = cell - 24 - 3 * _GAP - sheet.width(amount, _SMALL)
            name = sheet.name(layer.name, layer.fallback, size=_SMALL, room=room)
            self.canvas.write(ChartLabel(name, (start, line), _SMALL, self.palette.text))
            start += sheet.width(name, _SMALL) + _GAP
            self.canvas.write(ChartLabel(amount, (start, line), _SMALL, self.palette.quiet))
        return rows * _ROW

    def _coloured(self) -> list[tuple[ChartSeries, str]]:
        palette = self.palette
        own = iter(palette.layers)
        return [
            (layer, palette.rest if layer.is_rest else next(own, palette.rest))
            for layer in self.chart.layers
        ]
