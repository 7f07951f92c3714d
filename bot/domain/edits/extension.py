"""How a picture is extended: by how much, at which edge, or to which format."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, NoReturn

from bot.domain.areas import Length, Unit
from bot.domain.errors import BadOption, OptionProblem

AMOUNTS: Final = "a length such as 20% or 128px, or a format such as 16:9"
LENGTHS: Final = "above 0, and at most {percent}% or {pixels}px"
FORMATS: Final = "a format from {most}:1 to 1:{most}"
OTHER_FORMAT: Final = "another format than the picture's own, {width} × {height}, or a length"
OVERLAPS: Final = "0 to {most} pixels"
EDGES: Final = "left, right, top, bottom, sides or all"
MOST_PERCENT: Final = 200  # a model that sees mostly new room invents another picture
MOST_PIXELS: Final = 4_096
MOST_ASPECT: Final = 12  # as at intake: a longer picture could not be edited again
MOST_OVERLAP_PIXELS: Final = 256
_SAME_FORMAT: Final = Fraction(1, 200)  # nobody pays for so thin a strip knowingly
_LENGTH: Final = re.compile(r"([0-9]{1,5}(?:[.,][0-9]{1,3})?)\s*(%|percent|px|pixels)?")
_FORMAT: Final = re.compile(r"(?:to\s+)?(?:([0-9]{1,5})\s*[:\u2236\uff1a]\s*([0-9]{1,5})|square)")


class Edge(StrEnum):
    """Where a picture grows."""

    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"
    SIDES = "sides"  # left and right
    ALL = "all"


_ACROSS: Final = (Edge.LEFT, Edge.RIGHT, Edge.SIDES, Edge.ALL)
_DOWN: Final = (Edge.TOP, Edge.BOTTOM, Edge.ALL)
_PLACES: Final = {
    Edge.LEFT: "on the left",
    Edge.RIGHT: "on the right",
    Edge.TOP: "at the top",
    Edge.BOTTOM: "at the bottom",
    Edge.SIDES: "on the left and right",
}


@dataclass(frozen=True, slots=True)
class AspectRatio:
    """The shape a picture grows to: 16 by 9."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}:{self.height}"


@dataclass(frozen=True, slots=True)
class Extension:
    """What is added: at `edge`, by a length or until the picture has a format.

    Per cent are of the picture's width at the left and right, of its height at the top and
    bottom; more than one side gets as much each. `overlap` is how many pixels of the picture
    itself may change along the new room, so that it blends in; 0 keeps every one of them.
    """

    edge: Edge
    amount: Length | AspectRatio
    overlap: int = 0


@dataclass(frozen=True, slots=True)
class Margins:
    """How many pixels are added on each side."""

    left: int
    top: int
    right: int
    bottom: int


def parse_extension(edge: str, amount: str, *, overlap: int = 0) -> Extension:
    """Read what a member said: `left` and `20%`, `sides` and `to 16:9`, `all` and `128px`.

    Raises:
        BadOption: the side, the amount or the overlap means nothing, or is too much.
    """
    try:
        side = Edge(edge.strip().lower())
    except ValueError:
        raise BadOption("side", value=edge.strip(), allowed=EDGES) from None
    if not 0 <= overlap <= MOST_OVERLAP_PIXELS:
        most = MOST_OVERLAP_PIXELS
        raise BadOption("overlap", value=str(overlap), allowed=OVERLAPS, most=most)
    said = " ".join(amount.split()).lower()
    if (found := _FORMAT.fullmatch(said)) is not None:
        return Extension(side, _format(said, *found.groups()), overlap)
    if (found := _LENGTH.fullmatch(said)) is not None:
        return Extension(side, _length(said, *found.groups()), overlap)
    raise BadOption("amount", value=said, allowed=AMOUNTS)


def margins(extension: Extension, width: int, height: int) -> Margins:
    """The new room beside a picture of `width` x `height` pixels.

    A picture only ever grows. What is added to two sides for a format is halved; an odd pixel
    goes to the right or the bottom.

    Raises:
        BadOption: the format is the picture's own, or would need another side to grow.
    """
    amount = extension.amount
    if isinstance(amount, AspectRatio):
        return _to_format(extension.edge, amount, width, height)
    return _by_length(extension.edge, amount, width, height)


def describe_extension(extension: Extension) -> str:
    """The extension in words: `left 20%`, `to 16:9 on the left and right`."""
    edge, amount = extension.edge, extension.amount
    if isinstance(amount, AspectRatio):
        return f"to {amount} {_PLACES[edge]}" if edge in _PLACES else f"to {amount}"
    match edge:
        case Edge.SIDES:
            return f"left and right {amount} each"
        case Edge.ALL:
            return f"all four sides {amount} each"
        case _:
            return f"{edge} {amount}"


def _format(said: str, width: str | None, height: str | None) -> AspectRatio:
    found = AspectRatio(int(width or 1), int(height or 1))
    shorter, longer = sorted((found.width, found.height))
    if not 0 < longer <= MOST_ASPECT * shorter:
        raise BadOption("amount", value=said, allowed=FORMATS, most=MOST_ASPECT)
    return found


def _length(said: str, number: str, unit: str | None) -> Length:
    value = Fraction(number.replace(",", "."))
    is_share = unit in ("%", "percent")
    if not 0 < value <= (MOST_PERCENT if is_share else MOST_PIXELS):
        percent, pixels = MOST_PERCENT, MOST_PIXELS
        raise BadOption("amount", value=said, allowed=LENGTHS, percent=percent, pixels=pixels)
    return Length(value, Unit.PERCENT if is_share else Unit.PIXELS)


def _by_length(edge: Edge, amount: Length, width: int, height: int) -> Margins:
    across, down = _rounded(amount.pixels(width)), _rounded(amount.pixels(height))
    return Margins(
        left=across if edge in (Edge.LEFT, Edge.SIDES, Edge.ALL) else 0,
        top=down if edge in (Edge.TOP, Edge.ALL) else 0,
        right=across if edge in (Edge.RIGHT, Edge.SIDES, Edge.ALL) else 0,
        bottom=down if edge in (Edge.BOTTOM, Edge.ALL) else 0,
    )


def _to_format(edge: Edge, target: AspectRatio, width: int, height: int) -> Margins:
    wanted_width = math.floor(Fraction(height * target.width, target.height) + Fraction(1, 2))
    wanted_height = math.floor(Fraction(width * target.height, target.width) + Fraction(1, 2))
    across, down = max(0, wanted_width - width), max(0, wanted_height - height)
    if across <= _SAME_FORMAT * width and down <= _SAME_FORMAT * height:
        value, allowed = str(target), OTHER_FORMAT
        raise BadOption("amount", value=value, allowed=allowed, width=width, height=height)
    if across and edge not in _ACROSS:
        _fail(target, edge, OptionProblem.TOO_WIDE)
    if down and edge not in _DOWN:
        _fail(target, edge, OptionProblem.TOO_TALL)
    left = {Edge.LEFT: across, Edge.RIGHT: 0}.get(edge, across // 2)
    top = {Edge.TOP: down, Edge.BOTTOM: 0}.get(edge, down // 2)
    return Margins(left=left, top=top, right=across - left, bottom=down - top)


def _fail(target: AspectRatio, edge: Edge, problem: OptionProblem) -> NoReturn:
    raise BadOption("amount", value=str(target), problem=problem, edge=edge.value)


def _rounded(pixels: float) -> int:
    """Half up; at least one."""
    return max(1, math.floor(pixels + 0.5))
