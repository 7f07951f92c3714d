"""Stops on purchases: when they begin, as a job meets them. Each function is part of a transaction.

They begin by what is seen in the books and at the provider: a picture painted around its area, far
more bought in minutes than usual, too many failures, another price, a locked account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.breaker import (
    BURST_SECONDS,
    FAILED_BY_PROVIDER,
    LOOKED_BACK_SECONDS,
    PauseReason,
    record,
)
from bot.domain.errors import Failure, NotFound
from bot.domain.jobs.events import Claimed, Failed, Ready, Requeued
from bot.domain.jobs.lifecycle import STOPPED_SECONDS
from bot.domain.jobs.states import JobState
from bot.store.billing import pauses, purchases
from bot.store.edits import edits

if TYPE_CHECKING:
    from bot.domain.billing.breaker import Breaker
    from bot.domain.jobs.events import Event
    from bot.domain.jobs.states import Job
    from bot.store.database import Transaction

BY_PROVIDER: Final = "the provider"
"""Who lifted a stop whose cause went away at the provider."""
BY_OPERATOR: Final = "operator"
"""Who lifted a stop by hand on Discord; their id follows."""
SAID_LENGTH: Final = 200
"""Characters that are kept of what a provider said."""


def met(
    tx: Transaction, job: Job, event: Event, *, provider: str, pause: float, now: float
) -> Requeued | Failed | None:
    """What stops a job on its way to a purchase, as an event; None when nothing does.

    It waits for `pause` seconds; after that it is not claimed while the stop lasts.

    A job whose turn does not come for too long gets its hold released. While the account is
    locked jobs may try: that is how it is found out that it was opened.
    """
    if job.state is not JobState.QUEUED or job.cancel_asked:
        return None
    edit = edits.get(tx, job.edit_id) if isinstance(event, Claimed | Ready) else None
    if edit is None:
        return None
    stop = pauses.met(tx, provider=provider, model=edit.model)
    if stop is None:
        return None
    if now >= max(stop.since, job.created_at) + STOPPED_SECONDS:
        return Failed(Failure.STOPPED)
    return Requeued(pause) if stop.reason.refuses else None


def swapped(tx: Transaction, job: Job, *, provider: str, now: float) -> None:
    """A model that paints what it should keep spoils every picture: buy no more of them.

    A job that was bought before purchases were last let go on says nothing new: what was wrong
    then may be fixed by now.
    """
    edit = edits.get(tx, job.edit_id)
    if edit is None:
        raise NotFound
    lifted = pauses.last_lifted(
        tx, provider=provider, model=edit.model, reason=PauseReason.SWAPPED, now=now
    )
    if lifted is not None and job.intended_at is not None and job.intended_at <= lifted:
        return
    pauses.begin(
        tx,
        provider=provider,
        model=edit.model,
        reason=PauseReason.SWAPPED,
        job_id=job.id,
        now=now,
    )


def before_sending(
    tx: Transaction,
    job: Job,
    event: Event,
    *,
    provider: str,
    breaker: Breaker,
    pause: float,
    now: float,
) -> Requeued | None:
    """Stop when this job would be one too many within minutes; it keeps its place, with the rest.

    Part of the transaction that would record the intent to send it. What only waits in line counts
    for nothing, or a member who asks and cancels all day long could stop everybody for nothing. Nor
    does what the operator saw in line when they let purchases go on.
    """
    if not breaker.burst or not isinstance(event, Ready) or job.state is not JobState.QUEUED:
        return None
    lifted = pauses.last_lifted(
        tx, provider=provider, model=None, reason=PauseReason.BURST, now=now
    )
    if job.cancel_asked or (lifted is not None and job.created_at <= lifted):
        return None
    sent = purchases.sent(
        tx,
        provider=provider,
        since=now - BURST_SECONDS,
        asked_after=max(now - LOOKED_BACK_SECONDS, lifted or 0.0),
        now=now,
    )
    bought = sent.price + job.price
    if not breaker.is_burst(bought):
        return None
    pauses.begin(
        tx,
        provider=provider,
        model=None,
        reason=PauseReason.BURST,
        job_id=job.id,
        detail={
            "bought": bought,
            "pictures": sent.pictures + 1,
            "members": len(sent.members | {job.member_id}),
            "most": breaker.burst,
            "seconds": BURST_SECONDS,
        },
        now=now,
    )
    return Requeued(pause)


def after_end(tx: Transaction, job: Job, *, provider: str, breaker: Breaker, now: float) -> None:
    """Stop when too many of the last pictures failed by the provider's doing.

    Part of the transaction that recorded the end of `job`.
    """
    if not breaker.failure_percent or job.failure not in FAILED_BY_PROVIDER:
        return
    edit = edits.get(tx, job.edit_id)
    if edit is None:
        raise NotFound
    lifted = pauses.last_lifted(
        tx, provider=provider, model=edit.model, reason=PauseReason.FAILURES, now=now
    )
    seen = record(
        purchases.endings(
            tx,
            provider=provider,
            model=edit.model,
            sent_after=lifted or 0.0,
            asked_after=now - LOOKED_BACK_SECONDS,
            now=now,
        )
    )
    if breaker.is_failing(seen):
        pauses.begin(
            tx,
            provider=provider,
            model=edit.model,
            reason=PauseReason.FAILURES,
            job_id=job.id,
            detail={
                "failed": seen.failed,
                "counted": seen.counted,
                "members": seen.members,
                "percent": breaker.failure_percent,
            },
            now=now,
        )


def locked(tx: Transaction, job_id: int, *, provider: str, said: str, now: float) -> bool:
    """The provider refuses everybody. False: that is known already."""
    return pauses.begin(
        tx,
        provider=provider,
        model=None,
        reason=PauseReason.LOCKED,
        job_id=job_id,
        detail={"said": said[:SAID_LENGTH]},
        now=now,
    )


def opened(tx: Transaction, job: Job, *, provider: str, now: float) -> None:
    """The provider took a job again: it refuses nobody.

    What it took before it refused says nothing of now. When that was, a clock that ran
    ahead cannot say: then any job will do, for the next refusal stops purchases again.
    """
    pause = pauses.latest(tx, provider=provider, model=None, reason=PauseReason.LOCKED)
    if pause is None or pause.lifted_at is not None or job.intended_at is None:
        return
    if job.intended_at >= pause.since or pause.since > now:
        pauses.end(tx, pause.id, by=BY_PROVIDER, now=now)


def price_seen(
    tx: Transaction, *, provider: str, model: str, listed: int, expected: int, now: float
) -> bool | None:
    """Compare what the provider lists for a picture with what members are quoted, in nano-USD.

    Another price stops the model (True), the same lets it go on (False); None: nothing changes.
    What the operator let go on by hand stays so until the prices are others again.
    """
    latest = pauses.latest(tx, provider=provider, model=model, reason=PauseReason.PRICE)
    is_stopped = latest is not None and latest.lifted_at is None
    detail = {"listed": listed, "expected": expected}
    if listed == expected:
        if latest is None or not is_stopped:
            return None
        pauses.end(tx, latest.id, by=BY_PROVIDER, now=now)
        return False
    if latest is not None:
        if latest.detail == detail and latest.lifted_by != BY_PROVIDER:
            return None
        # A third price: the owner should be told of that one too.
        pauses.end(tx, latest.id, by=BY_PROVIDER, now=now)
    pauses.begin(
        tx, provider=provider, model=model, reason=PauseReason.PRICE, detail=detail, now=now
    )
    return True
