"""Autocomplete that teaches the language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.areas.grammar import is_area, parse
from bot.domain.areas.words import CHANGES, NEAREST, SHAPE_WORDS, tokens
from bot.domain.errors import AreaProblem, BadArea

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What somebody sees who has typed nothing: the whole language by example.
_STARTS: Final = (
    "subject",
    "background",
    "text",
    'text:"SALE"',
    "faces",
    "sky",
    "marks",
    "center",
    "left half",
    "right half",
    "top third",
    "bottom third",
    "top left quarter",
    "bottom right quarter",
    "border 10%",
    "box 10%,10%,80%,30%",
    "ellipse 25%,25%,50%,50%",
    "transparent grow 5px",
    "subject grow 2%",
    "subject + bottom 10%",
    "subject & left half",
    "everything - subject",
    "everything - center 60%",
    "not (faces + text)",
    "top third feather 2%",
)
_SHAPES_TO_ADD: Final = (
    "subject",
    "text",
    "faces",
    "sky",
    "center",
    "top third",
    "bottom third",
    "left half",
    "right half",
    "top left quarter",
    "top right quarter",
    "bottom left quarter",
    "bottom right quarter",
    "border 10%",
    "ellipse 25%,25%,50%,50%",
    "box 10%,10%,80%,30%",
    'text:"SALE"',
    "background",
    "marks",
    "transparent",
    "everything",
    "not center",
)
_ENDINGS: Final = (
    " third",
    " half",
    " quarter",
    " 20%",
    "%",
    "px",
    " left",
    " right",
    " grow 2%",
    " shrink 2%",
    " feather 2%",
    " - subject",
    " - center 40%",
    " + bottom third",
    " & left half",
    " 2%",
    " 10%",
    " 25%,25%,50%,50%",
    ")",
)
MAX_SUGGESTIONS: Final = 25
MAX_SUGGESTION_LENGTH: Final = 100  # Discord's, for the name and value of a choice
_LEAST_SYNONYM: Final = 3  # letters typed, before one of the words people say instead is guessed
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def complete(text: str) -> list[str]:
    """Areas that continue what was typed so far, at most 25 of at most 100 characters.

    Each of them can be parsed. What was typed comes first if it is an area already. Where it is
    none and cannot become one, those areas are offered that it mentions.
    """
    visible = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    written = " ".join(visible.split())
    if not written:
        return list(_STARTS)
    if len(written) > MAX_SUGGESTION_LENGTH:
        return []
    typed = _in_lower_case(written)
    corrected = _corrected(written)
    base = corrected[0] if corrected and tokens(typed)[-1].kind == "open" else typed
    return _fitting([base, *_continued(base), *corrected]) or _fitting(_mentioned(typed))


def _fitting(candidates: Iterable[str]) -> list[str]:
    short = (area for area in candidates if len(area) <= MAX_SUGGESTION_LENGTH)
    return list(filter(is_area, dict.fromkeys(short)))[:MAX_SUGGESTIONS]


def _continued(typed: str) -> Iterator[str]:
    """The last word finished, or another added."""
    head = typed.rstrip(_LETTERS)
    if word := typed[len(head) :]:
        for shape in (*_STARTS, *_SHAPES_TO_ADD):
            if shape.startswith(word):
                yield head + shape
        for ending in _ENDINGS:
            if ending[1:].startswith(word):
                yield head + ending.strip()
        if len(word) >= _LEAST_SYNONYM:
            meant = (NEAREST[said] for said in NEAREST if said.startswith(word))
            yield from (f"{head}{known}{' 2%' if known in CHANGES else ''}" for known in meant)
    if typed.endswith(("text", ":")):
        yield f'{typed.removesuffix(":")}:"SALE"'
    yield from (typed + ending for ending in _ENDINGS)
    yield from (f"{typed} {shape}" for shape in _SHAPES_TO_ADD)


def _corrected(text: str) -> list[str]:
    """The text with what was not understood replaced by its suggestion."""
    try:
        parse(text)
    except BadArea as error:
        if error.suggestion is None:
            return []
        if error.problem is AreaProblem.FEATHER_INSIDE:
            return [error.suggestion]
        before, after = text[: error.position], text[error.position + len(error.word) :]
        corrected = [before + error.suggestion + after]
        if not error.word and error.suggestion[0].isalnum():
            corrected.insert(0, f"{before.rstrip()} {error.suggestion}")
        if error.problem is not AreaProblem.UNKNOWN_WORD:
            # Some suggestions begin with the word before the one that was not understood.
            earlier = tokens(before)
            start = before[: earlier[-1].position] if earlier else ""
            corrected += [start + error.suggestion + after, start + error.suggestion]
            corrected.append(error.suggestion)
        return [area for area in corrected if is_area(area)][:1]
    return []


def _mentioned(text: str) -> list[str]:
    """The shapes a sentence speaks of: `make the sky blue` means the sky."""
    words = [token.value for token in tokens(text)]
    return [NEAREST.get(word, word) for word in words if word in (*SHAPE_WORDS, *NEAREST)]


def _in_lower_case(text: str) -> str:
    """The text in lower case, except its quotations."""
    lower, end = "", 0
    for token in tokens(text):
        if token.kind in ("quoted", "open"):
            lower += text[end : token.position].lower() + token.value
            end = token.end
    return lower + text[end:].lower()
