"""Lines of lettering on flat ground, found without reading them.

Letters stand out evenly from their ground, beside others of their size, thickness and colour.
That is true of posters, slides and scans; in photos leaves, bricks and books look alike too, so
that what is found there is a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.imaging.detect import quads
from bot.imaging.detect.glyphs import GlyphTable, measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bot.imaging.detect.quads import Quad
    from bot.imaging.files.pixels import Bytes

    Numbers = NDArray[np.float64]

_MOST_PIXELS: Final = 1_250_000  # of the copy that is looked at
# The rest was fitted on the project's labelled posters (benchmarks/labelled/posters.py).
_WINDOWS: Final = (1 / 40, 1 / 8)  # of the copy's longer side: the ground round a letter
_LEAST_CONTRAST: Final = 16  # levels of grey between a letter and its ground
_LEAST_HEIGHT: Final = 6  # pixels of the copy
_LARGEST_HEIGHT: Final = 0.4  # of the copy's height
_MOST_SHAPES: Final = 4000  # of one tone; more are leaves or gravel
_LEAST_MEAN_CONTRAST: Final = 24  # the same, over a whole letter
_UNEVEN: Final = 0.55  # of the contrast: the spread of grey in a letter, its soft rim included
_CRISP: Final = 0.4  # of the contrast: how far the grey falls within a pixel of the rim
_OTHER_COLOUR: Final = 0.6  # of the contrast, and at least so many levels as in _LEAST_CONTRAST
_RESTLESS: Final = 0.04  # edges in the ground between the letters of a line
_SOLID: Final = 0.9  # of its box: what fills more is a bar, or an i without its dot
_EDGE: Final = 24  # levels between two pixels
_LEVEL: Final = 0.012  # a slope of less is a line that stands level
_GRAIN: Final = 10  # levels between two pixels
# Of the pixels outside the lettering, those with grain: 0.02 at most on the labelled posters,
# 0.13 at least on the signs.
_CLEAN_SHARE: Final = 0.03
_PHOTO_SHARE: Final = 0.06


@dataclass(frozen=True, slots=True)
class TextCandidates:
    """The lines in a copy; whether they are beyond doubt, and whether it looks like a photo."""

    lines: list[Quad]
    is_clean: bool
    is_photo: bool


def copy_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the copy in which lines are looked for."""
    reduced = min(1.0, math.sqrt(_MOST_PIXELS / (width * height)))
    return max(1, round(width * reduced)), max(1, round(height * reduced))


def find_lines(copy: Bytes) -> TextCandidates:
    """Look for lines in a copy, height x width x 3; corners are in its pixels."""
    grey = np.asarray(cv2.cvtColor(copy, cv2.COLOR_RGB2GRAY), np.uint8)
    steps = _steps(grey)
    found: list[tuple[float, Quad]] = []
    for share in _WINDOWS:
        window = round(share * max(grey.shape)) | 1
        ground = np.asarray(cv2.blur(grey, (window, window)), np.int16)
        stands_out = grey.astype(np.int16) - ground
        for tone in (stands_out, -stands_out):
            found += _lines(tone, copy, grey, steps)
    lines = _without_repeats(found)
    busy = _busy_share(steps > _GRAIN, lines)
    return TextCandidates(lines, is_clean=busy < _CLEAN_SHARE, is_photo=busy > _PHOTO_SHARE)


def _steps(grey: Bytes) -> NDArray[np.int16]:
    """How much a pixel differs from those to its right and below it."""
    tones = grey.astype(np.int16)
    across = np.abs(np.diff(tones, axis=1, append=tones[:, -1:]))
    down = np.abs(np.diff(tones, axis=0, append=tones[-1:]))
    return np.asarray(np.maximum(across, down), np.int16)


