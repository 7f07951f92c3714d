"""Outcomes: what became of an edit so far, and what a member still waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.edits import Receipt
from bot.domain.jobs.states import JobState
from bot.store.billing import pauses
from bot.store.edits import edits
from bot.store.jobs import jobs

if TYPE_CHECKING:
    from bot.domain.billing.breaker import PauseReason
    from bot.domain.edits import Edit
    from bot.domain.jobs.states import Job
    from bot.store.database import Transaction
    from bot.store.edits.pictures import PictureFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class InLine:
    """One of a member's edits that has not ended. `ahead` counts jobs in front of it.

    `stopped`: why something of it waits for purchases to go on; None: nothing does.
    """

    edit: Edit
    states: tuple[JobState, ...]
    ahead: int
    stopped: PauseReason | None = None


def in_line(tx: Transaction, member_id: int) -> list[InLine]:
    """A member's edits that have not ended, oldest first."""
    return [place_of(tx, edit) for edit in edits.running(tx, member_id=member_id)]


def place_of(tx: Transaction, edit: Edit) -> InLine:
    """Where an edit that has not ended stands."""
    states = tuple(job.state for job in jobs.of_edit(tx, edit.id))
    pause = pauses.met(tx, provider=edit.provider, model=edit.model)
    return InLine(
        edit=edit,
        states=states,
        ahead=jobs.ahead(tx, edit_id=edit.id),
        stopped=pause.reason if pause is not None and JobState.QUEUED in states else None,
    )


def receipt(job: Job, folder: PictureFolder) -> Receipt:
    """What is known about one picture of an edit."""
    arrival = job.arrival
    started, ended = job.submitted_at, job.ended_at
    return Receipt(
        job_id=job.id,
        state=job.state,
        price=job.price if job.state is JobState.DONE else 0,
        seed=arrival.seed if arrival and arrival.seed is not None else job.seed,
        request_id=job.submission.request_id if job.submission else None,
        failure=job.failure,
        picture=folder.path(arrival.picture) if arrival else None,
        changed_inside=arrival.changed_inside if arrival else None,
        changed_outside=arrival.changed_outside if arrival else None,
        pixels_outside=arrival.pixels_outside if arrival else None,
        seconds=ended - started if started is not None and ended is not None else None,
    )
