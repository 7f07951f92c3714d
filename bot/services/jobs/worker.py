"""The worker: claims jobs with fair turns, and takes each through its life."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from typing import TYPE_CHECKING

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
from bot.domain.jobs.events import Accepted, Claimed, Effect, NotSent, Ready, Requeued
from bot.domain.jobs.states import CostState, JobState
from bot.failpoints import reach
from bot.services.background import BackgroundLoop, Wakeup
from bot.services.billing import pauses
from bot.services.jobs.access import ProviderAccess
from bot.services.jobs.record import JobRecorder
from bot.services.jobs.runner import JobRunner, WorkerStopping
from bot.services.jobs.unknown import SubmitSearches
from bot.store.edits import edits
from bot.store.jobs import jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.edits.edit import Edit
    from bot.domain.jobs.events import Event
    from bot.domain.jobs.lifecycle import Step
    from bot.domain.jobs.states import Job
    from bot.services.jobs.deps import WorkerDeps
    from bot.store.database import Transaction


log = logging.getLogger(__name__)

# One lane of the worker: claim, then record and perform in turn until the job is let go of.
#
# 1. Claim under a new lease. In the same transaction the leases held here are renewed: after a
#    machine slept, its own lanes must not find each other's jobs abandoned.
# 2. Record what happened (at first: that it was claimed), and with it what is to be done next.
#    Nothing is done that is not recorded first; a crash leaves at most one effect without a record,
#    and the rules know for each state what that may have been.
# 3. Perform it, and go back to 2 with what came of it. What happened did happen: a full disk is
#    waited out. Only a claim is given up at once, nothing has happened then.
# 4. Let go when the step says so, and look for the next job.
#
# Rejected: performing several effects per record, which saves writes and forgets a purchase; and
# one task per job, started when it is put in line: turns between members are then nobody's.


class Worker:
    """Runs up to `concurrency` jobs at once, until `breaker` stops purchases.

    `settled` is called when a job has ended, and when purchases were stopped; `repriced` when the
    provider billed another cost than its price list says.
    """

    def __init__(
        self,
        deps: WorkerDeps,
        *,
        provider_name: str,
        concurrency: int,
        settled: Callable[[], None],
        breaker: Breaker | None = None,
        repriced: Callable[[], None] | None = None,
        wakeup: Wakeup | None = None,
    ) -> None:
        self._deps = deps
        self._timeouts = timeouts = deps.timeouts
        self._provider_name = provider_name
        self._settled = settled
        self._repriced = repriced
        self._recorder = JobRecorder(
            clock=deps.clock,
            provider=provider_name,
            breaker=breaker or Breaker(),
            stopped_pause=timeouts.stopped_pause,
        )
        self.access = ProviderAccess(deps.clock, timeouts.blocked_pauses)
        self._searches = SubmitSearches(deps.clock, deps.monotonic)
        self._runners: dict[str, JobRunner] = {}  # by lease: each claim has its own
        self._loop = BackgroundLoop(
            "worker",
            self._look,
            lanes=concurrency,
            wakeup=wakeup,
            retry_pauses=timeouts.record_pauses,
        )
        self._heartbeat = BackgroundLoop(
            "worker-heartbeat", self._renew, retry_pauses=timeouts.record_pauses
        )

    @property
    def line_closed_until(self) -> float:
        """Until when nothing new is submitted (unix seconds); in the past when the line is open."""
        return self.access.closed_until

    def wake(self) -> None:
        """There may be a new job in line."""
        self._loop.wake()

    def go_on(self) -> None:
        """The operator lets purchases go on: try at once, also after the provider refused us."""
        self.access.reopen()
        self.wake()

    def ask_to_stop(self, job_id: int) -> None:
        """The member cancelled a job; if it is claimed here, the provider is asked to stop."""
        for runner in self._runners.values():
            if runner.job_id == job_id:
                runner.stop_wanted.set()

    def stop(self) -> None:
        """Claim nothing more and let go of what can wait; `run` returns when all lanes are free.

        A submit under way is awaited: its answer is the receipt.
        """
        self._loop.stop()

    async def run(self) -> None:
        """Work until stopped. A cancellation lets go of all claimed jobs, and passes on."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._heartbeat.run(), name="worker-heartbeat")
            await self._loop.run()
            # Only now: a submit that is awaited must not lose its lease.
            self._heartbeat.stop()

    async def work_next(self) -> bool:
        """Take one due job as far as it goes. False: nothing was due."""
        lease = secrets.token_hex(8)
        try:
            claimed = await self._deps.database.transact(
                self._claim, lease, held=tuple(self._runners)
            )
            if claimed is None:
                return False
            job, edit = claimed
            reach("claim.after")
            runner = self._runners[lease] = JobRunner(
                self._deps,
                edit,
                job_id=job.id,
                searches=self._searches,
                stopping=self._loop.stopping,
            )
            with logs.about(edit=edit.id, job=job.id):
                await self._live(job, runner, lease)
        except (WorkerStopping, asyncio.CancelledError):
            # A lease that cannot be dropped ends by itself.
            with contextlib.suppress(StoreFailed):
                await self._deps.database.transact(jobs.drop_lease, lease=lease)
            raise
        except LeaseLost as lost:
            log.warning("%s belongs to another worker now", lost)
        except StoreUnreadable as unreadable:
            await self._leave_alone(unreadable)
        finally:
            self._runners.pop(lease, None)
        return True

    async def _leave_alone(self, unreadable: StoreUnreadable) -> None:
        """A row that this version does not understand must not stop all the others."""
        log.error("left alone, a newer version wrote it: %s", unreadable)
        until = self._deps.clock() + self._timeouts.unreadable_pause
        await self._deps.database.transact(jobs.put_off, unreadable.row_id, until=until)

    async def _look(self) -> float | None:
        """Take one job if one is due; else how long there is nothing to do, in seconds."""
        try:
            if await self.work_next():
                return None
        except WorkerStopping:
            return None  # the loop is stopping
        due = await self._deps.database.transact(
            jobs.next_due,
            provider=self._provider_name,
            may_submit=self.access.is_open,
            now=self._deps.clock(),
        )
        idle = self._timeouts.idle
        return idle if due is None else min(idle, due - self._deps.clock())

    async def _live(self, job: Job, runner: JobRunner, lease: str) -> None:
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
                event = await runner.perform(taken.effect, job)
            except ProviderBlocked as closed:  # only of a purchase that was not made
                event = Requeued(self.access.refused(closed))
                await self._record_locked(job, closed)
            if self._loop.stopping.is_set() and isinstance(event, Ready):
                raise WorkerStopping  # nothing was recorded or sent
            match event:
                case Accepted():
                    self.access.accepted()
                case NotSent(retry_after=float(pause)):
                    # The provider asked to be left alone, and did not mean this job only.
                    self.access.asked_to_wait(pause)

    async def _record_locked(self, job: Job, closed: ProviderBlocked) -> None:
        """Tell the owner. What cannot be recorded now is tried again at the next refusal."""
        try:
            is_news = await self._deps.database.transact(
                pauses.locked,
                job.id,
                provider=self._provider_name,
                said=closed.reason,
                now=self._deps.clock(),
            )
        except StoreFailed:
            log.exception("that the provider refused us all cannot be recorded")
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
        for pause in (*self._timeouts.record_pauses, None):
            try:
                return await self._deps.database.transact(
                    self._recorder.advance, job_id, event, lease=lease
                )
            except StoreFailed:
                if pause is None or isinstance(event, Claimed):
                    raise
                log.exception("job %d: %s cannot be recorded yet", job_id, type(event).__name__)
                await asyncio.sleep(pause)
        raise AssertionError("the loop returns or raises")

    def _claim(
        self, tx: Transaction, lease: str, *, held: Sequence[str]
    ) -> tuple[Job, Edit] | None:
        now = self._deps.clock()
        # After a machine slept, its own lanes must not find each other's jobs abandoned.
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
        if edit.model not in self._deps.models:
            raise StoreUnreadable("job", row_id=job.id, problem=f"model {edit.model}")
        return job, edit

    async def _renew(self) -> float:
        await self._deps.database.transact(
            jobs.renew_leases, tuple(self._runners), now=self._deps.clock()
        )
        return self._timeouts.heartbeat
