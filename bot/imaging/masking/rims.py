"""Where exactly strokes end: how much of each pixel the pen covered.

Around a stroke, JPEG smears its colour over some pixels, and the pen's own rim is soft. Within
the stroke the pen's colour and opacity can be measured: that tells for each pixel near its rim
how much ink it would show if it were covered in full, and so how much of it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.imaging.files.pixels import bands
from bot.imaging.masking import strokes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.pixels import Bytes

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]

_BEYOND: Final = 2.0  # pixels around what was found that may be covered too
_CORE: Final = 0.5  # of the depth of a stroke: its middle half shows the pen alone
_CORE_SCORE: Final = 0.3  # of the highest score nearby: a smear scores less than its stroke
_BLOCK: Final = 16  # pixels: JPEG smears chroma over blocks of this side
_MOST_REACH: Final = 127  # pixels
_FAINT: Final = 15.0  # tones; less cannot be divided by
_EVEN: Final = 60.0  # tones squared: a ground too even to measure the pen's opacity
_WEIGHTS: Final = (1.0, 0.2, 0.2)  # of luma and chroma, which JPEG stores at half size


def coverage(ink: Flags, score: Bytes, copy: Bytes, picture: Bytes) -> Bytes:
    """How much of each pixel is covered by the strokes found: 0 to 255, height x width.

    `copy` and `picture` are luma and chroma, height x width x 3, in the same tones.
    """
    depth = strokes.distance(ink)
    width = strokes.stroke_width(ink, depth)
    kernel = np.ones((max(3, round(width) | 1),) * 2, np.uint8)
    reach = min(_MOST_REACH, max(_BLOCK, round(width)))
    deep = depth >= _CORE * cv2.dilate(np.minimum(depth, 255).astype(np.uint8), kernel)
    core = ink & deep
    highest = cv2.dilate(score, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    near = (strokes.distance(~ink) <= _BEYOND) & ~(core & (score >= _CORE_SCORE * highest))
    share = ink * np.uint8(255)
    for top, bottom in bands(*ink.shape):
        if not near[top:bottom].any():
            continue
        first, last = max(0, top - reach), min(len(ink), bottom + reach)
        own = slice(top - first, bottom - first)
        rows = slice(first, last)
        found = _covered(core[rows], copy[rows], picture[rows], near[rows], reach)
        here = np.where(np.isnan(found), ink[rows], found)
        share[top:bottom][near[top:bottom]] = np.rint(here[own][near[top:bottom]] * 255)
    return _without_crumbs(share, width)


def _covered(core: Flags, copy: Bytes, picture: Bytes, near: Flags, reach: int) -> Floats:
    """The covered share, 0 to 1, of the pixels `near`; NaN where it cannot be told."""
    weight = core.astype(np.float32)

    def mean(values: Floats) -> Floats:
        total = cv2.boxFilter(values * weight, -1, (2 * reach + 1,) * 2, normalize=False)
        return np.asarray((total / count)[near], np.float32)

    count = np.maximum(cv2.boxFilter(weight, -1, (2 * reach + 1,) * 2, normalize=False), 1e-3)
    known = count[near] >= 1
    planes: list[tuple[Floats, Floats, Floats, Floats]] = []
    spread = np.zeros(known.shape, np.float32)
    common = np.zeros(known.shape, np.float32)
    for channel in range(3):
        ours = picture[..., channel].astype(np.float32)
        theirs = copy[..., channel].astype(np.float32)
        our_mean, their_mean = mean(ours), mean(theirs)
        spread += mean(ours * ours) - our_mean * our_mean
        common += mean(ours * theirs) - our_mean * their_mean
        planes.append((ours[near], theirs[near], our_mean, their_mean))
    # How much of the picture shines through the pen: none through a marker.
    shine = np.clip(common / (spread + _EVEN), 0, 1)
    along = np.zeros(known.shape, np.float32)
    length = np.zeros(known.shape, np.float32)
    for factor, (ours, theirs, our_mean, their_mean) in zip(_WEIGHTS, planes, strict=True):
        full = their_mean + shine * (ours - our_mean) - ours
        along += factor * (theirs - ours) * full
        length += factor * full * full
    found = np.full(near.shape, np.nan, np.float32)
    clear = known & (length >= _FAINT**2)
    found[near] = np.where(clear, np.clip(along / np.maximum(length, 1), 0, 1), np.nan)
    return found


def _without_crumbs(share: Bytes, width: float) -> Bytes:
    """Drop what is much smaller than a dot of the pen."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (share >= 128).astype(np.uint8), connectivity=8
    )
    tiny = stats[:, cv2.CC_STAT_AREA] < max(4.0, width * width / 3)
    tiny[0] = False
    if count > 1 and not tiny[1:].all():
        share[tiny[labels]] = 0
    return share
