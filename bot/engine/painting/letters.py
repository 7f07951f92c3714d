"""Text as shapes: which characters the fonts have, where the lines break, how large they can be."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from bot.imaging import fonts

if TYPE_CHECKING:
    from bot.engine.painting.pixels import Bytes

SANS: Final = "DejaVuSans-Bold.ttf"
SERIF: Final = "DejaVuSerif-Bold.ttf"

_MOST_LINES = 4
_LEADING = 0.16  # of the letter size, between lines
SHARE: Final = (0.86, 0.74)  # of width and height that letters may take


@dataclass(frozen=True, slots=True)
class TextLayout:
    """Lines of text and the letter size (pixels) at which they fit."""

    lines: tuple[str, ...]
    size: int
    font: str

    @property
    def text(self) -> str:
        """The lines, one below the other."""
        return "\n".join(self.lines)


def drawable(text: str, font: str) -> str:
    """Return what the font can draw of `text`, with lines kept and other spaces made plain.

    A character it lacks is replaced by its compatible or unaccented form, or left out.
    """
    lines = [
        " ".join("".join(_instead(char, font) for char in line).split())
        for line in unicodedata.normalize("NFC", text).splitlines()
    ]
    return "\n".join(line for line in lines if line)


def _instead(character: str, font: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character)[0] in "CM":
        return ""
    if fonts.has(character, font):
        return character
    parts = unicodedata.normalize("NFKD", character)
    if parts == character:
        return ""
    return "".join(
        part for part in parts if not unicodedata.combining(part) and fonts.has(part, font)
    )


def _measure(text: str, font: str, size: int) -> tuple[int, int, int, int]:
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = pen.multiline_textbbox(
        (0, 0), text, font=fonts.face(font, size), spacing=size * _LEADING, align="center"
    )
    return int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))


def _breaks(words: list[str], lines: int) -> list[str]:
    """Break words into lines so that the longest is as short as possible."""
    lengths = [len(word) for word in words]

    def spread(start: int, left: int) -> tuple[int, list[int]]:
        if left == 1:
            return sum(lengths[start:]) + len(words) - start - 1, [len(words)]
        options = []
        for end in range(start + 1, len(words) - left + 2):
            here = sum(lengths[start:end]) + end - start - 1
            longest, ends = spread(end, left - 1)
            options.append((max(here, longest), [end, *ends]))
        return min(options)

    _, ends = spread(0, lines)
    starts = [0, *ends[:-1]]
    return [" ".join(words[a:b]) for a, b in zip(starts, ends, strict=True)]


def _arrangements(text: str) -> list[tuple[str, ...]]:
    given = text.split("\n")
    if len(given) > 1:
        return [tuple(given)]
    words = text.split()[:40]
    return [tuple(_breaks(words, lines)) for lines in range(1, min(len(words), _MOST_LINES) + 1)]


def block_sizes(text: str, font: str) -> list[tuple[float, float]]:
    """Return width and height of each way to break `text`, in units of the letter size."""
    sizes = []
    for lines in _arrangements(text):
        left, top, right, bottom = _measure("\n".join(lines), font, 100)
        sizes.append(((right - left) / 100, (bottom - top) / 100))
    return sizes


def lay_out(text: str, width: int, height: int, font: str) -> TextLayout | None:
    """Find the line breaks and the largest size at which `text` fits; None if it would be dust."""
    best: TextLayout | None = None
    for lines in _arrangements(text):
        low, high = 4, max(5, height)
        block = "\n".join(lines)
        while high - low > 1:
            size = (low + high) // 2
            left, top, right, bottom = _measure(block, font, size)
            fits = right - left <= SHARE[0] * width and bottom - top <= SHARE[1] * height
            low, high = (size, high) if fits else (low, size)
        # One more line must be worth it: wide text reads better.
        if best is None or low > 1.12 * best.size:
            best = TextLayout(lines, low, font)
    return best if best is not None and best.size >= 6 else None


def shape(layout: TextLayout, width: int, height: int, shift: tuple[float, float]) -> Bytes:
    """Draw the layout, centred plus `shift` (shares of the free space), as coverage 0 to 255."""
    canvas = Image.new("L", (width, height))
    left, top, right, bottom = _measure(layout.text, layout.font, layout.size)
    x = (width - (right - left)) / 2 - left + shift[0] * (width - (right - left)) / 2
    y = (height - (bottom - top)) / 2 - top + shift[1] * (height - (bottom - top)) / 2
    ImageDraw.Draw(canvas).multiline_text(
        (x, y),
        layout.text,
        font=fonts.face(layout.font, layout.size),
        fill=255,
        spacing=layout.size * _LEADING,
        align="center",
    )
    return np.asarray(canvas, np.uint8)
