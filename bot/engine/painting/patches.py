"""Finds shifts for wide holes: squares of ground laid from the rim inwards, each where it fits.

The idea is Efros and Freeman's ("Image Quilting", SIGGRAPH 2001), kept away from things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from bot.engine.painting.pixels import Flags, Pixels, Span, Whole, depth, floats, resize

if TYPE_CHECKING:
    from bot.engine.painting.ground import BackgroundModel
    from bot.engine.painting.shifts import Scene

_SMALL = 240  # pixels: longer side of the copy on which squares are searched
_SQUARE = 0.1  # of the longer side
_OVERLAP = 0.3  # of a square, all round it
# Costs against the overlap's error (levels, root mean square), found by eye.
_THING = 120.0  # a square full of thing
_LAYER = 500.0  # a square from the other end of the picture's height
_MOST_ERROR = 55.0
_JITTER = 0.10  # how far a seed may reorder squares of nearly the same quality


def quilt(scene: Scene, ground: BackgroundModel, rng: np.random.Generator) -> Whole:
    """Return the distinct shifts (dy, dx) with which squares of ground cover the hole, N x 2."""
    height, width = scene.hole.shape
    factor = max(1, round(max(height, width) / _SMALL))
    bench = _Bench(scene, ground, factor, rng)
    side = max(4, round(_SQUARE * max(height, width) / factor))
    found: dict[tuple[int, int], None] = {}
    for square in _squares(scene.hole, side * factor, factor):
        shift = bench.find(square)
        if shift is not None:
            bench.lay(square, shift)
            found[shift] = None
    return np.array(list(found), np.int64).reshape(-1, 2)


class _Canvas:
    """A picture being filled; `heed` (0 to 1) is how much each pixel counts in an overlap."""

    def __init__(self, picture: Pixels, heed: Pixels, source: Flags) -> None:
        self.picture, self.heed = picture, heed
        self._unknown = _integral(floats(~source))

    def compare(self, window: Span, within: Span) -> Pixels:
        """Error of the window at each place in `within` (levels, root mean square).

        0 where nothing is known of the window, infinity where a place cannot be a source.
        """
        look, heed = self.picture[window], self.heed[window]
        known = int((heed > 0).sum())
        mask = np.repeat(np.sqrt(heed)[..., None], 3, 2)
        cost = floats(cv2.matchTemplate(self.picture[within], look, cv2.TM_SQDIFF, mask=mask))
        # Dividing by all that is known: a rim of things, little heeded, must not decide alone.
        # The root: a small step in a clear sky is seen, a larger error among bricks is not.
        error = np.sqrt(np.maximum(cost, 0) / (3 * max(known, 1)))
        unknown = _sums(self._unknown, window)
        top, left = within[0].start, within[1].start
        error[unknown[top : top + len(error), left : left + error.shape[1]] > 0.5] = np.inf
        return error


class _Bench:
    """Squares laid so far, on the picture and on the small copy where places are looked for."""

    def __init__(
        self, scene: Scene, ground: BackgroundModel, factor: int, rng: np.random.Generator
    ) -> None:
        self._scene, self._ground, self._factor, self._rng = scene, ground, factor, rng
        height, width = scene.hole.shape
        self._size = (max(1, height // factor), max(1, width // factor))
        known = floats(scene.source)
        heed = known * ground.heed
        self._large = _Canvas(scene.picture.copy(), heed, scene.source)
        self._small = _Canvas(
            self._shrunk(scene.picture), self._shrunk(heed), self._shrunk(known) > 0.99
        )
        self._things = _integral(self._shrunk(ground.things))

    def _shrunk(self, field: Pixels) -> Pixels:
        rows, columns = (side * self._factor for side in self._size)
        return resize(field[:rows, :columns], self._size)

    def _divided(self, square: Span) -> Span:
        rows, columns = (
            slice(
                min(part.start // self._factor, side - 1), min(-(-part.stop // self._factor), side)
            )
            for part, side in zip(square, self._size, strict=True)
        )
        return rows, columns

    def find(self, square: Span) -> tuple[int, int] | None:
        """Return the shift to the place whose surroundings fit best; None if there is none."""
        small = self._divided(square)
        shape = self._size
        for margin in (round(_OVERLAP * (small[0].stop - small[0].start)), 0):
            window = _widened(small, margin, shape)
            error = self._small.compare(window, (slice(0, shape[0]), slice(0, shape[1])))
            down = (np.arange(len(error)) - window[0].start) / shape[0]
            cost = 1 + np.where(error < np.inf, np.minimum(error, _MOST_ERROR), np.inf)
            cost += _THING * self._thing(window, small, error.shape)
            cost += _LAYER * np.square(down)[:, None]
            cost *= 1 + _JITTER * self._rng.random(cost.shape, np.float32)
            y, x = divmod(int(np.argmin(cost)), cost.shape[1])
            if np.isfinite(cost[y, x]):
                dy, dx = y - window[0].start, x - window[1].start
                return self._sharpened(square, (dy * self._factor, dx * self._factor))
        return None

    def _thing(self, window: Span, square: Span, shape: tuple[int, ...]) -> Pixels:
        """How much of the square itself would be thing, for every place of the window."""
        size = (square[0].stop - square[0].start) * (square[1].stop - square[1].start)
        down, right = (part.start - wide.start for part, wide in zip(square, window, strict=True))
        share = _sums(self._things, square) / size
        return np.asarray(share[down : down + shape[0], right : right + shape[1]])

    def _sharpened(self, square: Span, shift: tuple[int, int]) -> tuple[int, int]:
        """Find the exact shift near a coarse one, by what is known round the square."""
        shape = (self._scene.hole.shape[0], self._scene.hole.shape[1])
        margin = round(_OVERLAP * (square[0].stop - square[0].start))
        window = _widened(square, margin, shape)
        moved = tuple(
            slice(part.start + move, part.stop + move)
            for part, move in zip(window, shift, strict=True)
        )
        near = _widened((moved[0], moved[1]), self._factor, shape)
        for part, wide in zip(window, near, strict=True):
            if wide.stop - wide.start < part.stop - part.start:
                return shift
        error = self._large.compare(window, near)
        y, x = divmod(int(np.argmin(error)), error.shape[1])
        if not np.isfinite(error[y, x]):
            return shift
        return near[0].start + y - window[0].start, near[1].start + x - window[1].start

    def lay(self, square: Span, shift: tuple[int, int]) -> None:
        """Copy the hole's part of a square, as far as its source is known."""
        hole, source = self._scene.hole, self._scene.source
        ys, xs = np.nonzero(hole[square])
        ys, xs = ys + square[0].start, xs + square[1].start
        sy, sx = ys + shift[0], xs + shift[1]
        inside = (sy >= 0) & (sy < hole.shape[0]) & (sx >= 0) & (sx < hole.shape[1])
        inside[inside] = source[sy[inside], sx[inside]]
        ys, xs, sy, sx = ys[inside], xs[inside], sy[inside], sx[inside]
        self._large.picture[ys, xs] = self._scene.picture[sy, sx]
        self._large.heed[ys, xs] = self._ground.heed[sy, sx]
        small = self._divided(square)
        shape = (small[0].stop - small[0].start, small[1].stop - small[1].start)
        rows, columns = (
            slice(part.start * self._factor, part.stop * self._factor) for part in small
        )
        self._small.picture[small] = resize(self._large.picture[rows, columns], shape)
        self._small.heed[small] = resize(self._large.heed[rows, columns], shape)


