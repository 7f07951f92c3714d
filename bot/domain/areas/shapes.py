"""What an area is, as values. `str(area)` says it in words that parse back to an equal area."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, TypeAlias

HALF: Final = Fraction(1, 2)
THIRD: Final = Fraction(1, 3)
QUARTER: Final = Fraction(1, 4)
SHARES: Final = {"half": HALF, "third": THIRD, "quarter": QUARTER}
CORNER_SHARES: Final = {"half": HALF, "third": THIRD, "quarter": HALF}
_NAMES: Final = {share: name for name, share in SHARES.items()}


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
        return f"{decimal(self.value)}{self.unit}"

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


class Thing(StrEnum):
    """What is looked for in the picture itself."""

    SUBJECT = "subject"
    BACKGROUND = "background"
    TEXT = "text"
    FACES = "faces"
    SKY = "sky"


@dataclass(frozen=True, slots=True)
class Found:
    """What looking at the picture finds; of the text, only what reads `words` unless None.

    Words are kept as one line of visible characters, however they were written.
    """

    thing: Thing
    words: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", _one_line(self.words or "") or None)

    def __str__(self) -> str:
        if self.words is None:
            return self.thing.value
        return f"{self.thing}:{quoted(self.words)}"


@dataclass(frozen=True, slots=True)
class Marks:
    """What was drawn on the copy that came with the picture."""

    def __str__(self) -> str:
        return "marks"


@dataclass(frozen=True, slots=True)
class Side:
    """A strip along one side; `share` of the width or height, 0 to 1."""

    edge: str
    share: Fraction

    def __str__(self) -> str:
        return f"{self.edge} {_NAMES.get(self.share) or _percent(self.share)}"


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
    """An area without what lies within `by` of its outline. The picture's edge does not count."""

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


@dataclass(frozen=True, slots=True)
class Feathered:
    """An area into which the new picture fades over `by`. It is the whole area, never a part."""

    area: Area
    by: Length

    def __str__(self) -> str:
        return f"{self.area} feather {self.by}"


Shape: TypeAlias = (
    Everything | Transparent | Found | Marks | Side | Corner | Center | Border | Rectangle | Ellipse
)
Area: TypeAlias = Shape | Not | Grown | Shrunk | Union | Difference | Intersection | Feathered


def quoted(words: str) -> str:
    """Lettering as the language writes it; a quote inside is written twice."""
    doubled = words.replace('"', '""')
    return f'"{doubled}"'


def _one_line(words: str) -> str:
    """Without what nobody sees: line breaks, control and formatting characters."""
    visible = "".join(sign for sign in words if sign.isprintable() or sign.isspace())
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def _within(area: Area, level: int) -> str:
    """Print an operand, in brackets where it binds less tightly than its operator asks."""
    binds = {Union: 0, Difference: 0, Intersection: 1, Not: 2}.get(type(area), 3)
    return f"({area})" if binds < level else str(area)


def _box_share(share: Fraction) -> str:
    return "third" if share == THIRD else _percent(share)


def _percent(share: Fraction) -> str:
    return f"{decimal(share * 100)}%"


def decimal(value: Fraction) -> str:
    """At most three decimals, none of them needless. 100/3 and the like never get here."""
    thousandths = round(value * 1000)
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".")
