"""Turn a member's files into what can be bought: the kept original, its mask, and what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.domain import areas
from bot.domain.errors import BadMask, MaskProblem
from bot.domain.pictures import Prepared
from bot.imaging import compose, crop, masks
from bot.imaging.intake import Opened, open_picture
from bot.imaging.png import write_png

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.areas import Area
    from bot.domain.catalog import Model
    from bot.domain.pictures import Brief, PictureLimits, TextLine
    from bot.imaging.pixels import Bytes, Pixels


def prepare(
    brief: Brief,
    lettering: tuple[TextLine, ...] | None,
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
    area = brief.area
    words = areas.parse(area) if area is not None and area.strip() else None
    if brief.mask is not None and words is not None:
        raise BadMask(MaskProblem.BOTH)
    with open_picture(brief.source, limits, folder=out, keep=True) as picture:
        assert picture.kept is not None  # noqa: S101  it was asked for
        try:
            found = _mask(picture, brief.mask, words, limits, out)
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
    drawn = write_png(mask.pixels, out, "mask")
    marked = int(np.count_nonzero(mask.pixels))
    cut = written_crop(picture.pixels, mask.pixels, model, out)
    return Prepared(
        source=kept,
        mask=drawn,
        drawn=drawn,
        sent_picture=cut.picture,
        sent_mask=cut.mask,
        width=picture.pixels.width,
        height=picture.pixels.height,
        sent_width=cut.plan.width,
        sent_height=cut.plan.height,
        crop=cut.plan.crop,
        masked_pixels=marked,
        feather=compose.feather_width(marked),
        reading=mask.reading,
        question=masks.question(marked / mask.pixels.size),
        notes=tuple(dict.fromkeys((*picture.notes, *mask.notes))),
        choices=(),
    )


@dataclass(frozen=True, slots=True)
class Cut:
    """What is sent: where it lies in the picture, and its two files."""

    plan: crop.Plan
    picture: Path
    mask: Path


def written_crop(picture: Pixels, mask: Bytes, model: Model, out: Path) -> Cut:
    """Cut out what is sent, and write it to `out`."""
    plan = crop.plan(
        picture.width, picture.height, masks.bounds(mask), best_pixels=model.best_pixels
    )
    return Cut(
        plan,
        write_png(crop.cut_picture(picture, plan), out, "sent-picture"),
        write_png(crop.cut_mask(mask, plan), out, "sent-mask"),
    )
