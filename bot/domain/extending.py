"""New room beside a picture: which sides, how much, and how far it may reach into the picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.areas import Length


class Edge(StrEnum):
    """Where a picture grows."""

    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"
    SIDES = "sides"  # left and right
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Format:
    """The shape a picture grows to: 16 by 9."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Extension:
    """What is added: at `edge`, by a length or until the picture has a format.

    Per cent are of the picture's width at the left and right, of its height at the top and
    bottom. `overlap` is how many pixels of the picture itself may change along the new room, so
    that it blends in; 0 keeps every one of them.
    """

    edge: Edge
    amount: Length | Format
    overlap: int = 0


@dataclass(frozen=True, slots=True)
class Margins:
    """How many pixels are added on each side."""

    left: int
    top: int
    right: int
    bottom: int
