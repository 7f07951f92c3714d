"""Recovery: what a process that died left behind, and what the operator gives up by hand."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bot.domain.errors import Failure, NotFound, StoreUnreadable
from bot.domain.lifecycle import Failed, give_up, step
from bot.services.forms import KEPT_SECONDS
from bot.store import deliveries
from bot.store.interactions import modals
from bot.store.jobs import elsewhere, jobs

if TYPE_CHECKING:
    from bot.domain.jobs import Job
    from bot.store.database import Transaction

BY_HAND: Final = "released by hand"
"""How the books begin what the operator decided about a job; the reason follows."""

log = logging.getLogger(__name__)


def recover(tx: Transaction, *, provider: str, now: float) -> int:
    """Take over what a process that died left behind; how many members are owed an apology.

    Only with the lock file held: every lease and every claimed delivery then belongs to the dead.
    Jobs of another provider cannot go on here: what was not bought is given back, and the operator
    hears of the rest.
    """
    modals.forget(tx, before=now - KEPT_SECONDS)
    jobs.drop_leases(tx)
    deliveries.drop_claims(tx)
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
    return deliveries.enqueue_apologies(tx, now=now)


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
