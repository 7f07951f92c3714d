"""Builds picture files by hand: ordinary ones, odd ones, and those made to do harm."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def photo(width: int = 64, height: int = 48, *, seed: int = 1) -> Image.Image:
    """A smooth picture of many colours, unlike any mask."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def ramp(width: int = 48, height: int = 32) -> Image.Image:
    """Every corner has its own colour, so that a wrong turn shows."""
    down, across = np.mgrid[0:height, 0:width]
    channels = (across * 255 // width, down * 255 // height, (across + down) % 7 * 20)
    return Image.fromarray(np.dstack(channels).astype(np.uint8))


def blob(width: int = 64, height: int = 48, *, on: int = 255, off: int = 0) -> Image.Image:
    """A two-tone mask with one box in it, a sixth of the picture."""
    mask = Image.new("L", (width, height), off)
    mask.paste(on, (width // 4, height // 4, width // 4 + width // 3, height // 4 + height // 2))
    return mask


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: Any = 1, *, gps: bool = False) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "SECRETCAMERA"
    if gps:
        tags.get_ifd(0x8825)[1] = "N"
        tags.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return tags.tobytes()


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, extra: bytes = b"") -> bytes:
    """A black PNG of any size, made without ever holding its pixels."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    line = bytes(1 + -(-width * bits // 8))
    packer = zlib.compressobj(1)
    block = line * 16
    data = [packer.compress(block) for _ in range(height // 16)]
    data += [packer.compress(line * (height % 16)), packer.flush()]
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IDAT", b"".join(data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + body + chunk(b"IEND")


def claimed_png(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds hardly any data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND")


def many_scans(count: int, side: int = 256) -> bytes:
    """A progressive JPEG whose last scan is repeated until there are `count` more of them."""
    data = encoded(photo(side, side), "JPEG", progressive=True, quality=50)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + b"\xff\xd9"


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with more segments behind its first marker; each is marker code plus body."""
    written = [
        b"\xff" + segment[:1] + struct.pack(">H", len(segment) + 1) + segment[1:]
        for segment in segments
    ]
    return data[:2] + b"".join(written) + data[2:]


def pixels(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))
