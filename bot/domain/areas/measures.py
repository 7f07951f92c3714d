"""How numbers are read: shares, lengths, and the four of a box."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from bot.domain.areas.shapes import HALF, Length, Unit, decimal
from bot.domain.errors import AreaProblem

if TYPE_CHECKING:
    from bot.domain.areas.cursor import Cursor
    from bot.domain.areas.words import Token

UNITS: Final = {
    "%": Unit.PERCENT,
    "percent": Unit.PERCENT,
    "px": Unit.PIXELS,
    "pixels": Unit.PIXELS,
}
MAX_PIXELS: Final = 65_535  # no format we read has a longer side
MAX_GROWTH_PIXELS: Final = 2_000
MAX_GROWTH_PERCENT: Final = 50
MAX_FEATHER_PIXELS: Final = 256  # fading in costs time that grows with its depth
MAX_FEATHER_PERCENT: Final = 10

_Box: TypeAlias = tuple[Length, Length, Length, Length]


def share(cursor: Cursor, shape: Token, names: dict[str, Fraction]) -> Fraction:
    """The share that may follow a shape; half when nothing does."""
    if (name := cursor.take(*names)) is not None:
        return names[name]
    token = cursor.peek()
    if token is None or token.kind != "number":
        return HALF
    number = _number(cursor, token)
    if not cursor.take("%", "percent"):
        _fail_decimal_comma(cursor, token)
        cursor.fail(AreaProblem.UNEXPECTED, token, suggestion=f"{token.value}%")
    if not 0 < number <= 100:
        _fail_out_of_range(cursor, token, f"{shape.value} 50%")
    return number / 100


def border(cursor: Cursor, shape: Token) -> Length:
    """How thick a border is."""
    return _length(cursor, percent=50, pixels=MAX_PIXELS, example=f"{shape.value} 10%")


def growth(cursor: Cursor) -> Length:
    """How far an area grows or shrinks."""
    return _length(cursor, percent=MAX_GROWTH_PERCENT, pixels=MAX_GROWTH_PIXELS, example="10px")


def feather(cursor: Cursor) -> Length:
    """How deep the new picture fades in."""
    return _length(cursor, percent=MAX_FEATHER_PERCENT, pixels=MAX_FEATHER_PIXELS, example="2%")


def box(cursor: Cursor, shape: Token) -> _Box:
    """`x,y,width,height`; a unit after the last number alone holds for all four."""
    values: list[Fraction] = []
    units: list[Unit | None] = []
    first = cursor.peek()
    for index in range(4):
        if index:
            cursor.take(",")
        token = cursor.peek()
        if token is None or token.kind != "number":
            example = f"{shape.value} 10%,10%,50%,50%"
            cursor.fail(AreaProblem.UNEXPECTED, token, suggestion=example)
        values.append(_number(cursor, token))
        units.append(_unit(cursor))
        if values[-1] > MAX_PIXELS or (index > 1 and values[-1] == 0):
            _fail_out_of_range(cursor, token, None)
    common = units[3] if not any(units[:3]) else None
    x, y, width, height = (
        Length(value, unit or common or Unit.PIXELS)
        for value, unit in zip(values, units, strict=True)
    )
    _require_inside(cursor, shape, first, (x, y, width, height))
    return x, y, width, height


def _length(cursor: Cursor, *, percent: int, pixels: int, example: str) -> Length:
    """A length above zero."""
    token = cursor.peek()
    if token is None or token.kind != "number":
        cursor.fail(AreaProblem.UNEXPECTED, token, suggestion=example)
    value = _number(cursor, token)
    unit = _unit(cursor)
    if unit is None:
        _fail_decimal_comma(cursor, token)
    if not 0 < value <= (percent if unit is Unit.PERCENT else pixels):
        _fail_out_of_range(cursor, token, example)
    return Length(value, unit or Unit.PIXELS)


def _fail_out_of_range(cursor: Cursor, token: Token, suggestion: str | None) -> NoReturn:
    word = cursor.read_since(token)
    cursor.fail(AreaProblem.OUT_OF_RANGE, token, word=word, suggestion=suggestion)


def _require_inside(cursor: Cursor, shape: Token, first: Token | None, box: _Box) -> None:
    """Boxes in per cent are checked here; those in pixels when the picture's size is known."""
    x, y, width, height = box
    if not (_overflows(x, width) or _overflows(y, height)):
        return
    suggestion = None
    if x.value < 100 and y.value < 100:
        fitting = (x, y, _clipped(x, width), _clipped(y, height))
        suggestion = f"{shape.value} {','.join(map(str, fitting))}"
    cursor.fail(AreaProblem.OUTSIDE, first, suggestion=suggestion)


def _number(cursor: Cursor, token: Token) -> Fraction:
    cursor.skip()
    # Longer numbers mean nothing in a picture; the bound keeps canonical texts short.
    if len(token.value) > 9:
        cursor.fail(AreaProblem.OUT_OF_RANGE, token)
    value = Fraction(token.value)
    if value * 1000 % 1:
        shorter = decimal(Fraction(round(value * 1000), 1000))
        cursor.fail(AreaProblem.OUT_OF_RANGE, token, suggestion=shorter)
    return value


def _unit(cursor: Cursor) -> Unit | None:
    taken = cursor.take(*UNITS)
    return UNITS[taken] if taken is not None else None


def _fail_decimal_comma(cursor: Cursor, token: Token) -> None:
    """`10,5%` is how half of the world writes 10.5 %: say that a point is meant."""
    if cursor.take(",") is None:
        return
    fraction = cursor.peek()
    if fraction is not None and fraction.kind == "number":
        cursor.skip()
        unit = _unit(cursor) or Unit.PERCENT
        cursor.fail(
            AreaProblem.UNEXPECTED,
            token,
            word=cursor.read_since(token),
            suggestion=f"{token.value}.{fraction.value}{unit}".replace("..", "."),
        )
    cursor.fail(AreaProblem.UNEXPECTED, token)


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
