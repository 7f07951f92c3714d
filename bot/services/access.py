"""Access: when the provider takes new jobs at all."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.errors import ProviderBlocked

log = logging.getLogger(__name__)

CLOSED_PAUSES_SECONDS: Final = (15.0, 60.0, 300.0, 600.0)
"""How long the line rests after the provider refused the key or the account."""


class Access:
    """Remembers what the provider said to all of us. Times are unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.closed_until = 0.0
        self.busy_until = 0.0
        self.refusals = 0

    @property
    def is_open(self) -> bool:
        """Whether something new may be submitted."""
        return self._clock() >= max(self.closed_until, self.busy_until)

    def accepted(self) -> None:
        """It took a job."""
        self.refusals = 0

    def reopen(self) -> None:
        """Somebody says that it takes jobs again: try, and rest no longer than the first time."""
        self.refusals = 0
        self.closed_until = 0.0

    def asked_to_wait(self, seconds: float) -> None:
        """It has too much to do."""
        self.busy_until = self._clock() + seconds

    def refused(self, closed: ProviderBlocked) -> float:
        """It refuses everybody: rest the whole line, longer each time; returns the seconds.

        Jobs that were under way when it closed hear the same refusal, which then counts once.
        """
        now = self._clock()
        if now < self.closed_until:
            return self.closed_until - now
        pause = CLOSED_PAUSES_SECONDS[min(self.refusals, len(CLOSED_PAUSES_SECONDS) - 1)]
        self.refusals += 1
        self.closed_until = now + pause
        log.error(
            "the provider closed its door: %s. Jobs keep their place; next try in %.0f s",
            closed.reason,
            pause,
        )
        return pause
