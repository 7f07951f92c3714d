"""Edits the masked area of a picture: filling, seams, letters and signs, one concern per module."""

from __future__ import annotations

from bot.engine.painting.letters import SANS, SERIF, TextLayout, lay_out, shape
from bot.engine.painting.paint import paint
from bot.engine.painting.pixels import Pixels, blur, floats, slopes, span

__all__ = [
    "SANS",
    "SERIF",
    "Pixels",
    "TextLayout",
    "blur",
    "floats",
    "lay_out",
    "paint",
    "shape",
    "slopes",
    "span",
]
