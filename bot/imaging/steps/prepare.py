"""Turn a member's files into what can be bought: the kept original, its mask, and what is sent."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.domain import areas
from bot.domain.areas import Marks
from bot.domain.edits.options import feather_width
from bot.domain.edits.pictures import Note, PreparedPicture, Reading
from bot.domain.errors import BadMask, MaskProblem
from bot.imaging.detect import text
from bot.imaging.files.intake import OpenedPicture, open_picture
from bot.imaging.files.png import write_png
from bot.imaging.masking import findings, masks
from bot.imaging.steps import extend
from bot.imaging.stitching import crop

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.areas import Area
    from bot.domain.catalog import Model
    from bot.domain.edits.extension import Extension
    from bot.domain.edits.pictures import AreaChoice, Brief, Lines, PictureLimits, Question
    from bot.imaging.files.pixels import Bytes, Pixels


def prepare(
    brief: Brief,
    lettering: Lines,
    model: Model,
    limits: PictureLimits,
    out: Path,
) -> PreparedPicture:
    """Check a picture and what should change in it, and write all files an edit needs to `out`.

    Raises:
        BadPicture: the picture or the mask is not usable, or would grow too large.
        BadMask: the mask does not fit the picture, or says nothing; or both or none were given.
        BadArea: the words were not understood, or what they name is not in the picture.
        BadOption: it cannot be extended like that.
    """
    said = areas.parse(brief.area) if brief.area is not None and brief.area.strip() else None
    _require_one_way(brief, said)
    if brief.extension is not None:
        return _extended(brief, brief.extension, model, limits, out)
    with open_picture(brief.source, limits, folder=out, keep=True) as picture:
        assert picture.kept is not None  # noqa: S101  it was asked for
        try:
            mask = _mask(picture, brief, said, lettering, limits, out)
            feather = _feather(said, mask.pixels)
            choices: tuple[AreaChoice, ...] = ()
            if brief.offers_lettering and isinstance(lettering, tuple):
                size = picture.pixels.width, picture.pixels.height
                choices = text.lettering_choices(lettering, *size)
            return _written(picture, mask, feather, choices, model, out)
        except BaseException:
            picture.kept.unlink(missing_ok=True)
            raise


def doubt(mask: masks.Mask) -> Question | None:
    """What the member must answer about a mask before money moves."""
    if mask.question is not None or mask.reading is Reading.EXTENDED:
        return mask.question
    return masks.question(np.count_nonzero(mask.pixels) / mask.pixels.size)


def _require_one_way(brief: Brief, said: Area | None) -> None:
    """An area is said in one way; only `marks` in words needs a file beside them."""
    says_marks = said is not None and areas.says_marks(said)
    if says_marks and brief.mask is None:
        raise BadMask(MaskProblem.NOT_A_COPY)
    ways = (
        brief.mask is not None and not says_marks,
        said is not None,
        brief.extension is not None,
    )
    if sum(ways) > 1:
        raise BadMask(MaskProblem.BOTH)


def _extended(
    brief: Brief, extension: Extension, model: Model, limits: PictureLimits, out: Path
) -> PreparedPicture:
    with open_picture(brief.source, limits, folder=out) as picture:
        found = extend.enlarge(picture, extension, limits, out)
    with found.picture as larger:
        return _written(larger, found.mask, found.overlap, (), model, out)


def _mask(
    picture: OpenedPicture,
    brief: Brief,
    said: Area | None,
    lettering: Lines,
    limits: PictureLimits,
    out: Path,
) -> masks.Mask:
    copy: masks.Mask | None = None
    if brief.mask is not None:
        with open_picture(brief.mask, limits, folder=out, role="mask") as file:
            if said is None:
                return masks.from_file(file, picture)
            copy = masks.from_copy(file, picture)
    if said is None or brief.area is None:
        return masks.from_erased(picture.pixels)
    found = findings.look_for(said, brief.area, picture.pixels, lettering)
    if copy is not None:
        found.add(Marks(), copy.pixels, copy.notes)
    mask = masks.from_area(said, picture.pixels, found)
    mask = dataclasses.replace(mask, notes=(*found.notes, *mask.notes))
    if copy is None:
        return mask
    # How a copy was read is worth telling even where words went on from it.
    return dataclasses.replace(mask, reading=copy.reading, question=copy.question)


def _feather(said: Area | None, mask: Bytes) -> int:
    """How many pixels deep the new picture fades in: as it was said, else by the area's size."""
    length = None if said is None else areas.feather_of(said)
    if length is None:
        return feather_width(int(np.count_nonzero(mask)))
    return max(1, round(length.pixels(min(mask.shape))))


def _written(
    picture: OpenedPicture,
    mask: masks.Mask,
    feather: int,
    choices: tuple[AreaChoice, ...],
    model: Model,
    out: Path,
) -> PreparedPicture:
    assert picture.kept is not None  # noqa: S101  every caller has one
    drawn = write_png(mask.pixels, out, "mask")
    cut = written_crop(picture.pixels, mask.pixels, model, out)
    return PreparedPicture(
        source=picture.kept,
        mask=drawn,
        drawn=drawn,
        sent_picture=cut.picture,
        sent_mask=cut.mask,
        width=picture.pixels.width,
        height=picture.pixels.height,
        sent_width=cut.plan.width,
        sent_height=cut.plan.height,
        crop=cut.plan.crop,
        masked_pixels=int(np.count_nonzero(mask.pixels)),
        feather=feather,
        reading=mask.reading,
        question=doubt(mask),
        notes=tuple(dict.fromkeys((*picture.notes, *mask.notes, *cut.notes))),
        choices=choices,
    )


@dataclass(frozen=True, slots=True)
class Cut:
    """What is sent: where it lies in the picture, its two files, and what to tell about it."""

    plan: crop.CropPlan
    picture: Path
    mask: Path
    notes: tuple[Note, ...]


def written_crop(picture: Pixels, mask: Bytes, model: Model, out: Path) -> Cut:
    """Cut out what is sent, and write it to `out`."""
    best = model.best_pixels
    plan = crop.plan(picture.width, picture.height, masks.bounds(mask), best_pixels=best)
    return Cut(
        plan,
        write_png(crop.cut_picture(picture, plan), out, "sent-picture"),
        write_png(crop.cut_mask(mask, plan), out, "sent-mask"),
        (Note.PARTS_APART,) if crop.parts_apart(mask, plan, best_pixels=best) else (),
    )
