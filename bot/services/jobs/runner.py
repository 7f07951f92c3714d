"""Runs one claimed job: performs what the rules ask for, and reports what happened.

Nothing here decides: `bot.domain.jobs.lifecycle.step` does. Each method turns the provider's
answers and faults into one event; what a fault means for a picture that is bought, `setback` alone
says.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, assert_never

from bot.domain.edits.draft import LARGEST_SEED
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
from bot.domain.jobs.events import (
    Accepted,
    CancelledByProvider,
    Effect,
    Failed,
    NotSent,
    Ready,
    Requeued,
    SearchFailed,
    SubmitUnknown,
    TimedOut,
)
from bot.domain.jobs.lifecycle import may_be_sent
from bot.failpoints import reach
from bot.provider.client import CancelOutcome
from bot.provider.models import SubmitArguments
from bot.services.jobs.collect import STORE_PAUSE_SECONDS, collect, setback
from bot.store.jobs import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.edits.edit import Edit
    from bot.domain.jobs.events import Event
    from bot.domain.jobs.states import Job, Submission
    from bot.services.jobs.deps import WorkerDeps
    from bot.services.jobs.unknown import SubmitSearches
    from bot.store.database import Transaction


log = logging.getLogger(__name__)

SEARCH_MARGIN_SECONDS: Final = 60.0
"""How long before our own clock's time of the submit a search begins: clocks differ."""


# The order, and why no step may change its place. Between two effects the worker records.
#
# 1. PREPARE: are all files whole, then the uploads. Free, and repeated as often as need be. It
#    comes before the intent, because an intent ages: an upload may take minutes, and a stale intent
#    must not be sent. Looking at the files first saves a purchase that could not be stitched.
# 2. The intent is recorded, with the seed: a process that dies from here on leaves a job that may
#    have been bought, and how to find it.
# 3. SUBMIT: one POST, whatever becomes of it. Sending it again when the answer is lost, as clients
#    do, was rejected: the provider knows no idempotency key, and would paint and bill two.
# 4. SEARCH: only after a lost answer, by seed, prompt and time in the provider's own list. A
#    request that is known already is another job's; of two submits alike the younger goes first.
# 5. FOLLOW: wait, fetch, make durable, stitch. All of it may be repeated: the picture is paid.
#
# Rejected: one coroutine from upload to picture. Its place would be known to this process only.


class WorkerStopping(Exception):
    """The worker is shutting down; the job stays as it is recorded."""


