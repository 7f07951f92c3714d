"""Which shift each part of a hole is copied with: belief propagation on a grid of cells.

The idea of copying with few offsets is He and Sun's ("Statistics of Patch Offsets for Image
Completion", ECCV 2012); the message order is Tappen and Freeman's (ICCV 2003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bot.engine.painting.costs import IMPOSSIBLE, Costs, Grid, pixels_of

if TYPE_CHECKING:
    from bot.engine.painting.ground import BackgroundModel
    from bot.engine.painting.pixels import Flags, Pixels, Whole
    from bot.engine.painting.shifts import Scene

_ROUNDS = 5
_MOST_CELLS = 1800
_MOST_CHOICES = 40  # the work grows with their square
_DEAR = 10_000.0  # what counts as no use when the choices are picked


def _box(hole: Flags) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _pass(own: Pixels, cost: Pixels, inward: Pixels, *, back: bool) -> None:
    """Send messages along the first axis, in place; `inward` holds what each line receives."""
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


def _choices(own: Pixels, active: Flags) -> Whole:
    """Pick the options that together serve every cell best, greedily; the first ones fill up."""
    table = np.minimum(own[active], _DEAR)
    best = np.full(len(table), _DEAR, np.float32)
    chosen: list[int] = []
    while len(chosen) < min(_MOST_CHOICES, table.shape[1]):
        gain = np.maximum(best[:, None] - table, 0).sum(0)
        gain[chosen] = -1
        pick = int(gain.argmax())
        if gain[pick] <= 0:
            break
        chosen.append(pick)
        best = np.minimum(best, table[:, pick])
    spare = [number for number in range(table.shape[1]) if number not in chosen]
    return np.array(sorted(chosen + spare[: _MOST_CHOICES - len(chosen)]), np.int64)


def _level(costs: Costs, grid: Grid, options: Whole, own: Pixels, active: Flags) -> Whole:
    """Choose one of each cell's options; -1 where none can be copied."""
    right = costs.seams(grid, options, across=True)
    down = costs.seams(grid, options, across=False)
    pick = _propagate(own, active, right, down)[..., None]
    labels = np.take_along_axis(options, pick, 2)[..., 0]
    hopeless = np.take_along_axis(own, pick, 2)[..., 0] >= IMPOSSIBLE
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


def _active(hole: Flags, grid: Grid) -> Flags:
    """Return the cells that hold any of the hole."""
    active = np.zeros((grid.rows, grid.columns), bool)
    active.ravel()[pixels_of(hole, grid)[2]] = True
    return active


def arrange(scene: Scene, shifts: Whole, ground: BackgroundModel | None = None) -> Whole:
    """Return, for every pixel of the hole, the index of its shift, or -1; -1 outside the hole.

    `ground` says what to copy where the hole is too wide to go by what its rim shows.
    """
    labels = np.full(scene.hole.shape, -1, np.int64)
    if len(shifts) == 0:
        return labels
    top, left, bottom, right = _box(scene.hole)
    cell = max(2, round(np.sqrt((bottom - top) * (right - left) / _MOST_CELLS)))
    costs = Costs(scene, shifts, cell, ground)

    def cover(side: int) -> Grid:
        return Grid(top, left, side, -(-(bottom - top) // side), -(-(right - left) // side))

    grid = cover(cell)
    active = _active(scene.hole, grid)
    options = np.broadcast_to(np.arange(len(shifts)), (grid.rows, grid.columns, len(shifts)))
    own = costs.own(grid, options)
    picked = _choices(own, active)
    chosen = _level(costs, grid, options[..., picked], own[..., picked], active)
    while grid.cell > 2:
        fine = cover(max(2, grid.cell // 3))
        options = _neighbours(chosen, grid, fine)
        own, active = costs.own(fine, options), _active(scene.hole, fine)
        chosen, grid = _level(costs, fine, options, own, active), fine
    spread = grid.spread(chosen)[: bottom - top, : right - left]
    box = (slice(top, bottom), slice(left, right))
    labels[box] = np.where(scene.hole[box], spread, -1)
    return labels
