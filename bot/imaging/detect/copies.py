"""Reduced copies: detectors look at these, never at the whole picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bot.domain.edits.pictures import Box
from bot.imaging.files.scale import scaled

if TYPE_CHECKING:
    from bot.imaging.files.pixels import Bytes, Pixels


def copy_of(picture: Pixels, side: int) -> Bytes:
    """The picture with no side longer than `side` pixels, without alpha: height x width x 3."""
    factor = min(1.0, side / max(picture.width, picture.height))
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return np.array(scaled(picture, Box(0, 0, picture.width, picture.height), size))
