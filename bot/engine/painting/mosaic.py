"""Which shift each part of a hole is copied with: belief propagation on a grid of cells.

The idea of copying with few offsets is He and Sun's ("Statistics of Patch Offsets for Image
Completion", ECCV 2012); the message order is Tappen and Freeman's (ICCV 2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from bot.engine.painting.pixels import Flags, Pixels, Whole, grey, grow
from bot.engine.painting.taste import Taste

if TYPE_CHECKING:
    from bot.engine.painting.shifts import Scene

_IMPOSSIBLE = 1e6
_ROUNDS = 5
_CAP = 12_000.0  # of a seam's squared error: beyond it, ugly is ugly
_RIM_CAP = 4_000.0  # lower: a thing cut off by the mask's edge must not be completed at any price
_RIM_WEIGHT = 2.0  # the rim is seen next to real pixels, a seam inside is not
_SHEER = 0.6  # colour against gradient in what a seam costs
_MOST_CELLS = 1800


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


def _box(hole: Flags) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


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

    def usable(self, ys: Whole, xs: Whole) -> Flags:
        index, inside = self.index(ys, xs)
        return np.asarray(self.source[index] & inside, bool)


def _pixels_of(hole: Flags, grid: Grid) -> tuple[Whole, Whole, Whole]:
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
    ys, xs, cells = _pixels_of(hole, grid)
    owner = np.zeros(int(names.max()) + 1, np.int64)
    owner[names[ys, xs]] = cells
    ry, rx = np.nonzero(grow(hole, width) & ~hole)
    step = max(1, len(ry) // 7000)
    return ry[::step], rx[::step], owner[names[ry[::step], rx[::step]]]


def _unary(
    scene: Scene, grid: Grid, options: Whole, shifts: Whole, read: _Sampler, taste: Taste
) -> Pixels:
    """What each option costs a cell by itself: impossible, or how badly it meets the rim."""
    count = grid.rows * grid.columns
    flat = options.reshape(count, -1)
    ys, xs, cells = _pixels_of(scene.hole, grid)
    ry, rx, owners = _rim(scene.hole, grid, max(2, grid.cell // 2))
    real = read.features(ry, rx)
    usable = (~scene.hole & scene.source)[ry, rx]
    ry, rx, owners, real = ry[usable], rx[usable], owners[usable], real[usable]
    share = np.bincount(owners, minlength=count)
    some_ys, some_xs, some = ys[::3], xs[::3], cells[::3]  # a third of the pixels tells enough
    seen = np.bincount(some, minlength=count)
    result = np.zeros((count, flat.shape[1]), np.float32)
    for number in range(flat.shape[1]):
        option = flat[:, number]
        move = shifts[option]
        blocked = ~read.usable(ys + move[cells, 0], xs + move[cells, 1])
        misses = np.bincount(cells, blocked, count)
        dy, dx = move[owners, 0], move[owners, 1]
        error = np.square(read.features(ry + dy, rx + dx) - real).sum(1).clip(0, _RIM_CAP)
        error[~read.usable(ry + dy, rx + dx)] = _RIM_CAP
        mean = np.bincount(owners, error, count) / np.maximum(share, 1)
        here, _ = read.index(some_ys, some_xs)
        there, _ = read.index(some_ys + move[some, 0], some_xs + move[some, 1])
        doubt = np.bincount(some, taste.cost(here, there), count) / np.maximum(seen, 1)
        result[:, number] = _RIM_WEIGHT * mean + doubt
        result[(misses > 0) | (option < 0), number] = _IMPOSSIBLE
    return result.reshape(*options.shape)


def _seams(grid: Grid, options: Whole, shifts: Whole, read: _Sampler, *, across: bool) -> Pixels:
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
        move = shifts[choice]
        found = read.features(
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


def _pass(own: Pixels, cost: Pixels, inward: Pixels, *, back: bool) -> None:
    """Send messages along the first axis, in place; `inward` holds what each line hears."""
    lines = range(own.shape[0] - 2, -1, -1) if back else range(1, own.shape[0])
    for line in lines:
        sender = line + 1 if back else line - 1
        belief = own[sender] + inward[sender]
        table = cost[line].swapaxes(-1, -2) if back else cost[sender]
        heard = (belief[..., :, None] + table).min(-2)
        inward[line] = heard - heard.min(-1, keepdims=True)


def _propagate(unary: Pixels, active: Flags, right: Pixels, down: Pixels) -> Whole:
    """Return the option index of every cell with (nearly) the least total cost."""
    # An inactive cell has nothing to say: its beliefs and the seams next to it weigh nothing.
    right = right * (active[:, :-1] & active[:, 1:])[..., None, None]
    down = down * (active[:-1] & active[1:])[..., None, None]
    own = unary * active[..., None]
    heard = np.zeros((4, *unary.shape), np.float32)
    flip = (1, 0, 2)
    for _ in range(_ROUNDS):
        for direction, back in ((0, False), (1, True), (2, False), (3, True)):
            others = own + heard.sum(0) - heard[direction] - heard[direction ^ 1]
            if direction < 2:
                _pass(
                    others.transpose(flip),
                    right.swapaxes(0, 1),
                    heard[direction].transpose(flip),
                    back=back,
                )
            else:
                _pass(others, down, heard[direction], back=back)
    return np.asarray((own + heard.sum(0)).argmin(-1))


def _level(
    scene: Scene, grid: Grid, options: Whole, shifts: Whole, read: _Sampler, taste: Taste
) -> Whole:
    """Choose one of each cell's options; -1 where none can be copied."""
    active = np.zeros((grid.rows, grid.columns), bool)
    active.ravel()[_pixels_of(scene.hole, grid)[2]] = True
    unary = _unary(scene, grid, options, shifts, read, taste)
    right = _seams(grid, options, shifts, read, across=True)
    down = _seams(grid, options, shifts, read, across=False)
    pick = _propagate(unary, active, right, down)[..., None]
    labels = np.take_along_axis(options, pick, 2)[..., 0]
    hopeless = np.take_along_axis(unary, pick, 2)[..., 0] >= _IMPOSSIBLE
    return np.where(active & ~hopeless, labels, -1)


