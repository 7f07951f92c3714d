"""What can be said of an edit's area: adjusting, extending, where it is, how softly it ends."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bot.domain import areas
from bot.domain.errors import BadForm, FormProblem

GROWTH_SHARE: Final = 0.015
"""How far one step grows or shrinks an area: this part of the picture's short side."""
LEAST_GROWTH_PIXELS: Final = 2
MOST_GROWTH: Final = 20
MOST_SOFTNESS: Final = 3
"""Each step of softness doubles the depth of the feather."""


class EditKind(StrEnum):
    """Which wish an edit grants."""

    EDIT = "edit"
    ERASE = "erase"
    EXTEND = "extend"
    RELETTER = "reletter"
    AREA = "area"  # a look at what an area means; it cannot be run before it has a prompt


class Previewing(StrEnum):
    """When a member wants to see the area before money moves."""

    AUTO = "auto"  # where it was guessed, read in a way that may be wrong, or is doubtful
    ALWAYS = "always"
    NEVER = "never"  # except for a doubt that must be answered


class Adjustment(StrEnum):
    """One press on a preview."""

    INVERT = "invert"
    GROW = "grow"
    SHRINK = "shrink"
    SOFTEN = "soften"
    TURN = "turn"  # the mask lay on its side, and was turned the wrong way


@dataclass(frozen=True, slots=True)
class Adjusted:
    """All that was done to an area since it was said; always applied to the area as it was said.

    `growth` counts steps by which that area is grown (below 0: shrunk) before it is perhaps
    inverted, so that growing and shrinking leave no traces of each other.
    """

    inverted: bool = False
    growth: int = 0
    softness: int = 0
    turned: bool = False

    def after(self, adjustment: Adjustment) -> Adjusted:
        """The same with one more step; itself where there is no further step."""
        match adjustment:
            case Adjustment.INVERT:
                return replace(self, inverted=not self.inverted)
            case Adjustment.TURN:
                return replace(self, turned=not self.turned)
            case Adjustment.SOFTEN:
                return replace(self, softness=min(self.softness + 1, MOST_SOFTNESS))
            case Adjustment.GROW | Adjustment.SHRINK:
                # Where the rest is shown, what is seen grows as what was said shrinks.
                outwards = (adjustment is Adjustment.GROW) != self.inverted
                growth = self.growth + (1 if outwards else -1)
                return replace(self, growth=max(-MOST_GROWTH, min(growth, MOST_GROWTH)))

    def allows(self, adjustment: Adjustment) -> bool:
        """Whether one more step changes anything."""
        return self.after(adjustment) != self


def growth_pixels(steps: int, *, short_side: int) -> int:
    """How many pixels `steps` of growth are in a picture whose shorter side is given."""
    return steps * max(LEAST_GROWTH_PIXELS, round(short_side * GROWTH_SHARE))


MARKED: Final = "marks"
"""Chosen: a marked copy is attached."""
WRITTEN: Final = "words"
"""Chosen: the place is written below."""


def area_of(chosen: str | None, written: str, *, has_copy: bool) -> str | None:
    """The area a form means; None where only the attached copy, or the picture itself, says it.

    `chosen` is MARKED, WRITTEN, an area, or None. What is left out goes without saying; what
    contradicts is not guessed at.

    Raises:
        BadForm: the answers do not go together, or one is missing.
        BadArea: what was written was not understood.
    """
    written = written.strip()
    says_marks = bool(written) and areas.says_marks(areas.parse(written))
    if chosen not in (None, MARKED, WRITTEN):
        if has_copy:
            raise BadForm(FormProblem.COPY_AND_PLACE)
        if written:
            raise BadForm(FormProblem.TWO_PLACES)
        return chosen
    if chosen == WRITTEN and not written:
        raise BadForm(FormProblem.NO_WORDS)
    if (chosen == MARKED or says_marks) and not has_copy:
        raise BadForm(FormProblem.NO_COPY)
    if has_copy and written and not says_marks:
        raise BadForm(FormProblem.COPY_AND_WORDS)
    return written or None


_SHARE: Final = 1 / 40  # of the side of a square as large as the area
_MOST: Final = 24  # pixels


def feather_width(marked: int) -> int:
    """How many pixels deep the new picture fades in, for an area of `marked` pixels."""
    return max(1, min(_MOST, round(math.sqrt(marked) * _SHARE)))
