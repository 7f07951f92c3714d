"""Time that tests may move, and the ids that grow with it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# https://docs.discord.com/developers/reference#snowflakes
DISCORD_EPOCH_MS: Final = 1_420_070_400_000


class Clock:
    """The wall clock (unix seconds), plus whatever a test added."""

    def __init__(self) -> None:
        self._added = 0.0

    def __call__(self) -> float:
        """Return the time in unix seconds."""
        return time.time() + self._added

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._added += seconds


class Snowflakes:
    """Unique, growing ids that carry the time of their making."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0

    def __call__(self) -> str:
        """Return the next id, as Discord writes it in JSON: a string of digits."""
        now = (int(self._clock() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(self._last + 1, now)
        return str(self._last)


def timestamp(seconds: float) -> str:
    """Write unix seconds the way Discord does."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
