"""Lettering that is read before it is marked: what `benchmarks.areas` measures of it.

The labels' margin rule is in `benchmarks.labelled.sheets`. The letters are printed, in three
fonts: handwriting, script and broken letters are not in the set.
"""

from __future__ import annotations

import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.labelled import posters, signs
from benchmarks.measures import Measure, Outcome, overlap, spooled
from bot.domain.edits.pictures import PictureLimits
from bot.engine import samples
from bot.imaging.detect.ocr import read_lettering
from bot.imaging.detect.text import find_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.domain.edits.pictures import TextLine
    from bot.imaging.detect import Finding


def _outcomes() -> Iterator[Outcome]:
    for example in chain(posters.posters(), signs.signs()):
        finding = _found(example.picture)
        share = overlap(finding.mask, np.asarray(example.mask)) if finding else 0.0
        is_sure = finding is not None and not finding.notes
        yield Outcome(example.name, share, finding is not None, is_sure)
    meadow = _found(samples.landscape())
    yield Outcome("meadow", None, meadow is not None, meadow is not None and not meadow.notes)


def _found(picture: Image.Image) -> Finding | None:
    with tempfile.TemporaryDirectory(prefix="touchup-lettering-") as home:
        lines = _read(_saved(picture, Path(home)))
    with spooled(picture) as pixels:
        return find_text(pixels, None, lines)


def _saved(picture: Image.Image, folder: Path) -> Path:
    path = folder / "example.png"
    picture.save(path, compress_level=1)
    return path


def _read(path: Path) -> tuple[TextLine, ...]:
    return read_lettering(path, PictureLimits(), path.parent).lines


def _write(folder: Path) -> None:
    _saved(posters.drawn("form").picture, folder)


def _open(folder: Path, pixels: int) -> Callable[[], object]:
    """Load the models and read a form."""
    path = folder / "example.png"
    with Image.open(path) as form:
        factor = (pixels / (form.width * form.height)) ** 0.5
        form.resize((round(form.width * factor), round(form.height * factor))).save(path)
    return lambda: _read(path)


READ = Measure(
    _outcomes,
    _write,
    _open,
    goal=0.80,
    remark="posters, scans and signs in photos, drawn; with the reader, its models loaded first",
)
