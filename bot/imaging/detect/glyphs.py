"""Connected shapes of one tone, measured: what letters are told from other shapes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.pixels import Bytes

    Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GlyphTable:
    """Connected shapes of one tone, one row each."""

    left: Numbers
    top: Numbers
    width: Numbers
    height: Numbers
    fill: Numbers  # of their box, 0 to 1
    stroke: Numbers  # pixels
    colour: Numbers  # three columns, 0 to 255
    uneven: Numbers  # levels
    contrast: Numbers  # levels
    fall: Numbers  # levels from one pixel to the next, at the rim

    def only(self, those: NDArray[np.bool_] | NDArray[np.int_]) -> GlyphTable:
        """Some of them: by flags, or in another order."""
        return GlyphTable(*(getattr(self, name)[those] for name in self.__slots__))


def measured(
    mask: Bytes, tone: NDArray[np.int16], copy: Bytes, grey: Bytes, steps: NDArray[np.int16]
) -> GlyphTable:
    """Measure the shapes in `mask` (0 and 1).

    `tone` is how far a copy's `grey` stands out from its ground, `steps` how much it differs from
    the next pixel.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    rim = mask - cv2.erode(mask, np.ones((3, 3), np.uint8), borderValue=0)
    flat = labels.ravel()
    area = np.maximum(stats[:, cv2.CC_STAT_AREA].astype(np.float64), 1)

    def total(values: NDArray[np.generic]) -> Numbers:
        return np.asarray(np.bincount(flat, values.ravel(), count), np.float64)

    mean = total(grey) / area
    spread = np.sqrt(np.maximum(total(grey.astype(np.float64) ** 2) / area - mean**2, 0))
    left, top, width, height = (stats[:, column].astype(np.float64) for column in range(4))
    shapes = GlyphTable(
        left,
        top,
        width,
        height,
        area / (width * height),
        2 * area / np.maximum(total(rim), 1),
        np.stack([total(copy[..., channel]) / area for channel in range(3)], axis=1),
        spread,
        total(tone) / area,
        total(steps * rim) / np.maximum(total(rim), 1),
    )
    inside = np.ones(count, np.bool_)
    inside[0] = False  # the ground
    return shapes.only(np.asarray(inside & (area >= 4), np.bool_))
