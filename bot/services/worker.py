"""The worker: claims jobs with fair turns, and takes each through its life."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from typing import TYPE_CHECKING, Final

from bot import logs
from bot.domain.billing.breaker import Breaker
from bot.domain.errors import (
    Failure,
    LeaseLost,
    NotFound,
    ProviderBlocked,
    StoreFailed,
    StoreUnreadable,
)
from bot.domain.jobs import CostState, JobState
from bot.domain.lifecycle import (
    SEED_IN_DOUBT_PAUSE_SECONDS,
    SEED_IN_DOUBT_SECONDS,
    Accepted,
    Claimed,
    Effect,
    Held,
    NotSent,
    Ready,
    step,
)
from bot.failpoints import reach
from bot.services.access import Access
from bot.services.attempt import Attempt, Stopping, seed_of
from bot.services.bell import Bell
from bot.services.billing import pauses
from bot.services.searches import Searches
from bot.store.edits import edits
from bot.store.jobs import jobs, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.edits import Edit
    from bot.domain.jobs import Job
    from bot.domain.lifecycle import Event, Step
    from bot.services.tools import Tools
    from bot.store.database import Transaction

log = logging.getLogger(__name__)

IDLE_SECONDS: Final = 5.0
LEAST_PAUSE_SECONDS: Final = 0.02
HEARTBEAT_SECONDS: Final = jobs.LEASE_SECONDS / 3
RECORD_PAUSES_SECONDS: Final = (0.2, 1.0, 5.0, 15.0)
UNREADABLE_PAUSE_SECONDS: Final = 600.0
"""How long a job is left alone whose row only a newer version understands."""


class Worker:
    """Runs up to `concurrency` jobs at once, until `breaker` stops purchases.

    `settled` is called when a job has ended, and when purchases were stopped; `repriced` when the
    provider billed another cost than its price list says.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        provider_name: str,
        concurrency: int,
        settled: Callable[[], None],
        breaker: Breaker | None = None,
        repriced: Callable[[], None] | None = None,
    ) -> None:
        self._tools = tools
        self._provider_name = provider_name
        self._concurrency = concurrency
        self._settled = settled
        self._repriced = repriced
        self._breaker = breaker or Breaker()
        self.access = Access(tools.clock)
        self._bell = Bell()
        self._searches = Searches(tools.clock, tools.monotonic)
        self._attempts: dict[str, Attempt] = {}  # by lease: each claim has its own

    @property
    def line_closed_until(self) -> float:
        """Until when nothing new is submitted (unix seconds); in the past when the line is open."""
        return self.access.closed_until

    def wake(self) -> None:
        """There may be a new job in line."""
        self._bell.ring()

    def go_on(self) -> None:
        """The operator lets purchases go on: try at once, also where the provider's door was."""
        self.access.reopen()
        self.wake()

    def ask_to_stop(self, job_id: int) -> None:
        """The member cancelled a job; if it is in our hands, the provider is asked to stop."""
        for attempt in self._attempts.values():
            if attempt.job_id == job_id:
                attempt.stop_wanted.set()

    def stop(self) -> None:
        """Claim nothing more and let go of what can wait; `run` returns when all hands are free.

        A submit under way is awaited: its answer is the receipt.
        """
        self._bell.stop()

    async def run(self) -> None:
        """Work until stopped."""
        async with asyncio.TaskGroup() as group:
            heartbeat = group.create_task(self._heartbeat(), name="worker-heartbeat")
            async with asyncio.TaskGroup() as lines:
                for number in range(self._concurrency):
                    lines.create_task(self._line(), name=f"worker-{number}")
            heartbeat.cancel()

    async def work_next(self) -> bool:
        """Take one due job as far as it goes. False: nothing was due."""
        lease = secrets.token_hex(8)
        try:
            claimed = await self._tools.database.transact(
                self._claim, lease, held=tuple(self._attempts)
            )
            if claimed is None:
                return False
            job, edit = claimed
            reach("claim.after")
            attempt = self.attempt(job, edit)
            self._attempts[lease] = attempt
            with logs.about(edit=edit.id, job=job.id):
                await self._live(job, attempt, lease)
        except (Stopping, asyncio.CancelledError):
            # A lease that cannot be dropped ends by itself.
            with contextlib.suppress(StoreFailed):
                await self._tools.database.transact(jobs.drop_lease, lease=lease)
            raise
        except LeaseLost as lost:
            log.warning("%s belongs to another worker now", lost)
        except StoreUnreadable as unreadable:
            await self._leave_alone(unreadable)
        finally:
            self._attempts.pop(lease, None)
        return True

    def attempt(self, job: Job, edit: Edit) -> Attempt:
        """The hands on a job that was claimed."""
        return Attempt(
            self._tools,
            edit,
            job_id=job.id,
            searches=self._searches,
            stopping=self._bell.stopping,
        )

    async def _leave_alone(self, unreadable: StoreUnreadable) -> None:
        """A row that this version does not understand must not stop all the others."""
        log.error("left alone, a newer version wrote it: %s", unreadable)
        until = self._tools.clock() + UNREADABLE_PAUSE_SECONDS
        await self._tools.database.transact(jobs.put_off, unreadable.row_id, until=until)

    async def _line(self) -> None:
        while not self._bell.stopping.is_set():
            heard = self._bell.heard
            try:
                if await self.work_next():
                    continue
                await self._bell.wait(heard, seconds=await self._pause())
            except Stopping:
                return
            except StoreFailed:
                log.exception("nothing is bought while the books cannot be written")
                await asyncio.sleep(RECORD_PAUSES_SECONDS[-1])
            except Exception:
                log.exception("a job broke its line; it is claimed again when its lease ends")
                await asyncio.sleep(RECORD_PAUSES_SECONDS[0])

    async def _pause(self) -> float:
        """How long there is nothing to do unless the bell rings, in seconds."""
        due = await self._tools.database.transact(
            jobs.next_due,
            provider=self._provider_name,
            may_submit=self.access.is_open,
            now=self._tools.clock(),
        )
        pause = IDLE_SECONDS if due is None else min(IDLE_SECONDS, due - self._tools.clock())
        return max(LEAST_PAUSE_SECONDS, pause)

    async def _live(self, job: Job, attempt: Attempt, lease: str) -> None:
        event: Event = Claimed()
        while True:
            taken = await self._record(job.id, event, lease)
            job = taken.job
            self._note(job)
            if taken.effect is Effect.LEAVE:
                if isinstance(event, Ready):
                    self._settled()  # it was held back at the last moment: perhaps a stop began
                return
            try:
                event = await attempt.perform(taken.effect, job)
            except ProviderBlocked as closed:  # only of a purchase that was not made
                event = Held(self.access.refused(closed))
                await self._record_locked(job, closed)
            if self._bell.stopping.is_set() and isinstance(event, Ready):
                raise Stopping  # nothing was recorded or sent
            match event:
                case Accepted():
                    self.access.accepted()
                case NotSent(retry_after=float(pause)):
                    # The provider asked to be left alone, and did not mean this job only.
                    self.access.asked_to_wait(pause)

    async def _record_locked(self, job: Job, closed: ProviderBlocked) -> None:
        """Let the owner hear of it. What cannot be written down, the next refusal tries again."""
        try:
            is_news = await self._tools.database.transact(
                pauses.locked,
                job.id,
                provider=self._provider_name,
                said=closed.reason,
                now=self._tools.clock(),
            )
        except StoreFailed:
            log.exception("that the provider closed its door cannot be recorded")
            return
        if is_news:
            self._settled()

    def _note(self, job: Job) -> None:
        """Remember, and tell, what was just recorded."""
        if job.state is JobState.SUBMITTING:
            self._searches.intended(job)
        if not job.state.is_final:
            return
        reach("settle.after")
        self._searches.ended(job)
        if job.failure is Failure.LOST:
            log.error(
                "job %d (edit %d) was perhaps bought and is given up: compare the provider's bill",
                job.id,
                job.edit_id,
            )
        if job.failure is Failure.SWAPPED:
            log.error(
                "job %d (edit %d) came back changed around its area: its member was not charged. "
                "`touchup doctor` says what is stopped, and what to do",
                job.id,
                job.edit_id,
            )
        log.info("job %d of edit %d is %s", job.id, job.edit_id, job.state)
        is_repriced = job.cost_state is CostState.PROVISIONAL and job.cost != job.unit_cost
        if is_repriced and self._repriced is not None:
            self._repriced()
        self._settled()

    async def _record(self, job_id: int, event: Event, lease: str) -> Step:
        """Write what happened. It did happen, so a full disk is waited out, not given up on."""
        for pause in (*RECORD_PAUSES_SECONDS, None):
            try:
                return await self._tools.database.transact(self._advance, job_id, event, lease)
            except StoreFailed:
                if pause is None or isinstance(event, Claimed):
                    raise
                log.exception("job %d: %s cannot be recorded yet", job_id, type(event).__name__)
                await asyncio.sleep(pause)
        raise AssertionError("the loop returns or raises")

    def _advance(self, tx: Transaction, job_id: int, event: Event, lease: str) -> Step:
        now = self._tools.clock()
        job = jobs.get(tx, job_id)
        if job is None or jobs.lease_of(tx, job_id) != lease:
            raise LeaseLost(f"job {job_id}")
        if (
            stopped := pauses.met(tx, job, event, provider=self._provider_name, now=now)
        ) is not None:
            event = stopped
        elif self._is_in_doubt(tx, job, event, now=now):
            event = Held(SEED_IN_DOUBT_PAUSE_SECONDS)
        else:
            event = self._stopped_by_breaker(tx, job, event, now=now) or event
        taken = step(job, event, now=now)
        if taken.job.failure is Failure.SWAPPED:
            pauses.swapped(tx, job, provider=self._provider_name, now=now)
        jobs.record(tx, taken, lease=lease, keep_lease=taken.effect is not Effect.LEAVE, now=now)
        if isinstance(event, Accepted) and job.state is JobState.SUBMITTING:
            pauses.opened(tx, job, provider=self._provider_name, now=now)
        if taken.job.state.is_final:
            pauses.after_end(
                tx, taken.job, provider=self._provider_name, breaker=self._breaker, now=now
            )
        return taken

    def _stopped_by_breaker(
        self, tx: Transaction, job: Job, event: Event, *, now: float
    ) -> Held | None:
        return pauses.before_sending(
            tx, job, event, provider=self._provider_name, breaker=self._breaker, now=now
        )

    def _is_in_doubt(self, tx: Transaction, job: Job, event: Event, *, now: float) -> bool:
        """Whether a submit like the one that would follow is not answered yet.

        Asked before anything is uploaded, and again when the intent is recorded.
        """
        coming = job.state is JobState.QUEUED and isinstance(event, Claimed | Ready)
        edit = edits.get(tx, job.edit_id) if coming else None
        if edit is None or edit.seed is None:
            return False  # a random seed is nobody else's
        seed = event.seed if isinstance(event, Ready) else seed_of(edit, job)
        return unknown.seed_in_doubt(
            tx,
            provider=self._provider_name,
            seed=seed,
            prompt=edit.prompt,
            since=now - SEED_IN_DOUBT_SECONDS,
        )

    def _claim(
        self, tx: Transaction, lease: str, *, held: Sequence[str]
    ) -> tuple[Job, Edit] | None:
        now = self._tools.clock()
        # After a machine slept, its own hands must not find each other's jobs abandoned.
        jobs.renew_leases(tx, held, now=now)
        job = jobs.claim(
            tx,
            provider=self._provider_name,
            lease=lease,
            may_submit=self.access.is_open,
            now=now,
        )
        if job is None:
            return None
        try:
            edit = edits.get(tx, job.edit_id)
        except StoreUnreadable as error:
            raise StoreUnreadable("job", row_id=job.id, problem=str(error)) from error
        if edit is None:
            raise NotFound
        if edit.model not in self._tools.models:
            raise StoreUnreadable("job", row_id=job.id, problem=f"model {edit.model}")
        return job, edit

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._tools.database.transact(
                    jobs.renew_leases, tuple(self._attempts), now=self._tools.clock()
                )
            except StoreFailed:
                log.exception("leases could not be renewed")
