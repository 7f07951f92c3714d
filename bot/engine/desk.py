"""Where jobs are made: what a POST must bring, for the queue and the sync origin alike."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from bot.engine.books import Job
from bot.engine.faults import Fault, Faults, Kind
from bot.engine.files import DEFAULT_SECONDS, LIFECYCLE, lifecycle
from bot.engine.mishaps import refused
from bot.engine.schema import ENDPOINTS, Endpoint, app_of
from bot.engine.wire import BILLABLE_UNITS, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from bot.engine.books import Books
    from bot.engine.gate import Gate
    from bot.engine.line import Line

_JOB_MADE_FIRST: Final = frozenset(
    {
        Kind.SUBMIT_ACCEPTED_THEN_DROPPED,
        Kind.SUBMIT_ACCEPTED_THEN_GATEWAY,
        Kind.SUBMIT_SLOW,
        Kind.SUBMIT_BROKEN_JSON,
        Kind.SUBMIT_WITHOUT_ID,
    }
)


class Desk:
    """Takes jobs in, for the queue and the sync origin alike."""

    def __init__(
        self,
        books: Books,
        line: Line,
        faults: Faults,
        gate: Gate,
        *,
        price_nano_usd: int | None,
        clock: Callable[[], float],
    ) -> None:
        self._books = books
        self._line = line
        self._faults = faults
        self._gate = gate
        self._price = price_nano_usd
        self._clock = clock

    def price(self, endpoint: Endpoint) -> int:
        """What one image costs now, in nano-USD."""
        changed = self._faults.armed(Kind.PRICE_CHANGED)
        if changed:
            return changed.price_nano_usd
        return endpoint.price_nano_usd if self._price is None else self._price

    async def take(
        self, request: web.BaseRequest, path: str, *, via: str
    ) -> tuple[Job, Fault | None]:
        """Make a job of a POST; the fault, if any, spoils the answer to it.

        Raises:
            Problem: refused; no job was made.
        """
        endpoint = _endpoint(path)
        self._gate.require_key(request)
        fault = self._faults.take("submit", endpoint=endpoint.id)
        if fault and fault.kind not in _JOB_MADE_FIRST:
            raise refused(fault)
        body = await self._gate.json_object(request)
        job = self._job(request, endpoint, body, via=via)
        self._require_room(request)
        job.faults = self._faults.take_for_job(endpoint=endpoint.id)
        await self._books.add(job, body)
        self._line.enqueue(job)
        return job, fault

    def _job(
        self, request: web.BaseRequest, endpoint: Endpoint, body: dict[str, Any], *, via: str
    ) -> Job:
        headers = request.headers
        life = lifecycle(request) if LIFECYCLE[1] in headers else None
        seed = body.get("seed")
        now = self._clock()
        patience = _patience(headers.get("X-Fal-Request-Timeout"))
        return Job(
            request_id=str(uuid.uuid4()),
            endpoint=endpoint.id,
            created=now,
            via=via,
            seed=seed if isinstance(seed, int) else None,
            low_priority=headers.get("X-Fal-Queue-Priority", "").lower() == "low",
            start_by=None if patience is None else now + patience,
            output_seconds=life.seconds if life else DEFAULT_SECONDS,
            output_acl=life.acl if life else "allow",
            keep_payload=headers.get("X-Fal-Store-IO") != "0",
            sync_mode=body.get("sync_mode") is True,
            unit_price_nano=self.price(endpoint),
        )

    def _require_room(self, request: web.BaseRequest) -> None:
        limit = request.query.get("fal_max_queue_length", "")
        if limit.isdigit() and self._line.waiting() > int(limit):
            raise refusal(429, "Queue is full", headers={"Retry-After": "1"})


def _endpoint(path: str) -> Endpoint:
    try:
        return ENDPOINTS[path]
    except KeyError:
        known = {endpoint.app for endpoint in ENDPOINTS.values()}
        missing = f"Path /{path} not found" if app_of(path) in known else "Application not found"
        raise refusal(404, missing, headers={BILLABLE_UNITS: "0"}) from None


def _patience(text: str | None) -> float | None:
    """Seconds to wait for a start at most; the documented minimum is over 0.1."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 < seconds < 1e9:
        raise refusal(400, "Invalid X-Fal-Request-Timeout", error_type="bad_request")
    return seconds
