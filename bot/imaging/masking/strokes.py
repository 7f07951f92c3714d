"""From the pixels that were drawn on to the area that is meant: outlines are filled.

All arrays are height x width; sizes are in pixels of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]
    Labels = NDArray[np.int32]

_GAP_WIDTHS: Final = 3.0  # an outline may stay open by this many widths of its stroke,
_GAP_SHARE: Final = 0.025  # or by this part of the picture's longer side
# Of the usual gap: a small loop is closed by little, and a large one may gape. An outline is this
# much wider than its gap; else it is a bend, or the head of an arrow.
_SCALES: Final = ((0.08, 1.6), (0.25, 1.6), (0.5, 1.6), (1.0, 1.6), (2.0, 2.5))
_MOST_AT_THE_EDGE: Final = 0.35  # of the picture: what a stroke and the picture's edge enclose
_TOUCH: Final = 2.0  # pixels
_DENSE_GAP_WIDTHS: Final = 2.4
_DENSE: Final = 0.4
_DENSE_THICKNESS: Final = 2.2  # widths; a single stroke is one
_DENSE_INK: Final = 0.7  # of the ink lies where it is that thick; of an arrow, only its head
_ALL_INK: Final = 0.97
_MOST_WORK: Final = 4  # times the picture: what all boxes around parts cover together
_MOST_PARTS: Final = 2000
_FILLED: Final = 0.12  # of the ink: less is the speckle within a stroke
_BLOB: Final = 0.6


@dataclass(frozen=True, slots=True)
class StrokeArea:
    """The area that strokes mean. `has_outlines`: some were filled; `is_blob`: painted over."""

    area: Flags
    has_outlines: bool
    is_blob: bool


def meant(ink: Flags) -> StrokeArea:
    """Fill outlines, also where they stay a little open or end at the picture's edge."""
    depth = distance(ink)
    width = stroke_width(ink, depth)
    filled = _filled(ink, width)
    dense = _dense(filled, width)
    added = int(np.count_nonzero(dense)) - int(np.count_nonzero(ink))
    inked = int(np.count_nonzero(ink))
    return StrokeArea(
        dense,
        has_outlines=added >= _FILLED * inked,
        is_blob=2 * float(depth.max(initial=0)) >= _BLOB * inked**0.5,
    )


def stroke_width(ink: Flags, depth: Floats) -> float:
    """How wide the strokes are, by their length; `depth` is the distance to the next bare pixel.

    Across a stroke the depth rises from 0 to half its width: its mean is a quarter of the width.
    """
    labels, stats = _parts(ink, connectivity=8)
    if len(stats) < 2:
        return 1.0
    areas = stats[1:, cv2.CC_STAT_AREA].astype(np.float64)
    sums = np.bincount(labels[ink], weights=depth[ink], minlength=len(stats))[1:]
    widths = np.maximum(1.0, 4 * sums / areas - 1)
    return float(areas.sum() / (areas / widths).sum())


def _filled(ink: Flags, width: float) -> Flags:
    """The ink and everything it encloses, from the smallest gaps to the widest."""
    found = ink | _enclosed(~ink)
    usual = max(_GAP_WIDTHS * width, _GAP_SHARE * max(ink.shape)) / 2
    for scale, wider in _SCALES:
        reach = max(1.0, scale * usual)
        inner = _wide(distance(~found), reach, wider)
        if inner.any():
            found |= distance(~inner) <= reach + 0.5
            found |= _enclosed(~found)
    return found


def _wide(room: Floats, reach: float, wider: float) -> Flags:
    """What is enclosed when gaps of twice `reach` are closed, and so many times wider than they."""
    inner = _enclosed(room > reach)
    count, labels = cv2.connectedComponents(inner.astype(np.uint8), connectivity=4)
    if count < 2:
        return inner
    widest = np.zeros(count, np.float32)
    np.maximum.at(widest, np.asarray(labels[inner], np.intp), room[inner])
    return np.asarray(inner & (widest >= wider * reach)[labels])


