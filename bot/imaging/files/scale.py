"""Scale spooled pictures band by band, so that only the result is ever held whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from bot.domain.edits.pictures import Box
from bot.imaging.files.pixels import bands

if TYPE_CHECKING:
    from bot.imaging.files.pixels import Bytes, Pixels

_GROUND: Final = 128  # seen through transparent pixels
_LANCZOS_REACH: Final = 3  # pixels of the smaller of the two grids


def flattened(rows: Bytes) -> Bytes:
    """Rows without alpha: transparent pixels stand on a neutral ground."""
    if rows.shape[2] == 3:
        return rows
    alpha = rows[..., 3:].astype(np.uint16)
    found = (rows[..., :3] * alpha + _GROUND * (255 - alpha) + 127) // 255
    return found.astype(np.uint8)


def scaled(
    picture: Pixels, box: Box, size: tuple[int, int], *, keep_alpha: bool = False
) -> Image.Image:
    """A box of a picture as an image of `size`: RGB, or RGBA where there is alpha to keep."""
    keeps = keep_alpha and picture.channels == 4
    found = Image.new("RGBA" if keeps else "RGB", size)
    down = box.height / size[1]
    reach = math.ceil((_LANCZOS_REACH + 1) * max(1.0, down)) + 1
    for top, bottom in bands(size[1], math.ceil(box.width * max(1.0, down))):
        first = max(0, math.floor(top * down) - reach)
        last = min(box.height, math.ceil(bottom * down) + reach)
        rows = picture.box(Box(box.left, box.top + first, box.width, last - first))
        band = Image.fromarray(rows if keeps else flattened(rows))
        if (box.width, box.height) == size:
            found.paste(band.crop((0, top - first, size[0], bottom - first)), (0, top))
            continue
        part = (0.0, top * down - first, box.width, min(bottom * down - first, last - first))
        lanczos = Image.Resampling.LANCZOS
        line = band.resize((size[0], bottom - top), lanczos, box=part, reducing_gap=3.0)
        found.paste(line, (0, top))
    return found


def whole(picture: Pixels, *, keep_alpha: bool = False) -> Image.Image:
    """The whole picture as an image, at its own size."""
    box = Box(0, 0, picture.width, picture.height)
    return scaled(picture, box, (picture.width, picture.height), keep_alpha=keep_alpha)
