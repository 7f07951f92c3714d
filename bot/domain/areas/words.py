"""The vocabulary of the language, and what people say instead of it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from bot.domain.areas.shapes import SHARES, Thing

EDGES: Final = ("top", "bottom", "left", "right")
MIDDLES: Final = ("center", "centre", "middle")
SHAPE_WORDS: Final = (
    *(thing.value for thing in Thing),
    "marks",
    *EDGES,
    *MIDDLES,
    "border",
    "box",
    "ellipse",
    "everything",
    "transparent",
)
GROWING: Final = ("grow", "shrink")
FEATHER: Final = "feather"
CHANGES: Final = (*GROWING, FEATHER)
WORDS: Final = (*SHAPE_WORDS, *SHARES, *CHANGES, "not")

# What other people say, and what comes nearest in this language.
NEAREST: Final = {
    "person": "subject",
    "people": "subject",
    "man": "subject",
    "woman": "subject",
    "foreground": "subject",
    "object": "subject",
    "backdrop": "background",
    "face": "faces",
    "head": "faces",
    "heads": "faces",
    "lettering": "text",
    "writing": "text",
    "letters": "text",
    "words": "text",
    "caption": "text",
    "title": "text",
    "clouds": "sky",
    "cloud": "sky",
    "scribble": "marks",
    "scribbles": "marks",
    "drawing": "marks",
    "drawn": "marks",
    "strokes": "marks",
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
    "outside": "not",
    "upper": "top",
    "lower": "bottom",
    "edge": "border 10%",
    "edges": "border 10%",
    "frame": "border 10%",
    "circle": "ellipse 25%,25%,50%,50%",
    "rectangle": "box 25%,25%,50%,50%",
    "bigger": "grow",
    "expand": "grow",
    "smaller": "shrink",
    "soften": "feather",
    "soft": "feather",
    "blur": "feather",
    "fade": "feather",
    "x": ",",
    "corner": "top left",
}

# Phones and word processors turn quotes into those of their language: “SALE”, „SALE“, «SALE».
_TOKEN: Final = re.compile(
    r"""
    (?P<corner>(?:top|bottom)-(?:left|right)(?![a-z]))   # a hyphen that is no minus
    | (?P<word>[^\W\d_]+)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<sign>[-+&(),%:\u2212\u2013\u2014\uff1a])
    | (?P<quoted>
        "(?:[^"]|"")*+"                                  # "" inside is one quote
        | [“”„«»][^“”„«»]*[“”„«»]
        | "[^"“”«»]*[“”«»] | [“”„«»][^"“”«»]*"           # one of them typed, one corrected
        | (?<!\w)['‘’‚](?:[^'‘’]|['‘’](?=\w))*+['‘’]      # don't: an apostrophe ends nothing
      )
    | (?P<open>["“”„«»][\s\S]* | (?<!\w)['‘’‚][\s\S]*)    # a quote that is not closed
    | (?P<other>\d+|[^\s\w]|\S)                          # digits of other scripts, ...
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIGNS: Final = dict.fromkeys(map(ord, "\u2212\u2013\u2014"), "-") | {0xFF1A: ":"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, sign or quotation; `position` is where it starts.

    `value` is in lower case; of a quotation it is all that is written, with its quotes.
    """

    kind: str
    value: str
    position: int
    end: int

    @property
    def says(self) -> str:
        """What stands between the quotes of a quotation, closed or not."""
        inner = self.value[1:] if self.kind == "open" else self.value[1:-1]
        return inner.replace('""', '"') if self.value[0] == '"' else inner


def tokens(text: str) -> list[Token]:
    """Words in lower case, numbers, signs, quotations; and whatever else stands there."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        value = match.group()
        if kind not in ("quoted", "open"):
            value = value.lower().translate(_SIGNS)
        found.append(Token(kind, value, *match.span()))
    return found


def nearest(word: str) -> str | None:
    """The known word most like an unknown one; digits of other scripts become ours."""
    if word in NEAREST:
        return NEAREST[word]
    digits = [unicodedata.digit(character, None) for character in word]
    if None not in digits:
        return "".join(map(str, digits))
    return closest(word, WORDS)


def closest(word: str, known: tuple[str, ...]) -> str | None:
    """The one of the known words that a slip of the finger turns into `word`."""
    close = difflib.get_close_matches(word[:20], known, n=1, cutoff=0.6)
    return close[0] if close else None
