"""Turns `image_url` and `mask_url` into bytes, and never calls a host of the caller's choice."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes, urlsplit

import aiohttp

from bot.engine.http.wire import ErrorResponse, model_error

if TYPE_CHECKING:
    from bot.engine.jobs.files import FileStorage

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
MAX_BYTES: Final = 50 * 1024 * 1024
FETCH_SECONDS: Final = 20.0


class InputReader:
    """Reads data URIs and the engine's own files; other loopback servers only where allowed.

    Everything else is refused: a server that fetches what its callers name can be sent anywhere.
    """

    def __init__(self, files: FileStorage, *, allow_loopback_urls: bool) -> None:
        self._files = files
        self._allow_loopback = allow_loopback_urls

    async def read(self, url: str, field: str) -> bytes:
        """The bytes behind one argument.

        Raises:
            ErrorResponse: 422 in fal's shape, `file_download_error` for what cannot be fetched.
        """
        if url[:5].lower() == "data:":
            return await asyncio.to_thread(_data_uri, url, field)
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            raise _unreachable(url, field) from None
        if parts.scheme not in ("http", "https"):
            raise _unreachable(url, field)
        own = await self._files.own(host, parts.path)
        if own is not None:
            return own
        if self._allow_loopback and host in LOOPBACK:
            return await _fetched(url, field)
        raise _unreachable(url, field)


def _data_uri(url: str, field: str) -> bytes:
    head, comma, body = url.partition(",")
    try:
        if not comma:
            raise binascii.Error
        if head.endswith(";base64"):
            return base64.b64decode(body, validate=True)
        return unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        raise model_error(
            "image_load_error", "Failed to decode the data URI", loc=("body", field), value=url
        ) from None


async def _fetched(url: str, field: str) -> bytes:
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            # A redirect would leave the loopback, so it is not followed.
            session.get(url, allow_redirects=False) as response,
        ):
            body = bytearray()
            async for chunk in response.content.iter_chunked(65536):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise model_error(
                        "file_too_large",
                        "The file is too large",
                        loc=("body", field),
                        ctx={"max_size": MAX_BYTES},
                    )
            if response.status == 200:
                return bytes(body)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        pass
    raise _unreachable(url, field)


def _unreachable(url: str, field: str) -> ErrorResponse:
    return model_error(
        "file_download_error",
        "Failed to download the file. Give a data URI, or upload it to this engine first.",
        loc=("body", field),
        value=url,
    )
