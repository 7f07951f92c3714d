"""Which page answers which of fal's paths; both origins serve them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot import __version__
from bot.engine.http.faults import EngineFault
from bot.engine.http.schema import ENDPOINTS
from bot.engine.http.wire import error_response, json_response

if TYPE_CHECKING:
    from aiohttp import web

    from bot.engine.http.auth import ApiKeyAuth
    from bot.engine.http.downloads import FileRoutes
    from bot.engine.http.faults import EngineFaults
    from bot.engine.http.history import RequestHistory
    from bot.engine.http.platform import PlatformRoutes
    from bot.engine.http.queue import QueueRoutes
    from bot.engine.http.router import Page
    from bot.engine.http.sync import SyncRoutes
    from bot.engine.http.uploads import UploadRoutes

WHAT_THIS_IS: Final = (
    "Touchup's embedded engine. It speaks fal's protocol and really edits the masked part of a "
    "picture, offline, by filling, colouring and lettering. It is no generative model: it does "
    "not understand prompts as one does."
)

_FILE: Final = r"/files/(?P<token>[\w-]+)/[^/]+"
_UPLOAD: Final = r"/upload/(?P<token>[\w-]+)"
_REQUEST: Final = r"/(?P<path>.+)/requests/(?P<request_id>[^/]+)"
_MODELS: Final = r"/v1/models"
# What is left is an endpoint's id, except below the paths that are ours.
_ENDPOINT: Final = r"/(?!_|v1/|api/|storage/|files/|upload/)(?P<path>.+?)"

Row = tuple[str, str, "Page"]


class FaultRoutes:
    """The page that arms faults, for those who were told to allow it."""

    def __init__(self, faults: EngineFaults, auth: ApiKeyAuth) -> None:
        self._faults = faults
        self._auth = auth

    async def list(self, _request: web.BaseRequest) -> web.StreamResponse:
        """GET: the armed faults."""
        return json_response({"faults": self._faults.listed()})

    async def arm(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST: a fault's fields, and `times`."""
        body = await self._auth.json_object(request)
        times = body.pop("times", 1)
        try:
            self._faults.add(EngineFault.from_json(body), times=times)
        except ValueError as error:
            raise error_response(422, str(error)) from error
        return await self.list(request)

    async def clear(self, request: web.BaseRequest) -> web.StreamResponse:
        """DELETE: none is armed any more."""
        self._faults.clear()
        return await self.list(request)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRoutes:
    """Everything the engine answers."""

    auth: ApiKeyAuth
    queue: QueueRoutes
    sync: SyncRoutes
    uploads: UploadRoutes
    downloads: FileRoutes
    platform: PlatformRoutes
    history: RequestHistory
    control: FaultRoutes | None

    def all(self) -> list[Row]:
        """Method, path and page; the first that fits answers."""
        return [
            ("GET", r"/?", self._home),
            *self._storage(),
            *self._platform(),
            *self._requests(),
            *self._control(),
            ("POST", _ENDPOINT, self._post),
        ]

    def _storage(self) -> list[Row]:
        uploads = self.uploads
        return [
            ("POST", r"/storage/auth/token", uploads.auth_token),
            ("POST", r"/storage/upload/initiate(?:-multipart)?", uploads.initiate),
            ("PUT", _UPLOAD, uploads.put),
            ("PUT", _UPLOAD + r"/(?P<number>\d+)", uploads.part),
            ("POST", _UPLOAD + r"/complete", uploads.complete),
            ("POST", r"/files/upload", uploads.upload),
            ("POST", r"/files/upload/multipart", uploads.multipart),
            ("PUT", _FILE + r"/multipart/(?P<upload>[\w-]+)/(?P<number>\d+)", uploads.part),
            ("POST", _FILE + r"/multipart/(?P<upload>[\w-]+)/complete", uploads.complete),
            ("GET", _FILE, self.downloads.get),
        ]

    def _platform(self) -> list[Row]:
        platform, history = self.platform, self.history
        return [
            ("GET", _MODELS, platform.models),
            ("GET", r"/api/openapi/queue/openapi\.json", platform.schema),
            ("GET", _MODELS + r"/pricing", platform.pricing),
            ("POST", _MODELS + r"/pricing/estimate", platform.estimate),
            ("GET", r"/v1/meta", platform.meta),
            ("GET", _MODELS + r"/requests/by-endpoint", history.requests),
            ("GET", _MODELS + r"/billing-events", history.billing_events),
            ("GET", _MODELS + r"/usage", history.usage),
            (
                "DELETE",
                _MODELS + r"/requests/(?P<request_id>[^/]+)/payloads",
                history.delete_payloads,
            ),
            ("GET", r"/v1/account/billing", history.billing),
        ]

    def _requests(self) -> list[Row]:
        queue = self.queue
        return [
            ("GET", _REQUEST + r"/status", queue.status),
            ("GET", _REQUEST + r"/status/stream", queue.stream),
            ("GET", _REQUEST + r"(?:/response)?", queue.result),
            ("PUT", _REQUEST + r"/cancel", queue.cancel),
        ]

    def _control(self) -> list[Row]:
        control = self.control
        if control is None:
            return []
        return [
            ("GET", r"/_faults", control.list),
            ("POST", r"/_faults", control.arm),
            ("DELETE", r"/_faults", control.clear),
        ]

    async def _post(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """The same path means a queued job on one origin and a waiting caller on the other."""
        if self.auth.speaks(request) == "run":
            return await self.sync.run(request, path)
        return await self.queue.submit(request, path)

    async def _home(self, _request: web.BaseRequest) -> web.StreamResponse:
        return json_response(
            {
                "name": "touchup-engine",
                "version": __version__,
                "about": WHAT_THIS_IS,
                "generative_model": False,
                "queue_url": self.auth.queue_url,
                "run_url": self.auth.run_url,
                "endpoints": list(ENDPOINTS),
            }
        )
