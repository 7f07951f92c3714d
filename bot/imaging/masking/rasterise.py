"""Draw an area in words as a mask.

Masks that wait for their other half are kept as bits, eight pixels to a byte, so that a deep
expression over a large picture stays within a picture process's memory.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NoReturn, assert_never

import numpy as np

from bot.domain.areas import (
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
    Shrunk,
    Side,
    Transparent,
    Union,
)
from bot.domain.errors import AreaProblem, BadArea
from bot.imaging.files.pixels import Bytes, bands
from bot.imaging.masking import growing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

_NOTHING_DRAWN: Final[Mapping[Found | Marks, Bytes]] = MappingProxyType({})


def rasterise(
    area: Area,
    width: int,
    height: int,
    *,
    transparent: Bytes | None = None,
    drawn: Mapping[Found | Marks, Bytes] = _NOTHING_DRAWN,
) -> Bytes:
    """The mask of an area: height x width, 255 where it lies and 0 elsewhere.

    `transparent` is nonzero where the picture is transparent; None when it is nowhere. `drawn`
    has a mask of the same kind for all that is found in the picture, and for the marks on its
    copy. Each is asked for when its turn comes and not kept, so they may be made on the way.

    Raises:
        BadArea: a box lies outside the picture.
    """
    bits = _Canvas(area, width, height, transparent, drawn).draw(area)
    mask = np.unpackbits(bits, axis=1, count=width)
    mask *= 255
    return mask


class _Canvas:
    """Evaluates an area over a picture's size. All masks are height x ceil(width / 8) bytes."""

    def __init__(
        self,
        whole: Area,
        width: int,
        height: int,
        transparent: Bytes | None,
        drawn: Mapping[Found | Marks, Bytes],
    ) -> None:
        self._whole = whole
        self._width = width
        self._height = height
        self._transparent = transparent
        self._drawn = drawn

    def draw(self, area: Area) -> Bytes:  # noqa: C901  one line for each kind of area
        match area:
            case Union(first, second):
                return self.draw(first) | self.draw(second)
            case Difference(first, second):
                return self.draw(first) & ~self.draw(second)
            case Intersection(first, second):
                return self.draw(first) & self.draw(second)
            case Not(inner):
                return ~self.draw(inner)
            case Grown(inner, by):
                return self._grown(self.draw(inner), by)
            case Shrunk(inner, by):
                return ~self._grown(~self.draw(inner), by)
            case Everything():
                return self._box(0, 0, self._width, self._height)
            case Transparent():
                return self._holes()
            case Found() | Marks():
                return np.packbits(self._drawn[area], axis=1)
            case Feathered(inner):
                return self.draw(inner)
            case Side() | Corner():
                return self._edge(area)
            case Center(share):
                width, height = self._shares(share)
                left, top = (self._width - width) // 2, (self._height - height) // 2
                return self._box(left, top, left + width, top + height)
            case Border(thickness):
                inset = self._short(thickness)
                return ~self._box(inset, inset, self._width - inset, self._height - inset)
            case Rectangle():
                return self._box(*self._corners(area))
            case Ellipse():
                return self._ellipse(*self._corners(area))
            case _:
                assert_never(area)

    def _box(self, left: int, top: int, right: int, bottom: int) -> Bytes:
        row = np.zeros(self._width, np.bool_)
        row[left:right] = True
        packed = np.packbits(row)
        bits = np.zeros((self._height, packed.size), np.uint8)
        bits[top:bottom] = packed
        return bits

    def _edge(self, area: Side | Corner) -> Bytes:
        width, height = self._shares(area.share)
        sides = (area.vertical, area.horizontal) if isinstance(area, Corner) else (area.edge,)
        left, top, right, bottom = 0, 0, self._width, self._height
        if "left" in sides:
            right = width
        if "right" in sides:
            left = right - width
        if "top" in sides:
            bottom = height
        if "bottom" in sides:
            top = bottom - height
        return self._box(left, top, right, bottom)

    def _ellipse(self, left: int, top: int, right: int, bottom: int) -> Bytes:
        bits = self._box(0, 0, 0, 0)
        across = (2 * np.arange(self._width) + 1 - left - right) / (right - left)
        for start, end in bands(self._height, self._width):
            down = (2 * np.arange(start, end) + 1 - top - bottom) / (bottom - top)
            bits[start:end] = np.packbits(across**2 + down[:, None] ** 2 <= 1, axis=1)
        return bits

    def _holes(self) -> Bytes:
        if self._transparent is None:
            return self._box(0, 0, 0, 0)
        return np.packbits(self._transparent, axis=1)

    def _grown(self, bits: Bytes, by: Length) -> Bytes:
        """Spread by the same round brush as the buttons of a preview."""
        mask = np.unpackbits(bits, axis=1, count=self._width)
        mask *= 255
        return np.packbits(growing.grown(mask, self._short(by)), axis=1)

    def _shares(self, share: Fraction) -> tuple[int, int]:
        """A share of the width and of the height, in pixels, at least one."""
        return _rounded(float(share * self._width)), _rounded(float(share * self._height))

    def _short(self, length: Length) -> int:
        return _rounded(length.pixels(min(self._width, self._height)))

    def _corners(self, area: Rectangle | Ellipse) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels; at least one pixel wide and high."""
        x, y = area.x.pixels(self._width), area.y.pixels(self._height)
        right = math.floor(x + area.width.pixels(self._width) + 0.5)
        bottom = math.floor(y + area.height.pixels(self._height) + 0.5)
        left, top = math.floor(x + 0.5), math.floor(y + 0.5)
        if left >= self._width or top >= self._height:
            self._outside(area, None)
        if right > self._width or bottom > self._height:
            size = (min(right, self._width) - left, min(bottom, self._height) - top)
            self._outside(area, f"{left}px,{top}px,{size[0]}px,{size[1]}px")
        return left, top, max(right, left + 1), max(bottom, top + 1)

    def _outside(self, area: Rectangle | Ellipse, fitting: str | None) -> NoReturn:
        text, word = str(self._whole), str(area)
        name = word.partition(" ")[0]
        raise BadArea(
            AreaProblem.OUTSIDE,
            text=text,
            word=word,
            position=text.find(word),
            suggestion=f"{name} {fitting}" if fitting else None,
        )


def _rounded(pixels: float) -> int:
    """Half up, so that two halves of an odd width leave no gap; at least one."""
    return max(1, math.floor(pixels + 0.5))
