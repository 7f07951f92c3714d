"""Adjust an area that was said: turn it round, grow it, shrink it, soften it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bot.domain.edits.options import growth_pixels
from bot.domain.edits.pictures import PreparedPicture, Reading
from bot.domain.errors import AreaProblem, BadArea
from bot.imaging.files.intake import OWN_FILES, open_picture
from bot.imaging.files.png import read_mask, write_png
from bot.imaging.masking import growing, masks
from bot.imaging.steps.prepare import doubt, written_crop

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.catalog import Model
    from bot.domain.edits.options import Adjusted
    from bot.imaging.files.pixels import Bytes

MOST_FEATHER: Final = 200
"""Pixels: at 12 megapixels a twentieth of the short side; beyond it nothing reads as an edge."""
LEAST_KEPT: Final = 8
"""Softer new room changes at most this part more of what was kept, along each of its sides."""


def revise(
    source: Path,
    drawn: Path,
    adjusted: Adjusted,
    feather: int,
    reading: Reading,
    model: Model,
    out: Path,
) -> PreparedPicture:
    """Apply all adjustments to the area as it was said, and write what the edit needs to `out`.

    `source` and `drawn` are the kept original and the mask that `prepare` wrote, `feather` its
    depth in pixels; they are not changed, and belong to what is found too. New room beside a
    picture has one shape; it fades in softer by changing more of the picture itself.

    Raises:
        BadArea: NOTHING is left of the area.
    """
    # Decoding needs the most memory: it is over before the masks are there.
    with open_picture(source, OWN_FILES, folder=out) as picture:
        if reading is Reading.EXTENDED:
            mask = read_mask(drawn)
            depth = _softer_overlap(mask, feather, adjusted.softness)
            mask = growing.grown(mask, depth - feather) if depth > feather else mask
        else:
            mask = adjusted_mask(read_mask(drawn), adjusted)
            depth = max(feather, min(feather << adjusted.softness, MOST_FEATHER))
        marked = int(np.count_nonzero(mask))
        if not marked:
            raise BadArea(AreaProblem.NOTHING, text="")
        cut = written_crop(picture.pixels, mask, model, out)
    return PreparedPicture(
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


def adjusted_mask(drawn: Bytes, adjusted: Adjusted) -> Bytes:
    """The mask, 0 and 255, after all adjustments to the one that was drawn."""
    reach = growth_pixels(adjusted.growth, short_side=min(drawn.shape))
    mask = drawn
    del drawn  # each step may take as much memory again
    if adjusted.turned:
        mask = np.ascontiguousarray(mask[::-1, ::-1])
    if reach > 0:
        mask = growing.grown(mask, reach)
    elif reach < 0:
        mask = growing.shrunk(mask, -reach)
    return ~mask if adjusted.inverted else mask


def _softer_overlap(mask: Bytes, overlap: int, softness: int) -> int:
    """How many pixels of the picture its new room may change: over these it fades in.

    Each step doubles them, as long as most of what was kept of the picture is kept.
    """
    kept = [int(np.count_nonzero(mask.min(axis=axis) == 0)) for axis in (0, 1)]
    most = overlap + min(kept) // LEAST_KEPT
    return max(overlap, min(overlap << softness, MOST_FEATHER, most))
