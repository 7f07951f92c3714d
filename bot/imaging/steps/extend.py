"""Give a picture new room: the picture itself bit for bit, and around it a soft echo of it.

A model sees what lies under the mask, and the echo gives it the light and the colours to go on
from. It is never shown as a result: the mask covers all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from bot.domain.edits.extension import margins
from bot.domain.edits.pictures import Box, Reading
from bot.domain.errors import BadPicture
from bot.imaging.files import scale
from bot.imaging.files.headers import Unusable
from bot.imaging.files.intake import OpenedPicture, require_size
from bot.imaging.files.pixels import Bytes, Pixels, bands
from bot.imaging.files.png import write_png
from bot.imaging.masking import masks

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.edits.extension import Extension
    from bot.domain.edits.pictures import PictureLimits

_ECHO_SIDE: Final = 512  # pixels of the enlarged picture's longer side, where the echo is made
_LEAST_KEPT: Final = 4  # an overlap is at most a quarter of the picture's shorter side
_BLURS: Final = (3.0, 12.0, 36.0)  # of its pixels: each from twice its depth on


@dataclass(frozen=True, slots=True)
class ExtendedPicture:
    """A picture with new room, its mask, and how far the mask reaches into the picture itself.

    The caller must close `picture`.
    """

    picture: OpenedPicture
    mask: masks.Mask
    overlap: int


def enlarge(
    picture: OpenedPicture, extension: Extension, limits: PictureLimits, folder: Path
) -> ExtendedPicture:
    """Add new room to a picture; the enlarged original is written to `folder`.

    Raises:
        BadPicture: TOO_MANY_PIXELS or TOO_NARROW: it would be larger than intake allows.
        BadOption: it cannot be extended like that.
    """
    pixels = picture.pixels
    added = margins(extension, pixels.width, pixels.height)
    width = added.left + pixels.width + added.right
    height = added.top + pixels.height + added.bottom
    try:
        require_size(limits, width, height)
    except Unusable as error:
        raise BadPicture(error.problem, role="picture", **error.facts) from error
    inner = Box(added.left, added.top, pixels.width, pixels.height)
    overlap = min(extension.overlap, min(pixels.width, pixels.height) // _LEAST_KEPT)
    larger = _spooled(pixels, inner, width, height, folder)
    try:
        kept = write_png(larger, folder, "source")
    except BaseException:
        larger.close()
        raise
    opened = OpenedPicture(larger, picture.orientation, picture.notes, kept)
    mask = masks.Mask(_mask(inner, width, height, overlap), Reading.EXTENDED)
    return ExtendedPicture(opened, mask, overlap)


def _mask(inner: Box, width: int, height: int, overlap: int) -> Bytes:
    """The new room, and `overlap` pixels of the picture along each side that has some."""
    mask = np.full((height, width), 255, np.uint8)
    right, bottom = inner.left + inner.width, inner.top + inner.height
    left = inner.left + (overlap if inner.left else 0)
    top = inner.top + (overlap if inner.top else 0)
    right -= overlap if right < width else 0
    bottom -= overlap if bottom < height else 0
    mask[top:bottom, left:right] = 0
    return mask


def _spooled(picture: Pixels, inner: Box, width: int, height: int, folder: Path) -> Pixels:
    """The enlarged picture: the old pixels in the box `inner`, and their echo around them."""
    echo = Image.fromarray(_echo(picture, inner, width, height))
    larger = Pixels(folder, width=width, height=height, channels=picture.channels)
    try:
        for top, bottom in bands(height, width):
            part = (
                0.0,
                top * echo.height / height,
                echo.width,
                min(echo.height, bottom * echo.height / height),
            )
            rows = np.full((bottom - top, width, picture.channels), 255, np.uint8)
            around = echo.resize((width, bottom - top), Image.Resampling.BILINEAR, box=part)
            rows[..., :3] = np.asarray(around)
            first = max(top, inner.top)
            last = min(bottom, inner.top + inner.height)
            if first < last:
                old = picture.rows(first - inner.top, last - inner.top)
                rows[first - top : last - top, inner.left : inner.left + inner.width] = old
            larger.append(rows)
    except BaseException:
        larger.close()
        raise
    return larger


def _echo(picture: Pixels, inner: Box, width: int, height: int) -> Bytes:
    """The enlarged picture made small: its edges drawn outwards, and ever softer.

    Edges go on as they were, a horizon at its height; a mirror would show the model a second
    head to paint.
    """
    shrink = min(1.0, _ECHO_SIDE / max(width, height))
    small = (max(1, round(inner.width * shrink)), max(1, round(inner.height * shrink)))
    across, down = max(1, round(width * shrink)), max(1, round(height * shrink))
    left = min(round(inner.left * shrink), max(0, across - small[0]))
    top = min(round(inner.top * shrink), max(0, down - small[1]))
    across, down = max(across, small[0]), max(down, small[1])
    whole = Box(0, 0, picture.width, picture.height)
    view = np.asarray(scale.scaled(picture, whole, small))
    drawn_out = cv2.copyMakeBorder(
        view, top, down - top - small[1], left, across - left - small[0], cv2.BORDER_REPLICATE
    )
    new = np.full((down, across), 255, np.uint8)
    new[top : top + small[1], left : left + small[0]] = 0
    depth = cv2.distanceTransform(new, cv2.DIST_L2, 3)[..., None]
    echo = drawn_out.astype(np.float32)
    for sigma in _BLURS:
        soft = cv2.GaussianBlur(drawn_out, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        echo += (soft - echo) * np.minimum(depth / (2 * sigma), 1)
    return np.rint(echo).astype(np.uint8)
