"""Look for everything that an area names in a picture, each thing once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from bot.domain import areas
from bot.domain.areas import Found, Thing
from bot.domain.errors import AreaProblem, BadArea
from bot.imaging import detect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.areas import Area, Marks
    from bot.domain.pictures import Note, TextLine
    from bot.imaging.pixels import Bytes, Pixels

_LIKENESS: Final = 0.5  # of difflib's 0 to 1: below it a suggestion reads like a guess


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


def look_for(
    area: Area, text: str, picture: Pixels, lettering: tuple[TextLine, ...] | None
) -> Findings:
    """Find in a picture all that an area names; `text` is how the member said the area.

    `lettering` are the lines read in the picture; None where there is no reader.

    Raises:
        BadArea: something is not in the picture (NOT_FOUND), or cannot be looked for without a
            reader (NEEDS_READER); it says which, and where it stands in `text`.
    """
    findings = Findings()
    for found in areas.found_in(area):
        if found.words is not None and lettering is None:
            raise _complaint(AreaProblem.NEEDS_READER, found, text)
        finding = detect.find(found, picture, lettering=lettering)
        if finding is None:
            suggestion = _nearest(found, lettering or ())
            raise _complaint(AreaProblem.NOT_FOUND, found, text, suggestion)
        findings.add(found, finding.mask, finding.notes)
    return findings


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


def _nearest(found: Found, lettering: tuple[TextLine, ...]) -> str | None:
    """The lettering most like the one that was looked for; any lettering where none is."""
    if found.words is None or not lettering:
        return None
    lines = {line.text.casefold(): line.text for line in lettering}
    close = difflib.get_close_matches(found.words.casefold(), lines, n=1, cutoff=_LIKENESS)
    return str(Found(Thing.TEXT, lines[close[0]] if close else None))
