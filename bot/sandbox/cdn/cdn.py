"""Uploaded files behind signed, expiring links, and the ways a download can go wrong."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import mimetypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from aiohttp import web

from bot.sandbox.cdn import sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.clock import Snowflakes
    from bot.sandbox.model.users import JSON

# Links have lived for one day since 2024; the number itself is undocumented, `ex` is what counts.
LINK_SECONDS: Final = 86_400.0
CHUNK_BYTES: Final = 16_384
GONE: Final = "This content is no longer available."
SPOILER: Final = 1 << 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CdnBehaviour:
    """How the content server behaves for one file.

    `status` other than 200 answers without a body. `bytes_per_second` makes it slow, `endless`
    repeats the content for ever, `cut_after` breaks the connection after so many bytes,
    `delay` waits so many seconds first, `content_type` and `content_length` are lies.
    """

    status: int = 200
    bytes_per_second: float | None = None
    endless: bool = False
    cut_after: int | None = None
    delay: float = 0.0
    content_type: str | None = None
    content_length: int | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file a person attaches. `claims` overrides fields of its attachment object: lies."""

    filename: str
    data: bytes = field(repr=False)
    content_type: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    delivery: CdnBehaviour = field(default_factory=CdnBehaviour)


@dataclass(eq=False, slots=True)
class CdnFile:
    """A file on the content server; `path` is its unsigned address."""

    id: str
    filename: str
    data: bytes = field(repr=False)
    content_type: str | None
    path: str
    ephemeral: bool
    claims: Mapping[str, Any]
    delivery: CdnBehaviour
    description: str | None = None
    spoiler: bool = False


class Cdn:
    """Stores files, signs links to them, serves them."""

    def __init__(self, clock: Callable[[], float], snowflakes: Snowflakes) -> None:
        self.url = ""
        self.link_seconds = LINK_SECONDS
        self.files: dict[str, CdnFile] = {}
        self._clock = clock
        self._snowflakes = snowflakes
        self._generation = 0

    def store(self, upload: Upload, place: str, *, ephemeral: bool = False) -> CdnFile:
        """Keep a file. `place` is the id of its channel (of the application when ephemeral)."""
        file_id = self._snowflakes()
        room = "ephemeral-attachments" if ephemeral else "attachments"
        guessed, _ = mimetypes.guess_type(upload.filename)
        stored = CdnFile(
            id=file_id,
            filename=upload.filename,
            data=upload.data,
            content_type=upload.content_type or guessed,
            path=f"/{room}/{place}/{file_id}/{quote(upload.filename, safe='')}",
            ephemeral=ephemeral,
            claims=upload.claims,
            delivery=upload.delivery,
            spoiler=upload.filename.startswith("SPOILER_"),
        )
        self.files[file_id] = stored
        return stored

    def link(self, stored: CdnFile) -> str:
        """Sign a fresh link."""
        now = self._clock()
        issued, expires = f"{int(now):x}", f"{int(now + self.link_seconds):x}"
        signature = self._sign(stored.path, expires, issued)
        return f"{self.url}{stored.path}?ex={expires}&is={issued}&hm={signature}&"

    def expire_links(self) -> None:
        """Make every link issued so far answer 404; fresh ones work."""
        self._generation += 1

    def attachment(self, stored: CdnFile) -> JSON:
        """Write the attachment object, lies included."""
        link = self.link(stored)
        payload: JSON = {
            "id": stored.id,
            "filename": stored.filename,
            "size": len(stored.data),
            "url": link,
            "proxy_url": link,
            "flags": SPOILER if stored.spoiler else 0,
        }
        if stored.content_type:
            payload["content_type"] = stored.content_type
        if size := sizes.dimensions(stored.data):
            payload["width"], payload["height"] = size
        if stored.description:
            payload["description"] = stored.description
        if stored.ephemeral:
            payload["ephemeral"] = True
        return payload | dict(stored.claims)

    def refreshed(self, value: Any) -> Any:
        """Copy a payload, signing every link to our files again, as Discord does on each read."""
        if isinstance(value, dict):
            return {key: self.refreshed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.refreshed(item) for item in value]
        if isinstance(value, str) and self.url and value.startswith(self.url):
            stored = self.find(value)
            return self.link(stored) if stored else value
        return value

    def find(self, url: str) -> CdnFile | None:
        """Return the file a link points to, whether or not the link still works."""
        parts = urlsplit(url).path.split("/")
        return self.files.get(parts[3]) if len(parts) == 5 else None

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a download."""
        stored = self.files.get(request.match_info["attachment_id"])
        if stored is None or not self._valid(request):
            return web.Response(status=404, text=GONE)
        delivery = stored.delivery
        await asyncio.sleep(delivery.delay)
        if delivery.status != 200:
            return web.Response(status=delivery.status, text=GONE)
        kind = delivery.content_type or stored.content_type or "application/octet-stream"
        plain = CdnBehaviour(delay=delivery.delay, content_type=delivery.content_type)
        if delivery == plain or not stored.data:
            return web.Response(body=stored.data, content_type=kind)
        return await self._stream(request, stored, kind)

    async def _stream(
        self, request: web.Request, stored: CdnFile, content_type: str
    ) -> web.StreamResponse:
        delivery = stored.delivery
        response = web.StreamResponse(headers={"Content-Type": content_type})
        if not delivery.endless:
            promised = delivery.content_length
            response.content_length = len(stored.data) if promised is None else promised
        await response.prepare(request)
        end = len(stored.data) if delivery.cut_after is None else delivery.cut_after
        step = max(1, min(CHUNK_BYTES, int((delivery.bytes_per_second or 1e9) / 10)))
        sent = 0
        while delivery.endless or sent < end:
            at = sent % len(stored.data)
            piece = stored.data[at : at + (step if delivery.endless else min(step, end - sent))]
            if delivery.bytes_per_second:
                await asyncio.sleep(len(piece) / delivery.bytes_per_second)
            await response.write(piece)
            sent += len(piece)
        if sent < (response.content_length or 0) and request.transport:
            request.transport.abort()
        return response

    def _sign(self, path: str, expires: str, issued: str) -> str:
        key = f"generation {self._generation}".encode()
        return hmac.new(key, f"{path}|{expires}|{issued}".encode(), hashlib.sha256).hexdigest()

    def _valid(self, request: web.Request) -> bool:
        expires, issued = request.query.get("ex", ""), request.query.get("is", "")
        expected = self._sign(request.rel_url.raw_path, expires, issued)
        if not hmac.compare_digest(expected, request.query.get("hm", "")):
            return False
        return int(expires, 16) > self._clock()
