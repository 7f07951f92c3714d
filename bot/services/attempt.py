"""One job in a worker's hands: performs what the rules ask for, and says what happened.

Nothing here decides: `bot.domain.lifecycle.step` does. Each method turns the provider's answers and
faults into one event; what a fault means for a picture that is bought, `setback` alone says.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING, Final, assert_never

from bot.domain.edits import LARGEST_SEED
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
from bot.domain.lifecycle import (
    Accepted,
    AnswerWasLost,
    Effect,
    Failed,
    Held,
    NotSent,
    Overdue,
    Ready,
    Unsearchable,
    WasCancelled,
    may_be_sent,
)
from bot.failpoints import reach
from bot.provider.client import CancelOutcome
from bot.provider.models import SubmitArguments
from bot.services.collecting import collect
from bot.services.setbacks import STORE_PAUSE_SECONDS, setback
from bot.store.jobs import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.edits import Edit
    from bot.domain.jobs import Job, Submission
    from bot.domain.lifecycle import Event
    from bot.services.searches import Searches
    from bot.services.tools import Tools
    from bot.store.database import Transaction

log = logging.getLogger(__name__)

SEARCH_MARGIN_SECONDS: Final = 60.0
"""How long before our own clock's time of the submit a search begins: clocks differ."""


class Stopping(Exception):
    """The worker is shutting down; the job stays as it is recorded."""


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
            ProviderBlocked: the provider refuses everybody; the caller closes the line.
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
        except ProviderBusy as busy:
            return NotSent(busy.retry_after)
        except StoreFailed:
            return Held(STORE_PAUSE_SECONDS)
        except Refused as refused:
            return Failed(refused.failure)
        except ProviderBlocked:
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

    def _purchase(self) -> SubmitArguments:
        edit, folder = self._edit, self._tools.folder
        return SubmitArguments(
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
        except ProviderBusy as busy:
            return NotSent(busy.retry_after)
        except AnswerLost:
            return AnswerWasLost()
        except (Refused, Broken) as error:
            return Failed(error.failure, possibly_billed=error.possibly_billed, units=error.units)
        except ProviderBlocked:
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
        except (NeverSent, AnswerLost, Broken, Refused, ProviderBlocked) as error:
            # Not having been able to look is not the same as not being there. A key that may not
            # look may still submit: the line stays open.
            log.warning("job %d: cannot look for its submit: %s", job.id, error)
            return Unsearchable()
        except ProviderBusy as busy:
            return Unsearchable(busy.retry_after)
        except Exception:
            log.exception("job %d: search", job.id)
            return Unsearchable()
        found = await self._tools.database.transact(self._unclaimed, found)
        if not found:
            return self._searches.in_vain(question, finish_timeout=self._tools.finish_timeout)
        if await self._tools.database.transact(unknown.has_younger_twin, job):
            log.warning("job %d: another submit like it is in doubt, and goes first", job.id)
            return Unsearchable()
        return Accepted(found[0])

    def _unclaimed(self, tx: Transaction, found: list[Submission]) -> list[Submission]:
        """The receipts that are not another job's: members may ask for equal seeds."""
        return [
            submission
            for submission in found
            if not unknown.knows_request(
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
                return early_end or await collect(self._tools, self._edit, submission, desk)
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
            if answer is CancelOutcome.REMOVED:
                wanted = self.stop_wanted.is_set()
                return WasCancelled() if wanted else Failed(Failure.TIMEOUT)
            patience = max(deadline, tools.clock() + tools.grace_seconds)
            ended = await self._until(following, deadline=patience, interruptible=False)
            return None if ended or answer is CancelOutcome.TOO_LATE else Overdue()
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


def seed_of(edit: Edit, job: Job) -> int:
    """The member's seed, counted up over the edit's pictures, or a fresh one.

    It is recorded before the submit: a submit whose answer was lost is found again by it.
    """
    if edit.seed is not None:
        return (edit.seed + job.ordinal) % (LARGEST_SEED + 1)
    return secrets.randbelow(LARGEST_SEED + 1)
