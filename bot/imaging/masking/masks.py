"""Say which pixels change: from a file, from words, or from what was erased.

A mask is an array of the upright picture's height x width that holds only 0 and 255 (255 =
change). How it was read is stated, never silent: a file may be a mask of any convention (see
maskfile.py), or a copy of the picture that was drawn on or erased from (see marks.py).
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from bot.domain.edits.pictures import Note, Question, Reading
from bot.domain.errors import AreaProblem, BadArea, BadMask, MaskProblem
from bot.imaging.files.pixels import bands
from bot.imaging.masking import looks, maskfile, rasterise
from bot.imaging.masking.drawn import (
    ERASED_BELOW,
    Mask,
    bounds,
    is_speckled,
    resized,
    same_shape,
    sizes,
    turned,
)
from bot.imaging.masking.likeness import likeness
from bot.imaging.masking.marks import marks_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.areas import Area, Found, Marks
    from bot.imaging.files.intake import OpenedPicture
    from bot.imaging.files.pixels import Bytes, Pixels
    from bot.imaging.masking.likeness import Likeness
    from bot.imaging.masking.looks import Look

__all__ = [
    "Mask",
    "bounds",
    "from_area",
    "from_copy",
    "from_erased",
    "from_file",
    "question",
    "resized",
]

MOST_SHARE: Final = 0.60
LEAST_SHARE: Final = 0.001

_HALF: Final = 128
_CLOCKWISE: Final = 6  # as an EXIF orientation


def from_area(
    area: Area, picture: Pixels, drawn: Mapping[Found | Marks, Bytes] = MappingProxyType({})
) -> Mask:
    """Draw an area in words; `drawn` has a mask for everything it finds in the picture.

    Raises:
        BadArea: a box lies outside the picture, or nothing is left of the area.
    """
    holes = _erased(picture)
    found = rasterise.rasterise(area, picture.width, picture.height, transparent=holes, drawn=drawn)
    if not found.any():
        raise BadArea(AreaProblem.NOTHING, text="")
    return Mask(found, Reading.WORDS)


def from_erased(picture: Pixels) -> Mask:
    """The part of the picture itself that was erased.

    Raises:
        BadMask: nothing is transparent: there is neither mask nor area.
    """
    holes = _erased(picture)
    if holes is None:
        raise BadMask(MaskProblem.MISSING)
    return Mask(holes, Reading.ERASED)


def from_file(file: OpenedPicture, picture: OpenedPicture) -> Mask:
    """Read a file as a mask, or as a marked or erased copy; both as they came through intake.

    Raises:
        BadMask: it is neither, has another shape, or marks nothing or everything.
    """
    look = looks.look(file.pixels)
    alike = likeness(file, picture)
    if alike is not None and _is_copy(look, alike, picture):
        if look.is_two_toned:
            return _from_either(file, picture, alike)
        return _from_marks(file, picture, alike)
    if not maskfile.has_holes(file.pixels):
        _require_mask(look, file, picture)
    found = _from_mask(file, picture)
    if alike is not None and look.is_two_toned and alike.may_be_grey_copy:
        return _asked(found)
    return found


def from_copy(file: OpenedPicture, picture: OpenedPicture) -> Mask:
    """The same where the member speaks of marks: in doubt, the file is a copy.

    Raises:
        BadMask: as from_file.
    """
    alike = likeness(file, picture)
    if alike is None or not alike.is_copy(plain=False):
        return from_file(file, picture)
    return _from_marks(file, picture, alike)


def question(share: float) -> Question | None:
    """The doubt about an area that covers `share` of the picture, if any."""
    if share > MOST_SHARE:
        return Question.MOST_OF_IT
    return Question.ALMOST_NOTHING if share < LEAST_SHARE else None


def _is_copy(look: Look, alike: Likeness, picture: OpenedPicture) -> bool:
    """Greys without grain are rather a mask, unless they have the tones of the picture."""
    is_like = alike.is_copy(plain=not look.is_photo)
    if look.is_photo or not look.is_grey:
        return is_like or alike.may_be_coloured_copy
    if not is_like or not alike.keeps_greys:
        return False
    return not look.is_two_toned or looks.look(picture.pixels).is_nearly_two_toned


def _from_marks(file: OpenedPicture, picture: OpenedPicture, alike: Likeness) -> Mask:
    found = marks_of(file, picture, alike)
    return dataclasses.replace(found, notes=(*file.notes, *found.notes))


def _from_either(file: OpenedPicture, picture: OpenedPicture, alike: Likeness) -> Mask:
    """The marks on a black and white copy; a logo without any may be its own mask.

    A page of text would be one too; but that the member forgot to draw is far more likely.
    """
    try:
        return _asked(_from_marks(file, picture, alike))
    except BadMask as error:
        if error.problem is not MaskProblem.NO_MARKS or alike.keeps_shade:
            raise
        found = _from_mask(file, picture)
        if Note.MASK_SPECKLED in found.notes:
            raise
    return _asked(found)


def _asked(mask: Mask) -> Mask:
    return dataclasses.replace(mask, question=mask.question or Question.COPY_OR_MASK)


def _from_mask(file: OpenedPicture, picture: OpenedPicture) -> Mask:
    turn, notes, doubt = _fit(file, picture)
    mask = maskfile.read(file.pixels)
    drawn = turned(mask.pixels, turn)
    width, height = picture.pixels.width, picture.pixels.height
    if drawn.shape != (height, width):
        drawn = resized(drawn, width, height)
    _require_both(drawn)
    speckled = (Note.MASK_SPECKLED,) if is_speckled(drawn) else ()
    return Mask(drawn, mask.reading, (*file.notes, *notes, *mask.notes, *speckled), doubt)


def _require_mask(look: Look, file: OpenedPicture, picture: OpenedPicture) -> None:
    """A photo cannot be a mask; a dark one looks like a mask, but not beside a mask."""
    if not (look.is_photo or look.is_dark_photo):
        return
    if looks.look(picture.pixels).is_mask:
        raise BadMask(MaskProblem.SWAPPED)
    if not look.is_photo:
        return
    size = (file.pixels.width, file.pixels.height)
    wanted = (picture.pixels.width, picture.pixels.height)
    if same_shape(size, wanted) or same_shape(size[::-1], wanted):
        raise BadMask(MaskProblem.OTHER_PICTURE)
    raise BadMask(MaskProblem.CROPPED, **sizes(file, picture))


def _fit(
    file: OpenedPicture, picture: OpenedPicture
) -> tuple[int, tuple[Note, ...], Question | None]:
    """How to turn a mask (as an EXIF orientation), what to tell about it, and what to ask."""
    size = (file.pixels.width, file.pixels.height)
    wanted = (picture.pixels.width, picture.pixels.height)
    if same_shape(size, wanted):
        return 1, () if size == wanted else (Note.MASK_SCALED,), None
    if not same_shape(size[::-1], wanted):
        raise BadMask(MaskProblem.OTHER_SHAPE, **sizes(file, picture))
    scaled = () if size[::-1] == wanted else (Note.MASK_SCALED,)
    if picture.orientation >= 5 and file.orientation == 1:
        return picture.orientation, (Note.MASK_TURNED, *scaled), None
    return _CLOCKWISE, scaled, Question.TURNED


def _require_both(mask: Bytes) -> None:
    """A mask must say what changes, and what stays."""
    marked = np.count_nonzero(mask)
    if marked == 0:
        raise BadMask(MaskProblem.EMPTY)
    if marked == mask.size:
        raise BadMask(MaskProblem.FULL)


def _erased(picture: Pixels) -> Bytes | None:
    """255 where the picture is transparent; None where that is nowhere."""
    if picture.channels != 4:
        return None
    holes = np.empty((picture.height, picture.width), np.uint8)
    least = 255
    for top, bottom in bands(picture.height, picture.width):
        alpha = picture.rows(top, bottom)[..., 3]
        least = min(least, int(alpha.min()))
        holes[top:bottom] = (alpha < ERASED_BELOW) * np.uint8(255)
    return holes if least < _HALF else None
