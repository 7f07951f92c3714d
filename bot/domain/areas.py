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

import difflib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, NoReturn, TypeAlias

from bot.domain.errors import AreaProblem, BadArea

MAX_LENGTH: Final = 500
MAX_SHAPES: Final = 40
MAX_DEPTH: Final = 24
MAX_PIXELS: Final = 65_535  # no format we read has a longer side
MAX_GROWTH_PIXELS: Final = 2_000
MAX_GROWTH_PERCENT: Final = 50


class Unit(StrEnum):
    """What a length is counted in."""

    PERCENT = "%"
    PIXELS = "px"


@dataclass(frozen=True, slots=True)
class Length:
    """A distance. Per cent are of the width for x, of the height for y, else of the short side."""

    value: Fraction
    unit: Unit

    def __str__(self) -> str:
        return f"{_decimal(self.value)}{self.unit}"

    def pixels(self, whole: int) -> float:
        """The length in pixels of a side that measures `whole` pixels."""
        share = self.value * whole / 100 if self.unit is Unit.PERCENT else self.value
        return float(share)


@dataclass(frozen=True, slots=True)
class Everything:
    """The whole picture."""

    def __str__(self) -> str:
        return "everything"


@dataclass(frozen=True, slots=True)
class Transparent:
    """What is transparent in the picture itself."""

    def __str__(self) -> str:
        return "transparent"


@dataclass(frozen=True, slots=True)
class Side:
    """A strip along one side; `share` of the width or height, 0 to 1."""

    edge: str
    share: Fraction

    def __str__(self) -> str:
        return f"{self.edge} {_NAMES_OF_SHARES.get(self.share) or _percent(self.share)}"


@dataclass(frozen=True, slots=True)
class Corner:
    """A rectangle in one corner; `share` of the width and of the height."""

    vertical: str
    horizontal: str
    share: Fraction

    def __str__(self) -> str:
        return f"{self.vertical} {self.horizontal} {_box_share(self.share)}"


@dataclass(frozen=True, slots=True)
class Center:
    """A rectangle in the middle; `share` of the width and of the height."""

    share: Fraction

    def __str__(self) -> str:
        return f"center {_box_share(self.share)}"


@dataclass(frozen=True, slots=True)
class Border:
    """A frame along all four sides."""

    width: Length

    def __str__(self) -> str:
        return f"border {self.width}"


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A box by its upper left corner and its size."""

    x: Length
    y: Length
    width: Length
    height: Length

    def __str__(self) -> str:
        return f"box {self.x},{self.y},{self.width},{self.height}"


@dataclass(frozen=True, slots=True)
class Ellipse:
    """The ellipse that fills a box."""

    x: Length
    y: Length
    width: Length
    height: Length

    def __str__(self) -> str:
        return f"ellipse {self.x},{self.y},{self.width},{self.height}"


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but an area."""

    area: Area

    def __str__(self) -> str:
        return f"not {_within(self.area, 2)}"


@dataclass(frozen=True, slots=True)
class Grown:
    """An area and what lies within `by` of it."""

    area: Area
    by: Length

    def __str__(self) -> str:
        return f"{_within(self.area, 3)} grow {self.by}"


@dataclass(frozen=True, slots=True)
class Shrunk:
    """An area without what lies within `by` of its outline. The picture's edge is no outline."""

    area: Area
    by: Length

    def __str__(self) -> str:
        return f"{_within(self.area, 3)} shrink {self.by}"


@dataclass(frozen=True, slots=True)
class Union:
    """What lies in either area."""

    first: Area
    second: Area

    def __str__(self) -> str:
        return f"{_within(self.first, 0)} + {_within(self.second, 1)}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What lies in the first area and not in the second."""

    first: Area
    second: Area

    def __str__(self) -> str:
        return f"{_within(self.first, 0)} - {_within(self.second, 1)}"


@dataclass(frozen=True, slots=True)
class Intersection:
    """What lies in both areas."""

    first: Area
    second: Area

    def __str__(self) -> str:
        return f"{_within(self.first, 1)} & {_within(self.second, 2)}"