def _lines(
    tone: NDArray[np.int16], copy: Bytes, grey: Bytes, steps: NDArray[np.int16]
) -> Iterator[tuple[float, Quad]]:
    """Chains of shapes of one tone that look like letters, with how much speaks for each."""
    mask = (tone > _LEAST_CONTRAST).astype(np.uint8)
    shapes = measured(mask, tone, copy, grey, steps)
    letters = shapes.only(
        (shapes.height >= _LEAST_HEIGHT)
        & (shapes.height <= _LARGEST_HEIGHT * grey.shape[0])
        & (shapes.width <= 4 * shapes.height)
        & (shapes.height <= 12 * shapes.width)
        & (shapes.fill > 0.1)
        & (shapes.stroke < 0.6 * shapes.height)
        & (shapes.contrast > _LEAST_MEAN_CONTRAST)
        & (shapes.uneven < _UNEVEN * shapes.contrast)
        & (shapes.fall > _CRISP * shapes.contrast)
    )
    if not 2 <= len(letters.left) <= _MOST_SHAPES:
        return
    ground = cv2.dilate(mask, np.ones((5, 5), np.uint8)) == 0
    for chain in _chains(letters):
        members = letters.only(chain)
        if not _reads_like_letters(members):
            continue
        quad = _round(members, shapes)
        if _is_calm(quad, ground, steps > _EDGE):
            how = quads.lying(quad)
            yield len(members.left) * math.sqrt(how.width * how.height), quad


def _is_calm(quad: Quad, ground: NDArray[np.bool_], edges: NDArray[np.bool_]) -> bool:
    """Whether the ground between and round the letters of a line is even."""
    room = quads.grown(quad, 0.15 * quads.lying(quad).height)
    (left, top), (right, bottom) = np.maximum(room.min(0), 0).astype(int), room.max(0).astype(int)
    free = ground[top:bottom, left:right]
    share = float(np.mean(edges[top:bottom, left:right][free])) if free.any() else 0.0
    return share < _RESTLESS


def _chains(letters: GlyphTable) -> Iterator[NDArray[np.bool_]]:
    """Which letters stand side by side."""
    order = np.argsort(letters.left)
    letters = letters.only(order)
    right, bottom = letters.left + letters.width, letters.top + letters.height
    middle = (letters.top + bottom) / 2
    alike = np.maximum(_LEAST_CONTRAST, _OTHER_COLOUR * letters.contrast)
    chain = np.arange(len(order))
    for one in range(len(order)):
        reach = right[one] + 1.2 * letters.height[one]
        last = int(np.searchsorted(letters.left, reach, side="right"))
        if last <= one + 1:
            continue
        others = slice(one + 1, last)
        tall = np.maximum(letters.height[others], letters.height[one])
        low = np.minimum(letters.height[others], letters.height[one])
        narrow = np.minimum(letters.width[others], letters.width[one])
        shared = np.minimum(bottom[others], bottom[one]) - np.maximum(
            letters.top[others], letters.top[one]
        )
        thick = letters.stroke[others] / letters.stroke[one]
        near = (
            (letters.left[others] - right[one] < 0.8 * tall)
            & (right[one] - letters.left[others] < 0.5 * narrow)
            & (tall < 2.2 * low)
            & (shared > 0.6 * low)
            & (np.abs(middle[others] - middle[one]) < 0.45 * tall)
            & (thick < 2)
            & (thick > 0.5)
            & (np.abs(letters.colour[others] - letters.colour[one]).max(1) < alike[one])
        )
        for other in np.flatnonzero(near) + one + 1:
            if chain[other] != chain[one]:
                chain[chain == chain[other]] = chain[one]
    for name in np.unique(chain):
        members = np.zeros(len(order), np.bool_)
        members[order[chain == name]] = True
        yield members


def _reads_like_letters(chain: GlyphTable) -> bool:
    """Bars, bullets and dashes stand side by side as well, but they are solid or all alike."""
    count = len(chain.left)
    if count < 2:
        return False
    solid = np.mean(chain.fill > _SOLID)
    shape = np.stack((chain.width, chain.height, chain.fill * chain.height), axis=1)
    alike = np.mean(np.abs(shape - np.median(shape, axis=0)).max(1) < 1.5)
    narrow = np.median(chain.width / chain.height)
    if count == 2:
        return bool(solid == 0 and narrow > 0.4 and chain.width.sum() > 1.1 * chain.height.max())
    return bool(solid <= 0.5 and (alike < 0.8 or count < 4) and 0.2 < narrow < 1.8)


