"""Bringing a finished picture to our disk: whole, within bounds, and from nobody else."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from bot.domain.errors import StoreFailed
from bot.provider.http import LOST
from bot.provider.payloads import NotBase64, content_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.provider.http import ProviderHttp
    from bot.provider.payloads import Body

MAX_PICTURE_BYTES: Final = 64 * 1024 * 1024
_REDIRECTS: Final = 2
_GONE_SECONDS: Final = 60.0
"""A picture that is not there is asked for less often: it may be so for hours, or for good."""
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_TAIL_BYTES: Final = 64 * 1024
"""Where the end mark of a whole file is looked for; some writers append a little metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How large a picture may be, and how long one download of it may take."""

    max_bytes: int = MAX_PICTURE_BYTES
    seconds: float = 120.0


class NoPicture(Exception):
    """What arrived is whole, and no picture we can take."""


class ResultNotReady(Exception):
    """The picture cannot be had now. `retry_after` is seconds."""

    def __init__(self, reason: str, *, retry_after: float = 30.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


async def download(wire: ProviderHttp, url: str, *, bounds: Bounds) -> Body:
    """The whole picture at `url`, asked for once.

    Raises:
        NoPicture: what is there is not a picture.
        ResultNotReady: anything else.
    """
    try:
        async with asyncio.timeout(bounds.seconds):
            content, is_framed = await _follow_hops(wire, url, bounds.max_bytes)
    except LOST as error:
        raise ResultNotReady(type(error).__name__) from error
    if not _is_whole(content):
        if not is_framed:
            raise ResultNotReady("the connection may have closed too early")
        raise NoPicture("no whole picture came back")
    return content


async def _follow_hops(wire: ProviderHttp, url: str, cap: int) -> tuple[Body, bool]:
    """Read `url`, and what it redirects to as long as that is the provider's own.

    The host is compared by name. A name of fal's that led to a private address would not get past
    TLS, and no key is sent here.
    """
    for _ in range(_REDIRECTS + 1):
        if not wire.addresses.may_hold_files(url):
            raise ResultNotReady("the picture lies at an address that is not the provider's")
        async with wire.file(url) as response:
            if not response.has_redirect_location:
                return await _body(response, cap), _is_framed(response)
            url = _joined(url, response.headers["location"])
    raise ResultNotReady("the picture's address redirects too often")


async def _body(response: httpx.Response, cap: int) -> Body:
    status = response.status_code
    if status in {404, 410}:
        raise ResultNotReady(f"HTTP {status}", retry_after=_GONE_SECONDS)
    if status != 200:
        raise ResultNotReady(f"HTTP {status}")
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > cap:
        raise NoPicture("the picture is too large")
    content = bytearray()
    # Raw: a compressed body, which we did not ask for, is never unpacked.
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > cap:
            raise NoPicture("the picture is too large")
    return content


def _is_framed(response: httpx.Response) -> bool:
    """Whether HTTP itself would have told of an early end."""
    return "content-length" in response.headers or "transfer-encoding" in response.headers


def _joined(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError):
        raise ResultNotReady("the picture's address redirects to nowhere") from None


async def unpack(uri: memoryview, *, bounds: Bounds) -> Body:
    """The picture inside a data URI, as `sync_mode` returns it.

    Raises:
        NoPicture: there is none.
    """
    try:
        content = await asyncio.to_thread(content_of, uri, bounds.max_bytes)
    except NotBase64 as error:
        raise NoPicture(str(error)) from None
    if not _is_whole(content):
        raise NoPicture("no whole picture came back")
    return content


def media_type(content: Body) -> str | None:
    """What the bytes are, whatever the provider calls them; None for anything but a picture."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def _is_whole(content: Body) -> bool:
    """Whether the file has its end: a connection may close early without anybody saying so."""
    tail = content[-_TAIL_BYTES:]
    match media_type(content):
        case "image/png":
            return b"IEND\xaeB`\x82" in tail
        case "image/jpeg":
            return b"\xff\xd9" in tail
        case "image/webp":
            return len(content) >= 8 + int.from_bytes(content[4:8], "little")
        case _:
            return False


def keep(content: Body, into: Path) -> None:
    """Write `content` to `into`, durably and all at once. Blocks: call it in a thread.

    Raises:
        StoreFailed: the disk is full or broken.
    """
    part = into.with_name(f".{into.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with os.fdopen(os.open(part, _NEW_FILE, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(into)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        folder = os.open(into.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreFailed(f"a result could not be written: {error.strerror}") from error
