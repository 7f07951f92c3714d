"""One job in a worker's hands: performs what the rules ask for, and says what happened.

Nothing here decides: `bot.domain.lifecycle.step` does. Each method turns the provider's answers and
faults into one event; what a fault means for a picture that is bought, `setback` alone says.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, assert_never

from bot.domain import swaps
from bot.domain.catalog import MODELS
from bot.domain.edits import LARGEST_SEED
from bot.domain.errors import (
    AnswerLost,
    Broken,
    Busy,
    Failure,
    LineClosed,
    NeverSent,
    Refused,
    StoreFailed,
)
from bot.domain.jobs import Arrival
from bot.domain.lifecycle import (
    Accepted,
    AnswerWasLost,
    Effect,
    Failed,
    Held,
    NotSent,
    Overdue,
    PictureArrived,
    Ready,
    Unsearchable,
    WasCancelled,
    may_be_sent,
)
from bot.domain.pictures import Box
from bot.failpoints import reach
from bot.provider.client import Cancelled
from bot.provider.models import Purchase
from bot.services.setbacks import STORE_PAUSE_SECONDS, setback
from bot.store import doubts, pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bot.domain.catalog import Model
    from bot.domain.edits import Edit
    from bot.domain.jobs import Job, Submission
    from bot.domain.lifecycle import Event
    from bot.imaging.pool import Pictures
    from bot.provider.client import Fal
    from bot.services.searches import Searches
    from bot.store.database import Database, Transaction
    from bot.store.pictures import PictureFolder

log = logging.getLogger(__name__)

SEARCH_MARGIN_SECONDS: Final = 60.0
"""How long before our own clock's time of the submit a search begins: clocks differ."""

GRACE_SECONDS: Final = 30.0
"""How long an overdue job is followed before the provider is asked to stop it, and after that."""


class Stopping(Exception):
    """The worker is shutting down; the job stays as it is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every attempt works with. Times are seconds; `models` are those that may be bought."""

    database: Database
    folder: PictureFolder
    gate: Pictures
    provider: Fal
    start_timeout: float
    finish_timeout: float
    clock: Callable[[], float]
    models: Mapping[str, Model] = field(default_factory=lambda: MODELS)
    monotonic: Callable[[], float] = time.monotonic
    grace_seconds: float = GRACE_SECONDS


