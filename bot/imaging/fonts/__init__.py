"""The project's own fonts (DejaVu), so that text looks the same on every machine."""

from __future__ import annotations

from functools import cache
from importlib import resources
from io import BytesIO
from typing import Final

from PIL import ImageFont

_MISSING: Final = chr(0x10FFFD)  # a private character no font draws: it shows the crossed box


@cache
def _data(font: str) -> bytes:
    return (resources.files(__name__) / font).read_bytes()


@cache
def face(
    font: str, size: int, layout: ImageFont.Layout = ImageFont.Layout.BASIC
) -> ImageFont.FreeTypeFont:
    """A font, by its file's name, in a size in pixels.

    The basic layout draws the same everywhere; the other one depends on system libraries.
    """
    return ImageFont.truetype(BytesIO(_data(font)), size, layout_engine=layout)


@cache
def has(character: str, font: str) -> bool:
    """Whether the font can draw a character: not as nothing, nor as a crossed box."""
    missing, drawn = (face(font, 24).getmask(letter) for letter in (_MISSING, character))
    if drawn.size != missing.size:
        return bool(drawn.size[0] > 0 and drawn.size[1] > 0)
    return bytes(drawn) != bytes(missing)
