"""One REST call, its answer, and reading the one from the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.cdn.cdn import Upload
from bot.sandbox.rest.errors import RestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import web


@dataclass(slots=True)
class RestCall:
    """What the bot asked. `route` is the template, `parameters` what stood in its braces."""

    method: str
    route: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    authorization: str | None = field(default=None, repr=False)
    body: Any = None
    files: dict[str, Upload] = field(default_factory=dict)

    def __getitem__(self, parameter: str) -> str:
        """Return a path parameter."""
        return self.parameters[parameter]

    def flag(self, name: str) -> bool:
        """Return a yes/no query parameter."""
        return self.query.get(name, "").lower() in {"1", "true"}


@dataclass(frozen=True, slots=True)
class RestResponse:
    """What we answer; 204 has no body."""

    body: Any = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call that was made, for tests: `at` unix seconds, `seconds` to answer it."""

    at: float
    method: str
    route: str
    parameters: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)
    files: Mapping[str, Upload] = field(repr=False)
    status: int
    seconds: float


NO_CONTENT = RestResponse(status=204)
Endpoint = tuple[str, str, "Callable[[RestCall], Awaitable[RestResponse]]"]


async def read_body(request: web.Request, call: RestCall) -> None:
    """Read JSON, or a multipart form of `payload_json` and `files[n]`.

    Raises:
        RestError: 50109, the body is not JSON.
    """
    try:
        if request.content_type.startswith("multipart/"):
            await _read_form(request, call)
        elif request.can_read_body:
            raw = await request.read()
            call.body = json.loads(raw) if raw else None
    except ValueError:
        message = "The request body contains invalid JSON."
        raise RestError(50109, status=400, message=message) from None


async def _read_form(request: web.Request, call: RestCall) -> None:
    call.body = {}
    async for part in await request.multipart():
        name = getattr(part, "name", None) or ""
        if name == "payload_json":
            call.body = json.loads(await part.text())  # type: ignore[union-attr]
        elif name.startswith("files[") and name.endswith("]"):
            data = bytes(await part.read())  # type: ignore[union-attr]
            call.files[name[6:-1]] = Upload(part.filename or "unknown", data)  # type: ignore[union-attr]
