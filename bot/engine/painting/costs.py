"""What a way of copying costs: each cell by itself, and each seam between two cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from bot.engine.painting.pixels import Flags, Pixels, Whole, grey, grow
from bot.engine.painting.plausibility import Plausibility

if TYPE_CHECKING:
    from bot.engine.painting.ground import BackgroundModel
    from bot.engine.painting.shifts import Scene

IMPOSSIBLE = 1e6
_CAP = 12_000.0  # of a seam's squared error: beyond it, ugly is ugly
_RIM_CAP = 4_000.0  # lower: a thing cut off by the mask's edge must not be completed at any price
_RIM_WEIGHT = 2.0  # the rim is seen next to real pixels, a seam inside is not
_SHEER = 0.6  # colour against gradient in what a seam costs


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells over the box of a hole; the last row and column may stick out of the picture."""

    top: int
    left: int
    cell: int
    rows: int
    columns: int

    def spread(self, values: Whole) -> Whole:
        """Repeat one value per cell over the cell's pixels."""
        return values.repeat(self.cell, 0).repeat(self.cell, 1)


def _look(picture: Pixels) -> Pixels:
    """Colour and slope: a seam shows where either jumps."""
    luma = grey(picture)
    slopes = [
        cv2.Sobel(luma, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=0.5, borderType=cv2.BORDER_REPLICATE)
        for dx in (0, 1)
    ]
    return np.dstack([picture * _SHEER, *slopes]).astype(np.float32)


class _Sampler:
    """Reads the crop at shifted places; outside counts as impossible."""

    def __init__(self, scene: Scene) -> None:
        self.height, self.width = scene.hole.shape
        self.flat = _look(scene.picture).reshape(self.height * self.width, -1)
        self.source = scene.source.ravel()

    def index(self, ys: Whole, xs: Whole) -> tuple[Whole, Flags]:
        inside = (ys >= 0) & (ys < self.height) & (xs >= 0) & (xs < self.width)
        return ys.clip(0, self.height - 1) * self.width + xs.clip(0, self.width - 1), inside

    def features(self, ys: Whole, xs: Whole) -> Pixels:
        return np.asarray(self.flat[self.index(ys, xs)[0]], np.float32)


def pixels_of(hole: Flags, grid: Grid) -> tuple[Whole, Whole, Whole]:
    """Return rows, columns and cell number of every hole pixel."""
    ys, xs = np.nonzero(hole)
    cells = (ys - grid.top) // grid.cell * grid.columns + (xs - grid.left) // grid.cell
    return ys, xs, cells