class JobRunner:
    """Works on one claimed job. `stop_wanted` is set when its member wants it stopped."""

    def __init__(
        self,
        deps: WorkerDeps,
        edit: Edit,
        *,
        job_id: int,
        searches: SubmitSearches,
        stopping: asyncio.Event,
    ) -> None:
        self.job_id = job_id
        self._deps = deps
        self._searches = searches
        self._edit = edit
        self._model = deps.models[edit.model]
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
            self._arguments = await self._deps.provider.prepare(self._purchase())
        except (NeverSent, AnswerLost, Broken, OSError):
            return NotSent()  # nothing was bought, and all of it may be repeated
        except ProviderBusy as busy:
            return NotSent(busy.retry_after)
        except StoreFailed:
            return Requeued(STORE_PAUSE_SECONDS)
        except Refused as refused:
            return Failed(refused.failure)
        except ProviderBlocked:
            raise
        except Exception:
            log.exception("job %d: nothing was sent", job.id)
            return Failed(Failure.INTERNAL)
        start_by = self._deps.clock() + self._deps.start_timeout
        seed = seed_of(self._edit, job)
        if seed is None:
            seed = self._deps.fresh_seed()
        return Ready(seed=seed, start_by=start_by)

    async def _has_its_files(self, job: Job) -> bool:
        """Whether all is here that is sent, and all that the result will be stitched into."""
        edit = self._edit
        for digest in (edit.sent_picture, edit.sent_mask, edit.source, edit.mask):
            if not await self._deps.folder.is_whole(digest):
                log.error("job %d: picture file %s is missing or altered", job.id, digest)
                return False
        return True

    def _purchase(self) -> SubmitArguments:
        edit, folder = self._edit, self._deps.folder
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
        if not may_be_sent(job, now=self._deps.clock()):
            log.warning("job %d: this machine slept before the submit; nothing was sent", job.id)
            return NotSent(retry_after=0.0)
        try:
            submission = await self._deps.provider.submit(
                self._model, self._arguments, seed=job.seed
            )
        except NeverSent:
            return NotSent()
        except ProviderBusy as busy:
            return NotSent(busy.retry_after)
        except AnswerLost:
            return SubmitUnknown()
        except (Refused, Broken) as error:
            return Failed(error.failure, possibly_billed=error.possibly_billed, units=error.units)
        except ProviderBlocked:
            raise
        except Exception:
            # Whatever it was, it came after the POST may have left.
            log.exception("job %d: submit", job.id)
            return SubmitUnknown()
        reach("submitted.before")
        return Accepted(submission)

    async def _search(self, job: Job) -> Event:
        if job.seed is None or job.intended_at is None:
            raise AssertionError("an unknown job is recorded with its seed and time")
        since = job.intended_at - SEARCH_MARGIN_SECONDS
        search = self._searches.ask(job)
        try:
            found = await self._deps.provider.find(
                self._model, seed=job.seed, since=since, prompt=self._edit.prompt
            )
        except (NeverSent, AnswerLost, Broken, Refused, ProviderBlocked) as error:
            # Not having been able to look is not the same as not being there. A key that may not
            # look may still submit: the line stays open.
            log.warning("job %d: cannot look for its submit: %s", job.id, error)
            return SearchFailed()
        except ProviderBusy as busy:
            return SearchFailed(busy.retry_after)
        except Exception:
            log.exception("job %d: search", job.id)
            return SearchFailed()
        found = await self._deps.database.transact(self._unclaimed, found)
        if not found:
            return self._searches.not_found(search, finish_timeout=self._deps.finish_timeout)
        if await self._deps.database.transact(unknown.has_younger_twin, job):
            log.warning("job %d: another submit like it is in doubt, and goes first", job.id)
            return SearchFailed()
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
        submission = self._deps.provider.at_home(self._model, job.submission)
        if job.cancel_asked:
            self.stop_wanted.set()
        reach("follow")
        try:
            with self._deps.folder.workspace() as workspace:
                early_end = await self._wait(job, submission)
                return early_end or await collect(self._deps, self._edit, submission, workspace)
        except WorkerStopping:
            raise
        except Exception as error:  # noqa: BLE001 - each kind becomes an event, the unknown too
            return setback(job, error)

    async def _wait(self, job: Job, submission: Submission) -> Event | None:
        """Wait for the provider to finish: None when there is a result to fetch.

        Raises:
            Stopping: the worker is shutting down.
        """
        deps, grace = self._deps, self._deps.timeouts.grace
        began = job.submitted_at or deps.clock()
        deadline = began + deps.start_timeout + deps.finish_timeout
        following = asyncio.create_task(deps.provider.follow(submission), name=f"follow-{job.id}")
        try:
            # A deadline that passed while nobody looked says nothing yet: it may have ended.
            patience = max(deadline, deps.clock() + grace)
            if await self._until(following, deadline=patience, interruptible=True):
                return None
            answer = await deps.provider.cancel(submission)
            if answer is CancelOutcome.REMOVED:
                wanted = self.stop_wanted.is_set()
                return CancelledByProvider() if wanted else Failed(Failure.TIMEOUT)
            patience = max(deadline, deps.clock() + grace)
            ended = await self._until(following, deadline=patience, interruptible=False)
            return None if ended or answer is CancelOutcome.TOO_LATE else TimedOut()
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
                timeout=max(0.0, deadline - self._deps.clock()),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for signal in signals:
                signal.cancel()
        if following.done():
            await following
            return True
        if self._stopping.is_set():
            raise WorkerStopping
        return False


def seed_of(edit: Edit, job: Job) -> int | None:
    """The member's seed, counted up over the edit's pictures; None when they named none.

    It is recorded before the submit: a submit whose answer was lost is found again by it.
    """
    if edit.seed is None:
        return None
    return (edit.seed + job.ordinal) % (LARGEST_SEED + 1)
