"""Where a marked copy differs from its picture by more than packing, resizing and rendering do.

Both are compared as luma and two chroma planes of 8 bits, because JPEG treats these differently.
How much they differ for no reason is measured on the two files themselves, for every amount of
local contrast apart: a clean copy shows a faint mark, a badly packed one does not bristle with
false ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.pixels import Bytes

    Floats = NDArray[np.float32]

_SHIFT_SIDE: Final = 1024  # pixels of the longer side that are searched for a shift
_LEAST_SHIFT: Final = 0.2  # pixels; less is what resizing does anyway
_MOST_SHIFT: Final = 4.0

_MOST_TONE: Final = 22.0  # of 255: 5 % of brightness and contrast together, with some room
_TONE_CUTS: Final = (48.0, 24.0, 16.0, 12.0, 10.0)  # how far off a tone still counts, in turn

_REACH: Final = (1, 2, 2)  # pixels; chroma is stored at half size
_CONTRAST_REACH: Final = 4  # JPEG rings within its blocks of 8 pixels
_BASE: Final = (10.0, 6.0, 6.0)
_SIGMAS: Final = 3.5
_QUANTILE: Final = 0.4  # marks may cover the larger part of what has one contrast
_QUANTILE_SIGMA: Final = 0.524  # below it lie 40 % of the absolute values of a normal spread
_LEAST_COUNT: Final = 400  # pixels that a quantile is taken of
UNIT: Final = 32
"""Of the score: how much is just too much."""


def aligned(copy: Bytes, picture: Bytes) -> Bytes:
    """The copy, shifted onto the picture where it lies a few pixels off; height x width x 3."""
    height, width = picture.shape[:2]
    factor = min(1.0, _SHIFT_SIDE / max(height, width))
    size = (max(2, round(width * factor)), max(2, round(height * factor)))
    first, second = (
        _edges(_tones(cv2.resize(one[..., 0], size, interpolation=cv2.INTER_AREA)))
        for one in (copy, picture)
    )
    window = cv2.createHanningWindow(size, cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(second, first, window)
    right, down = right / factor, down / factor
    if not _LEAST_SHIFT <= np.hypot(right, down) <= _MOST_SHIFT:
        return copy
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    warped = cv2.warpAffine(
        copy,
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    moved = _tones(warped)
    return moved if _gap(moved, picture) < _gap(copy, picture) else copy


def rendered(copy: Bytes, picture: Bytes) -> Bytes:
    """The picture in the tones of its copy: brightness, contrast and gamma are fitted, robustly."""
    found = np.empty_like(picture)
    for channel in range(3):
        plane = np.ascontiguousarray(picture[..., channel])
        curve = _curve(np.ascontiguousarray(copy[..., channel]), plane)
        found[..., channel] = cv2.LUT(plane, curve)
    return found


def score(copy: Bytes, picture: Bytes) -> Bytes:
    """How far each pixel is off: UNIT is as much as packing may do. Height x width."""
    total = np.zeros(picture.shape[:2], np.uint8)
    for channel in range(3):
        ours = np.ascontiguousarray(picture[..., channel])
        theirs = np.ascontiguousarray(copy[..., channel])
        kernel = np.ones((2 * _REACH[channel] + 1,) * 2, np.uint8)
        low, high = cv2.erode(ours, kernel), cv2.dilate(ours, kernel)
        off = cv2.max(cv2.subtract(theirs, high), cv2.subtract(low, theirs))
        wide = np.ones((2 * _CONTRAST_REACH + 1,) * 2, np.uint8)
        contrast = _tones(cv2.subtract(cv2.dilate(high, wide), cv2.erode(low, wide)))
        allowed = _allowed(_tones(cv2.absdiff(theirs, ours)), contrast, _BASE[channel])
        limit = cv2.LUT(contrast, np.clip(allowed, 1, 255).astype(np.uint8))
        total = _tones(cv2.max(total, cv2.divide(off, limit, scale=UNIT)))
    return total


def _tones(found: cv2.typing.MatLike) -> Bytes:
    """What OpenCV made of 8-bit pixels is 8-bit pixels."""
    return np.asarray(found, np.uint8)


def _edges(luma: Bytes) -> Floats:
    tones = luma.astype(np.float32)
    return np.asarray(np.clip(tones - cv2.blur(tones, (9, 9)), -40, 40), np.float32)


def _gap(copy: Bytes, picture: Bytes) -> float:
    return float(np.mean(np.minimum(cv2.absdiff(copy[::3, ::3, 0], picture[::3, ::3, 0]), 32)))


def _curve(copy: Bytes, picture: Bytes) -> Bytes:
    """Which tone of the copy stands for each tone of the picture: a parabola of small size."""
    pairs = cv2.calcHist(
        [picture[::2, ::2], copy[::2, ::2]], [0, 1], None, [256, 256], [0, 256] * 2
    )
    tones = np.arange(256, dtype=np.float64)
    gap = tones[None, :] - tones[:, None]
    shape = np.stack((np.ones(256), tones / 255, (tones / 255) ** 2), axis=1)
    offset = np.zeros(256)
    for cut in _TONE_CUTS:
        rest = (gap - offset[:, None]) / cut
        weight = pairs * np.square(np.clip(1 - rest * rest, 0, None))
        each = weight.sum(axis=1)
        if each.sum() < _LEAST_COUNT:
            break
        matrix = (shape * each[:, None]).T @ shape + np.diag((1e-3, 1.0, 1.0)) * each.sum() * 1e-3
        offset = shape @ np.linalg.solve(matrix, shape.T @ (weight * gap).sum(axis=1))
        offset = np.clip(offset, -_MOST_TONE, _MOST_TONE)
    return np.clip(np.rint(tones + offset), 0, 255).astype(np.uint8)


def _allowed(gap: Bytes, contrast: Bytes, base: float) -> Floats:
    """The difference that means nothing, for each local contrast 0 to 255."""
    counts = cv2.calcHist([contrast, gap], [0, 1], None, [64, 256], [0, 256] * 2)
    found = np.full(64, np.nan)
    for index in range(64):
        pool = counts[index]
        for reach in range(1, 64):
            if pool.sum() >= _LEAST_COUNT:
                break
            pool = counts[max(0, index - reach) : index + reach + 1].sum(axis=0)
        share = np.cumsum(pool) / max(1.0, pool.sum())
        above = int(np.searchsorted(share, _QUANTILE))
        below = float(share[above - 1]) if above else 0.0
        # Within the tone, so that a spread below one tone is told from none.
        part = (_QUANTILE - below) / max(1e-6, float(share[min(above, 255)]) - below)
        sigma = (above - 0.5 + part if above else part * 0.5) / _QUANTILE_SIGMA
        found[index] = min(sigma, 2 + index * 4 * 0.12)
    return np.asarray(base + _SIGMAS * np.repeat(found, 4), np.float32)
