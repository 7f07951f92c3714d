"""Find what was drawn on, or erased from, a copy of a picture.

Copy and picture are compared at a size that both have; what was found is drawn at the picture's
own. A copy is allowed to be smaller, packed, a little brighter or a pixel or two off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.edits.pictures import Box, Note, Reading
from bot.domain.errors import BadMask, MaskProblem
from bot.imaging.files.pixels import Bytes, Pixels, bands
from bot.imaging.files.scale import flattened, scaled
from bot.imaging.masking import differing, rims, strokes
from bot.imaging.masking.drawn import ERASED_BELOW, Mask, sizes, turned
from bot.imaging.masking.likeness import Likeness, likeness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.imaging.files.intake import OpenedPicture

    Flags = NDArray[np.bool_]
    Labels = NDArray[np.int32]
    Masses = NDArray[np.float64]

_WORK_PIXELS: Final = 4_000_000
_HALF: Final = 128

_LEAST_SCORE: Final = 0.75 * differing.UNIT
_SURE_SCORE: Final = 2.4 * differing.UNIT
_FRAME: Final = 2  # pixels at the edge that resizing and shifting spoil
# The mass of a spot is the sum of its sure scores, in units. Copies without marks, packed at
# JPEG 60 or sharpened, score below 2.2 nearly everywhere; a white pen on a light wall has 3.4.
_LEAST_MASS: Final = 300.0
_LEAST_MASS_SMALL: Final = 60.0  # in a very small picture
# Of the pixels of a spot, this many are sure: of a pen's at least half, of a marker's that covers
# by a fifth a sixth; of the halo that JPEG 30 to 50 leaves around small black letters, 1 to 12 %.
_LEAST_DENSE: Final = 0.125
_ALL_STARK: Final = 0.9
_STARK: Final = 150  # tones
_BLOCK: Final = 8  # pixels
_LEAST_PART: Final = 0.01  # of the heaviest spot,
_MOST_LEAST_MASS: Final = 1500.0  # but this is always a mark

_ERASED_BY: Final = 24  # of 255: less may be the work of resizing
_LEAST_ERASED: Final = 0.0002  # of the picture


def find_marks(copy: OpenedPicture, picture: OpenedPicture) -> Mask:
    """The marks on a copy of the picture, outlines filled; both as they came through intake.

    Raises:
        BadMask: CROPPED (another shape), OTHER_PICTURE (no copy of this one) or NO_MARKS.
    """
    alike = likeness(copy, picture)
    if alike is None:
        raise BadMask(MaskProblem.CROPPED, **sizes(copy, picture))
    if not alike.is_copy(plain=False):
        raise BadMask(MaskProblem.OTHER_PICTURE)
    return marks_of(copy, picture, alike)


def marks_of(copy: OpenedPicture, picture: OpenedPicture, alike: Likeness) -> Mask:
    """The marks on what is known to be a copy.

    Raises:
        BadMask: NO_MARKS: it shows the picture as it was; FULL: nothing of it is left.
    """
    holes = _erased(copy.pixels, picture.pixels, alike.orientation)
    if holes is not None:
        return Mask(holes, Reading.ERASED_COPY)
    theirs, ours = _pair(copy.pixels, picture.pixels, alike.orientation)
    theirs = differing.aligned(theirs, ours)
    ours = differing.rendered(theirs, ours)
    score = differing.score(theirs, ours)
    ink = _ink(score, ours)
    if not ink.any():
        raise BadMask(MaskProblem.NO_MARKS)
    covered = rims.coverage(ink, score, theirs, ours)
    del theirs, ours, score
    meant = strokes.meant(covered >= _HALF)
    covered[meant.area] = np.maximum(covered[meant.area], _HALF)
    drawn = _at_full_size(covered, meant.area, picture.pixels)
    if drawn.all():
        raise BadMask(MaskProblem.FULL)
    if meant.has_outlines:
        return Mask(drawn, Reading.MARKED_COPY, (Note.MARKS_FILLED,))
    return Mask(drawn, Reading.MARKED_COPY, () if meant.is_blob else (Note.MARKS_OPEN,))


def _erased(copy: Pixels, picture: Pixels, orientation: int) -> Bytes | None:
    """255 where the copy is transparent and the picture is not; None where that is nowhere."""
    if copy.channels != 4:
        return None
    theirs = turned(_alpha(copy), orientation)
    size = (picture.width, picture.height)
    if theirs.shape[::-1] != size:
        theirs = np.asarray(cv2.resize(theirs, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    cleared = 0
    for top, bottom in bands(*theirs.shape):
        rows = theirs[top:bottom]
        holes = rows < ERASED_BELOW
        if picture.channels == 4:
            holes &= cv2.subtract(picture.rows(top, bottom)[..., 3], rows) > _ERASED_BY
        cleared += int(np.count_nonzero(holes & (rows < _HALF)))
        rows[:] = holes * np.uint8(255)
    if cleared <= _LEAST_ERASED * theirs.size:
        return None
    if theirs.all():
        raise BadMask(MaskProblem.FULL)
    return theirs


def _alpha(picture: Pixels) -> Bytes:
    found = np.empty((picture.height, picture.width), np.uint8)
    for top, bottom in bands(picture.height, picture.width):
        found[top:bottom] = picture.rows(top, bottom)[..., 3]
    return found


def _pair(copy: Pixels, picture: Pixels, orientation: int) -> tuple[Bytes, Bytes]:
    """Both as luma and chroma at a common size, upright: height x width x 3."""
    width, height = picture.width, picture.height
    across, down = (copy.width, copy.height) if orientation < 5 else (copy.height, copy.width)
    factor = min(1.0, across / width, down / height, (_WORK_PIXELS / (width * height)) ** 0.5)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    file = _scaled(copy, size if orientation < 5 else size[::-1])
    theirs, ours = flattened(turned(file, orientation)), _scaled(picture, size)
    if picture.channels == 4:
        ours = _on_the_same_ground(ours, theirs)
    return _planes(theirs), _planes(ours)


def _scaled(picture: Pixels, size: tuple[int, int]) -> Bytes:
    whole = Box(0, 0, picture.width, picture.height)
    return np.asarray(scaled(picture, whole, size, keep_alpha=True))


def _on_the_same_ground(ours: Bytes, theirs: Bytes) -> Bytes:
    """RGB of a picture with alpha; apps put what is transparent on white, or on black."""
    seen = theirs[ours[..., 3] == 0]
    if not len(seen):
        return flattened(ours)
    alpha = ours[..., 3:].astype(np.float32) / 255
    ground = np.median(seen, axis=0).astype(np.float32)
    found: NDArray[np.float32] = ours[..., :3] * alpha + ground * (1 - alpha)
    return np.rint(found).astype(np.uint8)


def _planes(pixels: Bytes) -> Bytes:
    rgb = np.ascontiguousarray(pixels)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), np.uint8)


def _ink(score: Bytes, picture: Bytes) -> Flags:
    """The spots that are too much for noise."""
    if min(score.shape) > 4 * _FRAME:
        inner = score[_FRAME:-_FRAME, _FRAME:-_FRAME]
        score[:] = cv2.copyMakeBorder(inner, *(_FRAME,) * 4, cv2.BORDER_REPLICATE)
    labels, mass, dense = _spots(score, score >= _LEAST_SCORE)
    least = max(_LEAST_MASS_SMALL, _LEAST_MASS * min(1.0, (score.size / 1e6) ** 0.5))
    least = max(least, min(_LEAST_PART * float(mass.max()), _MOST_LEAST_MASS))
    heavy = mass >= least
    found = heavy[labels]
    loose = heavy & (dense < _LEAST_DENSE)
    if not loose.any():
        return np.asarray(found)
    # The halo of letters that were packed hard, and maybe a mark in it.
    areas = np.bincount(labels.ravel(), minlength=len(mass))
    at_letters = np.bincount(labels[_stark(picture)], minlength=len(mass))
    halo = (loose & (at_letters >= _ALL_STARK * areas))[labels]
    labels, mass, _ = _spots(score, halo & (score >= _SURE_SCORE))
    return np.asarray((found & ~halo) | (mass >= least)[labels])


def _stark(picture: Bytes) -> Flags:
    """What lies within a block of JPEG beside letters and the like; of luma and chroma."""
    luma = np.ascontiguousarray(picture[..., 0])
    kernel = np.ones((_BLOCK * 2 + 1,) * 2, np.uint8)
    return np.asarray(cv2.subtract(cv2.dilate(luma, kernel), cv2.erode(luma, kernel)) >= _STARK)


def _spots(score: Bytes, marked: Flags) -> tuple[Labels, Masses, Masses]:
    """The spot each pixel belongs to, 0 for none; the mass of each, and how much of it is sure."""
    kernel = np.ones((3, 3), np.uint8)
    spots = cv2.morphologyEx(marked.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    count, labels = cv2.connectedComponents(spots, connectivity=8)
    mass, sures, areas = np.zeros(count), np.zeros(count), np.ones(count)
    for top, bottom in bands(*score.shape):
        rows, own = score[top:bottom], labels[top:bottom]
        sure = rows >= _SURE_SCORE
        mass += np.bincount(own[sure], rows[sure] / differing.UNIT, minlength=count)
        sures += np.bincount(own[sure], minlength=count)
        areas += np.bincount(own.ravel(), minlength=count)
    mass[0] = 0
    return np.asarray(labels, np.int32), mass, sures / areas


def _at_full_size(covered: Bytes, area: Flags, picture: Pixels) -> Bytes:
    """0 or 255 at the picture's size; a soft rim is cut at half, between its pixels too."""
    size = (picture.width, picture.height)
    if covered.shape[::-1] != size:
        covered[area & (cv2.erode(area.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)] = 255
        covered = np.asarray(cv2.resize(covered, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    cv2.threshold(covered, _HALF - 1, 255, cv2.THRESH_BINARY, dst=covered)
    return covered
