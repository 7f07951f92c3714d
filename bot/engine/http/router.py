"""Finds the page for a request, and turns every failure into fal's shape."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from typing import TYPE_CHECKING, Final

from aiohttp import web
from yarl import URL

from bot.engine.http.auth import MAX_JSON_BYTES
from bot.engine.http.wire import (
    REQUEST_ID,
    DroppedConnection,
    ErrorResponse,
    RawResponse,
    error_response,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http_parser import RawRequestMessage
    from aiohttp.streams import StreamReader
    from aiohttp.web_protocol import RequestHandler

    Page = Callable[..., Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)

_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*, Authorization",
    "Access-Control-Expose-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


class Router:
    """Pages by method and path; the named groups of a path are given to its page.

    aiohttp's own router is not used: a request that came through the JavaScript client's proxy
    path must be routed a second time, by the address it was meant for.
    """

    def __init__(self, pages: Iterable[tuple[str, str, Page]]) -> None:
        self._routes = [(verb, re.compile(path + "/?"), page) for verb, path, page in pages]

    def server(self) -> web.Server:
        """A server that answers by these pages."""
        return web.Server(self._serve, request_factory=_large_request, access_log=None)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; every way to fail ends in fal's shape, or visibly not fal's."""
        try:
            response = await self._dispatch(request)
        except ErrorResponse as problem:
            response = problem.response()
        except RawResponse as raw:
            return raw.response
        except DroppedConnection:
            if request.transport:
                request.transport.abort()
            return web.Response()
        except web.HTTPRequestEntityTooLarge:
            response = error_response(413, "Request body too large").response()
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("%s failed", request.method)
            response = error_response(500, "Internal error", error_type="internal_error").response()
        if not response.prepared:
            response.headers.setdefault(REQUEST_ID, str(uuid.uuid4()))
            for name, value in _CORS.items():
                response.headers.setdefault(name, value)
        return response

    async def _dispatch(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=204)
        if request.headers.get("Expect", "").lower() == "100-continue":
            # curl asks before it sends a picture, and waits a second for an answer.
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        if request.path.rstrip("/") == "/api/fal/proxy":
            request = _unwrapped(request)
        # aiohttp serves HEAD by the pages of GET and leaves the body away.
        method = "GET" if request.method == "HEAD" else request.method
        allowed = False
        for verb, pattern, page in self._routes:
            match = pattern.fullmatch(request.path)
            if match and verb == method:
                return await page(request, **match.groupdict())
            allowed = allowed or bool(match)
        raise error_response(
            405 if allowed else 404, "Method not allowed" if allowed else "Not found"
        )


def _unwrapped(request: web.BaseRequest) -> web.BaseRequest:
    """The request that @fal-ai/client sent through its proxy, by the header naming its target.

    Raises:
        ErrorResponse: 400, the header is missing.
    """
    target = request.headers.get("x-fal-target-url", "")
    url = URL(target)
    if not url.host:
        raise error_response(400, "x-fal-target-url is missing", error_type="bad_request")
    return request.clone(rel_url=URL(url.raw_path_qs, encoded=True), host=url.host)


def _large_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    """A request whose body may be a picture and a mask as data URIs; the usual limit is 1 MB."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=MAX_JSON_BYTES
    )
