"""Bring the provider's picture home: fit it, match its tone, stitch it in, count what changed."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from bot.domain.edits.pictures import FinishedPicture
from bot.domain.errors import BadPicture, Broken, Failure
from bot.imaging.files import scale
from bot.imaging.files.intake import OWN_FILES, OpenedPicture, open_picture
from bot.imaging.files.png import PngWriter, new_file, read_mask
from bot.imaging.stitching import compose, tones

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.edits.pictures import Box
    from bot.imaging.files.pixels import Bytes
    from bot.imaging.stitching.tones import Tone


def finish(
    source: Path,
    mask: Path,
    crop: Box,
    sent_picture: Path,
    sent_mask: Path,
    result: Path,
    feather: int,
    out: Path,
) -> FinishedPicture:
    """Stitch `result` into `source`, fading in over `feather` pixels, and write it to `out`.

    All but `result` are the files that `prepare` wrote.

    Raises:
        Broken: the result is not a picture (BAD_RESULT), or our own files are gone or altered
            (INTERNAL).
        OSError, MemoryError: the disk or the memory failed. The picture is still to be had.
    """
    painted = _painted(result, out)
    try:
        with open_picture(source, OWN_FILES, folder=out) as picture:
            raw = _compared(sent_picture, sent_mask, painted, out)
            if raw.tone is not None:
                raw.tone.correct(painted)
            drawn = read_mask(mask)
            path, counts = _stitched(picture, drawn, crop, painted, feather, out)
    except (BadPicture, OSError) as error:
        # Pillow's own errors have no number; all others but "no such file" are the disk's.
        if isinstance(error, OSError) and error.errno not in (None, errno.ENOENT):
            raise
        raise Broken(Failure.INTERNAL, detail="a kept picture cannot be read") from error
    marked = int(np.count_nonzero(drawn))
    return FinishedPicture(
        picture=path,
        width=picture.pixels.width,
        height=picture.pixels.height,
        changed_inside=counts.changed_inside,
        changed_outside=counts.changed_outside,
        pixels_inside=marked,
        pixels_outside=drawn.size - marked,
        returned_width=painted.width,
        returned_height=painted.height,
        raw_inside=raw.inside,
        raw_outside=raw.outside,
        tone_shift=raw.tone.shift if raw.tone is not None else 0.0,
    )


def _painted(result: Path, out: Path) -> Image.Image:
    """The provider's picture as RGB, through the same intake as a member's."""
    try:
        with open_picture(result, OWN_FILES, folder=out, role="result") as opened:
            return scale.whole(opened.pixels)
    except BadPicture as error:
        raise Broken(Failure.BAD_RESULT, detail=str(error.problem)) from error


def _stitched(
    picture: OpenedPicture, mask: Bytes, crop: Box, painted: Image.Image, feather: int, out: Path
) -> tuple[Path, compose.ChangedPixels]:
    pixels = picture.pixels
    path, file = new_file(out, "finished", ".png")
    try:
        with (
            file,
            PngWriter(
                file, width=pixels.width, height=pixels.height, channels=pixels.channels
            ) as png,
        ):
            return path, compose.stitch(pixels, mask, crop, painted, feather, png)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class _Comparison:
    """How far the returned picture is from the sent one, inside and outside the mask."""

    inside: float
    outside: float
    tone: Tone | None


def _compared(sent_picture: Path, sent_mask: Path, painted: Image.Image, out: Path) -> _Comparison:
    mask = read_mask(sent_mask)
    size = (mask.shape[1], mask.shape[0])
    with open_picture(sent_picture, OWN_FILES, folder=out) as opened:
        sent = np.asarray(scale.whole(opened.pixels))
    fitted = painted if painted.size == size else painted.resize(size, Image.Resampling.LANCZOS)
    returned = np.asarray(fitted)
    inside, outside = compose.mean_differences(sent, returned, mask)
    return _Comparison(inside, outside, tones.difference(sent, returned, mask))
