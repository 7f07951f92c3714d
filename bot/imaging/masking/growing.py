"""Grow a mask by a round brush of any size: exact, in time that does not depend on the size.

A distance transform of the whole mask would need four bytes and more for every pixel, 300 MB for
the largest pictures. Here each pixel's distance to the nearest marked one of its own column is
found first, band by band; within its row it then covers as much to both sides as a circle does at
that height.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from bot.domain.edits.pictures import Box
from bot.imaging.files.pixels import bands
from bot.imaging.masking import drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.pixels import Bytes

_FAR: Final = 1 << 28  # more rows or columns than any picture has


def grown(mask: Bytes, reach: int) -> Bytes:
    """A mask, 0 and 255, with everything within `reach` pixels of it."""
    found = np.zeros_like(mask)
    if not mask.any():
        return found
    box = _around(drawn.bounds(mask), reach, mask.shape)
    rows, columns = slice(box.top, box.top + box.height), slice(box.left, box.left + box.width)
    _grow(mask[rows, columns], reach, found[rows, columns])
    return found


def shrunk(mask: Bytes, reach: int) -> Bytes:
    """A mask without what lies within `reach` pixels of what it keeps; the edge does not count."""
    kept = grown(~mask, reach)
    return np.invert(kept, out=kept)


def _around(box: Box, reach: int, shape: tuple[int, ...]) -> Box:
    left, top = max(0, box.left - reach), max(0, box.top - reach)
    right = min(shape[1], box.left + box.width + reach)
    bottom = min(shape[0], box.top + box.height + reach)
    return Box(left, top, right - left, bottom - top)


def _grow(mask: Bytes, reach: int, out: Bytes) -> None:
    """Write the grown mask to `out`, which has the size of `mask`."""
    half_widths = np.array(
        [math.isqrt(reach * reach - away * away) for away in range(reach + 1)] + [-_FAR], np.int32
    )
    height, width = mask.shape
    parts = list(bands(height, width))
    above = np.full(width, -_FAR, np.int32)
    x = np.arange(width, dtype=np.int32)
    for (top, bottom), below in zip(parts, _first_below(mask, parts), strict=True):
        marked = mask[top:bottom] > 0
        away = _column_distances(marked, above - top, below - top)
        half = half_widths[np.minimum(away, reach + 1)]
        covers = np.maximum.accumulate(x + half, axis=1) >= x
        covers |= np.minimum.accumulate((x - half)[:, ::-1], axis=1)[:, ::-1] <= x
        np.multiply(covers, 255, out=out[top:bottom], casting="unsafe")
        y = np.arange(top, bottom, dtype=np.int32)[:, None]
        above = np.maximum(above, np.where(marked, y, -_FAR).max(axis=0))


def _first_below(mask: Bytes, parts: list[tuple[int, int]]) -> list[NDArray[np.int32]]:
    """For each band, the first marked row below it in every column."""
    below = np.full(mask.shape[1], _FAR, np.int32)
    found = []
    for top, bottom in reversed(parts):
        found.append(below)
        marked = mask[top:bottom] > 0
        first = marked.argmax(axis=0).astype(np.int32) + top
        below = np.where(marked.any(axis=0), first, below)
    return found[::-1]


def _column_distances(
    marked: NDArray[np.bool_], above: NDArray[np.int32], below: NDArray[np.int32]
) -> NDArray[np.int32]:
    """How far the nearest marked pixel of the same column is.

    `above` and `below` are the nearest marked rows outside the band, counted from its first.
    """
    y = np.arange(len(marked), dtype=np.int32)[:, None]
    last = np.maximum.accumulate(np.where(marked, y, -_FAR), axis=0)
    following = np.minimum.accumulate(np.where(marked, y, _FAR)[::-1], axis=0)[::-1]
    nearest: NDArray[np.int32] = np.minimum(
        y - np.maximum(last, above), np.minimum(following, below) - y
    )
    return nearest
