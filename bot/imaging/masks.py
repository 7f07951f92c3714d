"""Say which pixels change: from a mask file, from words, or from what was erased.

A mask is an array of the upright picture's height x width that holds only 0 and 255 (255 =
change). How a file was read is stated, never silent:

- Transparent and opaque parts: the transparent part changes, as in an erased copy; unless the
  file is one colour painted on a transparent ground, then the paint changes.
- Two tones: the light one changes. Only where nearly the whole border and most of the file are
  light is the light tone the ground, and the dark one changes.
- Greys are rounded at half; two tones on the same side of half are told apart by Otsu's method.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.errors import AreaProblem, BadArea, BadMask, MaskProblem
from bot.domain.pictures import Box, Note, Question, Reading
from bot.imaging import shapes
from bot.imaging.pixels import Bytes, Pixels, bands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.areas import Area, Found, Marks
    from bot.imaging.intake import Opened

MOST_SHARE: Final = 0.60
LEAST_SHARE: Final = 0.001

_HALF: Final = 128
_ERASED_BELOW: Final = 250  # of 255: the soft rim of an eraser belongs to the hole
_SAME_SHAPE: Final = 0.01
_EVEN_RANGE: Final = 40  # tones closer than this are one colour and the noise of JPEG
_LIGHT_BORDER: Final = 0.9
_ROUNDED_SHARE: Final = 0.005
_SAMPLE_PIXELS: Final = 1 << 20
_SPECKS: Final = 200
_SPECK_PIXELS: Final = 400


@dataclass(frozen=True, slots=True)
class Mask:
    """Where a picture changes, and how that was understood. `pixels` is 0 or 255."""

    pixels: Bytes
    reading: Reading
    notes: tuple[Note, ...] = ()
    question: Question | None = None


def from_area(
    area: Area, picture: Pixels, drawn: Mapping[Found | Marks, Bytes] = MappingProxyType({})
) -> Mask:
    """Draw an area in words; `drawn` has a mask for everything it finds in the picture.

    Raises:
        BadArea: a box lies outside the picture, or nothing is left of the area.
    """
    holes = _erased(picture)
    found = shapes.rasterise(area, picture.width, picture.height, transparent=holes, drawn=drawn)
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


def from_file(file: Opened, picture: Opened) -> Mask:
    """Read a mask file for a picture; both as they came through the gate.

    Raises:
        BadMask: it is no mask, of another shape, or marks nothing or everything.
    """
    grey, alpha = _measured(file.pixels)
    if alpha is None and _looks_like_photo(file.pixels):
        swapped = _looks_like_mask(picture.pixels)
        raise BadMask(MaskProblem.SWAPPED if swapped else MaskProblem.SAME_PICTURE)
    turns, notes = _fit(file, picture)
    mask = _by_alpha(grey, alpha) if alpha is not None else _by_tone(grey)
    del grey, alpha
    drawn = _turned(mask.pixels, picture.orientation) if turns else mask.pixels
    width, height = picture.pixels.width, picture.pixels.height
    if drawn.shape != (height, width):
        drawn = resized(drawn, width, height)
    _require_both(drawn)
    speckled = (Note.MASK_SPECKLED,) if _is_speckled(drawn) else ()
    return Mask(drawn, mask.reading, (*file.notes, *notes, *mask.notes, *speckled))


def question(share: float) -> Question | None:
    """The doubt about an area that covers `share` of the picture, if any."""
    if share > MOST_SHARE:
        return Question.MOST_OF_IT
    return Question.ALMOST_NOTHING if share < LEAST_SHARE else None


def resized(mask: Bytes, width: int, height: int) -> Bytes:
    """A mask in another size, by nearest neighbour: still only 0 and 255."""
    found = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(found, np.uint8)


def bounds(mask: Bytes) -> Box:
    """The smallest box around a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return Box(left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1)


def _erased(picture: Pixels) -> Bytes | None:
    """255 where the picture is transparent; None where that is nowhere."""
    if picture.channels != 4:
        return None
    holes = np.empty((picture.height, picture.width), np.uint8)
    least = 255
    for top, bottom in bands(picture.height, picture.width):
        alpha = picture.rows(top, bottom)[..., 3]
        least = min(least, int(alpha.min()))
        holes[top:bottom] = (alpha < _ERASED_BELOW) * np.uint8(255)
    return holes if least < _HALF else None


def _measured(file: Pixels) -> tuple[Bytes, Bytes | None]:
    """The tones of a mask file, and its alpha where that says anything."""
    grey = np.empty((file.height, file.width), np.uint8)
    alpha = np.empty_like(grey) if file.channels == 4 else None
    for top, bottom in bands(file.height, file.width):
        rows = file.rows(top, bottom)
        grey[top:bottom] = cv2.cvtColor(np.ascontiguousarray(rows[..., :3]), cv2.COLOR_RGB2GRAY)
        if alpha is not None:
            alpha[top:bottom] = rows[..., 3]
    if alpha is None or alpha.min() >= _HALF:
        return grey, None
    return grey, alpha


