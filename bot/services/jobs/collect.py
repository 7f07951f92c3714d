"""How a bought job ends: its picture is brought home, or a fault says what becomes of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bot.domain.edits.pictures import Box
from bot.domain.errors import (
    AnswerLost,
    Broken,
    Failure,
    NeverSent,
    ProviderBlocked,
    ProviderBusy,
    Refused,
    StoreFailed,
)
from bot.domain.jobs import polarity
from bot.domain.jobs.events import (
    CancelledByProvider,
    Failed,
    LocalFault,
    PictureArrived,
    Requeued,
)
from bot.domain.jobs.lifecycle import FINAL_AFTER_ACCEPTED
from bot.domain.jobs.states import DiscardedResult, ResultFiles
from bot.failpoints import reach
from bot.store.edits import pictures

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.edits.edit import Edit
    from bot.domain.edits.pictures import FinishedPicture
    from bot.domain.jobs.events import Event
    from bot.domain.jobs.states import Job, Submission
    from bot.services.jobs.deps import WorkerDeps
    from bot.store.edits.pictures import PictureFile

log = logging.getLogger(__name__)

BLOCKED_PAUSE_SECONDS: Final = 60.0
"""How long a bought job waits when the provider refuses the key. The line stays as it is: only a
submit says whether it takes new ones."""
STORE_PAUSE_SECONDS: Final = 30.0
UNREACHABLE_PAUSE_SECONDS: Final = 10.0


def _swapped(result: PictureFile, finished: FinishedPicture, *, units: float | None) -> Failed:
    """The model read the mask the other way round: its picture is evidence, and nobody's edit."""
    discarded = DiscardedResult(
        result=result.hash, raw_inside=finished.raw_inside, raw_outside=finished.raw_outside
    )
    log.error(
        "the model painted outside the mask (changed by %.1f) instead of inside (%.1f); its "
        "picture is kept as %s",
        discarded.raw_outside,
        discarded.raw_inside,
        discarded.result,
    )
    return Failed(Failure.SWAPPED, possibly_billed=True, units=units, spoiled=discarded)


async def collect(
    deps: WorkerDeps, edit: Edit, submission: Submission, workspace: Path
) -> PictureArrived | Failed:
    """Fetch the picture, make it durable, and put it through the mask."""
    reach("result.before")
    received = await deps.provider.fetch(submission, into=workspace / "received")
    result = await deps.folder.adopt(received.path)
    reach("result.stored")
    try:
        finished = await deps.images.finish(
            deps.folder.path(edit.source),
            deps.folder.path(edit.mask),
            Box(edit.crop_left, edit.crop_top, edit.crop_width, edit.crop_height),
            deps.folder.path(edit.sent_picture),
            deps.folder.path(edit.sent_mask),
            deps.folder.path(result.hash),
            feather=edit.feather,
            out=workspace,
        )
    except Broken as broken:
        if broken.failure is Failure.BAD_RESULT:
            # The provider delivered, and has said what it bills for that.
            broken.possibly_billed, broken.units = True, received.billable_units
        raise
    now = deps.clock()
    if polarity.looks_swapped(inside=finished.raw_inside, outside=finished.raw_outside):
        await deps.database.transact(pictures.record, result, now=now)
        return _swapped(result, finished, units=received.billable_units)
    picture = await deps.folder.adopt(finished.picture)
    for stored in (result, picture):
        await deps.database.transact(pictures.record, stored, now=now)
    reach("settle.before")
    return PictureArrived(
        ResultFiles(
            result=result.hash,
            picture=picture.hash,
            seed=received.seed,
            units=received.billable_units,
            changed_inside=finished.changed_inside,
            changed_outside=finished.changed_outside,
            pixels_outside=finished.pixels_outside,
            raw_inside=finished.raw_inside,
            raw_outside=finished.raw_outside,
        )
    )


def setback(job: Job, error: Exception) -> Event:
    """Say what a fault after the submit means for the job: the rule of the bought picture."""
    match error:
        case Refused(failure=Failure.CANCELLED) | Broken(failure=Failure.CANCELLED):
            return CancelledByProvider(possibly_billed=error.possibly_billed, units=error.units)
        case Refused(failure=failure) | Broken(failure=failure) if failure in FINAL_AFTER_ACCEPTED:
            return Failed(failure, possibly_billed=error.possibly_billed, units=error.units)
        case ProviderBusy(retry_after=retry_after):
            return Requeued(retry_after)
        case NeverSent() | AnswerLost():
            return Requeued(UNREACHABLE_PAUSE_SECONDS)
        case ProviderBlocked():
            log.error("job %d: its picture waits, the key is refused: %s", job.id, error.reason)
            return Requeued(BLOCKED_PAUSE_SECONDS)
        case StoreFailed():
            log.error("job %d: the picture waits for room on the disk (%s)", job.id, error)
            return Requeued(STORE_PAUSE_SECONDS)
        case _:
            log.error("job %d: a fault of our own", job.id, exc_info=error)
            return LocalFault()
