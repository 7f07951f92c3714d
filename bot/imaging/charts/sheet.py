"""The sheet a chart is drawn on: 1200 x 675 pixels, counted from the top left corner.

This module loads matplotlib.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from bot.imaging.charts.names import drawable, shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from matplotlib.axes import Axes

WIDTH: Final = 1200
HEIGHT: Final = 675
_DPI: Final = 100
_HALO: Final = 5  # around letters that stand on something

_STYLE: Final[dict[Any, Any]] = {
    "font.family": ["DejaVu Sans"],
    "text.parse_math": False,  # a name like "$a_b$" is no formula
    "figure.dpi": _DPI,
    "savefig.dpi": _DPI,
}
mpl.rcParams.update(_STYLE)  # nothing else in a picture process draws with it


@functools.cache
def glyphs() -> Collection[int]:
    """The letters that matplotlib's own font has, as code points."""
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    return frozenset(font.get_charmap())


class Note:
    """Text beside a place, once it is there."""

    def __init__(self, drawn: Any, renderer: Any) -> None:
        self._drawn = drawn
        self.box = drawn.get_window_extent(renderer).padded(_HALO / 2)

    @property
    def text(self) -> str:
        """What it says."""
        return str(self._drawn.get_text())

    def covers(self, others: Iterable[Note]) -> bool:
        """Whether it and one of the others are in each other's way."""
        return any(self.box.overlaps(other.box) for other in others)

    def remove(self) -> None:
        """Take it off the sheet."""
        self._drawn.remove()


class Sheet:
    """Takes boxes, texts and axes; sizes of letters are in pixels too."""

    def __init__(self, ground: str) -> None:
        self._ground = ground
        self._figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI))
        # matplotlib names no types here.
        self._renderer: Any = FigureCanvasAgg(self._figure).get_renderer()  # type: ignore[no-untyped-call]

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Room for columns, without frame or marks."""
        axes = self._figure.add_axes(
            (left / WIDTH, 1 - bottom / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT)
        )
        axes.set_axis_off()
        return axes

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """A filled rectangle."""
        self._figure.add_artist(
            Rectangle(
                (left / WIDTH, 1 - bottom / HEIGHT),
                (right - left) / WIDTH,
                (bottom - top) / HEIGHT,
                transform=self._figure.transFigure,
                color=colour,
                linewidth=0,
            )
        )

    def text(
        self, left: float, line: float, text: str, size: float, colour: str, **options: Any
    ) -> None:
        """Text that stands on a line; `size` in pixels."""
        self._figure.text(
            left / WIDTH, 1 - line / HEIGHT, text, fontsize=_points(size), color=colour, **options
        )

    def note(
        self,
        axes: Axes,
        text: str,
        place: tuple[float, float],
        size: float,
        colour: str,
        *,
        at: tuple[float, float],
        va: str = "center",
        data: bool = False,
        haloed: bool = False,
        **options: Any,
    ) -> Note:
        """Text beside a place, moved by `at` pixels up and to the right.

        The place is a column, if it is `data`, or lies between the left (0) and right (1) edge;
        and an amount.
        """
        halo = [withStroke(linewidth=_HALO, foreground=self._ground)] if haloed else None
        drawn = axes.annotate(
            text, place, xycoords="data" if data else axes.get_yaxis_transform(),
            xytext=(_points(at[0]), _points(at[1])), textcoords="offset points", zorder=7,
            fontsize=_points(size), color=colour, va=va, path_effects=halo, **options,
        )  # fmt: skip
        return Note(drawn, self._renderer)

    def width(self, text: str, size: float) -> float:
        """How many pixels wide a text is."""
        drawn = self._figure.text(0, 0, text, fontsize=_points(size))
        width = drawn.get_window_extent(self._renderer).width
        drawn.remove()
        return float(width)

    def name(self, text: str, fallback: str, *, size: float, room: float) -> str:
        """What can be drawn of a name, in at most `room` pixels."""
        return self.cut(drawable(text, fallback, glyphs=glyphs()), size=size, room=room)

    def cut(self, text: str, *, size: float, room: float) -> str:
        """A text in at most `room` pixels."""
        return shortened(text, room=room, width=lambda part: self.width(part, size))

    def save(self, path: Path) -> None:
        """Write it as a PNG."""
        self._figure.savefig(path, format="png", facecolor=self._ground)


def _points(pixels: float) -> float:
    return pixels * 72 / _DPI
