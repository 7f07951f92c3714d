"""The platform API's catalog (api.fal.ai/v1): models, their schemas and prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.engine.http.history import NANO
from bot.engine.http.queries import PlatformAuth, problem, values
from bot.engine.http.schema import ENDPOINTS, Endpoint, openapi
from bot.engine.http.wire import json_response, model_error

if TYPE_CHECKING:
    from aiohttp import web

    from bot.engine.http.auth import ApiKeyAuth
    from bot.engine.http.submit import JobSubmission


class PlatformRoutes:
    """The pages of api.fal.ai/v1 about models."""

    def __init__(
        self, submission: JobSubmission, platform_auth: PlatformAuth, auth: ApiKeyAuth
    ) -> None:
        self._submission = submission
        self._platform_auth = platform_auth
        self._auth = auth

    async def models(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models."""
        self._platform_auth.require_well()
        wanted = values(request, "endpoint_id")
        words = request.query.get("q", "").lower().split()
        found = [
            self._model(endpoint, with_schema="openapi-3.0" in values(request, "expand"))
            for endpoint in ENDPOINTS.values()
            if (not wanted or endpoint.id in wanted)
            and all(word in f"{endpoint.id} {endpoint.title}".lower() for word in words)
        ]
        if wanted and not found:
            raise problem(404, "not_found", "No such endpoint")
        return json_response({"models": found, "next_cursor": None, "has_more": False})

    async def schema(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /api/openapi/queue/openapi.json?endpoint_id=."""
        endpoint = ENDPOINTS.get(request.query.get("endpoint_id", ""))
        if endpoint is None:
            raise model_error("value_error", "Unknown endpoint", loc=("query", "endpoint_id"))
        return json_response(openapi(endpoint, self._auth.queue_url))

    async def pricing(self, request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/models/pricing."""
        self._platform_auth.require_key(request)
        wanted = values(request, "endpoint_id") or list(ENDPOINTS)
        unknown = [name for name in wanted if name not in ENDPOINTS]
        if unknown:
            raise problem(404, "not_found", f"No price for {unknown[0]}")
        prices = [
            {
                "endpoint_id": name,
                "unit_price": self._submission.price(ENDPOINTS[name]) / NANO,
                "unit": "images",
                "currency": "USD",
            }
            for name in wanted
        ]
        return json_response({"prices": prices, "next_cursor": None, "has_more": False})

    async def estimate(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /v1/models/pricing/estimate."""
        self._platform_auth.require_key(request)
        body = await self._auth.json_object(request)
        kind = body.get("estimate_type")
        quantity = {"unit_price": "unit_quantity", "historical_api_price": "call_quantity"}
        endpoints = body.get("endpoints")
        if kind not in quantity or not isinstance(endpoints, dict):
            raise problem(400, "validation_error", "estimate_type or endpoints is missing or wrong")
        total = 0.0
        for name, wanted_units in endpoints.items():
            count = wanted_units.get(quantity[kind]) if isinstance(wanted_units, dict) else None
            if name not in ENDPOINTS or not isinstance(count, int | float):
                raise problem(400, "validation_error", f"Cannot estimate {name}")
            total += self._submission.price(ENDPOINTS[name]) * count / NANO
        return json_response(
            {"estimate_type": kind, "total_cost": round(total, 9), "currency": "USD"}
        )

    async def meta(self, _request: web.BaseRequest) -> web.StreamResponse:
        """GET /v1/meta."""
        return json_response({"webhook_ip_ranges": ["127.0.0.0/8", "::1/128"]})

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
                "model_url": f"{self._auth.run_url}/{endpoint.id}",
                "date": "2026-11-22T00:00:00+00:00",
                "highlighted": False,
                "pinned": False,
            },
        }
        if with_schema:
            model["openapi"] = openapi(endpoint, self._auth.queue_url)
        return model