def _integral(field: Pixels) -> Pixels:
    return np.pad(field.astype(np.float64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)


def _sums(integral: Pixels, window: Span) -> Pixels:
    """Return the sum over every window of that size."""
    rows, columns = (part.stop - part.start for part in window)
    return np.asarray(
        integral[rows:, columns:]
        - integral[:-rows, columns:]
        - integral[rows:, :-columns]
        + integral[:-rows, :-columns]
    )


def _widened(square: Span, margin: int, shape: tuple[int, int]) -> Span:
    rows, columns = (
        slice(max(0, part.start - margin), min(side, part.stop + margin))
        for part, side in zip(square, shape, strict=True)
    )
    return rows, columns


def _squares(hole: Flags, side: int, step: int) -> list[Span]:
    """Cut the hole into squares; those next to the rim come first."""
    deep = depth(hole)
    ys, xs = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    found: list[tuple[int, int, int]] = []
    for top in range(int(ys[0]) // step * step, int(ys[-1]) + 1, side):
        for left in range(int(xs[0]) // step * step, int(xs[-1]) + 1, side):
            inside = deep[top : top + side, left : left + side]
            if inside.any():
                found.append((int(2 * inside.max()) // side, top, left))
    height, width = hole.shape
    return [
        (slice(top, min(height, top + side)), slice(left, min(width, left + side)))
        for _, top, left in sorted(found)
    ]
