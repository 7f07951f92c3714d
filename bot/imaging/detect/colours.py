"""Tell by colour where the ground is seen through a subject: a handle, the back of a chair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.imaging.detect import guesses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.detect.guesses import Flags
    from bot.imaging.detect.saliency import Field

_BINS: Final = (17, 26, 26)  # of 6 units of L and 5 of a and b: the noise of a photo spans two
_GROUND: Final = 0.8  # of the pixels of such a colour lie outside: it is the ground's
_REACH: Final = 6  # the longer side is so many times the width of the ground compared with
_LEAST_HOLE: Final = 0.004  # of the subject: less is noise
_MOST: Final = 0.5  # of the subject: more, and it is the subject that looks like its ground


def without_ground(mask: Flags, lab: Field) -> Flags:
    """The mask without the pieces that have the colours of the ground nearby."""
    near = guesses.grown(mask, max(8, max(mask.shape) // _REACH)) & ~mask
    colour = _binned(lab)
    outside, inside = _counted(colour, near), _counted(colour, mask)
    share = (outside / (outside + inside + 1e-6))[colour].astype(np.float32)
    ground = mask & (np.asarray(cv2.blur(share, (3, 3))) > _GROUND)
    opened = cv2.morphologyEx(ground.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, names, facts, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    total = np.count_nonzero(mask)
    large = facts[:, cv2.CC_STAT_AREA] >= _LEAST_HOLE * total
    large[0] = False
    holes = large[names]
    return mask if np.count_nonzero(holes) > _MOST * total else mask & ~holes


def _binned(lab: Field) -> NDArray[np.intp]:
    rows, reds, blues = _BINS
    light = np.clip(lab[..., 0] / 6, 0, rows - 1).astype(np.intp)
    red = np.clip((lab[..., 1] + 64) / 5, 0, reds - 1).astype(np.intp)
    blue = np.clip((lab[..., 2] + 64) / 5, 0, blues - 1).astype(np.intp)
    return (light * reds + red) * blues + blue


def _counted(colour: NDArray[np.intp], flags: Flags) -> Field:
    """How many pixels have each colour, shared with the colours next to it."""
    found = np.bincount(colour[flags], minlength=int(np.prod(_BINS))).reshape(_BINS)
    count: Field = found.astype(np.float32)
    for axis in range(3):
        margin = [(1, 1) if axis == other else (0, 0) for other in range(3)]
        wide = np.moveaxis(np.pad(count, margin), axis, 0)
        smooth = wide[:-2] * 0.25 + wide[1:-1] * 0.5 + wide[2:] * 0.25
        count = np.moveaxis(smooth, 0, axis)
    return count.ravel()
