"""Find what a member wrote among the lines that were read: as text, before any pixel is looked at.

Case, accents and spaces do not count. Exact hits come first, then those that agree in letters
and digits, then near misses, because readers slip.
"""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LIKENESS: Final = 0.75  # of difflib's 0 to 1: one wrong letter in four
_LEAST_LIKE: Final = 4  # letters: in shorter words any other word is a near miss
_SAME: Final = str.maketrans("‘’‚‛“”„‟«»–—−‐‑·•…", '\'\'\'\'""""""-----...')


@dataclass(frozen=True, slots=True)
class TextSpan:
    """Characters `start` to `end` (one past the last) of line number `line`."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextMatches:
    """Where the words stand; `is_sure` is False for near misses."""

    spans: tuple[TextSpan, ...]
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class _Letter:
    """A letter as it is compared, and where it came from."""

    plain: str
    line: int
    index: int
    opens: bool  # the first of a word


def find_words(
    words: str, texts: Sequence[str], blocks: Sequence[Sequence[int]]
) -> TextMatches | None:
    """Where `words` stand in the lines; `blocks` are numbers of lines that are read as one."""
    units: list[tuple[int, ...]] = [(number,) for number in range(len(texts))]
    units += [tuple(block) for block in blocks if len(block) > 1]
    for only_letters in (False, True):
        needle = "".join(letter.plain for letter in _letters(words, 0, only_letters))
        if not needle:
            continue
        for several in (False, True):
            runs = [
                [x for line in unit for x in _letters(texts[line], line, only_letters)]
                for unit in units
                if (len(unit) > 1) is several
            ]
            hits = _whole_words_first([hit for run in runs for hit in _exact(needle, run)])
            if hits:
                return TextMatches(tuple(span for hit in hits for span in _spans(hit)))
    return _near(words, texts)


def _letters(text: str, line: int, only_letters: bool) -> Iterator[_Letter]:
    opens = True
    for index, character in enumerate(text):
        if character.isspace():
            opens = True
            continue
        folded = unicodedata.normalize("NFKD", character.translate(_SAME).casefold())
        for plain in folded:
            if unicodedata.combining(plain) or (only_letters and not plain.isalnum()):
                continue
            yield _Letter(plain, line, index, opens)
            opens = False


def _exact(needle: str, run: list[_Letter]) -> Iterator[tuple[list[_Letter], bool]]:
    """Every place of the needle, and whether it begins and ends with words there."""
    text = "".join(letter.plain for letter in run)
    start = text.find(needle)
    while start >= 0:
        end = start + len(needle)
        whole = run[start].opens and (end == len(run) or run[end].opens or _parts(run, end))
        yield run[start:end], whole
        start = text.find(needle, end)


def _parts(run: list[_Letter], end: int) -> bool:
    """Whether a line or a word ends before letter `end`: "SALE!" has the word SALE."""
    return run[end].line != run[end - 1].line or not run[end].plain.isalnum()


def _whole_words_first(hits: list[tuple[list[_Letter], bool]]) -> list[list[_Letter]]:
    whole = [hit for hit, is_whole in hits if is_whole]
    return whole or [hit for hit, _ in hits]


def _spans(hit: list[_Letter]) -> Iterator[TextSpan]:
    """A hit, line by line."""
    for line in dict.fromkeys(letter.line for letter in hit):
        places = [letter.index for letter in hit if letter.line == line]
        yield TextSpan(line, places[0], places[-1] + 1)


def _near(words: str, texts: Sequence[str]) -> TextMatches | None:
    """The places most like the words, in single lines."""
    needle = "".join(letter.plain for letter in _letters(words, 0, True))
    if len(needle) < _LEAST_LIKE:
        return None
    matcher = difflib.SequenceMatcher(None, "", needle, autojunk=False)
    found: list[tuple[float, list[_Letter]]] = []
    for line, text in enumerate(texts):
        run = list(_letters(text, line, True))
        found += _likenesses(matcher, run, len(needle))
    best = max((likeness for likeness, _ in found), default=0.0)
    if best < _LIKENESS:
        return None
    hits = [hit for likeness, hit in found if likeness == best]
    return TextMatches(tuple(span for hit in hits for span in _spans(hit)), is_sure=False)


def _likenesses(
    matcher: difflib.SequenceMatcher[str], run: list[_Letter], length: int
) -> Iterator[tuple[float, list[_Letter]]]:
    """The best piece of about this length from each beginning of a word."""
    for start, letter in enumerate(run):
        if not letter.opens:
            continue
        pieces = []
        for size in (length, length - 1, length + 1):
            piece = run[start : start + size]
            end = start + len(piece)
            if end < len(run) and not (run[end].opens or size == length):
                continue
            matcher.set_seq1("".join(part.plain for part in piece))
            if matcher.quick_ratio() >= _LIKENESS:
                pieces.append((matcher.ratio(), piece))
        if pieces:
            yield max(pieces, key=lambda pair: pair[0])
