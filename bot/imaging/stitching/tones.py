"""Bring a returned picture to the tone of what was sent.

A model repaints the whole crop and often returns it slightly lighter, darker or tinted. What
lies around the area was sent and came back, so the difference can be read off there. Two causes
are told apart: a change of contrast, which depends on a pixel's own tone, and a cast, which
depends on where it is. The contrast is estimated from neighbouring cells that differ in tone but
hardly in place; the cast is what is left, carried into the area by distance.

Measured by `benchmarks/seams.py`, as the mean error of tone along the seam, in levels of 0 to
255: a constant shift 4.33 -> 0.00, a gain of 5 % 4.47 -> 0.09 (0.92 without the contrast's part),
a gradient of 14 levels 3.14 -> 0.17 (1.70 with one median for all), a wandering cast 2.93 -> 0.62.
Where there is no shift, or the surroundings were painted over, nothing is touched.

What cannot be seen: a model that puts the sent surroundings back itself may have painted the
area in another tone all the same; then the ring shows no difference, and nothing is corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np
from PIL import Image

from bot.imaging.files.pixels import bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.pixels import Bytes

    Floats: TypeAlias = NDArray[np.float32]

_RING_SHARE: Final = 0.04  # of the longer side
_RING: Final = (12, 48)  # pixels, at least and at most
_GAP: Final = 2  # pixels beside the area that a model mixes with what it paints
_CELLS: Final = 64  # along the longer side
_LEAST_CELL: Final = 16  # pixels
_LEAST_PART: Final = 0.1  # of a cell must be ring: a median of fewer pixels is noise
_LEAST_CELLS: Final = 6
_MOST_CELLS: Final = 800
_NEAR: Final = 1.5  # cells: closer than this, all cells count alike
_RIDGE: Final = 30.0  # squared levels: a ring of even tone says nothing about contrast
_MAX_SLOPE: Final = 0.15
_MAX_SHIFT: Final = 24.0  # levels: more is not a shift but another picture
_LEAST_SHIFT: Final = 1.0  # levels: JPEG at quality 75 alone makes up to 0.94
# Of the shift, in cells predicted from the others. True shifts leave up to 0.45 (2 levels, then
# JPEG at quality 75), a picture moved by 5 pixels 0.52 and more but once, JPEG noise 0.7 and more.
_MAX_UNEXPLAINED: Final = 0.5
_OUTLIER: Final = 6.0  # levels from what the other cells say: painted over
_TRUSTED: Final = 0.5  # of the cells; else the surroundings were repainted
_ROUNDS: Final = 6


@dataclass(frozen=True, slots=True)
class Tone:
    """What to add to a returned picture: `slopes` x its own levels + `cast` at that place.

    `slopes` has three values, `cast` is a coarse grid over the picture: rows x columns x 3.
    `shift` is the mean over the surroundings of the channel that differed most, in levels.
    """

    slopes: Floats
    cast: Floats
    shift: float

    def correct(self, picture: Image.Image) -> None:
        """Change an RGB picture of any size in place."""
        for top, bottom in bands(picture.height, picture.width):
            rows = np.asarray(picture.crop((0, top, picture.width, bottom))).astype(np.float32)
            rows += rows * self.slopes + self._cast(picture.size, top, bottom)
            found = np.clip(np.rint(rows), 0, 255).astype(np.uint8)
            picture.paste(Image.fromarray(found), (0, top))

    def _cast(self, size: tuple[int, int], top: int, bottom: int) -> Floats:
        """The cast for rows top..bottom of a picture of `size`."""
        high, wide = self.cast.shape[:2]
        box = (0, top * high / size[1], wide, bottom * high / size[1])
        channels = [
            np.asarray(
                Image.fromarray(np.ascontiguousarray(self.cast[..., channel])).resize(
                    (size[0], bottom - top), Image.Resampling.BILINEAR, box=box
                )
            )
            for channel in range(3)
        ]
        return np.dstack(channels).astype(np.float32)


def difference(sent: Bytes, returned: Bytes, mask: Bytes) -> Tone | None:
    """How the tone of `returned` must change to match `sent`, both height x width x 3.

    None where nothing can be said or should be done: the ring around the `mask` is too small, the
    shift is below the noise or above what a shift can be, or the surroundings were repainted.
    Only a correction that holds for cells it was not learnt from is made.
    """
    cells = _read(sent, returned, mask)
    found = len(cells.weights)
    cells = cells.only(np.abs(cells.shifts).max(axis=1, initial=0) <= _MAX_SHIFT)
    for _ in range(_ROUNDS):
        if len(cells.weights) < max(_LEAST_CELLS, _TRUSTED * found):
            return None
        slopes = cells.slopes()
        casts = cells.shifts - slopes * cells.tones
        missed = np.abs(casts - cells.predicted(casts)).max(axis=1)
        if missed.max() <= _OUTLIER:
            break
        cells = cells.only(missed <= _OUTLIER)
    else:
        return None
    shift = float(np.average(np.abs(cells.shifts).max(axis=1), weights=cells.weights))
    unexplained = float(np.average(missed, weights=cells.weights))
    if shift < _LEAST_SHIFT or unexplained > _MAX_UNEXPLAINED * shift:
        return None
    return Tone(slopes, cells.spread(casts), shift)


@dataclass(frozen=True, slots=True)
class _Cells:
    """What the small squares that the ring crosses say, each with its weight.

    `places` are y and x, in cells; `shifts` are the medians of sent - returned, `tones` those of
    what was returned, in levels of three channels; `grid` is the rows and columns of all cells.
    """

    grid: tuple[int, int]
    places: Floats
    shifts: Floats
    tones: Floats
    weights: Floats

    def only(self, chosen: NDArray[np.bool_]) -> _Cells:
        """Some of the cells."""
        picked = (self.places[chosen], self.shifts[chosen], self.tones[chosen])
        return _Cells(self.grid, *picked, self.weights[chosen])

    def predicted(self, values: Floats) -> Floats:
        """What all other cells say of each cell's value."""
        weights = self._weights(self.places)
        np.fill_diagonal(weights, 0)
        return _mixed(weights, values)

    def spread(self, values: Floats) -> Floats:
        """The cells' values carried over the whole grid: rows x columns x 3."""
        down, across = self.grid
        rows, columns = np.mgrid[0.5:down, 0.5:across].astype(np.float32)
        places = np.stack((rows.ravel(), columns.ravel()), axis=1)
        return _mixed(self._weights(places), values).reshape(down, across, 3)

    def slopes(self) -> Floats:
        """How the shift depends on the tone alone, from neighbours: robust, per channel.

        Source: P. M. Robinson, Root-N-consistent semiparametric regression, Econometrica 56
        (1988): regress what is left of both sides once the smooth part is taken away.
        """
        shifts = self.shifts - self.predicted(self.shifts)
        tones = self.tones - self.predicted(self.tones)
        weights = np.repeat(self.weights[:, None], 3, axis=1)
        for _ in range(_ROUNDS):
            ridge = _RIDGE * weights.sum(axis=0)
            found = (weights * shifts * tones).sum(axis=0) / (
                (weights * tones**2).sum(axis=0) + ridge
            )
            missed = np.abs(shifts - found * tones)
            most = np.maximum(0.5, 1.5 * np.median(missed, axis=0))
            weights = self.weights[:, None] * np.minimum(1, most / np.maximum(missed, 1e-6))
        limited: Floats = np.clip(found, -_MAX_SLOPE, _MAX_SLOPE).astype(np.float32)
        return limited

    def _weights(self, places: Floats) -> Floats:
        """How much each cell counts at each of some places: by the cube of the distance."""
        away = places[:, None] - self.places
        distance = (away**2).sum(axis=-1) + _NEAR**2
        found: Floats = (self.weights / distance**1.5).astype(np.float32)
        return found


