"""What will have been spent at the end of a window, if things go on as they went."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.domain.limits.windows import Span

SILENT_PERCENT: Final = 5
"""Before that part of a window is over, one picture more or less would double the forecast:

a day and a half of a month, an hour and twelve minutes of a day.
"""


def forecast(spent: int, span: Span, now: float) -> int | None:
    """What `spent` micro-USD come to at the end of `span`, by the time that is over.

    Rounded up to a whole micro-USD. None: the window has no end, or is too young at `now` (unix
    seconds) to say anything.
    """
    if span.is_endless:
        return None
    whole = span.end - span.start
    over = min(math.floor(now) - span.start, whole)
    if over <= 0 or over * 100 < whole * SILENT_PERCENT:
        return None
    return -(-spent * whole // over)
