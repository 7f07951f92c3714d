"""`touchup unknown`: look for submits whose answer was lost, and finish what is found."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Final

from bot.app import open_app, provider_name
from bot.domain.jobs import JobState
from bot.shell import words
from bot.store import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app import App
    from bot.domain.jobs import Job
    from bot.settings import Settings

DONE: Final = 0
STILL_UNKNOWN: Final = 3

PATIENCE_SECONDS: Final = 30.0
"""How long a found job is followed before the command leaves it to the next start."""

LOOK_SECONDS: Final = 0.25


async def run(settings: Settings) -> int:
    """Search for every unknown submit once, and follow what was found to its end."""
    name = provider_name(settings)
    news = asyncio.Event()
    async with open_app(settings) as app:
        app.settled.append(news.set)
        lost = await app.database.transact(jobs.unknown, provider=name)
        if not lost:
            sys.stdout.write(words.NOTHING_UNKNOWN + "\n")
            return DONE
        await _search(app, lost, news)
        states = set()
        for before in lost:
            job = await app.database.transact(jobs.get, before.id)
            if job is not None:
                found = job.submission is not None
                sys.stdout.write(words.unknown_job(job, found=found) + "\n")
                states.add(job.state)
    return STILL_UNKNOWN if JobState.UNKNOWN in states else DONE


async def _search(app: App, lost: Sequence[Job], news: asyncio.Event) -> None:
    """Let the worker take the jobs up now instead of at their next turn."""
    await app.database.transact(jobs.make_due, [job.id for job in lost])
    working = asyncio.create_task(app.worker.run(), name="worker")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await _is_open(app, lost):
                news.clear()
                await _news_or_look_again(news)
    except TimeoutError:
        pass
    finally:
        app.worker.stop()
        await working


async def _news_or_look_again(news: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await news.wait()
    except TimeoutError:
        pass


async def _is_open(app: App, lost: Sequence[Job]) -> bool:
    """Whether one of them was not searched for yet, or is found and still being made."""
    for before in lost:
        job = await app.database.transact(jobs.get, before.id)
        if job is None or job.state.is_final:
            continue
        if job.state is not JobState.UNKNOWN or job.not_before <= app.clock():
            return True
    return False
