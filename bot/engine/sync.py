"""The page of fal.run: one POST that answers with the output itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine.books import State
from bot.engine.faults import Kind
from bot.engine.mishaps import after_submit
from bot.engine.queue import failure
from bot.engine.wire import BILLABLE_UNITS, Raw, answer

if TYPE_CHECKING:
    from aiohttp import web

    from bot.engine.books import Books
    from bot.engine.desk import Desk
    from bot.engine.files import Files
    from bot.engine.queue import Queue


class Sync:
    """Runs a job and waits for it; the work is charged even if the caller has hung up."""

    def __init__(self, desk: Desk, queue: Queue, books: Books, files: Files) -> None:
        self._desk = desk
        self._queue = queue
        self._books = books
        self._files = files

    async def run(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """POST /{endpoint} of the run origin."""
        job, fault = await self._desk.take(request, path, via="run")
        if fault:
            await after_submit(fault)
        while job.state is not State.COMPLETED:
            await job.bell.wait()
        if job.failure:
            raise failure(job)
        output = await self._queue.output(request, job)
        if job.sync_mode and job.picture:
            # The caller holds the only copy: a data URI is not kept in the history.
            await self._files.delete(job.picture)
        if fault and fault.kind is Kind.SUBMIT_BROKEN_JSON:
            raise Raw(answer(None))
        return answer(output, job=job, headers={BILLABLE_UNITS: str(job.billed_units)})
