"""Taking the shell's edits to their end, and their pictures to where they were asked for."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

from bot.app import provider_name
from bot.cli.output_files import copy
from bot.cli.terminal import StatusLine, warn
from bot.cli.texts import commands
from bot.domain.errors import TooLate
from bot.domain.jobs.states import JobState
from bot.store.billing import pauses
from bot.store.edits import edits
from bot.store.jobs import jobs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence
    from pathlib import Path

    from bot.app import Services
    from bot.domain.edits.edit import Outcome
    from bot.domain.jobs.states import Job
    from bot.store.database import Transaction


SHELL_MEMBER: Final = 0
"""Who an edit from the shell belongs to: its limits are those of one member."""

LOOK_SECONDS: Final = 0.25


@contextlib.asynccontextmanager
async def working(app: Services) -> AsyncIterator[None]:
    """Let the worker work; at the end it lets go of what can wait."""
    worker = asyncio.create_task(app.worker.run(), name="worker")
    try:
        yield
    finally:
        app.worker.stop()
        await worker


async def interrupted(app: Services) -> list[int]:
    """Ids of the shell's edits that an earlier command left unfinished."""
    return await app.database.transact(_unfinished, provider=provider_name(app.settings))


def _unfinished(tx: Transaction, *, provider: str) -> list[int]:
    found = edits.running(tx, member_id=SHELL_MEMBER)
    return [edit.id for edit in found if edit.provider == provider]


async def wait_for(app: Services, edit_ids: Sequence[int]) -> None:
    """Wait until no job of these edits can go on without somebody's help."""
    line, began = StatusLine(), time.monotonic()
    try:
        while True:
            generation = app.wakeup.generation
            found = await app.database.transact(_jobs, edit_ids)
            open_jobs = [job for job in found if not _rests(job)]
            if not open_jobs:
                return
            line.show(commands.waiting(open_jobs, seconds=time.monotonic() - began))
            wanted = [job for job in open_jobs if not job.cancel_asked]
            if _are_refused(app, open_jobs):
                await _take_back(app, {job.edit_id for job in wanted})
            else:
                await _take_back(app, await app.database.transact(_stopped, wanted))
            await app.wakeup.wait(generation, seconds=LOOK_SECONDS)
    finally:
        line.clear()


def _jobs(tx: Transaction, edit_ids: Sequence[int]) -> list[Job]:
    return [job for edit_id in edit_ids for job in jobs.of_edit(tx, edit_id)]


def _rests(job: Job) -> bool:
    return job.state.is_final or job.state is JobState.UNKNOWN


def _are_refused(app: Services, open_jobs: list[Job]) -> bool:
    """Whether the provider refused the account before anything was bought.

    On Discord jobs keep their place until the operator has fixed it; here the operator is waiting.
    """
    return app.worker.line_closed_until > app.clock() and all(
        job.state is JobState.QUEUED for job in open_jobs
    )


def _stopped(tx: Transaction, open_jobs: Sequence[Job]) -> set[int]:
    """The edits of which nothing is bought and nothing will be: a safety check stopped it."""
    moving = {job.edit_id for job in open_jobs if job.state is not JobState.QUEUED}
    waiting = {job.edit_id for job in open_jobs} - moving
    return {
        edit.id
        for edit_id in waiting
        if (edit := edits.get(tx, edit_id)) is not None
        and pauses.is_paused(tx, provider=edit.provider, model=edit.model)
    }


async def _take_back(app: Services, edit_ids: Iterable[int]) -> None:
    for edit_id in edit_ids:
        with contextlib.suppress(TooLate):
            await app.edits.cancel(edit_id, member_id=SHELL_MEMBER)


async def stopped(app: Services, edit_id: int) -> None:
    """Ctrl+C: take back what was not bought yet, and say what becomes of the rest."""
    found = await app.database.transact(jobs.of_edit, edit_id)
    if all(job.state is JobState.QUEUED for job in found):
        await app.edits.cancel(edit_id, member_id=SHELL_MEMBER)
        warn(commands.STOPPED_FREE())
    else:
        warn(commands.stopped(edit_id))


def write(outcome: Outcome, out: Path) -> dict[int, Path]:
    """Copy the finished pictures out; several of them get numbered names.

    Returns the file of each job. A picture that cannot be copied stays where it is, and is named.
    """
    written = {}
    for number, receipt in enumerate(outcome.receipts, start=1):
        if receipt.picture is None:
            continue
        name = numbered(out, number) if outcome.edit.count > 1 else out
        try:
            copy(receipt.picture, name)
        except OSError as error:
            warn(commands.not_written(name, error.strerror, kept=receipt.picture))
        else:
            written[receipt.job_id] = name
    return written


def numbered(out: Path, number: int) -> Path:
    """The name of one of several pictures."""
    return out.with_name(f"{out.stem}-{number}{out.suffix}")


async def bring_interrupted(
    app: Services, edit_ids: Sequence[int], folder: Path, *, tell: Callable[[str], None]
) -> list[int]:
    """Write the pictures of earlier edits that have ended by now, and say so; which have not."""
    open_ids = []
    for edit_id in edit_ids:
        outcome = await app.edits.outcome(edit_id)
        if all(receipt.state.is_final for receipt in outcome.receipts):
            written = write(outcome, folder / f"edit-{edit_id}.png")
            tell(commands.finished_earlier(outcome, list(written.values())))
        else:
            open_ids.append(edit_id)
    return open_ids
