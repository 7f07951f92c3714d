"""Continues a picture beyond its own edge, by its mirror image: whatever the picture shows, that
meets the edge without a seam and keeps the horizon level.

Trying to leave out what is then seen twice (a tree, a door) tore more than it mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bot.engine.painting.pixels import Bytes, Flags

_LEAST = 8  # pixels: thinner margins are filled like any hole


def mirrored(picture: Bytes, hole: Flags) -> tuple[Bytes, Flags]:
    """Return the picture with its empty margins mirrored, and what of the hole is still to fill.

    A margin is empty where the hole covers whole columns or rows at the picture's edge.
    """
    top, bottom = _margins(np.asarray(hole.all(1)))
    left, right = _margins(np.asarray(hole.all(0)))
    if max(top, bottom, left, right) == 0:
        return picture, hole
    height, width = hole.shape
    inner = (slice(top, height - bottom), slice(left, width - right))
    around = ((top, bottom), (left, right))
    # What is unknown inside is mirrored as unknown, and filled like any hole.
    return (
        np.pad(picture[inner], (*around, (0, 0)), mode="reflect"),
        np.pad(hole[inner], around, mode="reflect"),
    )


def _margins(covered: Flags) -> tuple[int, int]:
    """How many lines are covered without a break, from the first on and from the last back."""
    free = np.flatnonzero(~covered)
    if not len(free):
        return 0, 0
    first, last = int(free[0]), len(covered) - 1 - int(free[-1])
    return (first if first >= _LEAST else 0), (last if last >= _LEAST else 0)
