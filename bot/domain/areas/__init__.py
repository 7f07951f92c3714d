"""The language in which a member says what should change: `top third - center 40%`.

    area    = both { ("+" | "-") both }           union, difference; read from left to right
    both    = part { "&" part }                   what two areas share
    part    = "not" part | shape { ("grow" | "shrink") length }
    shape   = "(" area ")" | "everything" | "transparent"
            | side [share] | ("top" | "bottom") ("left" | "right") [share] | "center" [share]
            | "border" length | ("box" | "ellipse") x,y,width,height

A share is `third`, `half`, `quarter` or a percentage; of a side it is the part of the picture's
width or height, of a corner or the center the part of each. The `quarter` of a corner is the
quadrant, as people say it. A length is `5%` or `12px`; a bare number is pixels.
"""

from __future__ import annotations

from bot.domain.areas.grammar import MAX_LENGTH, parse
from bot.domain.areas.shapes import (
    Area,
    Border,
    Center,
    Corner,
    Difference,
    Ellipse,
    Everything,
    Grown,
    Intersection,
    Length,
    Not,
    Rectangle,
    Shape,
    Shrunk,
    Side,
    Transparent,
    Union,
    Unit,
)
from bot.domain.areas.suggestions import MAX_SUGGESTION_LENGTH, MAX_SUGGESTIONS, complete

__all__ = [
    "MAX_LENGTH",
    "MAX_SUGGESTIONS",
    "MAX_SUGGESTION_LENGTH",
    "Area",
    "Border",
    "Center",
    "Corner",
    "Difference",
    "Ellipse",
    "Everything",
    "Grown",
    "Intersection",
    "Length",
    "Not",
    "Rectangle",
    "Shape",
    "Shrunk",
    "Side",
    "Transparent",
    "Union",
    "Unit",
    "complete",
    "parse",
]
