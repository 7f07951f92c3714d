"""The page of fal.run: one POST that answers with the output itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine.http.fault_responses import after_submit
from bot.engine.http.faults import EngineFaultKind
from bot.engine.http.queue import failure
from bot.engine.http.wire import BILLABLE_UNITS, RawResponse, json_response
from bot.engine.jobs.store import RequestStatus

if TYPE_CHECKING:
    from aiohttp import web

    from bot.engine.http.queue import QueueRoutes
    from bot.engine.http.submit import JobSubmission
    from bot.engine.jobs.files import FileStorage
    from bot.engine.jobs.store import RequestStore


class SyncRoutes:
    """Runs a job and waits for it; the work is charged even if the caller has hung up."""

    def __init__(
        self, submission: JobSubmission, queue: QueueRoutes, store: RequestStore, files: FileStorage
    ) -> None:
        self._submission = submission
        self._queue = queue
        self._store = store
        self._files = files

    async def run(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """POST /{endpoint} of the run origin."""
        job, fault = await self._submission.take(request, path, via="run")
        if fault:
            await after_submit(fault)
        while job.state is not RequestStatus.COMPLETED:
            await job.changed.wait()
        if job.failure:
            raise failure(job)
        output = await self._queue.output(request, job)
        if job.sync_mode and job.picture:
            # The caller holds the only copy: a data URI is not kept in the history.
            await self._files.delete(job.picture)
        if fault and fault.kind is EngineFaultKind.SUBMIT_BROKEN_JSON:
            raise RawResponse(json_response(None))
        return json_response(output, job=job, headers={BILLABLE_UNITS: str(job.billed_units)})
