"""The queue: jobs wait their turn, are painted in another process, and end in exactly one way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_process

from bot.engine.http import wire
from bot.engine.http.fault_responses import problem_of
from bot.engine.http.faults import EngineFaultKind
from bot.engine.http.schema import EditInput, validated
from bot.engine.http.wire import ErrorResponse, model_error
from bot.engine.jobs import child
from bot.engine.jobs.files import FileExpiry
from bot.engine.jobs.store import RequestStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.engine.http.inputs import InputReader
    from bot.engine.jobs.files import FileStorage
    from bot.engine.jobs.store import EngineRequest, RequestStore

log = logging.getLogger(__name__)

EDIT_SECONDS: Final = 300.0
EXPIRY_SECONDS: Final = 0.25  # how often waiting jobs are tested for their time to start
_DAMAGED: Final = frozenset(
    {
        EngineFaultKind.JOB_WRONG_SIZE,
        EngineFaultKind.JOB_ROTATED,
        EngineFaultKind.JOB_BLACK,
        EngineFaultKind.JOB_UNCHANGED,
        EngineFaultKind.JOB_SWAPPED,
    }
)


class JobQueue:
    """Waiting jobs and the workers that take them, oldest first, low priority last."""

    def __init__(
        self,
        store: RequestStore,
        files: FileStorage,
        inputs: InputReader,
        *,
        workers: int,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._files = files
        self._inputs = inputs
        self._clock = clock
        self._processes = anyio.CapacityLimiter(workers)
        self._workers = workers
        self._waiting: list[EngineRequest] = []
        self._scopes: dict[str, anyio.CancelScope] = {}
        self._woken = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Queue what a restart left unfinished, and start the workers."""
        for job in list(self._store.jobs.values()):
            if job.state is not RequestStatus.COMPLETED and job.via == "run":
                # Its caller is gone, and fal.run has no way to ask again.
                await self._fail(job, problem_of("runner_disconnected", "The engine was restarted"))
            elif job.state is not RequestStatus.COMPLETED:
                # A started job runs again from the beginning: its deadline to start was kept.
                job.start_by = None if job.started else job.start_by
                job.state, job.started = RequestStatus.IN_QUEUE, None
                self.enqueue(job)
        loops = [self._work() for _ in range(self._workers)] + [self._watch()]
        for number, loop in enumerate(loops):
            self._running.add(asyncio.create_task(loop, name=f"engine-queue-{number}"))

    async def stop(self) -> None:
        """Stop working; unfinished jobs stay in the store and run again at the next start."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def enqueue(self, job: EngineRequest) -> None:
        """Put a job behind those that go before it."""
        place = len(self._waiting)
        if not job.low_priority:
            place = next((i for i, other in enumerate(self._waiting) if other.low_priority), place)
        self._waiting.insert(place, job)
        self._woken.set()

    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)

    def position(self, job: EngineRequest) -> int:
        """How many jobs are ahead of this one."""
        return self._waiting.index(job) if job in self._waiting else 0

    async def expire(self) -> None:
        """End the waiting jobs whose time to start is over."""
        now = self._clock()
        for job in [job for job in self._waiting if job.start_by and job.start_by <= now]:
            self._waiting.remove(job)
            await self._fail(job, wire.timed_out())

    async def cancel(self, job: EngineRequest) -> bool:
        """Take a job back. True: it never started. False: it was asked to stop.

        A job of ours stops where it is; one that "ignores cancel" goes on and is billed.
        """
        if job in self._waiting:
            self._waiting.remove(job)
            await self._fail(job, wire.cancelled())
            return True
        if EngineFaultKind.JOB_IGNORES_CANCEL not in job.faults:
            job.cancelling = True
            scope = self._scopes.get(job.request_id)
            if scope:
                scope.cancel()
        return False

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EXPIRY_SECONDS)
            await self.expire()

    async def _work(self) -> None:
        while True:
            job = self._next()
            if job is None:
                self._woken.clear()
                await self._woken.wait()
            elif EngineFaultKind.JOB_STUCK_IN_PROGRESS in job.faults:
                # On fal a stuck runner does not stop the others, so it gets a worker of its own.
                task = asyncio.create_task(self._run_safely(job), name=f"engine-{job.request_id}")
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            else:
                await self._run_safely(job)

    async def _run_safely(self, job: EngineRequest) -> None:
        """A full disk may lose one job until the next start, but not the worker."""
        try:
            await self._run(job)
        except Exception:
            log.exception("job %s", job.request_id)

    def _next(self) -> EngineRequest | None:
        for job in self._waiting:
            late = job.start_by is not None and job.start_by <= self._clock()
            if EngineFaultKind.JOB_STUCK_IN_QUEUE not in job.faults and not late:
                self._waiting.remove(job)
                return job
        return None

    async def _run(self, job: EngineRequest) -> None:
        job.state, job.started = RequestStatus.IN_PROGRESS, self._clock()
        self.say(job, "Started. This engine paints offline; it is no generative model.")
        scope = anyio.CancelScope(deadline=anyio.current_time() + EDIT_SECONDS)
        self._scopes[job.request_id] = scope
        await self._store.save(job)
        began = time.perf_counter()
        problem: ErrorResponse | None = None
        try:
            with scope:
                await self._edit(job)
        except ErrorResponse as found:
            problem = found
        except Exception:
            log.exception("job %s", job.request_id)
            problem = model_error("internal_server_error", "Internal server error")
        finally:
            self._scopes.pop(job.request_id, None)
        job.inference_seconds = round(time.perf_counter() - began, 3)
        if scope.cancelled_caught:
            late = model_error("generation_timeout", "Generation timed out", retryable=True)
            problem = wire.cancelled() if job.cancelling else late
        if problem:
            await self._fail(job, problem)
        else:
            self.say(job, f"Done in {job.inference_seconds:.1f} s")
            units = job.faults.get(EngineFaultKind.JOB_UNITS)
            await self._end(job, units=units.units if units else 1)

    async def _edit(self, job: EngineRequest) -> None:
        await self._apply_early_faults(job)
        arguments = validated(await self._store.payload(job.request_id))
        job.seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
        job.sync_mode = arguments.sync_mode
        paths = [self._files.scratch(f"{job.request_id}.{end}") for end in ("image", "mask", "png")]
        try:
            for path, name in zip(paths, ("image_url", "mask_url"), strict=False):
                content = await self._inputs.read(getattr(arguments, name), name)
                await asyncio.to_thread(path.write_bytes, content)
            await self._paint(job, arguments, *map(str, paths))
            await self._keep(job, paths[2])
        finally:
            await asyncio.shield(asyncio.to_thread(_remove, paths))

    async def _apply_early_faults(self, job: EngineRequest) -> None:
        """The faults that come before any work."""
        if EngineFaultKind.JOB_STUCK_IN_PROGRESS in job.faults:
            await anyio.sleep_forever()
        slow = job.faults.get(EngineFaultKind.JOB_SLOW)
        if slow:
            self.say(job, f"A fault makes this take {slow.seconds:g} s longer")
            await asyncio.sleep(slow.seconds)
        failing = job.faults.get(EngineFaultKind.JOB_FAILS)
        if failing:
            raise problem_of(failing.error_type, failing.text, failing.status)

    async def _paint(
        self, job: EngineRequest, arguments: EditInput, image: str, mask: str, out: str
    ) -> None:
        try:
            looked = await self._process(child.look, image, mask)
            self.say(
                job,
                f"Picture {looked.width}x{looked.height}, {looked.share:.1%} of it is to change",
            )
            if arguments.expand_prompt:
                self.say(job, "expand_prompt has no effect here: the prompt is used as it is")
            self.say(job, f"Painting with seed {job.seed}")
            work = (image, mask, out, arguments.prompt, arguments.style, job.seed or 0)
            await self._process(child.paint, *work)
            for kind in _DAMAGED & job.faults.keys():
                fault = job.faults[kind]
                size = (fault.width or looked.width // 2 or 1, fault.height or looked.height)
                await self._process(child.damage, image, mask, out, kind.partition(".")[2], size)
        except child.BadInput as bad:
            raise model_error(bad.kind, bad.message, loc=("body", bad.field), ctx=bad.ctx) from bad

    async def _process(self, work: Callable[..., Any], *arguments: Any) -> Any:
        run = partial(
            anyio.to_process.run_sync,
            partial(work, *arguments),
            cancellable=True,
            limiter=self._processes,
        )
        try:
            return await run()
        except anyio.BrokenWorkerProcess:
            # Killed from outside, by the system short of memory perhaps: the work is repeatable.
            log.warning("the painting process died; once more in a new one")
            return await run()

    async def _keep(self, job: EngineRequest, picture: Path) -> None:
        file = await self._files.keep(
            picture,
            name="image.png",
            content_type="image/png",
            life=FileExpiry(job.output_seconds, job.output_acl),
            result=True,
        )
        job.picture = file.token

    async def _fail(self, job: EngineRequest, problem: ErrorResponse) -> None:
        problem.body.setdefault("detail", "")
        job.failure = {
            "status": problem.status,
            "body": problem.body,
            "headers": problem.headers,
        }
        self.say(job, f"Ended with HTTP {problem.status}", level="ERROR")
        await self._end(job, units=1 if EngineFaultKind.JOB_BILLED_ANYWAY in job.faults else 0)

    async def _end(self, job: EngineRequest, *, units: int) -> None:
        job.state, job.ended, job.billed_units = RequestStatus.COMPLETED, self._clock(), units
        await self._store.save(job)
        if not job.keep_payload:
            await self._store.wipe(job.request_id)
        job.notify()

    def say(self, job: EngineRequest, message: str, *, level: str = "INFO") -> None:
        """Add a line to the job's log, where its caller can read it."""
        stamp = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        job.logs.append({"message": message, "level": level, "source": "USER", "timestamp": stamp})
        job.notify()


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
