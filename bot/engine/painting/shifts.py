"""Where to copy from: offsets at which the surroundings of a hole look like another place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from bot.engine.painting.pixels import Flags, Pixels, Whole, floats, grow, resize

_MOST_WINDOWS = 26
_NEAREST = 0.35  # how much dearer a match across the whole crop is than one next door
_JITTER = 0.12  # how far a seed may reorder matches of nearly the same quality


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
    # The whole rim at once: shifts that suit all sides are worth more than any local one.
    ys, xs = np.nonzero(hole)
    centre = (int(ys.mean()), int(xs.mean()))
    reach = int(max(np.ptp(ys), np.ptp(xs)) // 2 + 5)
    whole = _window_shifts(small, centre, reach, cover, rng)
    full_reach = (reach + 1) * factor
    at = (centre[0] * factor, centre[1] * factor)
    lists.insert(
        0, [_sharpen(scene, (dy * factor, dx * factor), at, factor, full_reach) for dy, dx in whole]
    )
    chosen: dict[tuple[int, int], None] = {}
    for rank in range(max((len(found) for found in lists), default=0)):
        for found in lists:
            if rank < len(found):
                chosen.setdefault(found[rank])
    return np.array(list(chosen)[:most], np.int64).reshape(-1, 2)
