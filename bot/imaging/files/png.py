"""Write lossless PNGs of any size, band by band and fast."""

from __future__ import annotations

import os
import secrets
import struct
import zlib
from typing import IO, TYPE_CHECKING, Final, Self

import numpy as np
from PIL import Image

from bot.imaging.files.pixels import Bytes, bands

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from bot.imaging.files.pixels import Pixels

_COLOUR_TYPES: Final = {1: 0, 3: 2, 4: 6}  # PNG's: grey, RGB, RGBA
_SUB, _UP = 1, 2  # PNG's filter types


def new_file(folder: Path, name: str, suffix: str) -> tuple[Path, IO[bytes]]:
    """Create a file with a name nobody chose, readable by its owner only."""
    path = folder / f"{name}-{secrets.token_hex(8)}{suffix}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    return path, os.fdopen(descriptor, "w+b")


class PngWriter:
    """Writes a PNG band by band: grey, RGB or RGBA by `channels`.

    Colours are stored as differences to the left neighbour and packed by run lengths and
    Huffman codes only: a sixth of the time of Pillow's default for 2 to 8 % more bytes.
    Masks are stored as differences to the row above.
    """

    def __init__(self, file: IO[bytes], *, width: int, height: int, channels: int) -> None:
        self._file = file
        self._channels = channels
        strategy = zlib.Z_RLE if channels > 1 else zlib.Z_DEFAULT_STRATEGY
        self._packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
        self._above = np.zeros((1, width, channels), np.uint8)
        file.write(b"\x89PNG\r\n\x1a\n")
        colour = _COLOUR_TYPES[channels]
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))

    def write(self, rows: Bytes) -> None:
        """Append rows: height x width x channels, or height x width for grey."""
        height, width = rows.shape[:2]
        rows = rows.reshape(height, width, self._channels)
        lines = np.empty((height, 1 + width * self._channels), np.uint8)
        lines[:, 0] = _SUB if self._channels > 1 else _UP
        filtered = lines[:, 1:].reshape(height, width, self._channels)
        if self._channels > 1:
            filtered[:, 0] = rows[:, 0]
            np.subtract(rows[:, 1:], rows[:, :-1], out=filtered[:, 1:])
        else:
            np.subtract(rows[:1], self._above, out=filtered[:1])
            np.subtract(rows[1:], rows[:-1], out=filtered[1:])
            self._above = rows[-1:].copy()
        if packed := self._packer.compress(lines.data):
            self._chunk(b"IDAT", packed)

    def close(self) -> None:
        """Write what is left and the end mark. The file stays open."""
        self._chunk(b"IDAT", self._packer.flush())
        self._chunk(b"IEND", b"")

    def _chunk(self, name: bytes, body: bytes) -> None:
        self._file.write(struct.pack(">I", len(body)) + name)
        self._file.write(body)
        self._file.write(struct.pack(">I", zlib.crc32(body, zlib.crc32(name))))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()


def write_png(picture: Pixels | Bytes, folder: Path, name: str) -> Path:
    """Write pixels as a new PNG: a spooled picture, or height x width [x 3 or 4]."""
    path, file = new_file(folder, name, ".png")
    with file:
        if isinstance(picture, np.ndarray):
            height, width = picture.shape[:2]
            channels = 1 if picture.ndim == 2 else picture.shape[2]
            with PngWriter(file, width=width, height=height, channels=channels) as png:
                for top, bottom in bands(height, width):
                    png.write(picture[top:bottom])
        else:
            width, height, channels = picture.width, picture.height, picture.channels
            with PngWriter(file, width=width, height=height, channels=channels) as png:
                for top, bottom in bands(height, width):
                    png.write(picture.rows(top, bottom))
    return path


def read_mask(path: Path) -> Bytes:
    """One of our own masks: mode L, height x width of 0 and 255."""
    with Image.open(path, formats=("PNG",)) as image:
        return np.asarray(image)
