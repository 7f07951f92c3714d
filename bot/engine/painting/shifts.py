"""Where to copy from: offsets at which the surroundings of a hole look like another place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from bot.engine.painting.pixels import Flags, Pixels, Whole, floats, grow, resize

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_WINDOWS = 26
_NEAREST = 0.35  # how much more a match across the whole crop costs than a near one
_JITTER = 0.08  # how far a seed may reorder matches of nearly the same quality


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fill looks at: a crop, its hole, and the pixels that may be copied.

    `picture` is float RGB with the hole already smoothly filled; `source` never overlaps the hole.
    """

    picture: Pixels
    hole: Flags
    source: Flags


def _windows(hole: Flags, radius: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return centres spread evenly along the rim of the hole."""
    rim = hole & grow(~hole, 1)
    ys, xs = np.nonzero(rim)
    if len(ys) == 0:
        return []
    gap = max(2, int(1.1 * radius))
    free = np.ones(len(ys), bool)
    centres: list[tuple[int, int]] = []
    for index in rng.permutation(len(ys)):
        if free[index]:
            centres.append((int(ys[index]), int(xs[index])))
            free &= (abs(ys - ys[index]) > gap) | (abs(xs - xs[index]) > gap)
    return centres[:_MOST_WINDOWS]


def _match(scene: Scene, rows: slice, columns: slice) -> tuple[Pixels, int]:
    """Compare one window with every place; infinity where it would touch the unknown."""
    known = floats((~scene.hole & scene.source)[rows, columns])
    count = int(known.sum())
    if count < 6:
        return np.empty((0, 0), np.float32), 0
    look = scene.picture[rows, columns]
    mask = np.repeat(known[..., None], 3, 2)
    cost = cv2.matchTemplate(scene.picture, look, cv2.TM_SQDIFF, mask=mask) / (3 * count)
    unknown = cv2.matchTemplate(floats(~scene.source), known, cv2.TM_CCORR)
    result = np.maximum(np.asarray(cost, np.float32), 0)
    result[np.asarray(unknown) > 0.5] = np.inf
    return result, count


def _coverage(hole: Flags, source: Flags) -> Pixels:
    """Return the share of the hole that a shift could fill, indexed by shift + (height, width)."""
    height, width = hole.shape
    size = (cv2.getOptimalDFTSize(2 * height), cv2.getOptimalDFTSize(2 * width))
    spectrum = np.fft.rfft2(source, size) * np.conj(np.fft.rfft2(hole, size))
    share = np.fft.irfft2(spectrum, size) / max(1, int(hole.sum()))
    rolled = np.roll(share, (height, width), (0, 1))
    return rolled[: 2 * height, : 2 * width].astype(np.float32)


def _best(cost: Pixels, number: int, apart: int) -> list[tuple[int, int, float]]:
    """Return the lowest places of `cost` that keep `apart` from each other."""
    cost = cost.copy()
    found: list[tuple[int, int, float]] = []
    for _ in range(number):
        y, x = divmod(int(np.argmin(cost)), cost.shape[1])
        if not np.isfinite(cost[y, x]):
            break
        found.append((y, x, float(cost[y, x])))
        cost[max(0, y - apart) : y + apart + 1, max(0, x - apart) : x + apart + 1] = np.inf
    return found


def _window_shifts(
    scene: Scene, centre: tuple[int, int], radius: int, cover: Pixels, rng: np.random.Generator
) -> list[tuple[int, int]]:
    height, width = scene.hole.shape
    rows = slice(max(0, centre[0] - radius), min(height, centre[0] + radius + 1))
    columns = slice(max(0, centre[1] - radius), min(width, centre[1] + radius + 1))
    cost, count = _match(scene, rows, columns)
    if count == 0:
        return []
    down = np.arange(cost.shape[0]) - rows.start
    right = np.arange(cost.shape[1]) - columns.start
    far = np.hypot(down[:, None], right[None, :]) / np.hypot(height, width)
    wobble = 1 + _JITTER * rng.random(cost.shape, np.float32)
    cost = ((cost + 4.0) * (1 + _NEAREST * far) * wobble).astype(np.float32)
    fills = cover[(down + height)[:, None], (right + width)[None, :]]
    cost[fills < 0.02] = np.inf
    near = _best(cost, 2, 3)
    wide = _best(np.where(fills > 0.7, cost, np.inf).astype(np.float32), 2, 3)
    some = _best(np.where(fills > 0.35, cost, np.inf).astype(np.float32), 1, 3)
    return [(y - rows.start, x - columns.start) for y, x, _ in (*wide, *near, *some)]


def _sharpen(
    scene: Scene, shift: tuple[int, int], at: tuple[int, int], reach: int, radius: int
) -> tuple[int, int]:
    """Find the exact shift near a coarse one, by the known pixels round `at`."""
    height, width = scene.hole.shape
    top, left = max(0, at[0] - radius), max(0, at[1] - radius)
    known = (~scene.hole & scene.source)[top : at[0] + radius + 1, left : at[1] + radius + 1]
    ys, xs = np.nonzero(known)
    if len(ys) < 4:
        return shift
    step = max(1, len(ys) // 700)
    ys, xs = ys[::step] + top, xs[::step] + left
    steps = np.arange(-reach, reach + 1)
    dy, dx = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    sy, sx = ys + shift[0] + dy[:, None], xs + shift[1] + dx[:, None]
    inside = (sy >= 0) & (sy < height) & (sx >= 0) & (sx < width)
    sy, sx = sy.clip(0, height - 1), sx.clip(0, width - 1)
    error = np.square(scene.picture[sy, sx] - scene.picture[ys, xs]).sum(2)
    error[~(inside & scene.source[sy, sx])] = 3e4
    best = int(np.argmin(error.mean(1) + 0.01 * np.hypot(dy, dx)))
    return shift[0] + int(dy[best]), shift[1] + int(dx[best])


def _common_shifts(
    scene: Scene, small: Scene, cover: Pixels, factor: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Return shifts that suit the surroundings as a whole: the periods of a regular texture."""
    height, width = small.hole.shape
    ring = int(np.clip(0.5 * np.sqrt(small.hole.sum()), 4, 18))
    cost = _self_match(small, grow(small.hole, ring) & small.source)
    down = np.arange(2 * height) - height
    right = np.arange(2 * width) - width
    far = np.hypot(down[:, None], right[None, :]) / np.hypot(height, width)
    wobble = 1 + _JITTER * rng.random(cost.shape, np.float32)
    cost = (cost + 4.0) * (1 + _NEAREST * far) * wobble
    found: list[tuple[int, int, float]] = []
    for share, number in ((0.7, 5), (0.3, 7), (0.08, 4)):
        found += _best(np.where(cover > share, cost, np.inf), number, 3)
    ys, xs = np.nonzero(small.hole)
    at = (int(ys.mean()) * factor, int(xs.mean()) * factor)
    reach = (int(max(np.ptp(ys), np.ptp(xs))) // 2 + 8) * factor
    shifts = [((y - height) * factor, (x - width) * factor) for y, x, _ in found]
    return [_sharpen(scene, shift, at, factor, reach) for shift in dict.fromkeys(shifts)]


def _self_match(scene: Scene, ring: Flags) -> Pixels:
    """Mean squared difference between the ring and itself moved, indexed like `_coverage`.

    Infinity where too little of the moved ring lies on known pixels.
    """
    height, width = scene.hole.shape
    size = (cv2.getOptimalDFTSize(2 * height), cv2.getOptimalDFTSize(2 * width))
    known, here = floats(scene.source), floats(ring)
    light = scene.picture - scene.picture[ring].mean(0) if ring.any() else scene.picture
    power = np.square(light).sum(2)

    def spectrum(field: Pixels) -> NDArray[np.complexfloating[Any, Any]]:
        return np.fft.rfft2(field, size)

    there = spectrum(known)
    total = spectrum(power * known) * np.conj(spectrum(here))
    total += there * np.conj(spectrum(power * here))
    for channel in range(3):
        moved = spectrum(light[..., channel] * known)
        total -= 2 * moved * np.conj(spectrum(light[..., channel] * here))
    count = np.fft.irfft2(there * np.conj(spectrum(here)), size)
    error = np.fft.irfft2(total, size) / np.maximum(3 * count, 1)
    error[count < 0.35 * here.sum()] = np.inf
    rolled = np.roll(np.maximum(error, 0), (height, width), (0, 1))
    return rolled[: 2 * height, : 2 * width].astype(np.float32)


def find_shifts(scene: Scene, most: int, rng: np.random.Generator) -> Whole:
    """Return up to `most` distinct offsets (dy, dx), as an N x 2 array; best spread first."""
    height, width = scene.hole.shape
    factor = max(1, round(max(height, width) / 210))
    small_size = (max(1, height // factor), max(1, width // factor))
    hole = resize(floats(scene.hole), small_size) > 0.01
    small = Scene(
        resize(scene.picture, small_size),
        hole,
        (resize(floats(scene.source), small_size) > 0.99) & ~hole,
    )
    area = float(hole.sum())
    cover = _coverage(small.hole, small.source)
    radius = int(np.clip(0.35 * np.sqrt(area), 3, 13))
    lists: list[list[tuple[int, int]]] = []
    for centre in _windows(hole, radius, rng):
        coarse = _window_shifts(small, centre, radius, cover, rng)
        at = (centre[0] * factor + factor // 2, centre[1] * factor + factor // 2)
        lists.append(
            [
                _sharpen(scene, (dy * factor, dx * factor), at, factor, (radius + 1) * factor)
                for dy, dx in coarse
            ]
        )
    lists.insert(0, _common_shifts(scene, small, cover, factor, rng))
    chosen: dict[tuple[int, int], None] = {}
    for rank in range(max((len(found) for found in lists), default=0)):
        for found in lists:
            if rank < len(found):
                chosen.setdefault(found[rank])
    return np.array(list(chosen)[:most], np.int64).reshape(-1, 2)
