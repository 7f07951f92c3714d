"""What is not known of jobs: submits that are looked for, and what a dead process left behind."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import Failure, NotFound, StoreUnreadable
from bot.domain.jobs.events import Failed, SubmitNotFound
from bot.domain.jobs.lifecycle import CONFIRM_SECONDS, give_up, step
from bot.store.delivery import enqueue, outbox
from bot.store.interactions import modals
from bot.store.jobs import elsewhere, jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.jobs.states import Job
    from bot.store.database import Transaction


BY_HAND: Final = "released by hand"
"""How the books begin what the operator decided about a job; the reason follows."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PendingSearch:
    """A search that is being made. `at` is unix seconds, `ticks` real seconds of this process."""

    job_id: int
    at: float
    ticks: float


class SubmitSearches:
    """Remembers when jobs were first met and first not found. A restart forgets it.

    A wall clock that jumps ahead must not make a submit look as if it could no longer start.
    """

    def __init__(self, clock: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._met: dict[int, tuple[float, float]] = {}  # by job: both clocks at one moment
        self._first_missed: dict[int, float] = {}  # by job: ticks

    def intended(self, job: Job) -> None:
        """A submit was recorded just now."""
        self._met[job.id] = (self._clock(), self._monotonic())
        self._first_missed.pop(job.id, None)

    def ended(self, job: Job) -> None:
        """Nothing is in doubt about it any more."""
        self._met.pop(job.id, None)
        self._first_missed.pop(job.id, None)

    def ask(self, job: Job) -> PendingSearch:
        """A search begins. Its time is the earlier one of what both clocks say."""
        now, ticks = self._clock(), self._monotonic()
        met_at, met_ticks = self._met.setdefault(job.id, (now, ticks))
        return PendingSearch(job.id, min(now, met_at + ticks - met_ticks), ticks)

    def not_found(self, search: PendingSearch, *, finish_timeout: float) -> SubmitNotFound:
        """The provider's list did not have it: once only, or for the second time in a while."""
        first = self._first_missed.setdefault(search.job_id, search.ticks)
        return SubmitNotFound(
            asked_at=search.at,
            finish_timeout=finish_timeout,
            confirmed=search.ticks - first >= CONFIRM_SECONDS,
        )


def recover(tx: Transaction, *, provider: str, now: float) -> int:
    """Take over what a process that died left behind; how many members are owed an apology.

    Only with the lock file held: every lease and every claimed message then belongs to the dead.
    Jobs of another provider cannot go on here: what was not bought is given back, and the operator
    is told of the rest.
    """
    modals.forget(tx, now=now)
    jobs.drop_leases(tx)
    outbox.drop_claims(tx)
    for job_id in elsewhere.queued(tx, provider=provider):
        try:
            job = jobs.get(tx, job_id)
        except StoreUnreadable as error:
            log.error("left alone, a newer version wrote it: %s", error)  # noqa: TRY400
            continue
        if job is not None:
            never_sent = step(job, Failed(Failure.UNREACHABLE), now=now)
            jobs.record(tx, never_sent, lease=None, keep_lease=False, now=now)
    for other, count in elsewhere.bought(tx, provider=provider).items():
        log.warning("%d bought jobs of provider %s wait until it is chosen again", count, other)
    return enqueue.enqueue_apologies(tx, now=now)


def release(tx: Transaction, job_id: int, *, reason: str, now: float) -> Job:
    """The operator decides by hand that a job in doubt is waited for no longer; its hold ends.

    Its cost stays possible, and the books keep the reason. Only with the lock file held.

    Raises:
        NotFound: there is no such job.
        ImpossibleEventError: it has ended, or was not bought yet.
    """
    job = jobs.get(tx, job_id)
    if job is None:
        raise NotFound
    given_up = give_up(job)
    lease = jobs.lease_of(tx, job_id)
    jobs.record(
        tx,
        given_up,
        lease=lease,
        keep_lease=False,
        now=now,
        reason=f"{BY_HAND}: {reason}",
    )
    return given_up.job
