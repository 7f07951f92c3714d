"""Read a mask file, whatever it was painted with.

- Transparent and opaque parts: the transparent part changes; unless the file is paint on a
  transparent ground, then the paint changes.
- Coloured paint on a plain ground: the paint changes.
- Two tones: the light one changes. Only where nearly the whole border and most of the file are
  light is the light tone the ground, and the dark one changes.
- Greys are rounded at half; two tones on the same side of half are told apart by Otsu's method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from bot.domain.edits.pictures import Note, Reading
from bot.domain.errors import BadMask, MaskProblem
from bot.imaging.files.pixels import Bytes, Pixels, bands
from bot.imaging.masking import looks
from bot.imaging.masking.drawn import Mask

if TYPE_CHECKING:
    from bot.imaging.masking.looks import Colour

_HALF: Final = 128
_LIGHT_BORDER: Final = 0.9
_ROUNDED_SHARE: Final = 0.005
_PAINT_SHARE: Final = 0.2  # of the commonest paint: what is rarer is its rim
_FLAT: Final = 0.97  # of the pixels have one of the colours; the rest are rims


def read(file: Pixels) -> Mask:
    """What a mask file marks, at the file's own size.

    Raises:
        BadMask: the file has one colour: EMPTY or FULL.
    """
    alpha = _alpha(file)
    if alpha is not None:
        return _by_alpha(file, alpha)
    return _by_paint(file) or _by_tone(_greys(file))


def has_holes(file: Pixels) -> bool:
    """Whether a file's transparency says anything."""
    return _alpha(file) is not None


def _alpha(file: Pixels) -> Bytes | None:
    """The alpha of a file where it says anything."""
    if file.channels != 4:
        return None
    alpha = np.empty((file.height, file.width), np.uint8)
    for top, bottom in bands(file.height, file.width):
        alpha[top:bottom] = file.rows(top, bottom)[..., 3]
    return alpha if alpha.min() < _HALF else None


def _greys(file: Pixels) -> Bytes:
    grey = np.empty((file.height, file.width), np.uint8)
    for top, bottom in bands(file.height, file.width):
        rows = np.ascontiguousarray(file.rows(top, bottom)[..., :3])
        grey[top:bottom] = cv2.cvtColor(rows, cv2.COLOR_RGB2GRAY)
    return grey


def _by_alpha(file: Pixels, alpha: Bytes) -> Mask:
    if alpha.max() < _HALF:
        raise BadMask(MaskProblem.FULL)
    holes = (alpha < _HALF) * np.uint8(255)
    if np.mean(_border(holes) > 0) <= 0.5:
        return Mask(holes, Reading.ALPHA_CHANGES)
    step = max(1, file.width * file.height // looks.SAMPLE_PIXELS)
    colours = looks.colours(
        np.concatenate(
            [
                file.rows(top, top + 1)[0, alpha[top] >= _HALF, :3]
                for top in range(0, file.height, step)
            ]
        )
    )
    paints = [colour for colour in colours if colour.is_saturated]
    if sum(colour.share for colour in colours) < _FLAT or len(colours) - len(paints) > 1:
        return Mask(holes, Reading.ALPHA_CHANGES)
    if paints:
        return Mask(~holes, Reading.PAINT_CHANGES)
    is_light = colours and float(colours[0].paint.mean()) >= _HALF
    return Mask(~holes, Reading.WHITE_CHANGES if is_light else Reading.BLACK_CHANGES)


def _by_paint(file: Pixels) -> Mask | None:
    """Cut coloured paint from its ground; None where nothing is coloured."""
    sample = looks.sample(file)
    colours = looks.colours(sample.reshape(-1, 3))
    paints = [colour for colour in colours if colour.is_saturated]
    grounds = [colour for colour in colours if not colour.is_saturated]
    if not paints or len(colours) < 2:
        return None
    if not grounds:  # paint on a coloured ground
        edge = np.concatenate((sample[[0, -1]].reshape(-1, 3), sample[:, [0, -1]].reshape(-1, 3)))
        near = [
            np.mean(np.abs(edge - one.paint).max(axis=-1) <= looks.EVEN_RANGE) for one in colours
        ]
        grounds = [colours[int(np.argmax(near))]]
        paints = [colour for colour in colours if colour is not grounds[0]]
    covered = grounds[0].share + sum(colour.share for colour in paints)
    if covered < looks.TWO_TONES:
        return None
    common = [one for one in paints if one.share >= _PAINT_SHARE * paints[0].share]
    return _painted(file, grounds[0], common)


def _painted(file: Pixels, ground: Colour, paints: list[Colour]) -> Mask:
    drawn = np.empty((file.height, file.width), np.uint8)
    unclear = 0
    for top, bottom in bands(file.height, file.width):
        rows = file.rows(top, bottom)[..., :3].astype(np.float32) - ground.paint
        most = np.zeros(rows.shape[:2], np.float32)
        for colour in paints:
            way = colour.paint - ground.paint
            most = np.maximum(most, rows @ (way / float(way @ way)))
        drawn[top:bottom] = (most >= 0.5) * np.uint8(255)
        unclear += int(np.count_nonzero((most > 0.2) & (most < 0.8)))
    notes = (Note.MASK_ROUNDED,) if unclear > _ROUNDED_SHARE * drawn.size else ()
    return Mask(drawn, Reading.PAINT_CHANGES, notes)


def _by_tone(grey: Bytes) -> Mask:
    """Cut a mask file without transparency in two tones."""
    darkest, lightest = int(grey.min()), int(grey.max())
    if lightest - darkest < looks.EVEN_RANGE:
        raise BadMask(MaskProblem.EMPTY if lightest < 64 else MaskProblem.FULL)
    if darkest < _HALF <= lightest:
        cut = _HALF
    else:
        cut = int(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0]) + 1
    light = (grey >= cut) * np.uint8(255)
    tones = np.bincount(grey.ravel()[:: max(1, grey.size // looks.SAMPLE_PIXELS)], minlength=256)
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