def _by_alpha(grey: Bytes, alpha: Bytes) -> Mask:
    if alpha.max() < _HALF:
        raise BadMask(MaskProblem.FULL)
    holes = (alpha < _HALF) * np.uint8(255)
    paint = grey[holes == 0]
    low, high = np.percentile(paint[:: max(1, paint.size // _SAMPLE_PIXELS)], (1, 99))
    is_paint = high - low < _EVEN_RANGE and np.mean(_border(holes) > 0) > 0.5
    if not is_paint:
        return Mask(holes, Reading.ALPHA_CHANGES)
    reading = Reading.WHITE_CHANGES if high >= _HALF else Reading.BLACK_CHANGES
    return Mask(~holes, reading)


def _by_tone(grey: Bytes) -> Mask:
    """Cut a mask file without transparency in two tones."""
    darkest, lightest = int(grey.min()), int(grey.max())
    if lightest - darkest < _EVEN_RANGE:
        raise BadMask(MaskProblem.EMPTY if lightest < 64 else MaskProblem.FULL)
    if darkest < _HALF <= lightest:
        cut = _HALF
    else:
        cut = int(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0]) + 1
    light = (grey >= cut) * np.uint8(255)
    tones = np.bincount(grey.ravel()[:: max(1, grey.size // _SAMPLE_PIXELS)], minlength=256)
    clear = tones[: darkest + 9].sum() + tones[max(0, lightest - 8) :].sum()
    notes = (Note.MASK_ROUNDED,) if clear < tones.sum() * (1 - _ROUNDED_SHARE) else ()
    if np.mean(_border(light) > 0) >= _LIGHT_BORDER and np.count_nonzero(light) * 2 > light.size:
        return Mask(~light, Reading.BLACK_CHANGES, notes)
    return Mask(light, Reading.WHITE_CHANGES, notes)


def _border(mask: Bytes) -> Bytes:
    """The outermost hundredth of a mask on all four sides, as one row."""
    down, across = (max(1, side // 100) for side in mask.shape)
    sides = mask[:down], mask[-down:], mask[:, :across], mask[:, -across:]
    return np.concatenate([side.ravel() for side in sides])


def _require_both(mask: Bytes) -> None:
    """A mask must say what changes, and what stays."""
    marked = np.count_nonzero(mask)
    if marked == 0:
        raise BadMask(MaskProblem.EMPTY)
    if marked == mask.size:
        raise BadMask(MaskProblem.FULL)


def _fit(file: Opened, picture: Opened) -> tuple[bool, tuple[Note, ...]]:
    """Whether the mask must be turned as the picture was, and what to tell about its size."""
    size = (file.pixels.width, file.pixels.height)
    wanted = (picture.pixels.width, picture.pixels.height)
    if size == wanted:
        return False, ()
    if _same_shape(size, wanted):
        return False, (Note.MASK_SCALED,)
    turned = size[::-1]
    facts = dict(
        zip(("mask_width", "mask_height", "width", "height"), (*size, *wanted), strict=True)
    )
    if not _same_shape(turned, wanted):
        raise BadMask(MaskProblem.OTHER_SHAPE, **facts)
    if picture.orientation < 5 or file.orientation != 1:
        raise BadMask(MaskProblem.TURNED, **facts)
    scaled = () if turned == wanted else (Note.MASK_SCALED,)
    return True, (Note.MASK_TURNED, *scaled)


def _same_shape(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    first, second = size[0] * wanted[1], size[1] * wanted[0]
    return abs(first - second) <= _SAME_SHAPE * second


def _turned(mask: Bytes, orientation: int) -> Bytes:
    """Turn a mask as EXIF orientations 5 to 8 turn a picture."""
    match orientation:
        case 5:
            found = mask.T
        case 6:
            found = np.rot90(mask, -1)
        case 7:
            found = mask[::-1, ::-1].T
        case _:
            found = np.rot90(mask)
    return np.ascontiguousarray(found)


def _is_speckled(mask: Bytes) -> bool:
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


def _looks_like_photo(file: Pixels) -> bool:
    """Many colours, or the grain of a photo; a mask has two tones, or soft greys."""
    sample = _sample(file)
    if _two_colours_share(sample) >= 0.85:
        return False
    colour = np.ptp(sample, axis=-1).mean()
    grey = sample.mean(axis=-1)
    grain = (
        np.abs(2 * grey[:, 1:-1] - grey[:, :-2] - grey[:, 2:]).mean() if grey.shape[1] > 2 else 0
    )
    return bool(colour > 12 or grain > 3)


def _looks_like_mask(picture: Pixels) -> bool:
    """Two tones without colour."""
    sample = _sample(picture)
    return _two_colours_share(sample) >= 0.97 and bool(np.ptp(sample, axis=-1).mean() < 6)


def _sample(file: Pixels) -> Bytes:
    """Whole rows spread over a picture, about a million pixels of them, without alpha."""
    step = max(1, file.width * file.height // _SAMPLE_PIXELS)
    rows = [file.rows(top, top + 1)[..., :3] for top in range(0, file.height, step)]
    return np.concatenate(rows)


def _two_colours_share(sample: Bytes) -> float:
    """The part of the pixels that is close to one of the two commonest colours."""
    flat = sample.reshape(-1, 3)
    coarse = (flat >> 4).astype(np.uint16) @ np.array([256, 16, 1], np.uint16)
    left = np.ones(len(flat), np.bool_)
    for _ in range(2):
        if not left.any():
            break
        commonest = np.bincount(coarse[left], minlength=4096).argmax()
        colour = flat[left & (coarse == commonest)].mean(axis=0)
        left &= np.abs(flat - colour.astype(np.int16)).max(axis=-1) > _EVEN_RANGE
    return 1 - np.count_nonzero(left) / len(flat)
