"""How softly a new picture fades into the old one when nobody said how."""

from __future__ import annotations

import math
from typing import Final

_SHARE: Final = 1 / 40  # of the side of a square as large as the area
_MOST: Final = 24  # pixels


def feather_width(marked: int) -> int:
    """How many pixels deep the new picture fades in, for an area of `marked` pixels."""
    return max(1, min(_MOST, round(math.sqrt(marked) * _SHARE)))