Shape: TypeAlias = Everything | Transparent | Side | Corner | Center | Border | Rectangle | Ellipse
Area: TypeAlias = Shape | Not | Grown | Shrunk | Union | Difference | Intersection

_HALF: Final = Fraction(1, 2)
_THIRD: Final = Fraction(1, 3)
_QUARTER: Final = Fraction(1, 4)
_SHARES: Final = {"half": _HALF, "third": _THIRD, "quarter": _QUARTER}
_CORNER_SHARES: Final = {"half": _HALF, "third": _THIRD, "quarter": _HALF}
_NAMES_OF_SHARES: Final = {share: name for name, share in _SHARES.items()}
_EDGES: Final = ("top", "bottom", "left", "right")
_MIDDLES: Final = ("center", "centre", "middle")
_SHAPE_WORDS: Final = (*_EDGES, *_MIDDLES, "border", "box", "ellipse", "everything", "transparent")
_WORDS: Final = (*_SHAPE_WORDS, *_SHARES, "grow", "shrink", "not")

# What other people say, and what comes nearest in this language.
_NEAREST: Final = {
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


def parse(text: str) -> Area:
    """Read an area in words.

    Raises:
        BadArea: names the word that was not understood, where it is, and the nearest alternative.
    """
    if len(text) > MAX_LENGTH:
        raise BadArea(AreaProblem.TOO_LONG, text=text[:MAX_LENGTH], position=MAX_LENGTH)
    return _Parser(text).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    position: int


class _Parser:
    """A recursive descent over the tokens of one text; its depth is bounded."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._shapes = 0
        self._depth = 0

    def whole(self) -> Area:
        """The whole text, and nothing after it."""
        area = self._area()
        if (token := self._peek()) is not None:
            self._fail_after_area(token)
        if len(str(area)) > MAX_LENGTH:
            raise BadArea(AreaProblem.TOO_LONG, text=self._text, position=len(self._text))
        return area

    def _area(self) -> Area:
        area = self._both()
        while (sign := self._take("+", "-")) is not None:
            other = self._both()
            area = Union(area, other) if sign == "+" else Difference(area, other)
        return area

    def _both(self) -> Area:
        area = self._part()
        while self._take("&"):
            area = Intersection(area, self._part())
        return area

    def _part(self) -> Area:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(AreaProblem.TOO_LONG, self._peek())
        area: Area
        if self._take("not"):
            area = Not(self._part())
        else:
            area = self._shape()
            while (word := self._take("grow", "shrink")) is not None:
                area = Grown(area, self._growth()) if word == "grow" else self._shrunk(area)
        self._depth -= 1
        return area

    def _shrunk(self, area: Area) -> Area:
        return Shrunk(area, self._growth())

    def _shape(self) -> Area:
        if self._take("("):
            area = self._area()
            if self._take(")") is None:
                self._fail_after_area(self._peek(), suggestion=")")
            return area
        self._shapes += 1
        token = self._peek()
        if self._shapes > MAX_SHAPES:
            self._fail(AreaProblem.TOO_LONG, token)
        if token is None or token.kind not in ("word", "corner"):
            self._fail(AreaProblem.UNEXPECTED, token)
        if token.value not in _SHAPE_WORDS and token.kind == "word":
            known = token.value in _WORDS
            self._fail(AreaProblem.UNEXPECTED if known else AreaProblem.UNKNOWN_WORD, token)
        self._next += 1
        return self._named(token)

    def _named(self, token: _Token) -> Shape:
        match token.value:
            case "everything":
                return Everything()
            case "transparent":
                return Transparent()
            case "border":
                return Border(self._length(token, percent=50, pixels=MAX_PIXELS))
            case "box":
                return Rectangle(*self._four(token))
            case "ellipse":
                return Ellipse(*self._four(token))
            case "center" | "centre" | "middle":
                return Center(self._share(token, _CORNER_SHARES))
            case "top" | "bottom" if (side := self._take("left", "right")) is not None:
                return Corner(token.value, side, self._share(token, _CORNER_SHARES))
            case "top" | "bottom" | "left" | "right":
                return Side(token.value, self._share(token, _SHARES))
            case corner:
                vertical, horizontal = corner.split("-")
                return Corner(vertical, horizontal, self._share(token, _CORNER_SHARES))

    def _share(self, shape: _Token, names: dict[str, Fraction]) -> Fraction:
        """The share that may follow a shape; half when nothing does."""
        if (name := self._take(*names)) is not None:
            return names[name]
        token = self._peek()
        if token is None or token.kind != "number":
            return _HALF
        number = self._number(token)
        if not self._take("%"):
            self._fail_decimal_comma(token)
            self._fail(AreaProblem.UNEXPECTED, token, suggestion=f"{token.value}%")
        if not 0 < number <= 100:
            suggestion = f"{shape.value} 50%"
            self._fail(AreaProblem.OUT_OF_RANGE, token, unit="%", suggestion=suggestion)
        return number / 100

    def _growth(self) -> Length:
        return self._length(None, percent=MAX_GROWTH_PERCENT, pixels=MAX_GROWTH_PIXELS)

    def _length(self, shape: _Token | None, *, percent: int, pixels: int) -> Length:
        """A length above zero."""
        suggestion = f"{shape.value} 10%" if shape else "10px"
        token = self._peek()
        if token is None or token.kind != "number":
            self._fail(AreaProblem.UNEXPECTED, token, suggestion=suggestion)
        value = self._number(token)
        unit = self._unit()
        if unit is None:
            self._fail_decimal_comma(token)
        length = Length(value, unit or Unit.PIXELS)
        if not 0 < value <= (percent if unit is Unit.PERCENT else pixels):
            self._fail(AreaProblem.OUT_OF_RANGE, token, unit=unit or "", suggestion=suggestion)
        return length

    def _four(self, shape: _Token) -> tuple[Length, Length, Length, Length]:
        """`x,y,width,height`; a unit after the last number alone holds for all four."""
        values: list[Fraction] = []
        units: list[Unit | None] = []
        first = self._peek()
        for index in range(4):
            if index:
                self._take(",")
            token = self._peek()
            if token is None or token.kind != "number":
                example = f"{shape.value} 10%,10%,50%,50%"
                self._fail(AreaProblem.UNEXPECTED, token, suggestion=example)
            values.append(self._number(token))
            units.append(self._unit())
            if values[-1] > MAX_PIXELS or (index > 1 and values[-1] == 0):
                self._fail(AreaProblem.OUT_OF_RANGE, token, unit=units[-1] or "")
        common = units[3] if not any(units[:3]) else None
        x, y, width, height = (
            Length(value, unit or common or Unit.PIXELS)
            for value, unit in zip(values, units, strict=True)
        )
        self._require_inside(shape, first, (x, y, width, height))
        return x, y, width, height

    def _require_inside(
        self, shape: _Token, first: _Token | None, box: tuple[Length, Length, Length, Length]
    ) -> None:
        """Boxes in per cent are checked here; those in pixels when the picture's size is known."""
        x, y, width, height = box
        if not (_overflows(x, width) or _overflows(y, height)):
            return
        suggestion = None
        if x.value < 100 and y.value < 100:
            fitting = (x, y, _clipped(x, width), _clipped(y, height))
            suggestion = f"{shape.value} {','.join(map(str, fitting))}"
        self._fail(AreaProblem.OUTSIDE, first, suggestion=suggestion)

    def _number(self, token: _Token) -> Fraction:
        self._next += 1
        # Longer numbers mean nothing in a picture; the bound keeps canonical texts short.
        if len(token.value) > 9:
            self._fail(AreaProblem.OUT_OF_RANGE, token)
        value = Fraction(token.value)
        if value * 1000 % 1:
            shorter = _decimal(Fraction(round(value * 1000), 1000))
            self._fail(AreaProblem.OUT_OF_RANGE, token, suggestion=shorter)
        return value

    def _unit(self) -> Unit | None:
        taken = self._take("%", "px", "pixels", "percent")
        if taken is None:
            return None
        return Unit.PERCENT if taken in ("%", "percent") else Unit.PIXELS

    def _fail_decimal_comma(self, token: _Token) -> None:
        """`10,5%` is how half of the world writes 10.5 %: say that a point is meant."""
        if self._take(",") is None:
            return
        fraction = self._peek()
        if fraction is not None and fraction.kind == "number":
            written = f"{token.value},{fraction.value}"
            raise BadArea(
                AreaProblem.UNEXPECTED,
                text=self._text,
                word=written,
                position=token.position,
                suggestion=f"{token.value}.{fraction.value}%".replace("..", "."),
            )
        self._fail(AreaProblem.UNEXPECTED, token)

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, *values: str) -> str | None:
        token = self._peek()
        if token is None or token.value not in values:
            return None
        self._next += 1
        return token.value

    def _fail_after_area(self, token: _Token | None, *, suggestion: str | None = None) -> NoReturn:
        """Something follows a complete area that cannot continue it."""
        if token is None:
            self._fail(AreaProblem.ENDED, None, suggestion=suggestion)
        if token.kind == "word" and token.value not in _WORDS:
            self._fail(AreaProblem.UNKNOWN_WORD, token)
        if token.value in _SHAPE_WORDS:
            suggestion = f"+ {token.value}"
        self._fail(AreaProblem.UNEXPECTED, token, suggestion=suggestion)

    def _fail(
        self,
        problem: AreaProblem,
        token: _Token | None,
        *,
        unit: str = "",
        suggestion: str | None = None,
    ) -> NoReturn:
        if token is None:
            problem = AreaProblem.ENDED if problem is AreaProblem.UNEXPECTED else problem
            raise BadArea(problem, text=self._text, position=len(self._text), suggestion=suggestion)
        if token.kind in ("word", "other") and token.value not in _WORDS and suggestion is None:
            suggestion = _nearest(token.value)
            problem = AreaProblem.UNKNOWN_WORD if token.kind == "other" else problem
        raise BadArea(
            problem,
            text=self._text,
            word=token.value + unit,
            position=token.position,
            suggestion=suggestion,
        )