class Attempt:
    """The hands on one claimed job. `stop_wanted` is set when its member wants it stopped."""

    def __init__(
        self,
        tools: Tools,
        edit: Edit,
        *,
        job_id: int,
        searches: Searches,
        stopping: asyncio.Event,
    ) -> None:
        self.job_id = job_id
        self._tools = tools
        self._searches = searches
        self._edit = edit
        self._model = tools.models[edit.model]
        self._stopping = stopping
        self._arguments: Mapping[str, object] = {}
        self.stop_wanted = asyncio.Event()

    async def perform(self, effect: Effect, job: Job) -> Event:
        """Do what the last step asked for.

        Raises:
            Stopping: the worker is shutting down.
            LineClosed: the provider refuses everybody; the caller closes the line.
        """
        match effect:
            case Effect.PREPARE:
                return await self._prepare(job)
            case Effect.SUBMIT:
                return await self._submit(job)
            case Effect.SEARCH:
                return await self._search(job)
            case Effect.FOLLOW:
                return await self._follow(job)
            case Effect.LEAVE:
                raise AssertionError("there is nothing to perform")
            case _:
                assert_never(effect)

    async def _prepare(self, job: Job) -> Event:
        try:
            if not await self._has_its_files(job):
                return Failed(Failure.INTERNAL)
            self._arguments = await self._tools.provider.prepare(self._purchase())
        except (NeverSent, AnswerLost, Broken, OSError):
            return NotSent()  # nothing was bought, and all of it may be repeated
        except Busy as busy:
            return NotSent(busy.retry_after)
        except StoreFailed:
            return Held(STORE_PAUSE_SECONDS)
        except Refused as refused:
            return Failed(refused.failure)
        except LineClosed:
            raise
        except Exception:
            log.exception("job %d: nothing was sent", job.id)
            return Failed(Failure.INTERNAL)
        start_by = self._tools.clock() + self._tools.start_timeout
        return Ready(seed=seed_of(self._edit, job), start_by=start_by)

    async def _has_its_files(self, job: Job) -> bool:
        """Whether all is here that is sent, and all that the result will be stitched into."""
        edit = self._edit
        for digest in (edit.sent_picture, edit.sent_mask, edit.source, edit.mask):
            if not await self._tools.folder.is_whole(digest):
                log.error("job %d: picture file %s is missing or altered", job.id, digest)
                return False
        return True

    def _purchase(self) -> Purchase:
        edit, folder = self._edit, self._tools.folder
        return Purchase(
            model=self._model,
            prompt=edit.prompt,
            picture=folder.path(edit.sent_picture),
            mask=folder.path(edit.sent_mask),
            style=edit.style,
            expand_prompt=edit.rewrite,
        )

    async def _submit(self, job: Job) -> Event:
        if job.seed is None:
            raise AssertionError("a submit is recorded with its seed")
        reach("submit.before")
        if not may_be_sent(job, now=self._tools.clock()):
            log.warning("job %d: this machine slept before the submit; nothing was sent", job.id)
            return NotSent(retry_after=0.0)
        try:
            submission = await self._tools.provider.submit(
                self._model, self._arguments, seed=job.seed
            )
        except NeverSent:
            return NotSent()
        except Busy as busy:
            return NotSent(busy.retry_after)
        except AnswerLost:
            return AnswerWasLost()
        except (Refused, Broken) as error:
            return Failed(error.failure, possibly_billed=error.possibly_billed)
        except LineClosed:
            raise
        except Exception:
            # Whatever it was, it came after the POST may have left.
            log.exception("job %d: submit", job.id)
            return AnswerWasLost()
        reach("submitted.before")
        return Accepted(submission)

    async def _search(self, job: Job) -> Event:
        if job.seed is None or job.intended_at is None:
            raise AssertionError("an unknown job is recorded with its seed and time")
        since = job.intended_at - SEARCH_MARGIN_SECONDS
        question = self._searches.ask(job)
        try:
            found = await self._tools.provider.find(
                self._model, seed=job.seed, since=since, prompt=self._edit.prompt
            )
        except (NeverSent, AnswerLost, Broken, Refused, LineClosed) as error:
            # Not having been able to look is not the same as not being there. A key that may not
            # look may still submit: the line stays open.
            log.warning("job %d: cannot look for its submit: %s", job.id, error)
            return Unsearchable()
        except Busy as busy:
            return Unsearchable(busy.retry_after)
        except Exception:
            log.exception("job %d: search", job.id)
            return Unsearchable()
        found = await self._tools.database.transact(self._unclaimed, found)
        if not found:
            return self._searches.in_vain(question, finish_timeout=self._tools.finish_timeout)
        if await self._tools.database.transact(doubts.has_younger_twin, job):
            log.warning("job %d: another submit like it is in doubt, and goes first", job.id)
            return Unsearchable()
        return Accepted(found[0])

    def _unclaimed(self, tx: Transaction, found: list[Submission]) -> list[Submission]:
        """The receipts that are not another job's: members may ask for equal seeds."""
        return [
            submission
            for submission in found
            if not doubts.knows_request(
                tx, provider=self._edit.provider, request_id=submission.request_id
            )
        ]

    async def _follow(self, job: Job) -> Event:
        if job.submission is None:
            raise AssertionError("a running job has a submission")
        # An embedded engine listens elsewhere after each start.
        submission = self._tools.provider.at_home(self._model, job.submission)
        if job.cancel_asked:
            self.stop_wanted.set()
        reach("follow")
        try:
            with self._tools.folder.desk() as desk:
                early_end = await self._wait(job, submission)
                return early_end or await self._collect(submission, desk)
        except Stopping:
            raise
        except Exception as error:  # noqa: BLE001 - each kind becomes an event, the unknown too
            return setback(job, error)

    async def _wait(self, job: Job, submission: Submission) -> Event | None:
        """Wait for the provider to finish: None when there is a result to fetch.

        Raises:
            Stopping: the worker is shutting down.
        """
        tools = self._tools
        began = job.submitted_at or tools.clock()
        deadline = began + tools.start_timeout + tools.finish_timeout
        following = asyncio.create_task(tools.provider.follow(submission), name=f"follow-{job.id}")
        try:
            # A deadline that passed while nobody looked says nothing yet: it may have ended.
            patience = max(deadline, tools.clock() + tools.grace_seconds)
            if await self._until(following, deadline=patience, interruptible=True):
                return None
            answer = await tools.provider.cancel(submission)
            if answer is Cancelled.REMOVED:
                wanted = self.stop_wanted.is_set()
                return WasCancelled() if wanted else Failed(Failure.TIMEOUT)
            patience = max(deadline, tools.clock() + tools.grace_seconds)
            ended = await self._until(following, deadline=patience, interruptible=False)
            return None if ended or answer is Cancelled.TOO_LATE else Overdue()
        finally:
            following.cancel()
            # Not `await following`: its cancellation could not be told from our own.
            await asyncio.wait({following})
            if not following.cancelled():
                following.exception()

    async def _until(
        self, following: asyncio.Task[None], *, deadline: float, interruptible: bool
    ) -> bool:
        """Whether `following` ended by itself, before the deadline or a wish to stop it."""
        signals = [asyncio.create_task(self._stopping.wait(), name="stopping")]
        if interruptible:
            signals.append(asyncio.create_task(self.stop_wanted.wait(), name="stop-wanted"))
        try:
            await asyncio.wait(
                {following, *signals},
                timeout=max(0.0, deadline - self._tools.clock()),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for signal in signals:
                signal.cancel()
        if following.done():
            await following
            return True
        if self._stopping.is_set():
            raise Stopping
        return False

    async def _collect(self, submission: Submission, desk: Path) -> Event:
        """Fetch the picture, make it durable, and put it through the mask."""
        tools, edit = self._tools, self._edit
        reach("result.before")
        received = await tools.provider.fetch(submission, into=desk / "received")
        result = await tools.folder.adopt(received.path)
        reach("result.stored")
        finished = await tools.gate.finish(
            tools.folder.path(edit.source),
            tools.folder.path(edit.mask),
            Box(edit.crop_left, edit.crop_top, edit.crop_width, edit.crop_height),
            tools.folder.path(edit.sent_picture),
            tools.folder.path(edit.sent_mask),
            tools.folder.path(result.hash),
            feather=edit.feather,
            out=desk,
        )
        now = tools.clock()
        if swaps.looks_swapped(inside=finished.raw_inside, outside=finished.raw_outside):
            await tools.database.transact(pictures.record, result, now=now)
            log.error(
                "job %d: the model painted outside the mask (changed by %.1f) instead of inside "
                "(%.1f); its picture is kept as %s",
                self.job_id,
                finished.raw_outside,
                finished.raw_inside,
                result.hash,
            )
            return Failed(Failure.SWAPPED, possibly_billed=True)
        picture = await tools.folder.adopt(finished.picture)
        for stored in (result, picture):
            await tools.database.transact(pictures.record, stored, now=now)
        reach("settle.before")
        return PictureArrived(
            Arrival(
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


def seed_of(edit: Edit, job: Job) -> int:
    """The member's seed, counted up over the edit's pictures, or a fresh one.

    It is recorded before the submit: a submit whose answer was lost is found again by it.
    """
    if edit.seed is not None:
        return (edit.seed + job.ordinal) % (LARGEST_SEED + 1)
    return secrets.randbelow(LARGEST_SEED + 1)
