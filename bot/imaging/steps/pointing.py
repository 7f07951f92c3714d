"""Point at areas too small to be seen at once: by rings, or by a magnified view of the one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.edits.pictures import Box

if TYPE_CHECKING:
    from bot.imaging.files.pixels import Bytes

LIGHT: Final = (255, 255, 255)
DARK: Final = (20, 20, 20)

_SMALL_SHARE: Final = 0.07  # of the picture's longer side: what is smaller is searched for
_NEAR_SHARE: Final = 0.02  # of it: parts closer than this are one spot
_MOST_RINGS: Final = 12  # more of them hide the picture
_LEAST_RADIUS_SHARE: Final = 0.022
_INSET_SHARE: Final = 0.45  # of the picture's shorter side, but no more than
_INSET_LONG_SHARE: Final = 0.3  # of its longer one
_CONTEXT: Final = 0.6  # margin around a magnified spot, as a part of its longer side
_LEAST_MAGNIFIED: Final = 24  # pixels of the original, so that the place is recognised
_GAP_SHARE: Final = 0.015  # between the inset and the picture's edge


def line_width(canvas: Bytes) -> int:
    """How thick lines are drawn, in pixels."""
    side = int(max(canvas.shape))
    return max(2, round(side / 500))


def spots(marked: Bytes) -> list[Box]:
    """The boxes of those parts of an area that would be overlooked; a few at most, else none."""
    side = max(marked.shape)
    near = 2 * round(side * _NEAR_SHARE / 2) + 1
    joined = cv2.dilate(marked, np.ones((near, near), np.uint8))
    stats = cv2.connectedComponentsWithStats(joined)[2][1:, :4]
    boxes = [_without(Box(*map(int, row)), near // 2, marked.shape) for row in stats]
    small = [box for box in boxes if max(box.width, box.height) < side * _SMALL_SHARE]
    return small if len(small) <= _MOST_RINGS else []


def is_all(spot: Box, marked: Bytes) -> bool:
    """Whether nothing is marked outside a spot."""
    inside = marked[spot.top : spot.top + spot.height, spot.left : spot.left + spot.width]
    return bool(np.count_nonzero(inside) == np.count_nonzero(marked))


def encircle(canvas: Bytes, spot: Box) -> None:
    """Draw a ring around a spot."""
    width = line_width(canvas)
    for colour, thickness in ((DARK, width + 4), (LIGHT, width + 1)):
        cv2.circle(canvas, _centre(spot), _radius(canvas, spot), colour, thickness, cv2.LINE_AA)


def surroundings(spot: Box, scale: float, whole: Box) -> Box:
    """What is magnified of the picture `whole`, which is shown `scale` times as large."""
    side = max(_LEAST_MAGNIFIED, round(max(spot.width, spot.height) / scale * (1 + 2 * _CONTEXT)))
    width, height = min(side, whole.width), min(side, whole.height)
    x, y = (round(middle / scale) for middle in _centre(spot))
    left = min(max(0, x - width // 2), whole.width - width)
    top = min(max(0, y - height // 2), whole.height - height)
    return Box(left, top, width, height)


def inset_size(box: Box, size: tuple[int, int]) -> tuple[int, int]:
    """How large a magnified box is shown on a canvas of `size`."""
    side = min(min(size) * _INSET_SHARE, max(size) * _INSET_LONG_SHARE)
    scale = side / max(box.width, box.height)
    return max(1, round(box.width * scale)), max(1, round(box.height * scale))


def place_inset(canvas: Bytes, spot: Box, inset: Bytes) -> None:
    """Put a magnified view of a spot in the corner farthest from it, tied to it by a line.

    Where every corner is too close, nothing is drawn.
    """
    centre, radius = _centre(spot), _radius(canvas, spot)
    corner = max(_corners(canvas, inset), key=lambda box: _distance(centre, box))
    if _distance(centre, corner) < radius * 1.5:
        return
    width = line_width(canvas)
    middle = _centre(corner)
    away = math.dist(centre, middle)
    start = tuple(round(a + (b - a) * radius / away) for a, b in zip(centre, middle, strict=True))
    for colour, thickness in ((DARK, width + 4), (LIGHT, width + 1)):
        cv2.line(canvas, start, middle, colour, thickness, cv2.LINE_AA)
    right, bottom = corner.left + corner.width, corner.top + corner.height
    for colour, margin in ((DARK, width + 3), (LIGHT, width + 1)):
        first, last = (corner.left - margin, corner.top - margin), (right + margin, bottom + margin)
        cv2.rectangle(canvas, first, (last[0] - 1, last[1] - 1), colour, cv2.FILLED)
    canvas[corner.top : bottom, corner.left : right] = inset


def _without(box: Box, margin: int, shape: tuple[int, ...]) -> Box:
    """A box before it was widened by `margin`, as far as the picture's edge let it."""
    left = box.left + (margin if box.left else 0)
    top = box.top + (margin if box.top else 0)
    right, bottom = box.left + box.width, box.top + box.height
    right -= margin if right < shape[1] else 0
    bottom -= margin if bottom < shape[0] else 0
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def _centre(box: Box) -> tuple[int, int]:
    return box.left + box.width // 2, box.top + box.height // 2


def _radius(canvas: Bytes, spot: Box) -> int:
    least = int(max(canvas.shape)) * _LEAST_RADIUS_SHARE
    return round(max(least, math.hypot(spot.width, spot.height) / 2 + 3 * line_width(canvas)))


def _corners(canvas: Bytes, inset: Bytes) -> list[Box]:
    """Where an inset may go."""
    gap = round(max(canvas.shape) * _GAP_SHARE)
    height, width = inset.shape[:2]
    lefts = gap, canvas.shape[1] - gap - width
    tops = gap, canvas.shape[0] - gap - height
    return [Box(left, top, width, height) for left in lefts for top in tops]


def _distance(point: tuple[int, int], box: Box) -> float:
    """From a point to the nearest edge of a box; 0 inside."""
    across = max(box.left - point[0], 0, point[0] - box.left - box.width)
    down = max(box.top - point[1], 0, point[1] - box.top - box.height)
    return math.hypot(across, down)
