"""Continues a picture beyond its own edge, by its mirror image: whatever the picture shows, that
meets the edge without a seam and keeps the horizon level.

Only for new room, which holds an echo of the edge or nothing: half a photo that is to be painted
again would show the other half twice. Leaving out what a mirror shows twice (a tree, a door) was
tried: it tore more than it fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bot.engine.painting.pixels import Bytes, Flags

_LEAST = 8  # pixels: thinner margins are filled like any hole
_ECHO = 1.0  # levels: what rounding leaves of an echo; the grain of the plainest photo bends more


def mirrored(picture: Bytes, hole: Flags) -> tuple[Bytes, Flags]:
    """Return the picture with its empty margins mirrored, and what of the hole is still to fill.

    A margin is empty where the hole covers whole columns or rows at the picture's edge.
    """
    top, bottom = _margins(np.asarray(hole.all(1)), picture)
    left, right = _margins(np.asarray(hole.all(0)), picture.swapaxes(0, 1))
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


def _margins(covered: Flags, picture: Bytes) -> tuple[int, int]:
    """How many lines of new room there are, from the first on and from the last back.

    `covered` tells of each line along the first axis of `picture` whether the hole covers it.
    """
    free = np.flatnonzero(~covered)
    if not len(free):
        return 0, 0
    first, last = int(free[0]), len(covered) - 1 - int(free[-1])
    return (
        first if first >= _LEAST and _is_echo(picture[:first]) else 0,
        last if last >= _LEAST and _is_echo(picture[len(covered) - last :]) else 0,
    )


def _is_echo(lines: Bytes) -> bool:
    """Whether nothing happens from line to line, as where an edge was drawn outwards."""
    tones = lines.astype(np.int16)
    bends = np.abs(2 * tones[1:-1] - tones[:-2] - tones[2:])
    return float(bends.mean()) < _ECHO