def _rim(hole: Flags, grid: Grid, width: int) -> tuple[Whole, Whole, Whole]:
    """Return rows, columns and nearest cell of the known pixels next to the hole."""
    _, ids = cv2.distanceTransformWithLabels(
        (~hole).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    names = np.asarray(ids, np.int64)
    ys, xs, cells = pixels_of(hole, grid)
    owner = np.zeros(int(names.max()) + 1, np.int64)
    owner[names[ys, xs]] = cells
    ry, rx = np.nonzero(grow(hole, width) & ~hole)
    step = max(1, len(ry) // 7000)
    return ry[::step], rx[::step], owner[names[ry[::step], rx[::step]]]


def _rim_of(scene: Scene) -> Flags:
    rim = grow(scene.hole, 3) & ~scene.hole & scene.source
    return (rim if rim.any() else scene.source).ravel()


class Costs:
    """Everything a fill's choices cost; `cell` is the side in pixels of the coarsest cells."""

    def __init__(
        self, scene: Scene, shifts: Whole, cell: int, ground: BackgroundModel | None
    ) -> None:
        self._scene, self._shifts = scene, shifts
        self._read, self._taste, self._ground = _Sampler(scene), Plausibility(scene, cell), ground
        self._heed = np.ones(scene.hole.size) if ground is None else ground.heed.ravel()
        # A rim that cuts through things says little about what belongs into a wide hole.
        self._trust = 1.0 if ground is None else float(self._heed[_rim_of(scene)].mean()) ** 2

    def own(self, grid: Grid, options: Whole) -> Pixels:
        """What each option costs a cell by itself: impossible, foreign, or unlike the rim.

        `options` is rows x columns x choices, numbers of shifts; -1 is impossible.
        """
        scene, read = self._scene, self._read
        count = grid.rows * grid.columns
        flat = options.reshape(count, -1)
        ys, xs, cells = pixels_of(scene.hole, grid)
        ry, rx, owners = _rim(scene.hole, grid, max(2, grid.cell // 2))
        known = (~scene.hole & scene.source)[ry, rx]
        ry, rx, owners = ry[known], rx[known], owners[known]
        real = read.features(ry, rx)
        heed = self._heed[read.index(ry, rx)[0]]
        share = np.maximum(np.bincount(owners, minlength=count), 1)
        thin = 1 if grid.cell < 4 else 3  # of a large cell, some of the pixels tell enough
        some_ys, some_xs, some = ys[::thin], xs[::thin], cells[::thin]
        seen = np.maximum(np.bincount(some, minlength=count), 1)
        here, _ = read.index(some_ys, some_xs)
        result = np.zeros((count, flat.shape[1]), np.float32)
        for number in range(flat.shape[1]):
            move = self._shifts[flat[:, number]]
            there, inside = read.index(some_ys + move[some, 0], some_xs + move[some, 1])
            misses = np.bincount(some, ~(inside & read.source[there]), count)
            doubt = np.bincount(some, self._doubt(here, there), count) / seen
            near, inside = read.index(ry + move[owners, 0], rx + move[owners, 1])
            error = np.square(read.flat[near] - real).sum(1).clip(0, _RIM_CAP)
            error[~(inside & read.source[near])] = _RIM_CAP
            result[:, number] = (
                _RIM_WEIGHT * np.bincount(owners, heed * error, count) / share + doubt
            )
            result[(misses > 0) | (flat[:, number] < 0), number] = IMPOSSIBLE
        return result.reshape(*options.shape)

    def _doubt(self, here: Whole, there: Whole) -> Pixels:
        doubt = self._trust * self._taste.cost(here, there)
        return doubt if self._ground is None else doubt + self._ground.cost(here, there)

    def seams(self, grid: Grid, options: Whole, *, across: bool) -> Pixels:
        """What it costs to put two options side by side (`across`) or one above the other."""
        cell = grid.cell
        rows, columns = (grid.rows, grid.columns - 1) if across else (grid.rows - 1, grid.columns)
        along = np.arange(0, cell, max(1, cell // 4))
        side = np.array([cell - 1, cell])
        dy, dx = (
            np.meshgrid(along, side, indexing="ij")
            if across
            else np.meshgrid(side, along, indexing="ij")
        )
        ys = (grid.top + np.arange(rows) * cell)[:, None, None] + dy.ravel()
        xs = (grid.left + np.arange(columns) * cell)[None, :, None] + dx.ravel()
        one = options[:rows, :columns]
        two = options[:, 1:] if across else options[1:]

        def seen(choice: Whole) -> Pixels:
            move = self._shifts[choice]
            found = self._read.features(
                ys[:, :, None, :] + move[..., 0:1], xs[:, :, None, :] + move[..., 1:2]
            )
            return found.reshape(*choice.shape, dy.size * found.shape[-1])

        a, b = seen(one), seen(two)
        cost = -2 * np.matmul(a, b.swapaxes(-1, -2))
        cost += np.square(a).sum(-1)[..., :, None]
        cost += np.square(b).sum(-1)[..., None, :]
        cost = np.clip(cost / dy.size, 0, _CAP)
        same = one[..., :, None] == two[..., None, :]
        # Every seam costs a little, so that a change of shift has to be worth it.
        cost += 4.0 + float(np.median(cost)) if cost.size else 0
        cost[same] = 0
        return np.asarray(cost, np.float32)
