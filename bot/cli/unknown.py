"""`touchup unknown`: look for submits whose answer was lost, and finish what was interrupted."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.app import books_file, open_services, provider_name
from bot.cli import finishing
from bot.cli.terminal import StatusLine, say
from bot.cli.texts import commands
from bot.cli.texts import unknown as unknown_texts
from bot.domain.errors import NotFound
from bot.domain.jobs.lifecycle import CONFIRM_SECONDS, ImpossibleEventError
from bot.domain.jobs.states import JobState
from bot.services.jobs import unknown
from bot.store.edits import edits
from bot.store.jobs import elsewhere, jobs
from bot.store.sqlite import open_sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app import Services
    from bot.domain.jobs.states import Job
    from bot.settings.model import Settings
    from bot.store.database import Transaction

DONE: Final = 0
STILL_OPEN: Final = 3

PATIENCE_SECONDS: Final = 30.0
"""How long a found job is followed before the command leaves it to the next start."""


async def run(settings: Settings) -> int:
    """List every unknown submit, search for it once, and follow what was found to its end.

    Pictures of the shell's own edits are written to the current folder.
    """
    async with open_services(settings) as app:
        provider = provider_name(settings)
        lost = await app.database.transact(jobs.unknown, provider=provider)
        own = await finishing.interrupted(app)
        say(*await app.database.transact(_listed, lost, settings, now=app.clock()))
        if lost or own:
            async with finishing.working(app):
                await _until_nothing_moves(app, lost, own)
        others = await app.database.transact(elsewhere.unknown, provider=provider)
        return await _report(app, lost, own, others)


def _listed(tx: Transaction, lost: Sequence[Job], settings: Settings, *, now: float) -> list[str]:
    lines = []
    for job in lost:
        edit = edits.get(tx, job.edit_id)
        bought_from = edit.model if edit else "?"
        model = settings.models.get(bought_from)
        lines.append(
            unknown_texts.listed(
                job,
                model=model.name if model else bought_from,
                finish_timeout=settings.finish_timeout_seconds,
                now=now,
            )
        )
    return lines


async def release(settings: Settings, job_id: int, *, reason: str) -> int:
    """Decide by hand that a job which is bought, or in doubt, is waited for no longer.

    The books keep the `reason`.
    """
    async with open_sqlite(books_file(settings)) as database:
        try:
            job = await database.transact(unknown.release, job_id, reason=reason, now=time.time())
        except (NotFound, ImpossibleEventError):
            say(commands.nothing_to_release(job_id))
            return STILL_OPEN
    say(unknown_texts.released(job, reason))
    return DONE


async def _until_nothing_moves(app: Services, lost: Sequence[Job], own: Sequence[int]) -> None:
    # Now, instead of at their next turn.
    await app.database.transact(jobs.make_due, [job.id for job in lost])
    line = StatusLine()
    line.show(commands.SEARCHING())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            generation = app.wakeup.generation
            while await app.database.transact(_moves, lost, own, now=app.clock()):
                await app.wakeup.wait(generation, seconds=finishing.LOOK_SECONDS)
                generation = app.wakeup.generation
    except TimeoutError:
        pass
    finally:
        line.clear()


def _moves(tx: Transaction, lost: Sequence[Job], own: Sequence[int], *, now: float) -> bool:
    """Whether one of them is searched for again at once, or is known and still being made."""
    found = [jobs.get(tx, job.id) for job in lost]
    found += [job for edit_id in own for job in jobs.of_edit(tx, edit_id)]
    return any(
        job is not None
        and not job.state.is_final
        # One search may find nothing because clocks differ: a second one decides, soon after.
        and (job.state is not JobState.UNKNOWN or job.not_before <= now + CONFIRM_SECONDS)
        for job in found
    )


async def _report(
    app: Services, lost: Sequence[Job], own: Sequence[int], others: dict[str, int]
) -> int:
    if not lost and not own:
        say(commands.NOTHING_UNKNOWN())
    is_open = False
    for before in lost:
        job = await app.database.transact(jobs.get, before.id)
        if job is not None:
            is_open = is_open or not job.state.is_final
            say(commands.unknown_job(job, found=job.submission is not None))
    for edit_id in await finishing.bring_interrupted(app, own, Path(), tell=say):
        is_open = True
        if edit_id not in {job.edit_id for job in lost}:
            say(commands.unfinished(edit_id))
    for provider, count in others.items():
        say(commands.unknown_elsewhere(provider, count))
    return STILL_OPEN if is_open or others else DONE
