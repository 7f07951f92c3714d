"""What `benchmarks.areas` measures: for each thing, its labelled examples and how it is found.

A thing is added by one entry in MEASURES.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks.labelled import faces, posters, skies, subjects
from bot.domain.areas import Found, Thing
from bot.imaging import detect
from bot.imaging.files.pixels import Bytes, Pixels, bands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from benchmarks.labelled.example import Example
    from bot.imaging.detect import Finding


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in an example: its intersection over union, 0 where nothing was found.

    In an example that does not show the thing, `overlap` is None.
    """

    name: str
    overlap: float | None
    is_found: bool
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing: what comes of each of its examples, and how to look for it in a large picture.

    `write(folder)` leaves there what `open(folder, pixels)`, in a process of its own that has
    drawn nothing, makes a picture of about so many pixels of; the latter gives what is timed.
    """

    outcomes: Callable[[], Iterable[Outcome]]
    write: Callable[[Path], None]
    open: Callable[[Path, int], Callable[[], object]]
    goal: float | None = None
    remark: str = ""


def overlap(found: Bytes, wanted: Bytes) -> float:
    """Intersection over union of two masks."""
    either = np.count_nonzero(found | wanted)
    return np.count_nonzero(found & wanted) / either if either else 1.0


def spooled(picture: Image.Image, size: tuple[int, int] | None = None) -> Pixels:
    """A picture as the gate hands it on, enlarged band by band where another size is asked for."""
    width, height = size or picture.size
    plain = picture if picture.mode == "RGBA" else picture.convert("RGB")
    folder = Path(tempfile.gettempdir())
    spool = Pixels(folder, width=width, height=height, channels=len(plain.getbands()))
    down = plain.height / height
    for top, bottom in bands(height, width):
        part = (0, top * down, plain.width, bottom * down)
        spool.append(np.asarray(plain.resize((width, bottom - top), box=part)))
    return spool


def _looked_for(
    thing: Thing,
    examples: Callable[[], Iterator[Example]],
    without: Callable[[], Iterator[Example]] | None = None,
    *,
    goal: float | None = None,
    remark: str = "",
) -> Measure:
    """A thing that is found in the picture itself, without a reader of letters."""

    def look(example: Example) -> Finding | None:
        with spooled(example.picture) as pixels:
            return detect.find(Found(thing), pixels, lettering=None)

    def outcomes() -> Iterator[Outcome]:
        for example in examples():
            finding = look(example)
            share = overlap(finding.mask, np.asarray(example.mask)) if finding else 0.0
            is_sure = finding is not None and not finding.notes
            yield Outcome(example.name, share, finding is not None, is_sure)
        for example in without() if without else ():
            finding = look(example)
            is_sure = finding is not None and not finding.notes
            yield Outcome(example.name, None, finding is not None, is_sure)

    def write(folder: Path) -> None:
        next(examples()).picture.save(folder / "picture.png")

    def opened(folder: Path, pixels: int) -> Callable[[], object]:
        with Image.open(folder / "picture.png") as picture:
            factor = (pixels / (picture.width * picture.height)) ** 0.5
            size = (round(picture.width * factor), round(picture.height * factor))
            spool = spooled(picture, size)
        return lambda: detect.find(Found(thing), spool, lettering=None)

    return Measure(outcomes, write, opened, goal, remark)


MEASURES: dict[str, Measure] = {
    "subject": _looked_for(
        Thing.SUBJECT,
        subjects.examples,
        goal=0.85,
        remark="the method was worked out on these; by-lot has those it was not",
    ),
    "subject-by-lot": _looked_for(Thing.SUBJECT, subjects.by_lot),
    "faces": _looked_for(
        Thing.FACES, faces.examples, faces.without, remark="the faces are drawn, not photographed"
    ),
    "sky": _looked_for(Thing.SKY, skies.examples, skies.without),
    "text": _looked_for(
        Thing.TEXT, posters.posters, goal=0.80, remark="posters and scans, without a reader"
    ),
}
