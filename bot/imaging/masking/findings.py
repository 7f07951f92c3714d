"""Look for everything that an area names in a picture, each thing once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from bot.domain import areas
from bot.domain.areas import Found, Thing
from bot.domain.edits.pictures import OcrSkipped
from bot.domain.errors import AreaProblem, BadArea
from bot.imaging import detect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.areas import Area, Marks
    from bot.domain.edits.pictures import Lines, Note, TextLine
    from bot.imaging.files.pixels import Bytes, Pixels

_OPPOSITES: Final = {Thing.SUBJECT: Thing.BACKGROUND, Thing.BACKGROUND: Thing.SUBJECT}


class Findings(Mapping["Found | Marks", "Bytes"]):
    """The masks of what was found, height x width, 255 on it; kept as bits until they are read."""

    def __init__(self) -> None:
        self._bits: dict[Found | Marks, tuple[Bytes, int]] = {}
        self.notes: tuple[Note, ...] = ()

    def add(self, thing: Found | Marks, mask: Bytes, notes: tuple[Note, ...] = ()) -> None:
        """Keep one more mask, and what is to be told about it."""
        self._bits[thing] = np.packbits(mask, axis=1), mask.shape[1]
        self.notes += notes

    def __getitem__(self, thing: Found | Marks) -> Bytes:
        bits, width = self._bits[thing]
        mask = np.unpackbits(bits, axis=1, count=width)
        mask *= 255
        return mask

    def __iter__(self) -> Iterator[Found | Marks]:
        return iter(self._bits)

    def __len__(self) -> int:
        return len(self._bits)


def look_for(area: Area, text: str, picture: Pixels, lettering: Lines) -> Findings:
    """Find in a picture all that an area names; `text` is how the member said the area.

    Raises:
        BadArea: something is not in the picture (NOT_FOUND, CROWDED), or words cannot be looked
            for without a reader (NEEDS_READER) or without what it should have read (NOT_READ); it
            says which, and where it stands in `text`.
    """
    findings = Findings()
    for found in areas.found_in(area):
        opposite = _opposite(found)
        if opposite is not None and opposite in findings:
            # One look at the subject tells both; what is unsure about it is told already.
            findings.add(found, 255 - findings[opposite])
            continue
        if found.words is not None and lettering is None:
            raise _complaint(AreaProblem.NEEDS_READER, found, text)
        if found.words is not None and isinstance(lettering, OcrSkipped):
            raise _complaint(AreaProblem.NOT_READ, found, text)
        finding = detect.find(found, picture, lettering=lettering)
        if finding is None:
            raise _missing(found, text, lettering)
        findings.add(found, finding.mask, finding.notes)
    return findings


def _opposite(found: Found) -> Found | None:
    """What covers all that `found` does not."""
    opposite = _OPPOSITES.get(found.thing)
    return None if opposite is None else Found(opposite)


def _missing(found: Found, text: str, lettering: Lines) -> BadArea:
    """The error about one thing that was not found."""
    if found.words is None or not isinstance(lettering, tuple):
        return _complaint(AreaProblem.NOT_FOUND, found, text)
    is_all = all(line.text for line in lettering)
    problem = AreaProblem.NOT_FOUND if is_all else AreaProblem.CROWDED
    return _complaint(problem, found, text, _nearest(found.words, lettering))


def _complaint(
    problem: AreaProblem, found: Found, text: str, suggestion: str | None = None
) -> BadArea:
    """The error about one thing, at its place in what the member wrote."""
    word = str(found)
    position = text.find(word)
    if position < 0:
        # Written in other letters or quotes: point at the kind of thing, as it was written.
        position = max(0, text.casefold().find(found.thing))
        word = text[position : position + len(found.thing)]
    return BadArea(problem, text=text, word=word, position=position, suggestion=suggestion)


def _nearest(words: str, lettering: tuple[TextLine, ...]) -> str | None:
    """The lettering most like the one that was looked for, however little that is."""
    lines = {
        line.text.casefold(): line.text
        for line in lettering
        if line.text and len(line.text) <= areas.MAX_WORDS_LENGTH
    }
    close = difflib.get_close_matches(words.casefold(), lines, n=1, cutoff=0)
    return str(Found(Thing.TEXT, lines[close[0]])) if close else None
