"""How the faults at the engine's pages look on the wire."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.engine.faults import Fault, Kind
from bot.engine.gate import locked, unauthorized
from bot.engine.wire import (
    MODEL_ERRORS,
    REQUEST_ERRORS,
    Dropped,
    Problem,
    Raw,
    gateway,
    model_problem,
    refusal,
    timed_out,
)

if TYPE_CHECKING:
    from aiohttp import web


def problem_of(error_type: str, text: str = "", status: int = 0) -> Problem:
    """The documented error of a type; without a known type, fal's own error of `status`."""
    if error_type in MODEL_ERRORS:
        loc = ("body",) if error_type == "internal_server_error" else ("body", "image_url")
        if error_type == "content_policy_violation":
            loc = ("body", "prompt")
        ctx = MODEL_ERRORS[error_type][1]
        problem = model_problem(error_type, text or error_type, loc=loc, ctx=ctx)
        problem.status = status or problem.status
        return problem
    known = REQUEST_ERRORS.get(error_type, 500)
    error_type = error_type or "internal_error"
    return refusal(status or known, text or "Internal error", error_type=error_type)


def refused(fault: Fault) -> Exception:
    """The answer to a POST that makes no job."""
    match fault.kind:
        case Kind.SUBMIT_DROPPED:
            return Dropped()
        case Kind.SUBMIT_GATEWAY:
            return Raw(gateway(fault.status or 502))
        case Kind.SUBMIT_BUSY:
            return busy(fault)
        case Kind.SUBMIT_LOCKED:
            return locked(fault.text)
        case Kind.SUBMIT_UNAUTHORIZED:
            return unauthorized()
        case Kind.SUBMIT_TIMEOUT:
            return timed_out()
        case Kind.SUBMIT_REFUSED:
            return problem_of(fault.error_type or "content_policy_violation", fault.text)
        case _:
            return problem_of(fault.error_type, fault.text, fault.status or 500)


def busy(fault: Fault) -> Problem:
    """429, with the seconds to wait."""
    return refusal(
        429,
        "Too many requests",
        error_type="concurrent_requests_limit",
        headers={"Retry-After": f"{fault.seconds or 1:g}", "X-Fal-needs-retry": "1"},
    )


def at_status(fault: Fault) -> None:
    """Faults of the status page that replace its answer.

    Raises:
        Exception: the answer.
    """
    match fault.kind:
        case Kind.STATUS_BUSY:
            raise busy(fault)
        case Kind.STATUS_GATEWAY:
            raise Raw(gateway(fault.status or 502))
        case Kind.STATUS_BROKEN:
            raise problem_of(fault.error_type, fault.text, fault.status or 500)
        case Kind.STATUS_DROPPED:
            raise Dropped
        case Kind.STATUS_NOT_FOUND:
            raise Problem(404, {"status": "NOT_FOUND"})


async def at_result(fault: Fault) -> None:
    """Faults of the result page that replace or delay its answer.

    Raises:
        Exception: the answer.
    """
    match fault.kind:
        case Kind.RESULT_NOT_READY:
            raise refusal(400, "Request is still in progress")
        case Kind.RESULT_SLOW:
            await asyncio.sleep(fault.seconds)
        case Kind.RESULT_GONE:
            raise refusal(fault.status or 404, "Request not found")
        case Kind.RESULT_GATEWAY:
            raise Raw(gateway(fault.status or 502))
        case Kind.RESULT_BUSY:
            raise busy(fault)
        case Kind.RESULT_DROPPED:
            raise Dropped


async def in_stream(fault: Fault, response: web.StreamResponse) -> bool:
    """Whether the stream is to end here."""
    if fault.kind is Kind.STREAM_SILENT:
        await asyncio.sleep(fault.seconds or 3600)
    if fault.kind is Kind.STREAM_GARBAGE:
        await response.write(b'data: {"status": \n\n')
    return fault.kind in (Kind.STREAM_ENDS, Kind.STREAM_SILENT)


async def after_submit(fault: Fault) -> None:
    """Faults after the job was made, and before its answer.

    Raises:
        Dropped: no answer.
        Raw: a gateway's page instead.
    """
    match fault.kind:
        case Kind.SUBMIT_SLOW:
            await asyncio.sleep(fault.seconds)
        case Kind.SUBMIT_ACCEPTED_THEN_DROPPED:
            raise Dropped
        case Kind.SUBMIT_ACCEPTED_THEN_GATEWAY:
            raise Raw(gateway(fault.status or 502))


def at_cancel(fault: Fault) -> None:
    """Faults of the cancel page.

    Raises:
        Exception: the answer; the job goes on.
    """
    match fault.kind:
        case Kind.CANCEL_DROPPED:
            raise Dropped
        case Kind.CANCEL_GATEWAY:
            raise Raw(gateway(fault.status or 502))
        case Kind.CANCEL_NOT_FOUND:
            raise Problem(404, {"status": "NOT_FOUND"})
        case Kind.CANCEL_ALREADY_COMPLETED:
            raise Problem(400, {"status": "ALREADY_COMPLETED"})
