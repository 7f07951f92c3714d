"""Turn a member's files into what can be bought: the kept original, its mask, and what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bot.domain import areas
from bot.domain.errors import BadMask, MaskProblem
from bot.domain.pictures import Prepared
from bot.imaging import crop, masks
from bot.imaging.intake import Opened, open_picture
from bot.imaging.png import write_png

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.areas import Area
    from bot.domain.catalog import Model
    from bot.domain.pictures import PictureLimits


def prepare(
    source: Path,
    mask: Path | None,
    area: str | None,
    model: Model,
    limits: PictureLimits,
    out: Path,
) -> Prepared:
    """Check a picture and what should change in it, and write all files an edit needs to `out`.

    Raises:
        BadPicture: the picture or the mask is no usable picture.
        BadMask: the mask does not fit the picture, or says nothing; or both or none were given.
        BadArea: the words were not understood.
    """
    words = areas.parse(area) if area is not None and area.strip() else None
    if mask is not None and words is not None:
        raise BadMask(MaskProblem.BOTH)
    with open_picture(source, limits, folder=out, keep=True) as picture:
        assert picture.kept is not None  # noqa: S101  it was asked for
        try:
            found = _mask(picture, mask, words, limits, out)
            return _written(picture, picture.kept, found, model, out)
        except BaseException:
            picture.kept.unlink(missing_ok=True)
            raise


def _mask(
    picture: Opened, mask: Path | None, words: Area | None, limits: PictureLimits, out: Path
) -> masks.Mask:
    if mask is not None:
        with open_picture(mask, limits, folder=out, role="mask") as file:
            return masks.from_file(file, picture)
    if words is not None:
        return masks.from_area(words, picture.pixels)
    return masks.from_erased(picture.pixels)


def _written(picture: Opened, kept: Path, mask: masks.Mask, model: Model, out: Path) -> Prepared:
    pixels = picture.pixels
    marked = int(np.count_nonzero(mask.pixels))
    plan = crop.plan(
        pixels.width, pixels.height, masks.bounds(mask.pixels), best_pixels=model.best_pixels
    )
    return Prepared(
        source=kept,
        mask=write_png(mask.pixels, out, "mask"),
        sent_picture=write_png(crop.cut_picture(pixels, plan), out, "sent-picture"),
        sent_mask=write_png(crop.cut_mask(mask.pixels, plan), out, "sent-mask"),
        width=pixels.width,
        height=pixels.height,
        sent_width=plan.width,
        sent_height=plan.height,
        crop=plan.crop,
        masked_pixels=marked,
        reading=mask.reading,
        question=masks.question(marked / (pixels.width * pixels.height)),
        notes=tuple(dict.fromkeys((*picture.notes, *mask.notes))),
    )
