"""The queue's pages: submit, status, its event stream, the result, cancel."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.engine.books import Job, State
from bot.engine.faults import Fault, Kind
from bot.engine.mishaps import after_submit, at_cancel, at_result, at_status, in_stream
from bot.engine.schema import app_of
from bot.engine.wire import (
    BILLABLE_UNITS,
    ERROR_TYPE,
    REQUEST_ID,
    Problem,
    Raw,
    answer,
    gateway,
    refusal,
)

if TYPE_CHECKING:
    from bot.engine.books import Books
    from bot.engine.desk import Desk
    from bot.engine.faults import Faults
    from bot.engine.files import Files
    from bot.engine.gate import Gate
    from bot.engine.line import Line

STREAM_SECONDS: Final = 15.0  # a comment this often keeps proxies from closing the stream


class Queue:
    """The pages of queue.fal.run."""

    def __init__(
        self, desk: Desk, books: Books, line: Line, files: Files, faults: Faults, gate: Gate
    ) -> None:
        self._desk = desk
        self._books = books
        self._line = line
        self._files = files
        self._faults = faults
        self._gate = gate

    async def submit(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """POST /{endpoint}."""
        job, fault = await self._desk.take(request, path, via="queue")
        body = {
            "status": job.state.value,
            "request_id": job.request_id,
            **self._links(request, job),
            "queue_position": self._line.position(job),
            "logs": None,
            "metrics": {},
        }
        if "fal_webhook" in request.query:
            body["gateway_request_id"] = job.request_id
        if fault:
            await after_submit(fault)
            if fault.kind is Kind.SUBMIT_BROKEN_JSON:
                return _broken_json(body, job)
            if fault.kind is Kind.SUBMIT_WITHOUT_ID:
                # Without the header too: otherwise the id would not be lost.
                raise Raw(answer({"status": "IN_QUEUE", "queue_position": 0}))
        return answer(body, job=job)

    async def status(
        self, request: web.BaseRequest, path: str, request_id: str
    ) -> web.StreamResponse:
        """GET .../status: 202 until it is COMPLETED, then 200."""
        try:
            job = await self._found(request, path, request_id)
        except Problem:
            # Who is unwell, or refuses the key, does so before looking for the request.
            if fault := self._faults.take("status"):
                at_status(fault)
            raise
        fault = self._faults.take("status", endpoint=job.endpoint)
        if fault:
            at_status(fault)
        body = self._view(request, job, fault)
        if fault and fault.kind is Kind.STATUS_BROKEN_JSON:
            return _broken_json(body, job)
        done = job.state is State.COMPLETED
        return answer(body, job=job, status=200 if done else 202)

    async def stream(
        self, request: web.BaseRequest, path: str, request_id: str
    ) -> web.StreamResponse:
        """GET .../status/stream: an event for each change, until it is COMPLETED."""
        job = await self._found(request, path, request_id)
        fault = self._faults.take("stream", endpoint=job.endpoint)
        if fault and fault.kind is Kind.STREAM_GATEWAY:
            raise Raw(gateway(fault.status or 502))
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
            bell = job.bell
            spoiled = self._faults.take("event", endpoint=job.endpoint)
            await _event(response, self._view(request, job, spoiled))
            if job.state is State.COMPLETED:
                return response
            if with_faults:
                if await in_stream(with_faults, response):
                    return response
                with_faults = None
            while not bell.is_set():
                try:
                    await asyncio.wait_for(bell.wait(), STREAM_SECONDS)
                except TimeoutError:
                    await response.write(b": still here\n\n")

    async def result(
        self, request: web.BaseRequest, path: str, request_id: str
    ) -> web.StreamResponse:
        """GET of the request: the bare output, or the error the job ended with."""
        job = await self._found(request, path, request_id)
        if job.state is not State.COMPLETED:
            raise refusal(400, "Request is still in progress")
        fault = self._faults.take("result", endpoint=job.endpoint)
        if fault:
            await at_result(fault)
        if job.failure:
            raise failure(job)
        body = await self.output(request, job)
        if fault and fault.kind is Kind.RESULT_BROKEN_JSON:
            return _broken_json(body, job)
        return answer(body, job=job, headers={BILLABLE_UNITS: str(job.billed_units)})

    async def cancel(
        self, request: web.BaseRequest, path: str, request_id: str
    ) -> web.StreamResponse:
        """PUT .../cancel."""
        job = await self._found(request, path, request_id)
        fault = self._faults.take("cancel", endpoint=job.endpoint)
        if fault:
            at_cancel(fault)
        if job.state is State.COMPLETED:
            raise Problem(400, {"status": "ALREADY_COMPLETED"})
        if await self._line.cancel(job):
            return answer({"status": "OK", "success": True}, job=job)
        return answer({"status": "CANCELLATION_REQUESTED", "success": True}, job=job, status=202)

    async def output(self, request: web.BaseRequest, job: Job) -> dict[str, Any]:
        """The model's output.

        Raises:
            Problem: 404, the picture is no longer kept.
        """
        image: dict[str, Any] = {}
        file = self._books.files.get(job.picture or "")
        if job.wiped or file is None:
            raise refusal(404, "Request payload is no longer available")
        if job.sync_mode or Kind.JOB_DATA_URI in job.faults:
            content = await asyncio.to_thread(self._files.path(file.token).read_bytes)
            image["url"] = "data:image/png;base64," + base64.b64encode(content).decode()
        else:
            image["url"] = self._gate.origin(request) + file.path
        image |= {
            "content_type": file.content_type,
            "file_name": file.name,
            "file_size": file.size,
        }
        if Kind.JOB_NULL_URL in job.faults:
            image["url"] = None
        images = [] if Kind.JOB_WITHOUT_IMAGES in job.faults else [image]
        return {"images": images, "seed": job.seed}

    async def _found(self, request: web.BaseRequest, path: str, request_id: str) -> Job:
        self._gate.require_key(request)
        await self._line.expire()
        job = self._books.jobs.get(request_id)
        # Status, result and cancel name the application; the full endpoint id is accepted too.
        if job is None or path not in (job.endpoint, app_of(job.endpoint)):
            raise Problem(404, {"status": "NOT_FOUND", "detail": "Request not found"})
        return job

    def _links(self, request: web.BaseRequest, job: Job) -> dict[str, Any]:
        origin = self._gate.origin(request)
        if self._gate.speaks(request) != "queue":
            origin = self._gate.queue_url
        link = f"{origin}/{app_of(job.endpoint)}/requests/{job.request_id}"
        return {
            "response_url": link,
            "status_url": f"{link}/status",
            "cancel_url": f"{link}/cancel",
        }

    def _view(self, request: web.BaseRequest, job: Job, fault: Fault | None) -> dict[str, Any]:
        if fault and fault.kind in (Kind.STATUS_WITHOUT_KEYS, Kind.EVENT_WITHOUT_KEYS):
            return {"status": job.state.value}
        wants_logs = request.query.get("logs", "").lower() in ("1", "true", "yes")
        body: dict[str, Any] = {
            "status": job.state.value,
            "request_id": job.request_id,
            **self._links(request, job),
            # Always present: fal_client reads it without a default.
            "logs": list(job.logs) if wants_logs and job.state is not State.IN_QUEUE else None,
        }
        if fault and fault.kind in (Kind.STATUS_UNKNOWN_WORD, Kind.EVENT_UNKNOWN_WORD):
            body["status"] = fault.text or "PAUSED"
        if job.state is State.IN_QUEUE:
            body["queue_position"] = self._line.position(job)
        if job.state is State.COMPLETED:
            body["metrics"] = {"inference_time": job.inference_seconds}
        if job.failure:
            body["error"] = _error_text(job.failure)
            body["error_type"] = job.failure["headers"].get(ERROR_TYPE, "bad_request")
        return body


def failure(job: Job) -> Problem:
    """The error a job ended with, as it was when it happened."""
    stored = job.failure or {"status": 500, "body": {}, "headers": {}}
    return Problem(
        stored["status"], stored["body"], {**stored["headers"], REQUEST_ID: job.request_id}
    )


async def _event(response: web.StreamResponse, body: dict[str, Any]) -> None:
    await response.write(f"data: {json.dumps(body)}\n\n".encode())


def _broken_json(body: dict[str, Any], job: Job) -> web.Response:
    text = json.dumps(body)
    response = answer({}, job=job)
    response.text = text[: len(text) // 2]
    return response


def _error_text(stored: dict[str, Any]) -> str:
    detail = stored["body"].get("detail")
    if isinstance(detail, list):
        return f"Invalid status code: {stored['status']}"
    return str(detail)