def _enclosed(free: Flags) -> Flags:
    """The parts of `free` from which no way leads out of the picture."""
    labels, stats = _parts(free, connectivity=4)
    if len(stats) < 2:
        return np.zeros_like(free)
    height, width = free.shape
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    across = (left == 0).astype(int) + (right == width)
    down = (top == 0).astype(int) + (bottom == height)
    areas = stats[:, cv2.CC_STAT_AREA]
    ends = across + down > 0
    # What a stroke cuts off at one edge or in one corner is meant; what it parts is not.
    cut_off = ends & (across < 2) & (down < 2) & (areas <= _MOST_AT_THE_EDGE * free.size)
    cut_off[1 + int(np.argmax(np.where(ends, areas, -1)[1:]))] = False
    if cut_off.any():
        cut_off &= _outlined(free, labels, stats, np.flatnonzero(cut_off))
    inner = ~ends | cut_off
    inner[0] = False
    return np.asarray(inner[labels])


def _outlined(free: Flags, labels: Labels, stats: Labels, parts: NDArray[np.intp]) -> Flags:
    """Of which `parts` there is more than of the ink that cuts it off: a blob outlines nothing."""
    inks, ink_stats = _parts(~free, connectivity=8)
    ink_areas = ink_stats[:, cv2.CC_STAT_AREA]
    ink_areas[0] = 0
    found = np.zeros(len(stats), np.bool_)
    for index, box in _in_boxes(parts, stats, free.shape, margin=int(_TOUCH) + 1):
        touched = distance(labels[box] != index) <= _TOUCH
        around = np.unique(inks[box][touched])
        found[index] = stats[index, cv2.CC_STAT_AREA] >= ink_areas[around].sum()
    return found


def _parts(flags: Flags, *, connectivity: int) -> tuple[Labels, Labels]:
    """The number of the part each pixel belongs to, 0 for none, and what OpenCV counted of each."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        flags.astype(np.uint8), connectivity=connectivity
    )
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def _in_boxes(
    parts: NDArray[np.intp], stats: Labels, shape: tuple[int, ...], *, margin: int
) -> Iterator[tuple[int, tuple[slice, slice]]]:
    """The largest of the parts with the rows and columns around each, until it is enough work."""
    left = _MOST_WORK * shape[0] * shape[1]
    for index in parts[np.argsort(-stats[parts, cv2.CC_STAT_AREA], kind="stable")][:_MOST_PARTS]:
        column, row, width, height = (int(value) for value in stats[index, :4])
        left -= width * height
        if left < 0:
            return
        rows = slice(max(0, row - margin), row + height + margin)
        yield int(index), (rows, slice(max(0, column - margin), column + width + margin))


def _dense(filled: Flags, width: float) -> Flags:
    """Hatching becomes the body it covers: close strokes side by side grow together."""
    reach = _DENSE_GAP_WIDTHS * width / 2
    margin = int(np.ceil(reach)) + 1
    wide = np.pad(filled, margin)
    closed = distance(distance(~wide) <= reach) > reach
    closed = closed[margin:-margin, margin:-margin] | filled
    labels, stats = _parts(closed, connectivity=8)
    inked = np.bincount(labels[filled], minlength=len(stats))
    share = inked / np.maximum(1, stats[:, cv2.CC_STAT_AREA])
    share[0] = 0
    deep = distance(closed)
    core = _DENSE_THICKNESS * width / 2
    found = filled.copy()
    parts = np.flatnonzero((share >= _DENSE) & (share < _ALL_INK))
    for index, box in _in_boxes(parts, stats, filled.shape, margin=0):
        part = labels[box] == index
        thin = ~(part & (deep[box] > core))
        if thin.all():
            continue
        thick = distance(thin) <= core
        if np.count_nonzero(thick & filled[box] & part) >= _DENSE_INK * inked[index]:
            found[box] |= part
    return found | _enclosed(~found)


def distance(flags: Flags) -> Floats:
    """How far each set pixel is from the next one that is not; 0 where none is set."""
    if flags.all():
        return np.full(flags.shape, float(max(flags.shape)), np.float32)
    found = cv2.distanceTransform(flags.astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(found, np.float32)