def _neighbours(coarse: Whole, grid: Grid, fine: Grid) -> Whole:
    """Offer each fine cell the labels of its coarse cell and of the four beside it."""
    rows = np.arange(fine.rows) * fine.cell // grid.cell
    columns = np.arange(fine.columns) * fine.cell // grid.cell
    padded = np.pad(coarse, 1, constant_values=-1)
    options = []
    for dy, dx in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)):
        near = padded[(rows + 1 + dy)[:, None], (columns + 1 + dx)[None, :]]
        options.append(near)
    stack = np.stack(options, -1)
    return np.where(stack < 0, stack[..., :1], stack)


def arrange(scene: Scene, shifts: Whole) -> Whole:
    """Return, for every pixel of the hole, the index of its shift, or -1; -1 outside the hole."""
    labels = np.full(scene.hole.shape, -1, np.int64)
    if len(shifts) == 0:
        return labels
    top, left, bottom, right = _box(scene.hole)
    cell = max(2, round(np.sqrt((bottom - top) * (right - left) / _MOST_CELLS)))
    read, taste = _Sampler(scene), Taste(scene, cell)

    def cover(side: int) -> Grid:
        return Grid(top, left, side, -(-(bottom - top) // side), -(-(right - left) // side))

    grid = cover(cell)
    options = np.broadcast_to(np.arange(len(shifts)), (grid.rows, grid.columns, len(shifts)))
    chosen = _level(scene, grid, options, shifts, read, taste)
    while grid.cell > 2:
        fine = cover(max(2, grid.cell // 3))
        chosen, grid = (
            _level(scene, fine, _neighbours(chosen, grid, fine), shifts, read, taste),
            fine,
        )
    spread = grid.spread(chosen)[: bottom - top, : right - left]
    box = (slice(top, bottom), slice(left, right))
    labels[box] = np.where(scene.hole[box], spread, -1)
    return labels
