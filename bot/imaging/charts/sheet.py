"""What a chart is drawn on: 1200 x 675 pixels, counted from the top left corner."""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from PIL import Image, ImageDraw, ImageFont, features

from bot.imaging import fonts
from bot.imaging.charts.printable import drawable, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WIDTH: Final = 1200
HEIGHT: Final = 675
_PLAIN: Final = "DejaVuSans.ttf"
_BOLD: Final = "DejaVuSans-Bold.ttf"
_HALO: Final = 3  # around letters that stand on something


class _Glyphs(Container[int]):
    """The letters that can be drawn, as code points."""

    def __contains__(self, point: object) -> bool:
        letter = chr(point) if isinstance(point, int) else ""
        if _runs_left(letter) and not features.check("raqm"):
            return False  # they would stand the wrong way round, and apart
        return bool(letter) and fonts.has(letter, _PLAIN)


@dataclass(frozen=True, slots=True)
class ChartLabel:
    """Text that begins, has its middle or ends at a place on its baseline. Sizes are in pixels."""

    text: str
    place: tuple[float, float]
    size: int
    colour: str
    align: Literal["left", "middle", "right"] = "left"
    is_bold: bool = False
    has_halo: bool = False

    @property
    def anchor(self) -> str:
        """The alignment as Pillow says it."""
        return f"{self.align[0]}s"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what it takes up, with its halo."""
        face = _face(self.text, self.size, is_bold=self.is_bold)
        left, top, right, bottom = face.getbbox(self.text, anchor=self.anchor, stroke_width=_HALO)
        x, y = self.place
        return x + left, y + top, x + right, y + bottom

    def covers(self, others: Iterable[ChartLabel]) -> bool:
        """Whether it and one of the others are in each other's way."""
        left, top, right, bottom = self.box
        return any(
            left < far_right and far_left < right and top < far_bottom and far_top < bottom
            for far_left, far_top, far_right, far_bottom in (other.box for other in others)
        )


class ChartCanvas:
    """Takes boxes and labels: what comes later lies above."""

    def __init__(self, ground: str) -> None:
        self._ground = ground
        self._image = Image.new("RGB", (WIDTH, HEIGHT), ground)
        self._pen = ImageDraw.Draw(self._image)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """A filled rectangle, its edges on whole pixels."""
        left, top, right, bottom = round(left), round(top), round(right), round(bottom)
        if left < right and top < bottom:
            self._pen.rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def write(self, label: ChartLabel) -> None:
        """Draw a label, whatever lies below it."""
        self._pen.text(
            label.place, label.text, fill=label.colour, anchor=label.anchor,
            font=_face(label.text, label.size, is_bold=label.is_bold),
            stroke_width=_HALO if label.has_halo else 0, stroke_fill=self._ground,
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Write it as a PNG."""
        self._image.save(path, format="PNG")


def width(text: str, size: int) -> float:
    """How many pixels wide a text is."""
    return _face(text, size).getlength(text)


def name(text: str, fallback: str, *, size: int, room: float) -> str:
    """What can be drawn of a name, in at most `room` pixels."""
    return cut(drawable(text, fallback, glyphs=_Glyphs()), size=size, room=room)


def cut(text: str, *, size: int, room: float) -> str:
    """A text in at most `room` pixels."""
    return shortened(text, room=room, width=lambda part: width(part, size))


def _runs_left(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def _face(text: str, size: int, *, is_bold: bool = False) -> ImageFont.FreeTypeFont:
    # Only names in Arabic, Hebrew and their kin need to be shaped.
    layout = ImageFont.Layout.RAQM if _runs_left(text) else ImageFont.Layout.BASIC
    return fonts.face(_BOLD if is_bold else _PLAIN, size, layout)