def _tokens(text: str) -> list[_Token]:
    """Words in lower case, numbers, signs; and whatever else stands there."""
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        value = match.group().lower().translate(_MINUS_SIGNS)
        found.append(_Token(kind, value, match.start()))
    return found


def _nearest(word: str) -> str | None:
    """The known word most like an unknown one; digits of other scripts become ours."""
    if word in _NEAREST:
        return _NEAREST[word]
    digits = [unicodedata.digit(character, None) for character in word]
    if None not in digits:
        return "".join(map(str, digits))
    close = difflib.get_close_matches(word[:20], _WORDS, n=1, cutoff=0.6)
    return close[0] if close else None


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


def _within(area: Area, level: int) -> str:
    """Print an operand, in brackets where it binds less tightly than its operator asks."""
    binds = {Union: 0, Difference: 0, Intersection: 1, Not: 2}.get(type(area), 3)
    return f"({area})" if binds < level else str(area)


def _overflows(start: Length, size: Length) -> bool:
    if start.unit is Unit.PERCENT and start.value >= 100:
        return True
    if size.unit is Unit.PERCENT and size.value > 100:
        return True
    return start.unit is size.unit is Unit.PERCENT and start.value + size.value > 100


def _clipped(start: Length, size: Length) -> Length:
    """The size that ends at the picture's edge."""
    if size.unit is not Unit.PERCENT:
        return size
    room = 100 - start.value if start.unit is Unit.PERCENT else Fraction(100)
    return Length(min(size.value, room), Unit.PERCENT)


def _box_share(share: Fraction) -> str:
    return "third" if share == _THIRD else _percent(share)


def _percent(share: Fraction) -> str:
    return f"{_decimal(share * 100)}%"


def _decimal(value: Fraction) -> str:
    """At most three decimals, none of them needless. 100/3 and the like never get here."""
    thousandths = round(value * 1000)
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".")
