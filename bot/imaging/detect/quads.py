"""Lines of lettering as four corners: how they lie, what belongs together, and room round them.

A quad is an array of 4 x 2: x and y of the upper left, upper right, lower right and lower left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bot.domain.edits.pictures import TextLine

Quad: TypeAlias = "NDArray[np.float64]"

_FARTHEST: Final = 1e6  # pixels: no picture is as large
_UPRIGHT: Final = 1.5  # rapidocr turns what is this much higher than wide
_ALIKE: Final = 1.6  # heights of lines that may be one block
_LINE_GAP: Final = 0.9  # of the height, between two lines of a block
_WORD_GAP: Final = 1.2  # of the height, between two pieces of a line
_SAME_ROW: Final = 0.4  # of the height, between the middles of two pieces of a line
_SAME_WAY: Final = 0.98  # the cosine of eleven degrees
_SHARED: Final = 0.3  # of the shorter line, that has another line above or below it


@dataclass(frozen=True, slots=True)
class QuadPose:
    """How a quad lies: its middle, its sides in pixels, and the direction of its letters."""

    middle: NDArray[np.float64]
    width: float
    height: float
    along: NDArray[np.float64]
    down: NDArray[np.float64]


def quad_of(line: TextLine) -> Quad | None:
    """The corners of a line, first the one where it begins; None where they make no sense."""
    corners = np.array(line.corners, np.float64)
    if corners.shape != (8,) or not (np.abs(corners) <= _FARTHEST).all():
        return None
    quad = corners.reshape(4, 2)
    how = lying(quad)
    if min(how.width, how.height) < 1:
        return None
    # The reader takes what stands upright to run downwards.
    return np.roll(quad, -1, axis=0) if how.height >= _UPRIGHT * how.width else quad


def lying(quad: Quad) -> QuadPose:
    """Measure a quad."""
    along = (quad[1] - quad[0] + quad[2] - quad[3]) / 2
    down = (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    width, height = float(np.hypot(*along)), float(np.hypot(*down))
    return QuadPose(quad.mean(0), width, height, along / max(width, 1e-9), down / max(height, 1e-9))


def part(quad: Quad, start: float, end: float) -> Quad:
    """The piece of a line from one share of its length to another, 0 to 1."""
    upper, lower = quad[1] - quad[0], quad[2] - quad[3]
    return np.array(
        (
            quad[0] + upper * start,
            quad[0] + upper * end,
            quad[3] + lower * end,
            quad[3] + lower * start,
        )
    )


def grown(quad: Quad, margin: float) -> Quad:
    """The quad with `margin` more pixels on every side."""
    how = lying(quad)
    sideways, downwards = how.along * margin, how.down * margin
    return quad + np.array(
        (
            -sideways - downwards,
            sideways - downwards,
            sideways + downwards,
            downwards - sideways,
        )
    )


def round_all(quads: Sequence[Quad]) -> Quad:
    """The smallest quad round several that lies as the first of them does."""
    how = lying(quads[0])
    points = np.concatenate(quads)
    across, down = points @ how.along, points @ how.down
    turn = np.linalg.inv(np.array((how.along, how.down)))
    left, right, top, bottom = across.min(), across.max(), down.min(), down.max()
    ends = np.array(((left, top), (right, top), (right, bottom), (left, bottom)))
    return np.asarray(ends @ turn.T)


def blocks(quads: Sequence[Quad]) -> list[list[int]]:
    """Numbers of the quads that belong together, each block in the order it is read."""
    if not quads:
        return []
    how = [lying(quad) for quad in quads]
    block = np.arange(len(quads))
    for number, neighbours in enumerate(_neighbours(how)):
        for name in np.unique(block[: number + 1][neighbours]):
            block[block == name] = block[number]
    return [_in_order(np.flatnonzero(block == name).tolist(), how) for name in _distinct(block)]


def _distinct(block: NDArray[np.int_]) -> list[int]:
    return list(dict.fromkeys(block.tolist()))


def _neighbours(how: Sequence[QuadPose]) -> Iterator[NDArray[np.bool_]]:
    """For each quad in turn, which of those up to itself lie beside, above or below it."""
    middles, alongs = np.stack([x.middle for x in how]), np.stack([x.along for x in how])
    widths, heights = np.array([x.width for x in how]), np.array([x.height for x in how])
    for number, one in enumerate(how):
        middle, width, height = middles[: number + 1], widths[: number + 1], heights[: number + 1]
        apart = middle - one.middle
        across, down = np.abs(apart @ one.along), np.abs(apart @ one.down)
        mean, overlap = (height + one.height) / 2, (width + one.width) / 2 - across
        beside = (down < _SAME_ROW * mean) & (-overlap < _WORD_GAP * mean)
        below = (down < (1 + _LINE_GAP) * mean) & (overlap > _SHARED * np.minimum(width, one.width))
        alike = np.maximum(height, one.height) <= _ALIKE * np.minimum(height, one.height)
        yield (beside | below) & alike & (alongs[: number + 1] @ one.along > _SAME_WAY)


def _in_order(numbers: list[int], how: Sequence[QuadPose]) -> list[int]:
    """Top to bottom, and along each row."""
    down = how[numbers[0]].down
    left = sorted(numbers, key=lambda number: float(how[number].middle @ down))
    found: list[int] = []
    while left:
        first = how[left[0]]
        row = [
            number
            for number in left
            if abs(float((how[number].middle - first.middle) @ first.down))
            < _SAME_ROW * first.height
        ]
        found += sorted(row, key=lambda number: float(how[number].middle @ first.along))
        left = [number for number in left if number not in row]
    return found
