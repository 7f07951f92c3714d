"""Puts copied parts together so that no seam shows: their slopes stay, their steps are levelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bot.engine.painting.pixels import grey
from bot.engine.painting.poisson import solve

if TYPE_CHECKING:
    from bot.engine.painting.pixels import Pixels, Whole
    from bot.engine.painting.shifts import Scene

_TRUE_EDGE = 55.0  # a step this large (levels) is something in the picture, not a change of light
# In a wide hole the steps of many seams would add up: each is levelled within this many pixels,
# and what remains of the sum may change a part's light this far, its colour less (levels).
_REACH = 36.0
_MOST_LIGHT = 34.0
_MOST_TINT = 10.0


def _read(picture: Pixels, ys: Whole, xs: Whole) -> Pixels:
    height, width = picture.shape[:2]
    return np.asarray(picture[ys.clip(0, height - 1), xs.clip(0, width - 1)], np.float32)


def copied(scene: Scene, labels: Whole, shifts: Whole) -> Pixels:
    """Return the picture with every labelled pixel replaced by the one its shift points at."""
    result = scene.picture.copy()
    ys, xs = np.nonzero(labels >= 0)
    move = shifts[labels[ys, xs]]
    result[ys, xs] = _read(scene.picture, ys + move[:, 0], xs + move[:, 1])
    return result


def _steps(
    scene: Scene, made: Pixels, labels: Whole, shifts: Whole, axis: int
) -> tuple[Whole, Whole, Pixels]:
    """Return where pixels along `axis` became neighbours, and the step between them."""
    ahead = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
    behind = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
    ys, xs = np.nonzero(
        (labels[ahead] != labels[behind]) & (scene.hole[ahead] | scene.hole[behind])
    )
    dy, dx = (1, 0) if axis == 0 else (0, 1)
    intent = np.zeros((len(ys), 3), np.float32)
    votes = np.zeros((len(ys), 1), np.float32)
    for label in (labels[ys, xs], labels[ys + dy, xs + dx]):
        move = np.where(label[:, None] >= 0, shifts[label], 0)
        slope = _read(scene.picture, ys + dy + move[:, 0], xs + dx + move[:, 1])
        slope = slope - _read(scene.picture, ys + move[:, 0], xs + move[:, 1])
        # The known side has no neighbour inside the hole to tell a slope from.
        told = (label >= 0)[:, None]
        intent += slope * told
        votes += told
    step = made[ys + dy, xs + dx] - made[ys, xs] - intent / np.maximum(votes, 1)
    size = np.sqrt(np.square(step).mean(1, keepdims=True))
    return ys, xs, (step * np.exp(-np.square(size / _TRUE_EDGE))).astype(np.float32)


def level(scene: Scene, made: Pixels, labels: Whole, shifts: Whole) -> Pixels:
    """Return `made` with the steps between its parts spread smoothly over the hole."""
    target = np.zeros_like(made)
    for axis in (0, 1):
        ys, xs, step = _steps(scene, made, labels, shifts, axis)
        dy, dx = (1, 0) if axis == 0 else (0, 1)
        np.add.at(target, (ys, xs), -step)
        np.add.at(target, (ys + dy, xs + dx), step)
    target[~scene.hole] = 0
    return made + bounded(solve(target, scene.hole, reach=_REACH))


def bounded(change: Pixels) -> Pixels:
    """Keep a change of light within what one step of light is worth; one of colour within less."""
    light = grey(change)[..., None]
    tint = change - light
    size = np.abs(tint).max(2, keepdims=True)
    tint = tint * (_MOST_TINT * np.tanh(size / _MOST_TINT) / np.maximum(size, 1e-6))
    return np.asarray(_MOST_LIGHT * np.tanh(light / _MOST_LIGHT) + tint, np.float32)
