"""Stops on purchases, as a job meets them. Each function is part of a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.errors import Failure, NotFound
from bot.domain.jobs import JobState
from bot.domain.lifecycle import STOPPED_SECONDS, Claimed, Failed, Held, Ready
from bot.store import edits, pauses

if TYPE_CHECKING:
    from bot.domain.jobs import Job
    from bot.domain.lifecycle import Event
    from bot.store.database import Transaction

PAUSE_SECONDS: Final = 5.0
"""How long a job waits that met a stop on its way; then it is not claimed while that lasts."""


def met(
    tx: Transaction, job: Job, event: Event, *, provider: str, now: float
) -> Held | Failed | None:
    """What happens instead to a job on its way to a purchase, or None when nothing stops it.

    Whose turn does not come for too long is given back what is held for it.
    """
    if job.state is not JobState.QUEUED or job.cancel_asked:
        return None
    edit = edits.get(tx, job.edit_id) if isinstance(event, Claimed | Ready) else None
    if edit is None:
        return None
    since = pauses.since(tx, provider=provider, model=edit.model)
    if since is None:
        return None
    if now >= since + STOPPED_SECONDS:
        return Failed(Failure.STOPPED)
    return Held(PAUSE_SECONDS)


def begin(tx: Transaction, job: Job, *, provider: str, now: float) -> None:
    """A model that paints what it should keep spoils every picture: buy no more of them.

    A job that was bought before purchases were last let go on says nothing new: what was wrong
    then may be mended.
    """
    edit = edits.get(tx, job.edit_id)
    if edit is None:
        raise NotFound
    lifted = pauses.last_lifted(tx, provider=provider, model=edit.model)
    if lifted is not None and job.intended_at is not None and job.intended_at <= lifted:
        return
    pauses.begin(
        tx,
        provider=provider,
        model=edit.model,
        reason=Failure.SWAPPED.value,
        job_id=job.id,
        now=now,
    )
