"""The platform API's history: what was requested, what it cost, and how to delete it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from bot.engine.http.faults import EngineFaultKind
from bot.engine.http.queries import (
    MAX_DAYS,
    MOST_VALUES,
    PlatformAuth,
    iso,
    page_of,
    problem,
    span,
    values,
)
from bot.engine.http.wire import ErrorResponse, json_response
from bot.engine.jobs.store import EngineRequest, RequestStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from bot.engine.http.auth import ApiKeyAuth
    from bot.engine.http.queue import QueueRoutes
    from bot.engine.jobs.files import FileStorage
    from bot.engine.jobs.store import RequestStore

NANO: Final = 1_000_000_000
STATUS_RANGES: Final = {"success": (200, 400), "user_error": (400, 500), "error": (500, 600)}
PLAY_BALANCE_USD: Final = 100.0


class RequestHistory:
    """The pages of api.fal.ai/v1 about requests and money."""

    def __init__(
        self,
        store: RequestStore,
        files: FileStorage,
        queue: QueueRoutes,
        platform_auth: PlatformAuth,
        auth: ApiKeyAuth,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._files = files
        self._queue = queue
        self._platform_auth = platform_auth
        self._auth = auth
        self._clock = clock

    async def requests(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models/requests/by-endpoint: what has started; what still waits is not listed."""
        self._platform_auth.require_key(request)
        wanted = values(request, "endpoint_id", most=MOST_VALUES)
        if not wanted:
            raise problem(400, "validation_error", "endpoint_id is required")
        ids = values(request, "request_id", most=MOST_VALUES)
        start, end = span(request, self._clock(), days=MAX_DAYS if ids else 1)
        found = [
            job
            for job in self._store.jobs.values()
            if job.endpoint in wanted
            and (not ids or job.request_id in ids)
            and self._is_listed(job)
            and start <= (job.started or job.created) < end
            and _has_status(job, request.query.get("status"))
        ]
        if request.query.get("sort_by") == "duration":
            found.sort(key=lambda job: -(job.inference_seconds or 0))
        else:
            found.sort(key=lambda job: -(job.ended or job.started or 0))
        page, more = page_of(request, found, most=100, usual=50)
        expand = "payloads" in values(request, "expand")
        items = [await self._item(request, job, with_payloads=expand) for job in page]
        return json_response({"items": items, **more})

    async def billing_events(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models/billing-events: what was charged. Needs an admin key."""
        self._platform_auth.require_admin(request)
        ids = values(request, "request_id", most=MOST_VALUES)
        wanted = values(request, "endpoint_id", most=MOST_VALUES)
        start, end = span(request, self._clock(), days=MAX_DAYS if ids else 1)
        found = [
            event
            for event in self._events()
            if (not ids or event["request_id"] in ids)
            and (not wanted or event["endpoint_id"] in wanted)
            and start <= datetime.fromisoformat(event["timestamp"]).timestamp() < end
        ]
        page, more = page_of(request, found, most=10_000, usual=1_000)
        return json_response({"billing_events": page, **more})

    async def usage(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models/usage: the bill summed by endpoint and price. Needs an admin key."""
        self._platform_auth.require_admin(request)
        wanted = values(request, "endpoint_id", most=MOST_VALUES)
        start, end = span(request, self._clock(), days=1)
        sums: dict[tuple[str, float], list[float]] = {}
        for event in self._events():
            if start <= datetime.fromisoformat(event["timestamp"]).timestamp() < end and (
                not wanted or event["endpoint_id"] in wanted
            ):
                entry = sums.setdefault((event["endpoint_id"], event["unit_price"]), [0.0, 0.0])
                entry[0] += event["output_units"]
                entry[1] += event["cost_total"]
        summary = [
            {
                "endpoint_id": name,
                "unit": "images",
                "quantity": units,
                "unit_price": price,
                "percent_discount": None,
                "cost_subtotal": round(cost, 9),
                "cost_discount": 0,
                "cost_total": round(cost, 9),
                "cost": round(cost, 9),
                "currency": "USD",
            }
            for (name, price), (units, cost) in sums.items()
        ]
        return json_response({"summary": summary, "next_cursor": None, "has_more": False})

    async def delete_payloads(
        self, request: web.BaseRequest, request_id: str
    ) -> web.StreamResponse:
        """DELETE /v1/models/requests/{id}/payloads: stored JSON and output files, not uploads."""
        self._platform_auth.require_admin(request)
        job = self._store.jobs.get(request_id)
        if job is None:
            raise problem(404, "not_found", "No such request")
        deleted = []
        file = self._store.files.get(job.picture or "")
        if file:
            link = self._auth.origin(request) + file.path
            await self._files.delete(file.token)
            deleted.append({"link": link, "exception": None})
        job.wiped = True
        await self._store.wipe(request_id)
        await self._store.save(job)
        return json_response({"cdn_delete_results": deleted})

    async def billing(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/account/billing: play money."""
        self._platform_auth.require_admin(request)
        body: dict[str, Any] = {"username": "embedded-engine"}
        if "credits" in values(request, "expand"):
            spent = sum(job.billed_units * job.unit_price_nano for job in self._store.jobs.values())
            body["credits"] = {
                "current_balance": round(PLAY_BALANCE_USD - spent / NANO, 6),
                "currency": "USD",
            }
        return json_response(body)

    async def _item(
        self, request: web.BaseRequest, job: EngineRequest, *, with_payloads: bool
    ) -> dict[str, Any]:
        item: dict[str, Any] = {
            "request_id": job.request_id,
            "endpoint_id": job.endpoint,
            "sent_at": iso(job.created),
            "started_at": iso(job.started),
            "ended_at": iso(job.ended),
            "status_code": job.status_code,
            "duration": job.inference_seconds,
        }
        if with_payloads and job.keep_payload and not job.wiped:
            item["json_input"] = await self._store.payload(job.request_id)
            item["json_output"] = await self._stored_output(request, job)
        return item

    async def _stored_output(self, request: web.BaseRequest, job: EngineRequest) -> Any:
        if job.failure:
            return job.failure["body"]
        if job.state is not RequestStatus.COMPLETED or job.sync_mode:
            return None
        try:
            return await self._queue.output(request, job)
        except ErrorResponse:
            return None

    def _is_listed(self, job: EngineRequest) -> bool:
        if job.started is None:
            return False
        late = job.faults.get(EngineFaultKind.JOB_LISTED_LATE)
        return late is None or self._clock() >= job.started + late.seconds

    def _events(self) -> list[dict[str, Any]]:
        """Every billing event that is visible by now, newest first."""
        events: list[dict[str, Any]] = []
        for job in self._store.jobs.values():
            late = job.faults.get(EngineFaultKind.JOB_EVENT_LATE)
            if (
                job.ended is None
                or not job.billed_units
                or EngineFaultKind.JOB_EVENT_MISSING in job.faults
            ):
                continue
            if late and self._clock() < job.ended + late.seconds:
                continue
            different = job.faults.get(EngineFaultKind.JOB_EVENT_DIFFERENT)
            price = different.price_nano_usd if different else job.unit_price_nano
            events.append(_event(job, job.request_id, price))
            if EngineFaultKind.JOB_EVENT_REPEATED in job.faults:
                events.append(_event(job, job.request_id, price))
            if EngineFaultKind.JOB_EVENT_TWICE in job.faults:
                unknown_id = f"00000000{job.request_id[8:]}"
                events.append(_event(job, unknown_id, price))
        events.sort(key=lambda event: str(event["timestamp"]), reverse=True)
        return events


def _event(job: EngineRequest, request_id: str, price: int) -> dict[str, Any]:
    nano = price * job.billed_units
    return {
        "request_id": request_id,
        "endpoint_id": job.endpoint,
        "timestamp": iso(job.ended),
        "output_units": job.billed_units,
        "unit_price": price / NANO,
        "percent_discount": None,
        "cost_subtotal": nano / NANO,
        "cost_discount": 0,
        "cost_total": nano / NANO,
        "cost_estimate_nano_usd": nano,
    }


def _has_status(job: EngineRequest, wanted: str | None) -> bool:
    if wanted is None:
        return True
    if wanted not in STATUS_RANGES:
        raise problem(400, "validation_error", "status is success, error or user_error")
    low, high = STATUS_RANGES[wanted]
    return job.status_code is not None and low <= job.status_code < high
