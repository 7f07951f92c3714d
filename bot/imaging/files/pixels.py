"""An upright picture on disk, read in bands, so that no process ever holds two large pictures."""

from __future__ import annotations

import os
import tempfile
from typing import IO, TYPE_CHECKING, Final, Self, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from bot.domain.edits.pictures import Box

Bytes: TypeAlias = "NDArray[np.uint8]"

_BAND_PIXELS: Final = 1 << 20


def bands(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Split rows 0..height into (first, one past last) of about a megapixel each."""
    step = max(1, _BAND_PIXELS // max(1, width))
    for top in range(0, height, step):
        yield top, min(height, top + step)


class Pixels:
    """8-bit sRGB pixels in an unnamed file: `channels` is 3 (RGB) or 4 (RGBA).

    The file has no name, so that a killed process leaves nothing behind.
    """

    def __init__(self, folder: Path, *, width: int, height: int, channels: int) -> None:
        self.width = width
        self.height = height
        self.channels = channels
        self._file: IO[bytes] = tempfile.TemporaryFile(  # noqa: SIM115  closed with us
            dir=folder, buffering=0
        )

    def append(self, rows: Bytes) -> None:
        """Write the next rows: height x width x channels."""
        view = np.ascontiguousarray(rows).data.cast("B")
        while len(view):
            view = view[self._file.write(view) :]

    def rows(self, top: int, bottom: int) -> Bytes:
        """Rows top..bottom as a new array: (bottom - top) x width x channels."""
        stride = self.width * self.channels
        data = np.empty((bottom - top, self.width, self.channels), np.uint8)
        view = data.data.cast("B")
        offset = top * stride
        while len(view):
            read = os.preadv(self._file.fileno(), [view], offset)
            if not read:
                raise EOFError(f"row {bottom} was never written")
            view, offset = view[read:], offset + read
        return data

    def box(self, box: Box) -> Bytes:
        """The pixels of a box as a new array: height x width x channels."""
        found = np.empty((box.height, box.width, self.channels), np.uint8)
        for top, bottom in bands(box.height, self.width):
            rows = self.rows(box.top + top, box.top + bottom)
            found[top:bottom] = rows[:, box.left : box.left + box.width]
        return found

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
