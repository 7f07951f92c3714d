"""What this process saw of its searches for lost submits, by a clock that does not jump."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.lifecycle import CONFIRM_SECONDS, SearchedInVain

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.jobs import Job


@dataclass(frozen=True, slots=True)
class Question:
    """A search that is being made. `at` is unix seconds, `ticks` real seconds of this process."""

    job_id: int
    at: float
    ticks: float


class Searches:
    """Remembers when jobs were first met and searches first made. A restart forgets it.

    A wall clock that jumps ahead must not make a submit look as if it could no longer start.
    """

    def __init__(self, clock: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._met: dict[int, tuple[float, float]] = {}  # by job: both clocks at one moment
        self._first_vain: dict[int, float] = {}  # by job: ticks

    def intended(self, job: Job) -> None:
        """A submit was recorded just now."""
        self._met[job.id] = (self._clock(), self._monotonic())
        self._first_vain.pop(job.id, None)

    def ended(self, job: Job) -> None:
        """Nothing is in doubt about it any more."""
        self._met.pop(job.id, None)
        self._first_vain.pop(job.id, None)

    def ask(self, job: Job) -> Question:
        """A search begins. Its time is the earlier one of what both clocks say."""
        now, ticks = self._clock(), self._monotonic()
        met_at, met_ticks = self._met.setdefault(job.id, (now, ticks))
        return Question(job.id, min(now, met_at + ticks - met_ticks), ticks)

    def in_vain(self, question: Question, *, finish_timeout: float) -> SearchedInVain:
        """It was not there."""
        first = self._first_vain.setdefault(question.job_id, question.ticks)
        return SearchedInVain(
            asked_at=question.at,
            finish_timeout=finish_timeout,
            confirmed=question.ticks - first >= CONFIRM_SECONDS,
        )
