"""What may plausibly stand in a hole, judged by its rim: keeps foreign things from being copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from bot.engine.painting.pixels import Flags, Pixels, Whole, blur_known, grey, grow, resize, span
from bot.engine.painting.poisson import membrane

if TYPE_CHECKING:
    from bot.engine.painting.shifts import Scene

# Weights against a seam's mean squared error, found by eye on photographs and drawn textures.
_STRANGE = 2.0
_OFF_COLOUR = 0.05
_DULL = 20.0

_SAMPLES = 250  # places of the rim that others are compared with
_TOLERANCE = 60.0  # squared distance to the nearest of them that is still familiar
_MOST_STRANGE = 6000.0


class Plausibility:
    """Judges a place to copy from: is it like the rim, and like what the rim promises here?

    `cell` is the side in pixels of what is copied as one.
    """

    def __init__(self, scene: Scene, cell: int) -> None:
        known = ~scene.hole & scene.source
        size = float(np.sqrt(scene.hole.sum()))
        luma = grey(scene.picture)
        slopes = [cv2.Sobel(luma, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=0.125) for dx in (0, 1)]
        # The hole's own rim is an edge of nothing.
        clear = known & ~grow(scene.hole, 2)
        busy = np.hypot(*slopes).astype(np.float32)[..., None]
        calm = blur_known(scene.picture, known, 0.05 * size)
        wide = blur_known(scene.picture, known, 0.15 * size)
        ring = grow(scene.hole, int(0.5 * size)) & known
        self._usual = 2 * _median(np.square(calm[ring] - wide[ring]).sum(1))
        self._calm = calm.reshape(-1, 3)
        self._promised = _promise(calm, scene.hole).reshape(-1, 3)
        self._busy = blur_known(busy, clear, 1.5 * cell).ravel()
        self._promised_busy = _promise(blur_known(busy, clear, 4 * cell), scene.hole).ravel()
        self._strange = _strangeness(scene, np.dstack([scene.picture, 4 * busy]), cell).ravel()

    def cost(self, here: Whole, there: Whole) -> Pixels:
        """Return what copying `there` to `here` (flat pixel numbers) costs, per pixel."""
        off = np.square(self._calm[there] - self._promised[here]).sum(1) - self._usual
        dull = self._promised_busy[here] - self._busy[there]
        return np.asarray(
            _STRANGE * self._strange[there]
            + _OFF_COLOUR * np.maximum(off, 0)
            + _DULL * np.maximum(dull, 0),
            np.float32,
        )


def _median(values: Pixels) -> float:
    return float(np.median(values)) if values.size else 0.0


def _promise(field: Pixels, hole: Flags) -> Pixels:
    """Continue a field smoothly into the hole; elsewhere it is not needed."""
    result = np.zeros_like(field)
    box = span(hole, 4)
    result[box] = membrane(field[box], hole[box])
    return result


def _strangeness(scene: Scene, look: Pixels, cell: int) -> Pixels:
    """How unlike anything on the rim each place is, in colour and texture."""
    known = ~scene.hole & scene.source
    near = blur_known(look, known, 0.8 * cell)
    rim = near[grow(scene.hole, int(2.5 * cell)) & known]
    shape = scene.hole.shape
    if len(rim) == 0:
        return np.zeros(shape, np.float32)
    rim = rim[:: max(1, len(rim) // _SAMPLES)]
    step = max(1, round(max(shape) / 200))
    small = near[step // 2 :: step, step // 2 :: step]
    flat = small.reshape(-1, small.shape[2])
    distance = np.square(flat).sum(1)[:, None] - 2 * flat @ rim.T + np.square(rim).sum(1)
    nearest = distance.min(1).reshape(small.shape[:2]).astype(np.float32)
    return np.asarray(np.clip(resize(nearest, shape) - _TOLERANCE, 0, _MOST_STRANGE), np.float32)
