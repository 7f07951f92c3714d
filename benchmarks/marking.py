"""Marks on copies: what `benchmarks.areas` measures of them."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.labelled.scribbles import MEGAPIXEL, Scribble, scribble, scribbles
from benchmarks.measures import Measure, Outcome, overlap
from bot.domain.edits.pictures import PictureLimits
from bot.domain.errors import BadMask
from bot.imaging.files.intake import open_picture
from bot.imaging.masking import masks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TIMED: Final = "in the corner"  # where the edge of the picture has to be looked at too
_SIZES: Final = (MEGAPIXEL, 12 * MEGAPIXEL)


def _outcomes() -> Iterator[Outcome]:
    for drawn in scribbles():
        with tempfile.TemporaryDirectory(prefix="touchup-marks-") as folder:
            _save(drawn, Path(folder), MEGAPIXEL)
            try:
                found = _look(Path(folder), MEGAPIXEL)
            except BadMask:
                yield Outcome(drawn.name, 0.0, is_found=False, is_sure=False)
                continue
        share = overlap(found.pixels, np.asarray(drawn.mask))
        yield Outcome(drawn.name, share, is_found=True, is_sure=True)


def _save(drawn: Scribble, folder: Path, pixels: int) -> None:
    (folder / f"picture-{pixels}").write_bytes(drawn.picture)
    (folder / f"copy-{pixels}").write_bytes(drawn.copy)


def _look(folder: Path, pixels: int) -> masks.Mask:
    """Let both files in, and find the marks."""
    limits = PictureLimits()
    with (
        open_picture(folder / f"picture-{pixels}", limits, folder=folder) as picture,
        open_picture(folder / f"copy-{pixels}", limits, folder=folder, role="mask") as copy,
    ):
        return masks.from_file(copy, picture)


def _write(folder: Path) -> None:
    for pixels in _SIZES:
        _save(scribble(_TIMED, pixels), folder, pixels)


def _open(folder: Path, pixels: int) -> Callable[[], object]:
    return functools.partial(_look, folder, pixels)


MARKS = Measure(
    _outcomes,
    _write,
    _open,
    goal=0.95,
    remark="pens on the sample pictures, sent as phones do; timed with decoding both files",
)
