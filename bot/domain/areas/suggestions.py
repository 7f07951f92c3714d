"""Autocomplete that teaches the language."""

from __future__ import annotations

from typing import Final

from bot.domain.areas.grammar import parse
from bot.domain.errors import BadArea

_STARTS: Final = (
    "center",
    "left half",
    "right half",
    "top third",
    "bottom third",
    "everything - center 60%",
    "top left quarter",
    "top right quarter",
    "bottom left quarter",
    "bottom right quarter",
    "border 10%",
    "ellipse 25%,25%,50%,50%",
    "box 10%,10%,80%,30%",
    "transparent",
    "transparent grow 5px",
    "everything",
)
_SHAPES_TO_ADD: Final = (
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
    " - center 40%",
    " + bottom third",
    " & left half",
    " 10%",
    " 25%,25%,50%,50%",
    ")",
)
MAX_SUGGESTIONS: Final = 25
MAX_SUGGESTION_LENGTH: Final = 100  # Discord's, for the name and value of a choice


def complete(text: str) -> list[str]:
    """Areas that continue what was typed so far, at most 25 of at most 100 characters.

    Each of them can be parsed. What was typed comes first if it is an area already.
    """
    typed = " ".join(text.lower().split())
    if not typed:
        return list(_STARTS)
    if len(typed) > MAX_SUGGESTION_LENGTH:
        return []
    head = typed.rstrip("abcdefghijklmnopqrstuvwxyz")
    word = typed[len(head) :]
    shapes = [shape for shape in (*_STARTS, *_SHAPES_TO_ADD) if shape.startswith(word)]
    candidates = [
        typed,
        *(head + shape for shape in shapes if word),
        *(f"{head}{ending.strip()}" for ending in _ENDINGS if word and ending[1:].startswith(word)),
        *(typed + ending for ending in _ENDINGS),
        *(f"{typed} {shape}" for shape in _SHAPES_TO_ADD),
        *_mended(typed),
    ]
    fitting = (area for area in candidates if len(area) <= MAX_SUGGESTION_LENGTH)
    return list(filter(_is_area, dict.fromkeys(fitting)))[:MAX_SUGGESTIONS]


def _is_area(text: str) -> bool:
    try:
        parse(text)
    except BadArea:
        return False
    return True


def _mended(text: str) -> list[str]:
    """The text with the word that was not understood replaced by its suggestion."""
    try:
        parse(text)
    except BadArea as error:
        if error.suggestion is not None:
            rest = text[error.position + len(error.word) :]
            return [text[: error.position] + error.suggestion + rest]
    return []
