"""Bringing a finished picture to our disk: whole, within bounds, and from nobody else."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from bot.domain.errors import Broken, Busy, Failure, StoreFailed
from bot.provider.wire import LOST

if TYPE_CHECKING:
    from pathlib import Path

    from bot.provider.follow import Pace
    from bot.provider.wire import Wire

MAX_PICTURE_BYTES: Final = 64 * 1024 * 1024
_DOWNLOADS: Final = 3
_REDIRECTS: Final = 2
_RETRY_LATER_SECONDS: Final = 30.0
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_TAIL_BYTES: Final = 64 * 1024
"""Where the end mark of a whole file is looked for; some writers append a little metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How large a picture may be, and how long one download of it may take."""

    max_bytes: int = MAX_PICTURE_BYTES
    seconds: float = 120.0


class Gone(Exception):
    """The picture is no longer where the result said it was."""


class _Truncated(Exception):
    """The bytes are not a whole picture; once more may help."""


class _Unwell(Exception):
    """The file host answered, or did not, as if it would be better later."""


async def download(wire: Wire, url: str, *, bounds: Bounds, pace: Pace) -> bytes:
    """The whole picture at `url`, tried up to three times.

    Raises:
        Gone: the address holds nothing any more.
        Broken: it is no whole picture, too large, or lies at a stranger's.
        Busy: the file host is unwell; the picture is still to be had later.
    """
    if url[:5].lower() == "data:":
        return await asyncio.to_thread(_decoded, url, bounds.max_bytes)
    for attempt in range(_DOWNLOADS):
        unwell = False
        if attempt:
            await asyncio.sleep(pace.pause_after(attempt - 1))
        try:
            async with asyncio.timeout(bounds.seconds):
                content = await _follow_hops(wire, url, bounds.max_bytes)
            if media_type(content) is None or not _is_whole(content):
                raise _Truncated
            return content
        except (_Truncated, TimeoutError):
            continue
        except _Unwell:
            unwell = True
    if unwell:
        raise Busy(retry_after=_RETRY_LATER_SECONDS)
    raise _unusable("no whole picture came back")


async def _follow_hops(wire: Wire, url: str, cap: int) -> bytes:
    """Read `url`, and what it redirects to as long as that is the provider's own.

    The host is compared by name. A name of fal's that led to a private address would not get past
    TLS, and no key is sent here.
    """
    for _ in range(_REDIRECTS + 1):
        if not wire.addresses.may_hold_files(url):
            raise _unusable("the picture lies at an address that is not the provider's")
        try:
            async with wire.file(url) as response:
                if response.has_redirect_location:
                    url = _joined(url, response.headers["location"])
                    continue
                return await _body(response, cap)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise _Unwell from error
        except LOST as error:
            raise _Truncated from error
    raise _unusable("the picture's address redirects too often")


async def _body(response: httpx.Response, cap: int) -> bytes:
    status = response.status_code
    if status in {404, 410}:
        raise Gone
    if status == 429 or status >= 500:
        raise _Unwell
    if status != 200:
        raise _unusable(f"the picture's address answered HTTP {status}")
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > cap:
        raise _unusable("the picture is too large")
    content = bytearray()
    # Raw: a compressed body, which we did not ask for, is never unpacked.
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > cap:
            raise _unusable("the picture is too large")
    return bytes(content)


def _joined(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError):
        raise _unusable("the picture's address redirects to nowhere") from None


def _decoded(uri: str, cap: int) -> bytes:
    """The picture inside a data URI, as `sync_mode` returns it."""
    head, _, body = uri.partition(",")
    if not head.lower().endswith(";base64") or len(body) > (cap + 2) // 3 * 4:
        raise _unusable("the picture is too large or not in base64")
    try:
        content = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise _unusable("the picture is not in base64") from None
    if media_type(content) is None or not _is_whole(content):
        raise _unusable("no whole picture came back")
    return content


def media_type(content: bytes) -> str | None:
    """What the bytes are, whatever the provider calls them; None for anything but a picture."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def _is_whole(content: bytes) -> bool:
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


def keep(content: bytes, into: Path) -> None:
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


def _unusable(detail: str) -> Broken:
    """The provider delivered and will bill, but not a picture we can take."""
    return Broken(Failure.BAD_RESULT, detail=detail, possibly_billed=True)
