"""Adjust an area that was said: turn it round, grow it, shrink it, soften it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from bot.domain.adjusting import growth_pixels
from bot.domain.errors import AreaProblem, BadArea
from bot.domain.pictures import Prepared
from bot.imaging import masks
from bot.imaging.intake import OWN_FILES, open_picture
from bot.imaging.png import write_png
from bot.imaging.prepare import written_crop

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.adjusting import Adjusted
    from bot.domain.catalog import Model
    from bot.domain.pictures import Reading
    from bot.imaging.pixels import Bytes

MOST_FEATHER: Final = 200
"""Pixels; a softer edge than this is no edge any more, and costs time with its square."""


def revise(
    source: Path,
    drawn: Path,
    adjusted: Adjusted,
    feather: int,
    reading: Reading,
    model: Model,
    out: Path,
) -> Prepared:
    """Apply all adjustments to the area as it was said, and write what the edit needs to `out`.

    `source` and `drawn` are the kept original and the mask that `prepare` wrote, `feather` its
    depth in pixels; they are not changed, and stay the edit's own.

    Raises:
        BadArea: NOTHING is left of the area.
    """
    with Image.open(drawn, formats=("PNG",)) as image:
        mask = adjusted_mask(np.array(image.convert("L")), adjusted)
    marked = int(np.count_nonzero(mask))
    if not marked:
        raise BadArea(AreaProblem.NOTHING, text="")
    with open_picture(source, OWN_FILES, folder=out) as picture:
        cut = written_crop(picture.pixels, mask, model, out)
    return Prepared(
        source=source,
        mask=write_png(mask, out, "mask"),
        drawn=drawn,
        sent_picture=cut.picture,
        sent_mask=cut.mask,
        width=mask.shape[1],
        height=mask.shape[0],
        sent_width=cut.plan.width,
        sent_height=cut.plan.height,
        crop=cut.plan.crop,
        masked_pixels=marked,
        feather=softened(feather, adjusted.softness),
        reading=reading,
        question=masks.question(marked / mask.size),
        notes=(),
        choices=(),
    )


def softened(feather: int, steps: int) -> int:
    """The depth of a feather after `steps` of softness, in pixels: each doubles it."""
    return max(feather, min(feather << steps, MOST_FEATHER))


def adjusted_mask(drawn: Bytes, adjusted: Adjusted) -> Bytes:
    """The mask after all adjustments, 0 and 255."""
    mask = np.ascontiguousarray(drawn[::-1, ::-1]) if adjusted.turned else drawn
    reach = growth_pixels(adjusted.growth, short_side=min(mask.shape))
    if reach > 0:
        mask = grown(mask, reach)
    elif reach < 0:
        mask = ~grown(~mask, -reach)
    return ~mask if adjusted.inverted else mask


def grown(mask: Bytes, reach: int) -> Bytes:
    """A mask and everything within `reach` pixels of it. The picture's edge is no outline."""
    if not mask.any():
        return mask
    away = cv2.distanceTransform(~mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return (away <= reach) * np.uint8(255)
