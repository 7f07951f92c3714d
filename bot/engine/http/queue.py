"""The queue's pages: submit, status, its event stream, the result, cancel."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.engine.http.fault_responses import after_submit, at_cancel, at_result, at_status, in_stream
from bot.engine.http.faults import EngineFault, EngineFaultKind
from bot.engine.http.schema import app_of
from bot.engine.http.wire import (
    BILLABLE_UNITS,
    ERROR_TYPE,
    REQUEST_ID,
    ErrorResponse,
    RawResponse,
    error_response,
    gateway,
    json_response,
)
from bot.engine.jobs.store import EngineRequest, RequestStatus

if TYPE_CHECKING:
    from bot.engine.http.auth import ApiKeyAuth
    from bot.engine.http.faults import EngineFaults
    from bot.engine.http.submit import JobSubmission
    from bot.engine.jobs.files import FileStorage
    from bot.engine.jobs.queue import JobQueue
    from bot.engine.jobs.store import RequestStore

STREAM_SECONDS: Final = 15.0  # a comment this often keeps proxies from closing the stream


class QueueRoutes:
    """The pages of queue.fal.run."""

    def __init__(
        self,
        submission: JobSubmission,
        store: RequestStore,
        queue: JobQueue,
        files: FileStorage,
        faults: EngineFaults,
        auth: ApiKeyAuth,
    ) -> None:
        self._submission = submission
        self._store = store
        self._queue = queue
        self._files = files
        self._faults = faults
        self._auth = auth

    async def submit(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """POST /{endpoint}."""
        job, fault = await self._submission.take(request, path, via="queue")
        body = {
            "status": job.state.value,
            "request_id": job.request_id,
            **self._links(request, job),
            "queue_position": self._queue.position(job),
            "logs": None,
            "metrics": {},
        }
        if "fal_webhook" in request.query:
            body["gateway_request_id"] = job.request_id
        if fault:
            await after_submit(fault)
            if fault.kind is EngineFaultKind.SUBMIT_BROKEN_JSON:
                return _broken_json(body, job)
            if fault.kind is EngineFaultKind.SUBMIT_WITHOUT_ID:
                # Without the header too: otherwise the id would not be lost.
                raise RawResponse(json_response({"status": "IN_QUEUE", "queue_position": 0}))
        return json_response(body, job=job)

    async def status(
        self, request: web.BaseRequest, path: str, request_id: str
    ) -> web.StreamResponse:
        """GET .../status: 202 until it is COMPLETED, then 200."""
        try:
            job = await self._found(request, path, request_id)
        except ErrorResponse:
            # An outage, or a refused key, comes before the request is looked for.
            if fault := self._faults.take("status"):
                at_status(fault)
            raise
        fault = self._faults.take("status", endpoint=job.endpoint)
        if fault:
            at_status(fault)
        body = self._view(request, job, fault)
        if fault and fault.kind is EngineFaultKind.STATUS_BROKEN_JSON:
            return _broken_json(body, job)
        done = job.state is RequestStatus.COMPLETED
        return json_response(body, job=job, status=200 if done else 202)

    async def stream(
        self, request: web.BaseRequest, path: str, request_id: str
    ) -> web.StreamResponse:
        """GET .../status/stream: an event for each change, until it is COMPLETED."""
        job = await self._found(request, path, request_id)
        fault = self._faults.take("stream", endpoint=job.endpoint)
        if fault and fault.kind is EngineFaultKind.STREAM_GATEWAY:
            raise RawResponse(gateway(fault.status or 502))
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "Access-Control-Allow-Origin": "*",
                REQUEST_ID: job.request_id,
            }
        )
        await response.prepare(request)
        with_faults = fault
        while True:
            changed = job.changed
            event_fault = self._faults.take("event", endpoint=job.endpoint)
            await _event(response, self._view(request, job, event_fault))
            if job.state is RequestStatus.COMPLETED:
                return response
            if with_faults:
                if await in_stream(with_faults, response):
                    return response
                with_faults = None
            while not changed.is_set():
                try:
                    await asyncio.wait_for(changed.wait(), STREAM_SECONDS)
                except TimeoutError:
                    await response.write(b": still here\n\n")

    async def result(
        self, request: web.BaseRequest, path: str, request_id: str
    ) -> web.StreamResponse:
        """GET of the request: the bare output, or the error the job ended with."""
        job = await self._found(request, path, request_id)
        if job.state is not RequestStatus.COMPLETED:
            raise error_response(400, "Request is still in progress")
        fault = self._faults.take("result", endpoint=job.endpoint)
        if fault:
            await at_result(fault)
        if job.failure:
            raise failure(job)
        body = await self.output(request, job)
        if fault and fault.kind is EngineFaultKind.RESULT_BROKEN_JSON:
            return _broken_json(body, job)
        return json_response(body, job=job, headers={BILLABLE_UNITS: str(job.billed_units)})

    async def cancel(
        self, request: web.BaseRequest, path: str, request_id: str
    ) -> web.StreamResponse:
        """PUT .../cancel."""
        job = await self._found(request, path, request_id)
        fault = self._faults.take("cancel", endpoint=job.endpoint)
        if fault:
            at_cancel(fault)
        if job.state is RequestStatus.COMPLETED:
            raise ErrorResponse(400, {"status": "ALREADY_COMPLETED"})
        if await self._queue.cancel(job):
            return json_response({"status": "OK", "success": True}, job=job)
        return json_response(
            {"status": "CANCELLATION_REQUESTED", "success": True}, job=job, status=202
        )

    async def output(self, request: web.BaseRequest, job: EngineRequest) -> dict[str, Any]:
        """The model's output.

        Raises:
            ErrorResponse: 404, the picture is no longer kept.
        """
        image: dict[str, Any] = {}
        file = self._store.files.get(job.picture or "")
        if job.wiped or file is None:
            raise error_response(404, "Request payload is no longer available")
        if job.sync_mode or EngineFaultKind.JOB_DATA_URI in job.faults:
            content = await asyncio.to_thread(self._files.path(file.token).read_bytes)
            image["url"] = "data:image/png;base64," + base64.b64encode(content).decode()
        else:
            image["url"] = self._auth.origin(request) + file.path
        image |= {
            "content_type": file.content_type,
            "file_name": file.name,
            "file_size": file.size,
        }
        if EngineFaultKind.JOB_NULL_URL in job.faults:
            image["url"] = None
        images = [] if EngineFaultKind.JOB_WITHOUT_IMAGES in job.faults else [image]
        return {"images": images, "seed": job.seed}

    async def _found(self, request: web.BaseRequest, path: str, request_id: str) -> EngineRequest:
        self._auth.require_key(request)
        await self._queue.expire()
        job = self._store.jobs.get(request_id)
        # Status, result and cancel name the application; the full endpoint id is accepted too.
        if job is None or path not in (job.endpoint, app_of(job.endpoint)):
            raise ErrorResponse(404, {"status": "NOT_FOUND", "detail": "Request not found"})
        return job

    def _links(self, request: web.BaseRequest, job: EngineRequest) -> dict[str, Any]:
        origin = self._auth.origin(request)
        if self._auth.speaks(request) != "queue":
            origin = self._auth.queue_url
        link = f"{origin}/{app_of(job.endpoint)}/requests/{job.request_id}"
        return {
            "response_url": link,
            "status_url": f"{link}/status",
            "cancel_url": f"{link}/cancel",
        }

    def _view(
        self, request: web.BaseRequest, job: EngineRequest, fault: EngineFault | None
    ) -> dict[str, Any]:
        if fault and fault.kind in (
            EngineFaultKind.STATUS_WITHOUT_KEYS,
            EngineFaultKind.EVENT_WITHOUT_KEYS,
        ):
            return {"status": job.state.value}
        wants_logs = request.query.get("logs", "").lower() in ("1", "true", "yes")
        body: dict[str, Any] = {
            "status": job.state.value,
            "request_id": job.request_id,
            **self._links(request, job),
            # Always present: fal_client reads it without a default.
            "logs": list(job.logs)
            if wants_logs and job.state is not RequestStatus.IN_QUEUE
            else None,
        }
        if fault and fault.kind in (
            EngineFaultKind.STATUS_UNKNOWN_WORD,
            EngineFaultKind.EVENT_UNKNOWN_WORD,
        ):
            body["status"] = fault.text or "PAUSED"
        if job.state is RequestStatus.IN_QUEUE:
            body["queue_position"] = self._queue.position(job)
        if job.state is RequestStatus.COMPLETED:
            body["metrics"] = {"inference_time": job.inference_seconds}
        if job.failure:
            body["error"] = _error_text(job.failure)
            body["error_type"] = job.failure["headers"].get(ERROR_TYPE, "bad_request")
        return body


def failure(job: EngineRequest) -> ErrorResponse:
    """The error a job ended with, as it was when it happened."""
    stored = job.failure or {"status": 500, "body": {}, "headers": {}}
    return ErrorResponse(
        stored["status"], stored["body"], {**stored["headers"], REQUEST_ID: job.request_id}
    )


async def _event(response: web.StreamResponse, body: dict[str, Any]) -> None:
    await response.write(f"data: {json.dumps(body)}\n\n".encode())


def _broken_json(body: dict[str, Any], job: EngineRequest) -> web.Response:
    text = json.dumps(body)
    response = json_response({}, job=job)
    response.text = text[: len(text) // 2]
    return response


def _error_text(stored: dict[str, Any]) -> str:
    detail = stored["body"].get("detail")
    if isinstance(detail, list):
        return f"Invalid status code: {stored['status']}"
    return str(detail)