def _round(letters: GlyphTable, shapes: GlyphTable) -> Quad:
    """The quad round a line: as steep as its letters stand, with its dots and accents."""
    tall = float(np.median(letters.height))
    slope = 0.0
    if len(letters.left) >= 5:
        middles = letters.left + letters.width / 2
        feet = letters.top + letters.height
        slope = _median_slope(middles, feet)
    along = np.array((1.0, slope)) / math.hypot(1, slope)
    down = np.array((-along[1], along[0]))
    left, top, right, bottom = _extent(letters, along, down)
    middles = np.stack((shapes.left + shapes.width / 2, shapes.top + shapes.height / 2), axis=1)
    across, deep = middles @ along, middles @ down
    colour, contrast = np.median(letters.colour, axis=0), np.median(letters.contrast)
    marks = shapes.only(
        (across > left - 0.4 * tall)
        & (across < right + 0.4 * tall)
        & (deep > top - 0.35 * tall)
        & (deep < bottom + 0.3 * tall)
        & (np.maximum(shapes.height, shapes.width) < 0.34 * tall)
        & (np.abs(shapes.colour - colour).max(1) < 2 * _OTHER_COLOUR * contrast)
    )
    if len(marks.left):
        more = _extent(marks, along, down)
        left, top = min(left, more[0]), min(top, more[1])
        right, bottom = max(right, more[2]), max(bottom, more[3])
    ends = np.array(((left, top), (right, top), (right, bottom), (left, bottom)))
    return np.asarray(ends @ np.stack((along, down)))


def _median_slope(x: Numbers, y: Numbers) -> float:
    """The slope of most pairs (Theil and Sen): letters that reach below the line do not bend it."""
    every = max(1, len(x) // 60)
    apart, down = (
        np.subtract.outer(x[::every], x[::every]),
        np.subtract.outer(y[::every], y[::every]),
    )
    far = apart > 1
    slope = float(np.median(down[far] / apart[far])) if far.any() else 0.0
    return slope if abs(slope) > _LEVEL else 0.0


def _extent(shapes: GlyphTable, along: Numbers, down: Numbers) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of shapes in turned axes; their boxes turn about the middle."""
    x, y = shapes.left + shapes.width / 2, shapes.top + shapes.height / 2
    across, deep = x * along[0] + y * along[1], x * down[0] + y * down[1]
    half, tall = shapes.width / 2, shapes.height / 2
    return (
        float((across - half).min()),
        float((deep - tall).min()),
        float((across + half).max()),
        float((deep + tall).max()),
    )


def _without_repeats(found: list[tuple[float, Quad]]) -> list[Quad]:
    """The strongest of lines that overlap: other windows and the holes in letters find them too."""
    kept: list[Quad] = []
    boxes: list[tuple[float, float, float, float]] = []
    for _, quad in sorted(found, key=lambda pair: -pair[0]):
        (left, top), (right, bottom) = quad.min(0), quad.max(0)
        area = max(1.0, (right - left) * (bottom - top))
        shared = sum(
            max(0.0, min(right, box[2]) - max(left, box[0]))
            * max(0.0, min(bottom, box[3]) - max(top, box[1]))
            for box in boxes
        )
        if shared < 0.3 * area:
            kept.append(quad)
            boxes.append((left, top, right, bottom))
    return kept


def _busy_share(edges: NDArray[np.bool_], lines: list[Quad]) -> float:
    """The share of edges outside the lines: low on flat graphics, high in photos."""
    outside = np.ones(edges.shape, np.uint8)
    for quad in lines:
        room = quads.grown(quad, 0.3 * quads.lying(quad).height)
        cv2.fillPoly(outside, [np.rint(room).astype(np.int32)], 0)
    free = outside > 0
    return float(np.mean(edges[free])) if free.any() else 0.0
