"""The worker: claims jobs with fair turns, and takes each through its life."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING, Final

from bot.domain.errors import LeaseLost, LineClosed, NotFound, StoreFailed
from bot.domain.jobs import Claimed, Effect, Held, step
from bot.failpoints import reach
from bot.services.attempt import Attempt, Stopping
from bot.store import deliveries, edits, jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.edits import Edit
    from bot.domain.jobs import Event, Job, Step
    from bot.services.attempt import Tools
    from bot.store.database import Transaction

log = logging.getLogger(__name__)

IDLE_SECONDS: Final = 5.0
HEARTBEAT_SECONDS: Final = jobs.LEASE_SECONDS / 3
CLOSED_PAUSES_SECONDS: Final = (15.0, 60.0, 300.0, 600.0)
"""How long the line rests after the provider refused the key or the account."""
RECORD_PAUSES_SECONDS: Final = (0.2, 1.0, 5.0, 15.0)


class Worker:
    """Runs up to `concurrency` jobs at once. `settled` is called when a job has ended."""

    def __init__(
        self, tools: Tools, *, provider_name: str, concurrency: int, settled: Callable[[], None]
    ) -> None:
        self._tools = tools
        self._provider_name = provider_name
        self._concurrency = concurrency
        self._settled = settled
        self._lease = secrets.token_hex(8)
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self._attempts: dict[int, Attempt] = {}
        self._closed_until = 0.0
        self._refusals = 0

    @property
    def line_closed_until(self) -> float:
        """Until when nothing new is submitted (unix seconds); in the past when the line is open."""
        return self._closed_until

    def wake(self) -> None:
        """There may be a new job in line."""
        self._news.set()

    def ask_to_stop(self, job_id: int) -> None:
        """The member cancelled a job; if it is in our hands, the provider is asked to stop."""
        if attempt := self._attempts.get(job_id):
            attempt.stop_wanted.set()

    def stop(self) -> None:
        """Claim nothing more and let go of what can wait; `run` returns when all hands are free.

        A submit under way is awaited: its answer is the receipt.
        """
        self._stopping.set()
        self._news.set()

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
        claimed = await self._tools.database.transact(self._claim)
        if claimed is None:
            return False
        job, edit = claimed
        reach("claim.after")
        attempt = self._attempts[job.id] = Attempt(self._tools, edit, stopping=self._stopping)
        try:
            await self._live(job, attempt)
        except (Stopping, asyncio.CancelledError):
            await self._tools.database.transact(jobs.drop_lease, job.id, lease=self._lease)
            raise
        except LeaseLost:
            log.warning("job %d belongs to another worker now", job.id)
        finally:
            self._attempts.pop(job.id, None)
        return True

    async def _line(self) -> None:
        while not self._stopping.is_set():
            try:
                if await self.work_next():
                    continue
                await self._rest()
            except Stopping:
                return
            except StoreFailed:
                log.exception("nothing is bought while the books cannot be written")
                await asyncio.sleep(RECORD_PAUSES_SECONDS[-1])
            except Exception:
                log.exception("a job broke its line; it is claimed again when its lease ends")
                await asyncio.sleep(RECORD_PAUSES_SECONDS[0])

    async def _rest(self) -> None:
        """Wait for news, or for the next job that is due."""
        self._news.clear()
        due = await self._tools.database.transact(
            jobs.next_due, provider=self._provider_name, may_submit=self._may_submit()
        )
        if self._stopping.is_set():
            return  # another line may have cleared the news of it
        pause = IDLE_SECONDS if due is None else min(IDLE_SECONDS, due - self._tools.clock())
        try:
            async with asyncio.timeout(max(0.02, pause)):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _live(self, job: Job, attempt: Attempt) -> None:
        event: Event = Claimed()
        while True:
            taken = await self._record(job.id, event)
            job = taken.job
            if job.state.is_final:
                reach("settle.after")
                log.info("job %d of edit %d is %s", job.id, job.edit_id, job.state)
                self._settled()
            if taken.effect is Effect.LEAVE:
                return
            try:
                event = await attempt.perform(taken.effect, job)
            except LineClosed as closed:
                event = Held(self._close_line(closed))
            else:
                if taken.effect is Effect.SUBMIT:
                    self._refusals = 0

    async def _record(self, job_id: int, event: Event) -> Step:
        """Write what happened. It did happen, so a full disk is waited out, not given up on."""
        for pause in (*RECORD_PAUSES_SECONDS, None):
            try:
                return await self._tools.database.transact(self._advance, job_id, event)
            except StoreFailed:
                if pause is None or isinstance(event, Claimed):
                    raise
                log.exception("job %d: %s cannot be recorded yet", job_id, type(event).__name__)
                await asyncio.sleep(pause)
        raise AssertionError("the loop returns or raises")

    def _advance(self, tx: Transaction, job_id: int, event: Event) -> Step:
        now = self._tools.clock()
        job = jobs.get(tx, job_id)
        if job is None or jobs.lease_of(tx, job_id) != self._lease:
            raise LeaseLost(f"job {job_id}")
        taken = step(job, event, now=now)
        jobs.record(
            tx, taken, lease=self._lease, keep_lease=taken.effect is not Effect.LEAVE, now=now
        )
        return taken

    def _claim(self, tx: Transaction) -> tuple[Job, Edit] | None:
        job = jobs.claim(
            tx,
            provider=self._provider_name,
            lease=self._lease,
            may_submit=self._may_submit(),
            now=self._tools.clock(),
        )
        if job is None:
            return None
        edit = edits.get(tx, job.edit_id)
        if edit is None:
            raise NotFound
        return job, edit

    def _may_submit(self) -> bool:
        return self._tools.clock() >= self._closed_until

    def _close_line(self, closed: LineClosed) -> float:
        """Rest the whole line, longer each time; returns the seconds."""
        pause = CLOSED_PAUSES_SECONDS[min(self._refusals, len(CLOSED_PAUSES_SECONDS) - 1)]
        self._refusals += 1
        self._closed_until = self._tools.clock() + pause
        log.error(
            "the provider closed its door: %s. Jobs keep their place; next try in %.0f s",
            closed.reason,
            pause,
        )
        return pause

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await self._tools.database.transact(
                    jobs.renew_leases,
                    lease=self._lease,
                    held=tuple(self._attempts),
                    now=self._tools.clock(),
                )
            except StoreFailed:
                log.exception("leases could not be renewed")


def recover(tx: Transaction, *, now: float) -> int:
    """Take over what a process that died left behind; how many members are owed an apology.

    Only with the lock file held: every lease and every claimed delivery then belongs to the dead.
    """
    jobs.drop_leases(tx)
    deliveries.drop_claims(tx)
    return deliveries.enqueue_apologies(tx, now=now)
