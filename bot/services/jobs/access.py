"""When the provider takes new jobs at all: what it said to all of us, not about one job."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.errors import ProviderBlocked

log = logging.getLogger(__name__)


class ProviderAccess:
    """Remembers what the provider said to all of us. Times are unix seconds.

    After each refusal of the key or the account nothing is submitted for the next of `pauses`.
    """

    def __init__(self, clock: Callable[[], float], pauses: Sequence[float]) -> None:
        self._clock = clock
        self._pauses = pauses
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

        Jobs that were under way when it closed get the same refusal, which then counts once.
        """
        now = self._clock()
        if now < self.closed_until:
            return self.closed_until - now
        pause = self._pauses[min(self.refusals, len(self._pauses) - 1)]
        self.refusals += 1
        self.closed_until = now + pause
        log.error(
            "the provider refuses us all: %s. Jobs keep their place; next try in %.0f s",
            closed.reason,
            pause,
        )
        return pause
