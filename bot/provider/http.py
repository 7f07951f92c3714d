"""HTTP to the provider: who gets the key, what was sent, and how much is read back."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import httpx

from bot import __version__
from bot.domain.errors import AnswerLost, ConfigError, NeverSent, ProviderBlocked, ProviderBusy
from bot.failpoints import reach
from bot.provider.hosts import origin
from bot.provider.payloads import lift
from bot.provider.responses import HttpResponse

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping

    from bot.provider.hosts import Addresses
    from bot.provider.payloads import Body

log = logging.getLogger(__name__)

MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
"""More than any answer of the queue; what holds pictures has caps of its own."""
NETWORK_PAUSE_SECONDS: Final = 1.0
_PIECE_BYTES: Final = 256 * 1024
_STREAM_POOLS: Final = 8
"""httpcore looks through all connections of a pool on every call: with hundreds of event streams
in one pool a result is seconds late, so the streams are spread over several small ones."""

LOST: Final = (httpx.RequestError, OSError)
"""What a broken connection raises; `TimeoutError` is an `OSError`."""
_UNCONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""What is raised while there is no connection yet, the TLS handshake included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTimeouts:
    """How long the wire waits, in seconds. `connect` includes the TLS handshake.

    `submit` bounds a whole submit, `answer` a whole unpaid call, `silence` the time between two
    packets of either.
    """

    connect: float = 5.0
    silence: float = 30.0
    answer: float = 60.0
    submit: float = 90.0

    def timeout(self, *, read: float | None = None) -> httpx.Timeout:
        """As httpx wants it. A big picture on a slow line may take its time to leave."""
        return httpx.Timeout(
            connect=self.connect,
            read=self.silence if read is None else read,
            write=self.silence,
            pool=self.connect,
        )


class ProviderHttp:
    """Long-lived connections, one pool per purpose, all sharing one TLS context.

    The key is added here, call by call, and only for our own origins; the admin key only where it
    is asked for, and only for the platform API. Nothing here follows a redirect.
    """

    def __init__(
        self,
        addresses: Addresses,
        *,
        key: str | None,
        admin_key: str | None = None,
        patience: HttpTimeouts,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.addresses = addresses
        self.patience = patience
        self._key = _checked(key, "FAL_KEY")
        self._admin_key = _checked(admin_key, "FAL_ADMIN_KEY")
        self._tls = tls or httpx.create_ssl_context()
        # A submit never reuses a connection: one that died while idle would make its outcome
        # unknown for nothing.
        self._submits = self._pool(httpx.Limits(max_keepalive_connections=0))
        self._calls = self._pool(httpx.Limits(max_connections=20, max_keepalive_connections=5))
        self._files = self._pool(httpx.Limits(max_connections=10, max_keepalive_connections=2))
        self._streams = tuple(
            self._pool(httpx.Limits(max_keepalive_connections=0)) for _ in range(_STREAM_POOLS)
        )
        self._next_stream = cycle(self._streams)
        self._sees_submits_leave = True

    def _pool(self, limits: httpx.Limits) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._tls,
            limits=limits,
            timeout=self.patience.timeout(),
            follow_redirects=False,
            trust_env=not self.addresses.is_local,
            headers={
                "User-Agent": f"touchup/{__version__}",
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            },
        )

    async def aclose(self) -> None:
        """Close every connection. What is under way fails as if the network had gone."""
        for client in (self._submits, self._calls, self._files, *self._streams):
            await client.aclose()

    def _authorised(self, url: str, extra: Mapping[str, str] | None) -> dict[str, str]:
        """`extra` with the key for `url`.

        Raises:
            ProviderBlocked: `url` is not at the provider we are configured for.
        """
        if not self.addresses.may_see_the_key(url):
            raise ProviderBlocked(reason="this job lies at an address the provider does not have")
        headers = dict(extra or {})
        if self._key is not None:
            headers["Authorization"] = f"Key {self._key}"
        return headers

    def _authorised_as_admin(self, url: str) -> dict[str, str]:
        """The admin key for `url`.

        Raises:
            ProviderBlocked: there is none, or `url` is not the platform API.
        """
        if self._admin_key is None or origin(url) != origin(self.addresses.api):
            raise ProviderBlocked(reason="there is no admin key for this address")
        return {"Authorization": f"Key {self._admin_key}"}

    def _without_key(self, body: Body) -> Body:
        """An error page may quote what was sent; no key must come back in a message."""
        for key in (self._key, self._admin_key):
            if key is not None:
                body = body.replace(key.encode(), b"[key]")
        return body

    async def submit(self, url: str, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
        """POST `body` exactly once.

        "Never sent" needs two proofs: the error belongs to the making of a connection, and
        httpcore's trace did not say that the request was begun. A trace that once kept silent
        about a submit that was answered proves nothing any more.

        A cancelled submit raises `CancelledError` and says nothing about the POST, which may have
        gone out: the caller recorded its intent before, and finds it again as unknown.

        Raises:
            NeverSent: provably nothing was sent.
            AnswerLost: something was sent, and no usable answer came back.
        """
        content, sent = _content(body, self._authorised(url, headers))
        started = False

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            nonlocal started
            if event == "http11.send_request_headers.started":
                # A proxy is first sent a CONNECT, which is not the submit.
                started = started or info["request"].method == b"POST"
            elif event == "http11.send_request_body.complete" and started:
                reach("submit.sent")

        if self._submits.is_closed:
            raise NeverSent("the wire is closed")
        try:
            async with (
                asyncio.timeout(self.patience.submit),
                self._submits.stream(
                    "POST", url, content=content, headers=sent, extensions={"trace": trace}
                ) as response,
            ):
                if not started and self._sees_submits_leave:
                    self._sees_submits_leave = False
                    log.error("httpcore's trace no longer tells when a submit leaves")
                return await self._read(response, MAX_ANSWER_BYTES)
        except LOST as error:
            reason = f"{type(error).__name__}: {error}"
            never_left = isinstance(error, _UNCONNECTED) and not started
            if never_left and self._sees_submits_leave:
                raise NeverSent(reason) from error
            raise AnswerLost(reason) from error

    async def call(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        cap: int = MAX_ANSWER_BYTES,
        seconds: float | None = None,
        as_admin: bool = False,
    ) -> HttpResponse:
        """One unpaid call with the key; whatever the status, it is an answer.

        `cap` and `seconds` bound all of it. Only the provider's bill is asked for `as_admin`.

        Raises:
            ProviderBusy: the network is in the way.
            ProviderBlocked: `url` is not at the provider we are configured for, or an admin key is
                needed and there is none.
        """
        if as_admin:
            headers = {**(headers or {}), **self._authorised_as_admin(url)}
        else:
            headers = self._authorised(url, headers)
        async with self._unpaid(seconds or self.patience.answer):
            content, sent = _content(body, headers)
            async with self._calls.stream(method, url, content=content, headers=sent) as response:
                return await self._read(response, cap)

    async def put(self, url: str, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
        """Put a file where an upload was offered. The key stays here.

        Raises:
            ProviderBusy: the network is in the way.
        """
        async with self._unpaid(self.patience.answer):
            content, sent = _content(body, headers)
            async with self._files.stream("PUT", url, content=content, headers=sent) as response:
                return await self._read(response, MAX_ANSWER_BYTES)

    @asynccontextmanager
    async def _unpaid(self, seconds: float) -> AsyncIterator[None]:
        """A call that may be repeated: whatever breaks it means no more than "later"."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except LOST as error:
            raise ProviderBusy(retry_after=NETWORK_PAUSE_SECONDS) from error

    async def _read(self, response: httpx.Response, cap: int) -> HttpResponse:
        """The answer, cut at `cap` bytes; empty of words when the connection broke.

        The status is known by then, and a body that was cut is one that does not parse.
        """
        body = bytearray()
        try:
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > cap:
                    break
        except httpx.RequestError:
            body.clear()
        del body[cap:]
        content: Body = body
        lifted: Mapping[str, memoryview] = {}
        if len(body) > _PIECE_BYTES:
            content, lifted = await asyncio.to_thread(lift, body)
            # Without its pictures no answer is this long: nothing waits for it to be parsed.
            content = content if len(content) <= MAX_ANSWER_BYTES else b""
        if response.is_error:
            content = self._without_key(content)
        return HttpResponse(response.status_code, response.headers, content, lifted)

    @asynccontextmanager
    async def events(self, url: str, *, silence: float) -> AsyncIterator[httpx.Response]:
        """An open event stream, with the key. Reading fails after `silence` seconds of nothing."""
        headers = self._authorised(
            url, {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        )
        client = next(self._next_stream)
        timeout = self.patience.timeout(read=silence)
        async with client.stream("GET", url, headers=headers, timeout=timeout) as response:
            yield response

    @asynccontextmanager
    async def file(self, url: str) -> AsyncIterator[httpx.Response]:
        """An open download. The key stays here."""
        async with self._files.stream("GET", url) as response:
            yield response


def _content(
    body: bytes | None, headers: Mapping[str, str]
) -> tuple[AsyncIterator[bytes] | None, dict[str, str]]:
    if body is None:
        return None, dict(headers)
    return _pieces(body), {**headers, "Content-Length": str(len(body))}


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """The body in pieces, so that encrypting megabytes does not hold up the event loop.

    It can be read only once: nothing below us could send it a second time.
    """
    view = memoryview(body)
    for start in range(0, len(view), _PIECE_BYTES):
        yield bytes(view[start : start + _PIECE_BYTES])


def _checked(key: str | None, setting: str) -> str | None:
    """Refuse a key that cannot stand in a header: h11 would quote it in its complaint."""
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError([f"{setting} contains spaces, line ends or other characters no key has"])
    return key or None