def _mixed(weights: Floats, values: Floats) -> Floats:
    found: Floats = (weights @ values / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return found


def _read(sent: Bytes, returned: Bytes, mask: Bytes) -> _Cells:
    """Look at the ring just outside the mask, cell by cell."""
    height, width = mask.shape
    ring = _ring(mask)
    side = max(_LEAST_CELL, -(-max(height, width) // _CELLS))
    grid = (-(-height // side), -(-width // side))
    padded = np.zeros((grid[0] * side, grid[1] * side), np.bool_)
    padded[:height, :width] = ring
    counts = padded.reshape(grid[0], side, grid[1], side).sum(axis=(1, 3))
    chosen = np.argwhere(counts >= _LEAST_PART * side * side)
    chosen = chosen[:: -(-len(chosen) // _MOST_CELLS) or 1]
    found = np.empty((len(chosen), 9), np.float32)
    for cell, (row, column) in zip(found, chosen, strict=True):
        part = np.s_[row * side : (row + 1) * side, column * side : (column + 1) * side]
        here = ring[part]
        tones = returned[part][here]
        shifts = sent[part][here].astype(np.int16) - tones
        shift = np.median(shifts, axis=0)
        uneven = np.abs(shifts - shift).mean()
        place = np.argwhere(here).mean(axis=0) / side + (row, column)
        cell[:] = (*place, *shift, *np.median(tones, axis=0), len(tones) / (1 + uneven**2))
    return _Cells(grid, found[:, :2], found[:, 2:5], found[:, 5:8], found[:, 8])


def _ring(mask: Bytes) -> NDArray[np.bool_]:
    """What is around the mask, except the few pixels beside it."""
    most = round(_RING_SHARE * max(mask.shape))
    reach = min(_RING[1], max(_RING[0], most))
    outer, inner = (
        cv2.dilate(mask, np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0 for by in (reach, _GAP)
    )
    return outer & ~inner
