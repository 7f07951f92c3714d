"""How clearly a mask's outline shows in the picture: what a careful eye would judge it by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.imaging.detect import guesses

if TYPE_CHECKING:
    from bot.imaging.detect.guesses import Flags
    from bot.imaging.detect.saliency import Field

_RIM: Final = 3  # pixels on either side of the outline
_FAINT: Final = 8.0  # Lab distance across the outline below which it hardly shows


@dataclass(frozen=True, slots=True)
class Outline:
    """`contrast` is the mean Lab distance across it, `faint` the share of it that hardly shows.

    `length` is that of the rim over the root of the area: about 11 for a disc, more where ragged.
    `pieces` counts the separate parts of the mask.
    """

    contrast: float
    faint: float
    length: float
    pieces: int


def outline_of(mask: Flags, lab: Field) -> Outline | None:
    """Measure an outline on a copy in Lab; None where the mask has none inside the picture."""
    inner = mask & ~guesses.shrunk(mask, _RIM)
    outer = guesses.grown(mask, _RIM) & ~mask
    means, near = [], []
    for rim in (inner, outer):
        weight = rim.astype(np.float32)
        side = (2 * _RIM + 1,) * 2
        total = np.asarray(cv2.boxFilter(lab * weight[..., None], -1, side, normalize=False))
        count = np.asarray(cv2.boxFilter(weight, -1, side, normalize=False))
        means.append(total / np.maximum(count, 1)[..., None])
        near.append(count > 0)
    seen = inner & near[0] & near[1]
    if not seen.any():
        return None
    across = np.sqrt(np.square(means[0] - means[1]).sum(axis=2))[seen]
    return Outline(
        contrast=float(across.mean()),
        faint=float((across < _FAINT).mean()),
        length=float(np.count_nonzero(seen) / np.sqrt(np.count_nonzero(mask))),
        pieces=cv2.connectedComponents(mask.astype(np.uint8))[0] - 1,
    )
