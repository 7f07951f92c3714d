"""Files for people: as small as their place asks, and thumbnails for cards."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from bot.domain.edits.pictures import Box, FittedFile
from bot.domain.errors import CardTooLarge
from bot.imaging.files.intake import OWN_FILES, open_picture
from bot.imaging.files.png import new_file, read_mask
from bot.imaging.files.scale import scaled, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.imaging.files.pixels import Bytes, Pixels

# Measured in a process of its own, which has 55 MB before it begins: lossless WebP needs 35.3 bytes
# for each pixel at method 1 and 26.2 at method 0, lossy WebP with alpha 32. These bounds keep it
# below 300 MB. libwebp packs a picture as a whole: its pixels, the chains of equal runs and what
# it found lie in memory at once, and a WebP cannot be put together from strips. A phone's 12 MP
# would take 367 MB; no loss, since lossless they are 12 to 17 MB large: too large for 10 MiB,
# and where 25 MiB and more are allowed the PNG itself fits.
_LOSSLESS_PIXELS: Final = ((6_700_000, 1), (9_100_000, 0))  # at most so many pixels: method
_MAX_WEBP_PIXELS: Final = 7_500_000
_MAX_WEBP_SIDE: Final = 16_383  # the format's own limit
_MOST_SAVED: Final = 4  # lossless WebP saves a tenth to a third on photos, rarely two thirds
_QUALITIES: Final = (95, 90, 85, 78, 70)
_SMALLER: Final = 0.7
_LEAST_SIDE: Final = 64
_MEDIA_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def fit(picture: Path, limit_bytes: int, out: Path) -> FittedFile:
    """The picture as a file of at most `limit_bytes`: itself, or a new file in `out`.

    Tried in this order: the file as it is; lossless WebP; then JPEG (WebP where there is alpha)
    of falling quality, at last of falling size. `exact` tells whether every pixel survived.

    Raises:
        CardTooLarge: nothing recognisable is that small.
    """
    with Image.open(picture, formats=tuple(_MEDIA_TYPES)) as file:
        kind = str(file.format)
    if picture.stat().st_size <= limit_bytes:
        return FittedFile(path=picture, media_type=_MEDIA_TYPES[kind], exact=True)
    with open_picture(picture, OWN_FILES, folder=out) as opened:
        pixels = opened.pixels
        method = _lossless_method(pixels)
        if method is not None and picture.stat().st_size < _MOST_SAVED * limit_bytes:
            image = whole(pixels, keep_alpha=True)
            data = _encoded(image, "WEBP", lossless=True, quality=0, exact=True, method=method)
            if len(data) <= limit_bytes:
                return _stored(data, "WEBP", out, exact=True)
            del image, data
        kind = "WEBP" if pixels.channels == 4 else "JPEG"
        for data in _ever_smaller(pixels, kind, limit_bytes):
            if len(data) <= limit_bytes:
                return _stored(data, kind, out, exact=False)
    raise CardTooLarge(limit_bytes=limit_bytes)


def thumbnail(
    picture: Path, max_side: int, room: Path | None, overlap: int, out: Path
) -> FittedFile:
    """A new small picture without metadata: JPEG, or WebP where there is alpha.

    `room` is the mask of new room beside the picture, which is left out; it reaches `overlap`
    pixels into the picture. Neither file is changed.
    """
    with open_picture(picture, OWN_FILES, folder=out) as opened:
        pixels = opened.pixels
        box = Box(0, 0, pixels.width, pixels.height)
        if room is not None:
            box = _without_room(read_mask(room), overlap)
        image = _part(pixels, box, max_side)
    kind = "WEBP" if image.mode == "RGBA" else "JPEG"
    return _stored(_encoded(image, kind, quality=85), kind, out, exact=False, name="thumb")


def _without_room(mask: Bytes, overlap: int) -> Box:
    """Where the picture lies that was given new room."""
    left, right = _kept(mask.min(axis=0), overlap)
    top, bottom = _kept(mask.min(axis=1), overlap)
    return Box(left, top, right - left, bottom - top)


def _kept(least: Bytes, overlap: int) -> tuple[int, int]:
    """From where to where a picture goes, along which `least` is 0 where something is kept."""
    kept = np.flatnonzero(least == 0)
    if not kept.size:
        return 0, least.size
    # Where what is kept begins at the edge, there is no room, and nothing reaches in.
    first, end = int(kept[0]), int(kept[-1]) + 1
    return max(0, first - overlap), min(least.size, end + overlap)


def _lossless_method(pixels: Pixels) -> int | None:
    """How hard lossless WebP may try, 0 or 1; None where there is no room for it at all.

    Method 1 saves 3 to 9 % more than method 0 and takes twice its second.
    """
    if max(pixels.width, pixels.height) > _MAX_WEBP_SIDE:
        return None
    count = pixels.width * pixels.height
    return next((method for most, method in _LOSSLESS_PIXELS if count <= most), None)


def _ever_smaller(pixels: Pixels, kind: str, limit_bytes: int) -> Iterator[bytes]:
    """The picture in falling quality, then in falling size."""
    most = _MAX_WEBP_PIXELS if kind == "WEBP" else pixels.width * pixels.height
    side = max(pixels.width, pixels.height)
    if pixels.width * pixels.height > most:
        side = int(side * (most / (pixels.width * pixels.height)) ** 0.5)
    if kind == "WEBP":
        side = min(side, _MAX_WEBP_SIDE)
    while side >= _LEAST_SIDE:
        image = reduced(pixels, side)
        for quality in _QUALITIES:
            data = _encoded(image, kind, quality=quality)
            yield data
            if len(data) > 4 * limit_bytes:
                break  # no quality saves that much
        side = int(side * _SMALLER)


def _encoded(image: Image.Image, kind: str, **options: float) -> bytes:
    file = io.BytesIO()
    if kind == "JPEG":
        options["subsampling"] = 0  # 4:4:4: coloured lettering stays sharp
    else:
        options.setdefault("method", 1)  # twice as fast as the default for 1 % more bytes
    image.save(file, kind, **options)
    return file.getvalue()


def _stored(data: bytes, kind: str, out: Path, *, exact: bool, name: str = "fitted") -> FittedFile:
    path, file = new_file(out, name, f".{kind.lower()}")
    with file:
        file.write(data)
    return FittedFile(path=path, media_type=_MEDIA_TYPES[kind], exact=exact)


def reduced(pixels: Pixels, max_side: int) -> Image.Image:
    """The picture with its longer side at most `max_side`, in RGB or RGBA."""
    return _part(pixels, Box(0, 0, pixels.width, pixels.height), max_side)


def _part(pixels: Pixels, box: Box, max_side: int) -> Image.Image:
    shrink = min(1.0, max_side / max(box.width, box.height))
    size = (max(1, round(box.width * shrink)), max(1, round(box.height * shrink)))
    return scaled(pixels, box, size, keep_alpha=True)
