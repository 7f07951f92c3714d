"""A drawn mask, and the plain arithmetic of masks: arrays of height x width, 0 or 255."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.edits.pictures import Box, Note, Question, Reading
from bot.imaging.files.pixels import Bytes, bands

if TYPE_CHECKING:
    from bot.imaging.files.intake import OpenedPicture

ERASED_BELOW: Final = 250  # of 255: the soft rim of an eraser belongs to the hole
_SAME_SHAPE: Final = 0.01
_SPECKS: Final = 200
_SPECK_PIXELS: Final = 400


@dataclass(frozen=True, slots=True)
class Mask:
    """Where a picture changes, and how that was understood. `pixels` is 0 or 255."""

    pixels: Bytes
    reading: Reading
    notes: tuple[Note, ...] = ()
    question: Question | None = None


def resized(mask: Bytes, width: int, height: int) -> Bytes:
    """A mask in another size, by nearest neighbour: still only 0 and 255."""
    found = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(found, np.uint8)


def bounds(mask: Bytes) -> Box:
    """The smallest box around a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return Box(left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1)


def turned(pixels: Bytes, orientation: int) -> Bytes:
    """Turn pixels as EXIF orientations 1 to 8 turn a picture."""
    match orientation:
        case 2:
            found = pixels[:, ::-1]
        case 3:
            found = pixels[::-1, ::-1]
        case 4:
            found = pixels[::-1]
        case 5:
            found = pixels.swapaxes(0, 1)
        case 6:
            found = np.rot90(pixels, -1)
        case 7:
            found = pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            found = np.rot90(pixels)
        case _:
            found = pixels
    return np.ascontiguousarray(found)


def same_shape(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) have the same shape within 1 %."""
    first, second = size[0] * wanted[1], size[1] * wanted[0]
    return abs(first - second) <= _SAME_SHAPE * second


def sizes(file: OpenedPicture, picture: OpenedPicture) -> dict[str, int]:
    """Both sizes in pixels, as an error names them."""
    return {
        "mask_width": file.pixels.width,
        "mask_height": file.pixels.height,
        "width": picture.pixels.width,
        "height": picture.pixels.height,
    }


def is_speckled(mask: Bytes) -> bool:
    """Many tiny islands: counted by the pixels that have nothing marked above or to the left."""
    tips = 0
    above = np.zeros((1, mask.shape[1]), np.bool_)
    for top, bottom in bands(*mask.shape):
        rows = np.concatenate((above, mask[top:bottom] > 0))
        tip = rows[1:] & ~rows[:-1]
        tip[:, 1:] &= ~rows[1:, :-1]
        tip[:, 1:] &= ~rows[:-1, :-1]
        tip[:, :-1] &= ~rows[:-1, 1:]
        tips += int(np.count_nonzero(tip))
        above = rows[-1:]
    return tips > _SPECKS and int(np.count_nonzero(mask)) < tips * _SPECK_PIXELS
