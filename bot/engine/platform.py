"""fal's platform API (api.fal.ai/v1): models, prices, the history of requests, and the bill."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bot.engine.books import Job, State
from bot.engine.faults import Kind
from bot.engine.schema import ENDPOINTS, Endpoint, openapi
from bot.engine.wire import Problem, answer, model_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiohttp import web

    from bot.engine.books import Books
    from bot.engine.desk import Desk
    from bot.engine.faults import Faults
    from bot.engine.files import Files
    from bot.engine.gate import Gate
    from bot.engine.queue import Queue

NANO: Final = 1_000_000_000
DAY: Final = 86400.0
MAX_DAYS: Final = 90
STATUS_RANGES: Final = {"success": (200, 400), "user_error": (400, 500), "error": (500, 600)}
PLAY_BALANCE_USD: Final = 100.0


class Platform:
    """The pages of api.fal.ai."""

    def __init__(
        self,
        books: Books,
        files: Files,
        desk: Desk,
        queue: Queue,
        faults: Faults,
        gate: Gate,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._books = books
        self._files = files
        self._desk = desk
        self._queue = queue
        self._faults = faults
        self._gate = gate
        self._clock = clock

    async def models(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models."""
        self._fault()
        wanted = _values(request, "endpoint_id")
        words = request.query.get("q", "").lower().split()
        found = [
            self._model(endpoint, with_schema="openapi-3.0" in _values(request, "expand"))
            for endpoint in ENDPOINTS.values()
            if (not wanted or endpoint.id in wanted)
            and all(word in f"{endpoint.id} {endpoint.title}".lower() for word in words)
        ]
        if wanted and not found:
            raise problem(404, "not_found", "No such endpoint")
        return answer({"models": found, "next_cursor": None, "has_more": False})

    async def schema(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /api/openapi/queue/openapi.json?endpoint_id=."""
        endpoint = ENDPOINTS.get(request.query.get("endpoint_id", ""))
        if endpoint is None:
            raise model_problem("value_error", "Unknown endpoint", loc=("query", "endpoint_id"))
        return answer(openapi(endpoint, self._gate.queue_url))

    async def pricing(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models/pricing."""
        self._require_key(request)
        wanted = _values(request, "endpoint_id") or list(ENDPOINTS)
        unknown = [name for name in wanted if name not in ENDPOINTS]
        if unknown:
            raise problem(404, "not_found", f"No price for {unknown[0]}")
        prices = [
            {
                "endpoint_id": name,
                "unit_price": self._desk.price(ENDPOINTS[name]) / NANO,
                "unit": "images",
                "currency": "USD",
            }
            for name in wanted
        ]
        return answer({"prices": prices, "next_cursor": None, "has_more": False})

    async def estimate(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /v1/models/pricing/estimate."""
        self._require_key(request)
        body = await self._gate.json_object(request)
        kind = body.get("estimate_type")
        quantity = {"unit_price": "unit_quantity", "historical_api_price": "call_quantity"}
        endpoints = body.get("endpoints")
        if kind not in quantity or not isinstance(endpoints, dict):
            raise problem(400, "validation_error", "estimate_type or endpoints is missing or wrong")
        total = 0.0
        for name, wish in endpoints.items():
            count = wish.get(quantity[kind]) if isinstance(wish, dict) else None
            if name not in ENDPOINTS or not isinstance(count, int | float):
                raise problem(400, "validation_error", f"Cannot estimate {name}")
            total += self._desk.price(ENDPOINTS[name]) * count / NANO
        return answer({"estimate_type": kind, "total_cost": round(total, 9), "currency": "USD"})

    async def requests(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models/requests/by-endpoint: what has started; what still waits is not listed."""
        self._require_key(request)
        wanted = _values(request, "endpoint_id")
        if not wanted:
            raise problem(400, "validation_error", "endpoint_id is required")
        ids = _values(request, "request_id")
        start, end = self._span(request, days=MAX_DAYS if ids else 1)
        found = [
            job
            for job in self._books.jobs.values()
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
        page, more = self._page(request, found, most=100, usual=50)
        expand = "payloads" in _values(request, "expand")
        items = [await self._item(request, job, with_payloads=expand) for job in page]
        return answer({"items": items, **more})

    async def billing_events(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models/billing-events: what was charged. Needs an admin key."""
        self._require_admin(request)
        ids = _values(request, "request_id")
        wanted = _values(request, "endpoint_id")
        start, end = self._span(request, days=MAX_DAYS if ids else 1)
        found = [
            event
            for event in self._events()
            if (not ids or event["request_id"] in ids)
            and (not wanted or event["endpoint_id"] in wanted)
            and start <= datetime.fromisoformat(event["timestamp"]).timestamp() < end
        ]
        page, more = self._page(request, found, most=10_000, usual=1_000)
        return answer({"billing_events": page, **more})

    async def usage(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models/usage: the bill summed by endpoint and price. Needs an admin key."""
        self._require_admin(request)
        wanted = _values(request, "endpoint_id")
        start, end = self._span(request, days=1)
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
        return answer({"summary": summary, "next_cursor": None, "has_more": False})

    async def delete_payloads(
        self, request: web.BaseRequest, request_id: str
    ) -> web.StreamResponse:
        """DELETE /v1/models/requests/{id}/payloads: stored JSON and output files, not uploads."""
        self._require_admin(request)
        job = self._books.jobs.get(request_id)
        if job is None:
            raise problem(404, "not_found", "No such request")
        deleted = []
        file = self._books.files.get(job.picture or "")
        if file:
            link = self._gate.origin(request) + file.path
            await self._files.delete(file.token)
            deleted.append({"link": link, "exception": None})
        job.wiped = True
        await self._books.wipe(request_id)
        await self._books.save(job)
        return answer({"cdn_delete_results": deleted})

    async def billing(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/account/billing: play money."""
        self._require_admin(request)
        body: dict[str, Any] = {"username": "embedded-engine"}
        if "credits" in _values(request, "expand"):
            spent = sum(job.billed_units * job.unit_price_nano for job in self._books.jobs.values())
            body["credits"] = {
                "current_balance": round(PLAY_BALANCE_USD - spent / NANO, 6),
                "currency": "USD",
            }
        return answer(body)

    async def meta(self, _request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/meta."""
        return answer({"webhook_ip_ranges": ["127.0.0.0/8", "::1/128"]})

    def _model(self, endpoint: Endpoint, *, with_schema: bool) -> dict[str, Any]:
        model: dict[str, Any] = {
            "endpoint_id": endpoint.id,
            "metadata": {
                "display_name": f"{endpoint.title} (embedded engine)",
                "category": "image-to-image",
                "description": "Paints offline in its place; no generative model.",
                "status": "active",
                "tags": [],
                "updated_at": "2026-11-22T00:00:00+00:00",
                "is_favorited": None,
                "thumbnail_url": "",
                "model_url": f"{self._gate.run_url}/{endpoint.id}",
                "date": "2026-11-22T00:00:00+00:00",
                "highlighted": False,
                "pinned": False,
            },
        }
        if with_schema:
            model["openapi"] = openapi(endpoint, self._gate.queue_url)
        return model

    async def _item(
        self, request: web.BaseRequest, job: Job, *, with_payloads: bool
    ) -> dict[str, Any]:
        item: dict[str, Any] = {
            "request_id": job.request_id,
            "endpoint_id": job.endpoint,
            "sent_at": _iso(job.created),
            "started_at": _iso(job.started),
            "ended_at": _iso(job.ended),
            "status_code": job.status_code,
            "duration": job.inference_seconds,
        }
        if with_payloads and job.keep_payload and not job.wiped:
            item["json_input"] = await self._books.payload(job.request_id)
            item["json_output"] = await self._stored_output(request, job)
        return item

    async def _stored_output(self, request: web.BaseRequest, job: Job) -> Any:
        if job.failure:
            return job.failure["body"]
        if job.state is not State.COMPLETED or job.sync_mode:
            return None
        try:
            return await self._queue.output(request, job)
        except Problem:
            return None

    def _is_listed(self, job: Job) -> bool:
        if job.started is None:
            return False
        late = job.faults.get(Kind.JOB_LISTED_LATE)
        return late is None or self._clock() >= job.started + late.seconds

    def _events(self) -> list[dict[str, Any]]:
        """Every billing event that is visible by now, newest first."""
        events: list[dict[str, Any]] = []
        for job in self._books.jobs.values():
            late = job.faults.get(Kind.JOB_EVENT_LATE)
            if job.ended is None or not job.billed_units or Kind.JOB_EVENT_MISSING in job.faults:
                continue
            if late and self._clock() < job.ended + late.seconds:
                continue
            different = job.faults.get(Kind.JOB_EVENT_DIFFERENT)
            price = different.price_nano_usd if different else job.unit_price_nano
            events.append(_event(job, job.request_id, price))
            if Kind.JOB_EVENT_TWICE in job.faults:
                stranger = f"00000000{job.request_id[8:]}"
                events.append(_event(job, stranger, price))
        events.sort(key=lambda event: str(event["timestamp"]), reverse=True)
        return events

    def _span(self, request: web.BaseRequest, *, days: int) -> tuple[float, float]:
        """`start` and `end` (exclusive) as unix seconds; by default the last `days`."""
        now = self._clock()
        try:
            # A moment past now, so that what happened this very second is inside.
            end = _moment(request.query.get("end")) or now + 1
            start = _moment(request.query.get("start")) or end - days * DAY - 1
        except ValueError:
            raise problem(400, "validation_error", "start or end is no ISO 8601 time") from None
        if end - start > MAX_DAYS * DAY + 2:
            raise problem(400, "validation_error", "The span is longer than 90 days")
        return start, end

    def _page(
        self, request: web.BaseRequest, rows: list[Any], *, most: int, usual: int
    ) -> tuple[list[Any], dict[str, Any]]:
        cursor = request.query.get("cursor")
        try:
            limit = int(request.query.get("limit", usual))
            offset = int(base64.urlsafe_b64decode(cursor)) if cursor else 0
        except (ValueError, binascii.Error):
            raise problem(400, "validation_error", "limit or cursor is wrong") from None
        if not 1 <= limit <= most:
            raise problem(400, "validation_error", f"limit is 1 to {most}")
        more = offset + limit < len(rows)
        following = base64.urlsafe_b64encode(str(offset + limit).encode()).decode()
        return rows[offset : offset + limit], {
            "next_cursor": following if more else None,
            "has_more": more,
        }

    def _require_key(self, request: web.BaseRequest) -> None:
        self._fault()
        if self._gate.key_required and not self._gate.key(request):
            raise problem(401, "authorization_error", "Authentication required")

    def _require_admin(self, request: web.BaseRequest) -> None:
        self._require_key(request)
        if not self._gate.is_admin(request):
            raise problem(403, "authorization_error", "This needs an admin key")

    def _fault(self) -> None:
        fault = self._faults.take("platform")
        if fault:
            status = fault.status or 500
            kind = "rate_limited" if status == 429 else "server_error"
            raise problem(status, kind, fault.text or "Something went wrong")


def problem(status: int, kind: str, message: str) -> Problem:
    """The platform API's shape of an error."""
    headers = {"Retry-After": "1"} if status == 429 else {}
    return Problem(status, {"error": {"type": kind, "message": message}}, headers)


def _event(job: Job, request_id: str, price: int) -> dict[str, Any]:
    nano = price * job.billed_units
    return {
        "request_id": request_id,
        "endpoint_id": job.endpoint,
        "timestamp": _iso(job.ended),
        "output_units": job.billed_units,
        "unit_price": price / NANO,
        "percent_discount": None,
        "cost_subtotal": nano / NANO,
        "cost_discount": 0,
        "cost_total": nano / NANO,
        "cost_estimate_nano_usd": nano,
    }


def _has_status(job: Job, wanted: str | None) -> bool:
    if wanted is None:
        return True
    if wanted not in STATUS_RANGES:
        raise problem(400, "validation_error", "status is success, error or user_error")
    low, high = STATUS_RANGES[wanted]
    return job.status_code is not None and low <= job.status_code < high


def _values(request: web.BaseRequest, name: str) -> list[str]:
    """A parameter that may be repeated or comma-separated."""
    texts: Iterable[str] = request.query.getall(name, [])
    return [part for text in texts for part in text.split(",") if part]


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()


def _moment(text: str | None) -> float | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
