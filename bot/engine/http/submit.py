"""Where jobs are made: what a POST must bring, for the queue and the sync origin alike."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from bot.engine.http.fault_responses import refused
from bot.engine.http.faults import EngineFault, EngineFaultKind, EngineFaults
from bot.engine.http.schema import ENDPOINTS, Endpoint, app_of
from bot.engine.http.wire import BILLABLE_UNITS, error_response
from bot.engine.jobs.files import DEFAULT_SECONDS, LIFECYCLE, read_expiry
from bot.engine.jobs.store import EngineRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from bot.engine.http.auth import ApiKeyAuth
    from bot.engine.jobs.queue import JobQueue
    from bot.engine.jobs.store import RequestStore

_JOB_MADE_FIRST: Final = frozenset(
    {
        EngineFaultKind.SUBMIT_ACCEPTED_THEN_DROPPED,
        EngineFaultKind.SUBMIT_ACCEPTED_THEN_GATEWAY,
        EngineFaultKind.SUBMIT_SLOW,
        EngineFaultKind.SUBMIT_BROKEN_JSON,
        EngineFaultKind.SUBMIT_WITHOUT_ID,
    }
)


class JobSubmission:
    """Takes jobs in, for the queue and the sync origin alike."""

    def __init__(
        self,
        store: RequestStore,
        queue: JobQueue,
        faults: EngineFaults,
        auth: ApiKeyAuth,
        *,
        price_nano_usd: int | None,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._queue = queue
        self._faults = faults
        self._auth = auth
        self._price = price_nano_usd
        self._clock = clock

    def price(self, endpoint: Endpoint) -> int:
        """What one image costs now, in nano-USD."""
        changed = self._faults.armed(EngineFaultKind.PRICE_CHANGED)
        if changed:
            return changed.price_nano_usd
        return endpoint.price_nano_usd if self._price is None else self._price

    async def take(
        self, request: web.BaseRequest, path: str, *, via: str
    ) -> tuple[EngineRequest, EngineFault | None]:
        """Make a job of a POST; the fault, if any, changes the answer to it.

        Raises:
            Problem: refused; no job was made.
        """
        endpoint = _endpoint(path)
        self._auth.require_key(request)
        fault = self._faults.take("submit", endpoint=endpoint.id)
        if fault and fault.kind not in _JOB_MADE_FIRST:
            raise refused(fault)
        body = await self._auth.json_object(request)
        job = self._job(request, endpoint, body, via=via)
        self._require_room(request)
        job.faults = self._faults.take_for_job(endpoint=endpoint.id)
        await self._store.add(job, body)
        self._queue.enqueue(job)
        return job, fault

    def _job(
        self, request: web.BaseRequest, endpoint: Endpoint, body: dict[str, Any], *, via: str
    ) -> EngineRequest:
        headers = request.headers
        life = read_expiry(request) if LIFECYCLE[1] in headers else None
        seed = body.get("seed")
        now = self._clock()
        patience = _patience(headers.get("X-Fal-Request-Timeout"))
        return EngineRequest(
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
        if limit.isdigit() and self._queue.waiting() > int(limit):
            raise error_response(429, "Queue is full", headers={"Retry-After": "1"})


def _endpoint(path: str) -> Endpoint:
    try:
        return ENDPOINTS[path]
    except KeyError:
        known = {endpoint.app for endpoint in ENDPOINTS.values()}
        missing = f"Path /{path} not found" if app_of(path) in known else "Application not found"
        raise error_response(404, missing, headers={BILLABLE_UNITS: "0"}) from None


def _patience(text: str | None) -> float | None:
    """Seconds to wait for a start at most; the documented minimum is over 0.1."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 < seconds < 1e9:
        raise error_response(400, "Invalid X-Fal-Request-Timeout", error_type="bad_request")
    return seconds
