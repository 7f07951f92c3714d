"""Intake: every file from outside becomes pixels here, or is refused here, cheaply.

Size in bytes, true type, structure and number of pixels are checked before anything is decoded.
"""

from __future__ import annotations

import dataclasses
import functools
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from bot.domain.edits.pictures import Note, PictureLimits
from bot.domain.errors import BadPicture, PictureProblem
from bot.imaging.files import headers
from bot.imaging.files.decode import decode
from bot.imaging.files.headers import Header, ImageFormat, Unusable
from bot.imaging.files.png import new_file, write_png

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from bot.imaging.files.decode import Check
    from bot.imaging.files.pixels import Pixels

# For what comes from our own storage or the provider. Only the decoder's budget bounds these, so
# that an operator may raise the limits of intake without spoiling edits that are paid for.
OWN_FILES: Final = PictureLimits(
    max_bytes=512 * 1024 * 1024, max_pixels=250_000_000, min_side=1, max_aspect=65_535
)


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A picture that passed intake. Close it, or use it as a context manager.

    `orientation` is the EXIF orientation that was applied. `kept` is the picture's own file
    without metadata: the cleaned original where that needs no recoding, else a lossless PNG;
    opening it again gives exactly these pixels. None unless it was asked for.
    """

    pixels: Pixels
    orientation: int
    notes: tuple[Note, ...]
    kept: Path | None

    def __enter__(self) -> OpenedPicture:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pixels.close()


def open_picture(
    path: Path, limits: PictureLimits, *, folder: Path, role: str = "picture", keep: bool = False
) -> OpenedPicture:
    """Let a file in. Work files and the kept original are written to `folder`.

    Raises:
        BadPicture: what is wrong with it; its `role` is "picture" or "mask".
    """
    try:
        return _open(path, limits, folder=folder, role=role, keep=keep)
    except Unusable as error:
        raise BadPicture(error.problem, role=role, **error.facts) from error


def _open(
    path: Path, limits: PictureLimits, *, folder: Path, role: str, keep: bool
) -> OpenedPicture:
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise Unusable(PictureProblem.TOO_HEAVY, size_bytes=size, limit_bytes=limits.max_bytes)
    check = functools.partial(require_size, limits)
    kind, header = _examined(path, check)
    kept: Path | None = None
    if header is None or header.kept is None:
        file: IO[bytes] = path.open("rb")
    elif keep:
        kept, file = new_file(folder, "source", f".{kind.lower()}")
    else:
        file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed below
    try:
        with file:
            if header is not None and header.kept is not None:
                file.write(header.kept)
                file.seek(0)
                header = dataclasses.replace(header, kept=None)  # up to 25 MB the decoder may need
            found = decode(file, kind, header, check, folder)
        if role == "picture" and not found.visible:
            found.pixels.close()
            raise Unusable(PictureProblem.INVISIBLE)
        if keep and kept is None:
            kept = write_png(found.pixels, folder, "source")
    except BaseException:
        if kept is not None:
            kept.unlink()
        raise
    return OpenedPicture(found.pixels, found.orientation, found.notes, kept)


def _examined(path: Path, check: Check) -> tuple[ImageFormat, Header | None]:
    """Read the file once; everything that can be refused without a decoder is refused here."""
    data = path.read_bytes()
    kind = headers.sniff(data)
    header = headers.read(data)
    if header is not None:
        check(header.width, header.height)
    if kind is ImageFormat.HEIF and not _reads_heif():
        raise Unusable(PictureProblem.HEIC)
    return kind, header


def require_size(limits: PictureLimits, width: int, height: int) -> None:
    """Check a size in pixels, before there are any.

    Raises:
        Unusable: it is beyond one of the limits.
    """
    if not width or not height:
        raise Unusable(PictureProblem.DAMAGED)
    if width * height > limits.max_pixels:
        raise Unusable(
            PictureProblem.TOO_MANY_PIXELS,
            width=width,
            height=height,
            limit_megapixels=limits.max_pixels / 1_000_000,
        )
    if max(width, height) > limits.max_aspect * min(width, height):
        raise Unusable(
            PictureProblem.TOO_NARROW, width=width, height=height, limit_aspect=limits.max_aspect
        )
    if min(width, height) < limits.min_side:
        raise Unusable(
            PictureProblem.TOO_SMALL, width=width, height=height, minimum=limits.min_side
        )


@functools.cache
def _reads_heif() -> bool:
    """Whether the optional decoder for iPhone pictures is installed."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True
