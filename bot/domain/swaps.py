"""Tells from a result whether the model painted outside the mask instead of inside."""

from __future__ import annotations

from typing import Final

LEAST_OUTSIDE: Final = 12.0
"""Mean difference of 0 to 255 that no re-encoding makes: JPEG at quality 75 stays below 4."""
LEAST_RATIO: Final = 3.0


def looks_swapped(*, inside: float, outside: float) -> bool:
    """Whether the polarity of the mask seems to be the other way round.

    `inside` and `outside` are mean absolute differences, 0 to 255, between what was sent and what
    the provider returned, before anything was stitched. A model that paints everything anew
    changes both; one that does nothing, neither: only a changed outside round a kept inside tells.
    """
    return outside >= LEAST_OUTSIDE and outside >= LEAST_RATIO * inside
