"""Edits the masked area of a picture: filling, seams, letters and signs, one concern per module."""

from __future__ import annotations

from bot.engine.painting.letters import SANS, SERIF
from bot.engine.painting.paint import paint
from bot.engine.painting.pixels import Pixels, blur, floats, slopes

__all__ = ["SANS", "SERIF", "Pixels", "blur", "floats", "paint", "slopes"]
