"""The language in which a member says what should change: `subject grow 2% - bottom third`.

    said    = area ["feather" length]             the whole, and how deep the new picture fades in
    area    = both { ("+" | "-") both }           union, difference; read from left to right
    both    = part { "&" part }                   what two areas share
    part    = "not" part | shape { ("grow" | "shrink") length }
    shape   = "(" area ")" | "everything" | "transparent" | "marks"
            | "subject" | "background" | "faces" | "sky" | "text" [[":"] quoted]
            | side [share] | ("top" | "bottom") ("left" | "right") [share] | "center" [share]
            | "border" length | ("box" | "ellipse") x,y,width,height

A share is `third`, `half`, `quarter` or a percentage; of a side it is the part of the picture's
width or height, of a corner or the center the part of each. The `quarter` of a corner is the
quadrant, as people say it. A length is `5%` or `12px`; a bare number is pixels. What is quoted is
lettering, in straight, curly or single quotes; between straight ones, two mean one.
"""

from __future__ import annotations

from bot.domain.areas.complete import MAX_SUGGESTION_LENGTH, MAX_SUGGESTIONS, complete
from bot.domain.areas.contents import feather_of, found_in, says_marks
from bot.domain.areas.grammar import MAX_LENGTH, MAX_WORDS_LENGTH, parse
from bot.domain.areas.shapes import (
    Area,
    Border,
    Center,
    Corner,
    Difference,
    Ellipse,
    Everything,
    Feathered,
    Found,
    Grown,
    Intersection,
    Length,
    Marks,
    Not,
    Rectangle,
    Shape,
    Shrunk,
    Side,
    Thing,
    Transparent,
    Union,
    Unit,
)

__all__ = [
    "MAX_LENGTH",
    "MAX_SUGGESTIONS",
    "MAX_SUGGESTION_LENGTH",
    "MAX_WORDS_LENGTH",
    "Area",
    "Border",
    "Center",
    "Corner",
    "Difference",
    "Ellipse",
    "Everything",
    "Feathered",
    "Found",
    "Grown",
    "Intersection",
    "Length",
    "Marks",
    "Not",
    "Rectangle",
    "Shape",
    "Shrunk",
    "Side",
    "Thing",
    "Transparent",
    "Union",
    "Unit",
    "complete",
    "feather_of",
    "found_in",
    "parse",
    "says_marks",
]
