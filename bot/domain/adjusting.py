"""What a member does to an area on its preview: turn it round, grow it, shrink it, soften it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

GROWTH_SHARE: Final = 0.015
"""How far one step grows or shrinks an area: this part of the picture's short side."""
LEAST_GROWTH_PIXELS: Final = 2
MOST_GROWTH: Final = 20
MOST_SOFTNESS: Final = 3
"""Each step of softness doubles the depth of the feather."""


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
