"""What is written down about a job at each step: the rules' decision, and what may overrule it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.errors import Failure, LeaseLost
from bot.domain.jobs.events import Accepted, Claimed, Effect, Ready, Requeued
from bot.domain.jobs.lifecycle import SEED_IN_DOUBT_PAUSE_SECONDS, SEED_IN_DOUBT_SECONDS, step
from bot.domain.jobs.states import JobState
from bot.services.billing import pauses
from bot.services.jobs.runner import seed_of
from bot.store.edits import edits
from bot.store.jobs import jobs, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.billing.breaker import Breaker
    from bot.domain.jobs.events import Event
    from bot.domain.jobs.lifecycle import Step
    from bot.domain.jobs.states import Job
    from bot.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecorder:
    """Records steps of jobs with one provider. `stopped_pause` is how long (seconds) a job waits
    that met a stop of purchases on its way.
    """

    clock: Callable[[], float]
    provider: str
    breaker: Breaker
    stopped_pause: float

    def advance(self, tx: Transaction, job_id: int, event: Event, *, lease: str) -> Step:
        """Let `event` happen to the job, with all that follows from it for money and stops.

        Raises:
            LeaseLost: another worker holds the job by now; nothing is written.
        """
        now = self.clock()  # in turn with everybody else's: no commit before has a later one
        job = jobs.get(tx, job_id)
        if job is None or jobs.lease_of(tx, job_id) != lease:
            raise LeaseLost(f"job {job_id}")
        event = self._instead(tx, job, event, now=now) or event
        taken = step(job, event, now=now)
        if taken.job.failure is Failure.SWAPPED:
            pauses.swapped(tx, job, provider=self.provider, now=now)
        jobs.record(tx, taken, lease=lease, keep_lease=taken.effect is not Effect.LEAVE, now=now)
        if isinstance(event, Accepted) and job.state is JobState.SUBMITTING:
            pauses.opened(tx, job, provider=self.provider, now=now)
        if taken.job.state.is_final:
            pauses.after_end(tx, taken.job, provider=self.provider, breaker=self.breaker, now=now)
        return taken

    def _instead(self, tx: Transaction, job: Job, event: Event, *, now: float) -> Event | None:
        """What keeps the job from being bought now, in the place of `event`.

        A stop in force comes first. A seed in doubt comes before the breaker, which may begin a
        stop: a job that cannot be sent yet must not be the one too many.
        """
        stopped = pauses.met(
            tx, job, event, provider=self.provider, pause=self.stopped_pause, now=now
        )
        if stopped is not None:
            return stopped
        if self._is_in_doubt(tx, job, event, now=now):
            return Requeued(SEED_IN_DOUBT_PAUSE_SECONDS)
        return pauses.before_sending(
            tx,
            job,
            event,
            provider=self.provider,
            breaker=self.breaker,
            pause=self.stopped_pause,
            now=now,
        )

    def _is_in_doubt(self, tx: Transaction, job: Job, event: Event, *, now: float) -> bool:
        """Whether a submit like the one that would follow is not answered yet.

        Asked before anything is uploaded, and again when the intent is recorded.
        """
        coming = job.state is JobState.QUEUED and isinstance(event, Claimed | Ready)
        edit = edits.get(tx, job.edit_id) if coming else None
        named = seed_of(edit, job) if edit is not None else None
        if edit is None or named is None:
            return False  # a random seed is nobody else's
        return unknown.seed_in_doubt(
            tx,
            provider=self.provider,
            seed=event.seed if isinstance(event, Ready) else named,
            prompt=edit.prompt,
            since=now - SEED_IN_DOUBT_SECONDS,
        )
