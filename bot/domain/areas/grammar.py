"""The grammar: words to values, by recursive descent."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NoReturn

from bot.domain.areas.shapes import (
    CORNER_SHARES,
    HALF,
    SHARES,
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
    decimal,
)
from bot.domain.areas.words import SHAPE_WORDS, WORDS, Token, nearest, tokens
from bot.domain.errors import AreaProblem, BadArea

MAX_LENGTH: Final = 500
MAX_SHAPES: Final = 40
MAX_DEPTH: Final = 24
MAX_PIXELS: Final = 65_535  # no format we read has a longer side
MAX_GROWTH_PIXELS: Final = 2_000
MAX_GROWTH_PERCENT: Final = 50


def parse(text: str) -> Area:
    """Read an area in words.

    Raises:
        BadArea: names the word that was not understood, where it is, and the nearest alternative.
    """
    if len(text) > MAX_LENGTH:
        raise BadArea(AreaProblem.TOO_LONG, text=text[:MAX_LENGTH], position=MAX_LENGTH)
    return _Parser(text).whole()


class _Parser:
    """A recursive descent over the tokens of one text; its depth is bounded."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(tokens(text))
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
        if token.value not in SHAPE_WORDS and token.kind == "word":
            known = token.value in WORDS
            self._fail(AreaProblem.UNEXPECTED if known else AreaProblem.UNKNOWN_WORD, token)
        self._next += 1
        return self._named(token)

    def _named(self, token: Token) -> Shape:
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
                return Center(self._share(token, CORNER_SHARES))
            case "top" | "bottom" if (side := self._take("left", "right")) is not None:
                return Corner(token.value, side, self._share(token, CORNER_SHARES))
            case "top" | "bottom" | "left" | "right":
                return Side(token.value, self._share(token, SHARES))
            case corner:
                vertical, horizontal = corner.split("-")
                return Corner(vertical, horizontal, self._share(token, CORNER_SHARES))

    def _share(self, shape: Token, names: dict[str, Fraction]) -> Fraction:
        """The share that may follow a shape; half when nothing does."""
        if (name := self._take(*names)) is not None:
            return names[name]
        token = self._peek()
        if token is None or token.kind != "number":
            return HALF
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

    def _length(self, shape: Token | None, *, percent: int, pixels: int) -> Length:
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

    def _four(self, shape: Token) -> tuple[Length, Length, Length, Length]:
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
        self, shape: Token, first: Token | None, box: tuple[Length, Length, Length, Length]
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

    def _number(self, token: Token) -> Fraction:
        self._next += 1
        # Longer numbers mean nothing in a picture; the bound keeps canonical texts short.
        if len(token.value) > 9:
            self._fail(AreaProblem.OUT_OF_RANGE, token)
        value = Fraction(token.value)
        if value * 1000 % 1:
            shorter = decimal(Fraction(round(value * 1000), 1000))
            self._fail(AreaProblem.OUT_OF_RANGE, token, suggestion=shorter)
        return value

    def _unit(self) -> Unit | None:
        taken = self._take("%", "px", "pixels", "percent")
        if taken is None:
            return None
        return Unit.PERCENT if taken in ("%", "percent") else Unit.PIXELS

    def _fail_decimal_comma(self, token: Token) -> None:
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

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, *values: str) -> str | None:
        token = self._peek()
        if token is None or token.value not in values:
            return None
        self._next += 1
        return token.value

    def _fail_after_area(self, token: Token | None, *, suggestion: str | None = None) -> NoReturn:
        """Something follows a complete area that cannot continue it."""
        if token is None:
            self._fail(AreaProblem.ENDED, None, suggestion=suggestion)
        if token.kind == "word" and token.value not in WORDS:
            self._fail(AreaProblem.UNKNOWN_WORD, token)
        if token.value in SHAPE_WORDS:
            suggestion = f"+ {token.value}"
        self._fail(AreaProblem.UNEXPECTED, token, suggestion=suggestion)

    def _fail(
        self,
        problem: AreaProblem,
        token: Token | None,
        *,
        unit: str = "",
        suggestion: str | None = None,
    ) -> NoReturn:
        if token is None:
            problem = AreaProblem.ENDED if problem is AreaProblem.UNEXPECTED else problem
            raise BadArea(problem, text=self._text, position=len(self._text), suggestion=suggestion)
        if token.kind in ("word", "other") and token.value not in WORDS and suggestion is None:
            suggestion = nearest(token.value)
            problem = AreaProblem.UNKNOWN_WORD if token.kind == "other" else problem
        raise BadArea(
            problem,
            text=self._text,
            word=token.value + unit,
            position=token.position,
            suggestion=suggestion,
        )


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
