"""The vocabulary of the language, and what people say instead of it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from bot.domain.areas.shapes import SHARES

EDGES: Final = ("top", "bottom", "left", "right")
MIDDLES: Final = ("center", "centre", "middle")
SHAPE_WORDS: Final = (*EDGES, *MIDDLES, "border", "box", "ellipse", "everything", "transparent")
WORDS: Final = (*SHAPE_WORDS, *SHARES, "grow", "shrink", "not")

# What other people say, and what comes nearest in this language.
NEAREST: Final = {
    "subject": "center",
    "background": "not center",
    "text": "center 60%",
    "faces": "center 30%",
    "face": "center 30%",
    "sky": "top third",
    "marks": "transparent",
    "and": "+",
    "plus": "+",
    "or": "+",
    "with": "+",
    "minus": "-",
    "except": "-",
    "without": "-",
    "but": "-",
    "all": "everything",
    "whole": "everything",
    "upper": "top",
    "lower": "bottom",
    "edge": "border 10%",
    "edges": "border 10%",
    "frame": "border 10%",
    "circle": "ellipse 25%,25%,50%,50%",
    "rectangle": "box 25%,25%,50%,50%",
    "bigger": "grow",
    "smaller": "shrink",
    "feather": "grow",
    "x": ",",
    "corner": "top left",
}

_TOKEN: Final = re.compile(
    r"""
    (?P<corner>(?:top|bottom)-(?:left|right)(?![a-z]))   # a hyphen that is no minus
    | (?P<word>[^\W\d_]+)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<sign>[-+&(),%\u2212\u2013\u2014])
    | (?P<other>\d+|[^\s\w]|\S)                            # digits of other scripts, ...
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MINUS_SIGNS: Final = dict.fromkeys(map(ord, "\u2212\u2013\u2014"), "-")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or sign, in lower case; `position` is where it starts."""

    kind: str
    value: str
    position: int


def tokens(text: str) -> list[Token]:
    """Words in lower case, numbers, signs; and whatever else stands there."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        value = match.group().lower().translate(_MINUS_SIGNS)
        found.append(Token(kind, value, match.start()))
    return found


def nearest(word: str) -> str | None:
    """The known word most like an unknown one; digits of other scripts become ours."""
    if word in NEAREST:
        return NEAREST[word]
    digits = [unicodedata.digit(character, None) for character in word]
    if None not in digits:
        return "".join(map(str, digits))
    close = difflib.get_close_matches(word[:20], WORDS, n=1, cutoff=0.6)
    return close[0] if close else None
