"""Bring the provider's picture home: fit it, stitch it into the original, count what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from bot.domain.errors import BadPicture, Broken, Failure
from bot.domain.pictures import Finished, Note
from bot.imaging import compose, scale
from bot.imaging.intake import OWN_FILES, Opened, open_picture
from bot.imaging.png import PngWriter, new_file

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.pictures import Box
    from bot.imaging.pixels import Bytes


def finish(
    source: Path,
    mask: Path,
    crop: Box,
    sent_picture: Path,
    sent_mask: Path,
    result: Path,
    out: Path,
) -> Finished:
    """Stitch `result` into `source` and write the picture to `out`.

    All but `result` are the files that `prepare` wrote.

    Raises:
        Broken: the result is no picture (BAD_RESULT), or our own files are gone (INTERNAL).
    """
    painted, returned = _painted(result, out)
    try:
        with open_picture(source, OWN_FILES, folder=out) as picture:
            inside, outside = _raw_differences(sent_picture, sent_mask, painted, out)
            drawn = _read_mask(mask)
            path, counts = _stitched(picture, drawn, crop, painted, out)
    except (BadPicture, OSError) as error:
        raise Broken(Failure.INTERNAL, detail="a kept picture cannot be read") from error
    marked = int(np.count_nonzero(drawn))
    return Finished(
        picture=path,
        width=picture.pixels.width,
        height=picture.pixels.height,
        changed_inside=counts.changed_inside,
        changed_outside=counts.changed_outside,
        pixels_inside=marked,
        pixels_outside=drawn.size - marked,
        returned_width=returned[0],
        returned_height=returned[1],
        raw_inside=inside,
        raw_outside=outside,
        notes=() if returned == _size(sent_mask) else (Note.RESULT_RESIZED,),
    )


def _painted(result: Path, out: Path) -> tuple[Image.Image, tuple[int, int]]:
    """The provider's picture as RGB, through the same gate as a member's."""
    try:
        with open_picture(result, OWN_FILES, folder=out, role="result") as opened:
            image = scale.whole(opened.pixels)
    except (BadPicture, OSError) as error:
        detail = str(error.problem) if isinstance(error, BadPicture) else "unreadable"
        raise Broken(Failure.BAD_RESULT, detail=detail) from error
    return image, image.size


def _stitched(
    picture: Opened, mask: Bytes, crop: Box, painted: Image.Image, out: Path
) -> tuple[Path, compose.Counts]:
    pixels = picture.pixels
    path, file = new_file(out, "finished", ".png")
    try:
        with (
            file,
            PngWriter(
                file, width=pixels.width, height=pixels.height, channels=pixels.channels
            ) as png,
        ):
            return path, compose.stitch(pixels, mask, crop, painted, png)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _raw_differences(
    sent_picture: Path, sent_mask: Path, painted: Image.Image, out: Path
) -> tuple[float, float]:
    """How far the returned picture is from the sent one, inside and outside the mask."""
    mask = _read_mask(sent_mask)
    size = (mask.shape[1], mask.shape[0])
    with open_picture(sent_picture, OWN_FILES, folder=out) as opened:
        sent = np.asarray(scale.whole(opened.pixels))
    fitted = painted if painted.size == size else painted.resize(size, Image.Resampling.LANCZOS)
    return compose.mean_differences(sent, np.asarray(fitted), mask)


def _read_mask(path: Path) -> Bytes:
    """One of our own masks: mode L, only 0 and 255."""
    with Image.open(path, formats=("PNG",)) as image:
        return np.array(image.convert("L"))


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path, formats=("PNG",)) as image:
        return image.size
