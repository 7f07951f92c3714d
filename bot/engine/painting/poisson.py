"""Smooth surfaces over holes: a multigrid solver for Poisson's equation, and what rests on it."""

from __future__ import annotations

import cv2
import numpy as np

from bot.engine.painting.pixels import Flags, Pixels, blur_known, floats, grow, resize, span

_CYCLES = 7
_SWEEPS = 3
_DAMPING = 0.8  # of Jacobi's step; the usual choice for smoothing in two dimensions


def _laplacian(field: Pixels) -> Pixels:
    # A repeated border makes the missing neighbour equal to the pixel itself: nothing flows out
    # of the picture, which is what a hole at its edge needs.
    return np.asarray(
        cv2.Laplacian(field, cv2.CV_32F, ksize=1, borderType=cv2.BORDER_REPLICATE), np.float32
    ).reshape(field.shape)


def _relax(field: Pixels, target: Pixels, inside: Pixels, pull: float, sweeps: int) -> Pixels:
    step = (_DAMPING / (4 + pull)) * inside
    for _ in range(sweeps):
        field = field + step * (_laplacian(field) - pull * field - target)
    return field


def _cycle(field: Pixels, target: Pixels, hole: Flags, pull: float) -> Pixels:
    inside = floats(hole)[..., None]
    if min(hole.shape) <= 4 or not hole.any():
        return _relax(field, target, inside, pull, 24)
    field = _relax(field, target, inside, pull, _SWEEPS)
    rest = (target - _laplacian(field) + pull * field) * inside
    height, width = hole.shape
    pad = ((0, height % 2), (0, width % 2))
    half = ((height + 1) // 2, (width + 1) // 2)
    # Doubling the pixel size multiplies the second derivative by four.
    # Zeros, not copies, past a free border: a source counted twice there makes the cycles diverge.
    coarse = resize(np.pad(rest, (*pad, (0, 0))), half).reshape(*half, -1) * 4
    coarse_hole = resize(np.pad(inside[..., 0], pad, mode="edge"), half) > 0.6
    step = _cycle(np.zeros_like(coarse), coarse, coarse_hole, 4 * pull)
    full = resize(step, (half[0] * 2, half[1] * 2)).reshape(half[0] * 2, half[1] * 2, -1)
    return _relax(field + full[:height, :width] * inside, target, inside, pull, _SWEEPS)


def solve(target: Pixels, hole: Flags, *, reach: float = np.inf) -> Pixels:
    """Return the field whose Laplacian is `target` in the hole and which is 0 outside it.

    Both H x W x channels. The picture's own border is free (no flow across it). What a source
    does to the field fades over `reach` pixels (a screened Poisson equation).
    """
    pull = 1 / reach**2
    field = np.zeros_like(target)
    if hole.any():
        box = span(hole, 2)
        for _ in range(_CYCLES):
            field[box] = _cycle(field[box], target[box], hole[box], pull)
    return field


def _first_guess(picture: Pixels, known: Pixels) -> Pixels:
    """Pull-push: average what is known at ever larger scales until nothing is missing."""
    height, width = known.shape
    if known.all() or min(height, width) < 2:
        weight = np.maximum(known.sum(), 1e-6)
        mean = (picture * known[..., None]).sum((0, 1)) / weight
        return np.where(known[..., None] > 0, picture, mean).astype(np.float32)
    pad = ((0, height % 2), (0, width % 2))
    half = ((height + 1) // 2, (width + 1) // 2)
    weight = resize(np.pad(known, pad), half)
    total = resize(np.pad(picture * known[..., None], (*pad, (0, 0))), half)
    mean = total / np.maximum(weight, 1e-6)[..., None]
    lower = _first_guess(mean, floats(weight > 0))
    upper = resize(lower, (half[0] * 2, half[1] * 2))[:height, :width]
    return np.where(known[..., None] > 0, picture, upper).astype(np.float32)


def membrane(picture: Pixels, hole: Flags) -> Pixels:
    """Replace the hole by the smoothest surface that meets its rim; a full one by its mean."""
    if hole.all():
        return np.broadcast_to(picture.mean((0, 1)), picture.shape).astype(np.float32).copy()
    result = picture.copy()
    if hole.any():
        box = span(hole, 2)
        guess = _first_guess(picture[box], floats(~hole[box]))
        bend = -_laplacian(guess) * floats(hole[box])[..., None]
        result[box] = guess + solve(bend, hole[box])
    return result


def smooth_fill(picture: Pixels, hole: Flags, rng: np.random.Generator) -> Pixels:
    """Fill with a membrane that ignores the rim's grain, then give it as much grain."""
    known = ~hole
    calm = blur_known(picture, known, 2.0)
    filled = membrane(np.where(hole[..., None], 0, calm).astype(np.float32), hole)
    ring = grow(hole, 8) & known & ~grow(hole, 1)
    result = picture.copy()
    result[hole] = filled[hole]
    if ring.any():
        # The blur used 1/(4 pi sigma^2) = 2 % of the noise, so the residue is nearly all of it.
        residue = (picture - calm)[ring]
        strength = np.minimum(residue.std(0), 1.5 * np.median(np.abs(residue), 0) + 0.01)
        shared = rng.standard_normal(hole.shape, np.float32)[..., None]
        own = rng.standard_normal(picture.shape, np.float32)
        result[hole] += ((0.8 * shared + 0.6 * own) * strength)[hole]
    return result
