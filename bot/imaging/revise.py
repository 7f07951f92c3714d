"""Adjust an area that was said: turn it round, grow it, shrink it, soften it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bot.domain.adjusting import growth_pixels
from bot.domain.errors import AreaProblem, BadArea
from bot.domain.pictures import Prepared, Reading
from bot.imaging import growing, masks
from bot.imaging.intake import OWN_FILES, open_picture
from bot.imaging.png import read_mask, write_png
from bot.imaging.prepare import doubt, written_crop

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.adjusting import Adjusted
    from bot.domain.catalog import Model
    from bot.imaging.pixels import Bytes

MOST_FEATHER: Final = 200
"""Pixels: at 12 megapixels a twentieth of the short side; beyond it nothing reads as an edge."""


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
    depth in pixels; they are not changed, and belong to what is found too. New room beside a
    picture never shrinks: only what it may change of the picture itself does.

    Raises:
        BadArea: NOTHING is left of the area.
    """
    # Decoding needs the most memory: it is over before the masks are there.
    with open_picture(source, OWN_FILES, folder=out) as picture:
        if reading is Reading.EXTENDED:
            mask = adjusted_mask(read_mask(drawn), adjusted, least_reach=-feather)
            depth = _extension_feather(feather, adjusted, short_side=min(mask.shape))
        else:
            mask = adjusted_mask(read_mask(drawn), adjusted)
            depth = max(feather, min(feather << adjusted.softness, MOST_FEATHER))
        marked = int(np.count_nonzero(mask))
        if not marked:
            raise BadArea(AreaProblem.NOTHING, text="")
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
        feather=depth,
        reading=reading,
        question=doubt(masks.Mask(mask, reading)),
        notes=cut.notes,
        choices=(),
    )


def adjusted_mask(drawn: Bytes, adjusted: Adjusted, *, least_reach: int | None = None) -> Bytes:
    """The mask, 0 and 255, after all adjustments to the one that was drawn.

    It grows by no less than `least_reach` pixels: a number below 0 bounds how far it shrinks.
    """
    reach = growth_pixels(adjusted.growth, short_side=min(drawn.shape))
    if least_reach is not None:
        reach = max(reach, least_reach)
    mask = drawn
    del drawn  # each step may take as much memory again
    if adjusted.turned:
        mask = np.ascontiguousarray(mask[::-1, ::-1])
    if reach > 0:
        mask = growing.grown(mask, reach)
    elif reach < 0:
        mask = growing.shrunk(mask, -reach)
    return ~mask if adjusted.inverted else mask


def _extension_feather(overlap: int, adjusted: Adjusted, *, short_side: int) -> int:
    """New room fades in over what it may change of the picture: behind it is nothing to see."""
    return max(0, overlap + growth_pixels(adjusted.growth, short_side=short_side))
