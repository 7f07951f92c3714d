"""How the faults at the engine's pages look on the wire."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.engine.http.auth import locked, unauthorized
from bot.engine.http.faults import EngineFault, EngineFaultKind
from bot.engine.http.wire import (
    MODEL_ERRORS,
    REQUEST_ERRORS,
    DroppedConnection,
    ErrorResponse,
    RawResponse,
    error_response,
    gateway,
    model_error,
    timed_out,
)

if TYPE_CHECKING:
    from aiohttp import web


def problem_of(error_type: str, text: str = "", status: int = 0) -> ErrorResponse:
    """The documented error of a type; without a known type, fal's own error of `status`."""
    if error_type in MODEL_ERRORS:
        loc = ("body",) if error_type == "internal_server_error" else ("body", "image_url")
        if error_type == "content_policy_violation":
            loc = ("body", "prompt")
        ctx = MODEL_ERRORS[error_type][1]
        problem = model_error(error_type, text or error_type, loc=loc, ctx=ctx)
        problem.status = status or problem.status
        return problem
    known = REQUEST_ERRORS.get(error_type, 500)
    error_type = error_type or "internal_error"
    return error_response(status or known, text or "Internal error", error_type=error_type)


def refused(fault: EngineFault) -> Exception:
    """The answer to a POST that makes no job."""
    match fault.kind:
        case EngineFaultKind.SUBMIT_DROPPED:
            return DroppedConnection()
        case EngineFaultKind.SUBMIT_GATEWAY:
            return RawResponse(gateway(fault.status or 502))
        case EngineFaultKind.SUBMIT_BUSY:
            return busy(fault)
        case EngineFaultKind.SUBMIT_LOCKED:
            return locked(fault.text)
        case EngineFaultKind.SUBMIT_UNAUTHORIZED:
            return unauthorized()
        case EngineFaultKind.SUBMIT_TIMEOUT:
            return timed_out()
        case EngineFaultKind.SUBMIT_REFUSED:
            return problem_of(fault.error_type or "content_policy_violation", fault.text)
        case _:
            return problem_of(fault.error_type, fault.text, fault.status or 500)


def busy(fault: EngineFault) -> ErrorResponse:
    """429, with the seconds to wait."""
    return error_response(
        429,
        "Too many requests",
        error_type="concurrent_requests_limit",
        headers={"Retry-After": f"{fault.seconds or 1:g}", "X-Fal-needs-retry": "1"},
    )


def at_status(fault: EngineFault) -> None:
    """Faults of the status page that replace its answer.

    Raises:
        Exception: the answer.
    """
    match fault.kind:
        case EngineFaultKind.STATUS_BUSY:
            raise busy(fault)
        case EngineFaultKind.STATUS_GATEWAY:
            raise RawResponse(gateway(fault.status or 502))
        case EngineFaultKind.STATUS_BROKEN:
            raise problem_of(fault.error_type, fault.text, fault.status or 500)
        case EngineFaultKind.STATUS_DROPPED:
            raise DroppedConnection
        case EngineFaultKind.STATUS_NOT_FOUND:
            raise ErrorResponse(404, {"status": "NOT_FOUND"})


async def at_result(fault: EngineFault) -> None:
    """Faults of the result page that replace or delay its answer.

    Raises:
        Exception: the answer.
    """
    match fault.kind:
        case EngineFaultKind.RESULT_NOT_READY:
            raise error_response(400, "Request is still in progress")
        case EngineFaultKind.RESULT_SLOW:
            await asyncio.sleep(fault.seconds)
        case EngineFaultKind.RESULT_GONE:
            raise error_response(fault.status or 404, "Request not found")
        case EngineFaultKind.RESULT_GATEWAY:
            raise RawResponse(gateway(fault.status or 502))
        case EngineFaultKind.RESULT_BUSY:
            raise busy(fault)
        case EngineFaultKind.RESULT_DROPPED:
            raise DroppedConnection


async def in_stream(fault: EngineFault, response: web.StreamResponse) -> bool:
    """Whether the stream is to end here."""
    if fault.kind is EngineFaultKind.STREAM_SILENT:
        await asyncio.sleep(fault.seconds or 3600)
    if fault.kind is EngineFaultKind.STREAM_GARBAGE:
        await response.write(b'data: {"status": \n\n')
    return fault.kind in (EngineFaultKind.STREAM_ENDS, EngineFaultKind.STREAM_SILENT)


async def after_submit(fault: EngineFault) -> None:
    """Faults after the job was made, and before its answer.

    Raises:
        DroppedConnection: no answer.
        RawResponse: a gateway's page instead.
    """
    match fault.kind:
        case EngineFaultKind.SUBMIT_SLOW:
            await asyncio.sleep(fault.seconds)
        case EngineFaultKind.SUBMIT_ACCEPTED_THEN_DROPPED:
            raise DroppedConnection
        case EngineFaultKind.SUBMIT_ACCEPTED_THEN_GATEWAY:
            raise RawResponse(gateway(fault.status or 502))


def at_cancel(fault: EngineFault) -> None:
    """Faults of the cancel page.

    Raises:
        Exception: the answer; the job goes on.
    """
    match fault.kind:
        case EngineFaultKind.CANCEL_DROPPED:
            raise DroppedConnection
        case EngineFaultKind.CANCEL_GATEWAY:
            raise RawResponse(gateway(fault.status or 502))
        case EngineFaultKind.CANCEL_NOT_FOUND:
            raise ErrorResponse(404, {"status": "NOT_FOUND"})
        case EngineFaultKind.CANCEL_ALREADY_COMPLETED:
            raise ErrorResponse(400, {"status": "ALREADY_COMPLETED"})
