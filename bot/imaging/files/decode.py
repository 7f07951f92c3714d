"""Decode one picture into upright 8-bit sRGB, holding it in memory only once.

The decoder's own pixels stay in their native mode and position; turning and converting happen
band by band on the way to the spool file. Pillow needs four bytes for an RGB pixel, so that the
200 MB of a 50 MP picture leave no room for a second copy.
"""

from __future__ import annotations

import errno
import warnings
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from bot.domain.edits.pictures import Note
from bot.domain.errors import PictureProblem
from bot.imaging.files.headers import Header, ImageFormat, Unusable, exif_orientation
from bot.imaging.files.pixels import Pixels, bands
from bot.imaging.files.profiles import Colours

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Take = Callable[[tuple[int, int, int, int]], Image.Image]
    Check = Callable[[int, int], None]

# What decoding may hold at once, so that with the interpreter, its libraries and the bands a
# picture process stays below 300 MB.
_BUDGET_BYTES: Final = 230_000_000
# Measured, for one pixel, besides the pixel itself.
_WORKING_BYTES: Final = {ImageFormat.AVIF: 8.5, ImageFormat.HEIF: 8.5, ImageFormat.TIFF: 0.0}
_STILL_WEBP_BYTES: Final = {"RGB": 6.5, "RGBA": 8.6}
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG: Final = 0x0112


@dataclass(frozen=True, slots=True)
class Decoded:
    """The upright pixels, the orientation that was applied, and what had to be converted."""

    pixels: Pixels
    orientation: int
    notes: tuple[Note, ...]
    visible: bool


def decode(
    file: IO[bytes], kind: ImageFormat, header: Header | None, check: Check, folder: Path
) -> Decoded:
    """Decode a file whose header was read; `check` judges sizes only the decoder could read.

    Raises:
        Unusable: the decoder found it damaged, cut short or too costly.
        OSError, MemoryError: the disk or the memory failed; that says nothing about the picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _decode(file, kind, header, check, folder)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unusable(PictureProblem.TOO_MANY_PIXELS) from error
    except UnidentifiedImageError as error:
        raise Unusable(PictureProblem.DAMAGED) from error
    except OSError as error:
        # Decoders raise theirs without a number. A garbled offset can lead to a seek that the
        # system refuses as invalid; any other number is the disk's.
        if error.errno not in (None, errno.EINVAL):
            raise
        cut = "truncated" in str(error) or "end of file" in str(error)
        problem = PictureProblem.INCOMPLETE if cut else PictureProblem.DAMAGED
        raise Unusable(problem) from error
    except (ValueError, SyntaxError, TypeError, LookupError, EOFError, ArithmeticError) as error:
        # What Pillow's readers raise on garbage, according to years of its fuzzing reports.
        raise Unusable(PictureProblem.DAMAGED) from error
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        raise Unusable(PictureProblem.DAMAGED) from error


def _decode(
    file: IO[bytes], kind: ImageFormat, header: Header | None, check: Check, folder: Path
) -> Decoded:
    image = Image.open(file, formats=(kind.value,))
    check(*image.size)
    if header is not None and image.size != (header.width, header.height):
        raise Unusable(PictureProblem.DAMAGED)
    notes = []
    if _is_moving(image, kind, header):
        notes.append(Note.FIRST_FRAME)
    if image.mode == "CMYK":
        notes.append(Note.CMYK)
    if "16" in image.mode or any("16" in str(tile.args) for tile in image.tile):
        notes.append(Note.SIXTEEN_BIT)
    orientation = header.orientation if header is not None else 1
    if orientation == 1 and kind in (ImageFormat.WEBP, ImageFormat.AVIF):
        orientation = exif_orientation(image.info.get("exif", b""))
    colours = Colours(image)
    if colours.converts:
        notes.append(Note.COLOUR_PROFILE)
    working = header.working_bytes if header is not None else _WORKING_BYTES[kind]
    take = _loaded(image, file, kind, working, is_still=Note.FIRST_FRAME not in notes)
    pixels, visible = _spool(take, image.size, orientation, colours, folder)
    return Decoded(pixels, orientation, tuple(notes), visible)


def _is_moving(image: Image.Image, kind: ImageFormat, header: Header | None) -> bool:
    """Whether there is more than one picture in the file. Counting them all would cost time."""
    if header is not None and kind is not ImageFormat.GIF:
        return header.frames > 1
    if kind is not ImageFormat.TIFF:
        return bool(getattr(image, "is_animated", False))
    try:
        image.seek(1)
    except EOFError:
        return False
    finally:
        image.seek(0)
    return True


def _loaded(
    image: Image.Image, file: IO[bytes], kind: ImageFormat, working: float, *, is_still: bool
) -> Take:
    """Decode, in the picture's native mode; gives a function that copies a box out of it."""
    if image.mode in ("I", "F", "HSV"):
        raise Unusable(PictureProblem.UNSUPPORTED, format=f"{kind} with {image.mode} pixels")
    stored = 1 if image.mode in ("1", "L", "P") else 2 if image.mode.startswith("I;16") else 4
    if kind is ImageFormat.TIFF and image.getexif().get(_ORIENTATION_TAG, 1) != 1:
        working += stored  # Pillow turns a TIFF by itself, as a second copy
    count = image.width * image.height
    if kind is ImageFormat.WEBP and is_still:
        if count * _STILL_WEBP_BYTES[image.mode] > _BUDGET_BYTES:
            raise Unusable(PictureProblem.TOO_COSTLY)
        return _still_webp(file, image.size)
    if count * (stored + working) > _BUDGET_BYTES:
        raise Unusable(PictureProblem.TOO_COSTLY)
    image.load()
    return image.crop


def _still_webp(file: IO[bytes], size: tuple[int, int]) -> Take:
    """Pillow reads every WebP as an animation and holds it four times; OpenCV needs a third."""
    file.seek(0)
    found = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None or found.ndim != 3 or found.shape[1::-1] != size:
        raise Unusable(PictureProblem.DAMAGED)
    order = [2, 1, 0, 3][: found.shape[2]]

    def take(box: tuple[int, int, int, int]) -> Image.Image:
        left, top, right, bottom = box
        return Image.fromarray(np.ascontiguousarray(found[top:bottom, left:right, order]))

    return take


def _spool(
    take: Take, size: tuple[int, int], orientation: int, colours: Colours, folder: Path
) -> tuple[Pixels, bool]:
    """Turn, convert and write band by band. Also says whether any pixel can be seen."""
    width, height = size if orientation < 5 else size[::-1]
    pixels = Pixels(folder, width=width, height=height, channels=colours.channels)
    visible = colours.channels == 3
    try:
        for top, bottom in bands(height, width):
            band = take(_native_box(orientation, size, top, bottom))
            if orientation in _TURNS:
                band = band.transpose(_TURNS[orientation])
            rows = colours.rows(band)
            visible = visible or bool(rows[..., 3].any())
            pixels.append(rows)
    except BaseException:
        pixels.close()
        raise
    return pixels, visible


def _native_box(
    orientation: int, size: tuple[int, int], top: int, bottom: int
) -> tuple[int, int, int, int]:
    """Where upright rows top..bottom lie in the stored picture."""
    width, height = size
    if orientation in (5, 6):
        return top, 0, bottom, height
    if orientation in (7, 8):
        return width - bottom, 0, width - top, height
    if orientation in (3, 4):
        return 0, height - bottom, width, height - top
    return 0, top, width, bottom
