"""Files: fal's upload flows, and the public links of uploads and results."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.engine.books import StoredFile
from bot.engine.wire import answer, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.engine.books import Books
    from bot.engine.faults import Faults
    from bot.engine.gate import Gate

# "At least 7 days" by default: https://docs.fal.ai/faq
DEFAULT_SECONDS: Final = 7 * 86400.0
TOKEN_SECONDS: Final = 3600.0
MAX_FILE_BYTES: Final = 512 * 1024 * 1024
LIFECYCLE: Final = ("X-Fal-Object-Lifecycle", "X-Fal-Object-Lifecycle-Preference")
_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How long a file lives (seconds, None for ever), and who may read it."""

    seconds: float | None = DEFAULT_SECONDS
    acl: str = "allow"


@dataclass(slots=True)
class _Pending:
    """An upload that was announced: the row it will become, and the parts that arrived."""

    file: StoredFile
    secret: str
    etags: dict[int, str] = field(default_factory=dict)


def lifecycle(request: web.BaseRequest) -> Lifecycle:
    """Read the lifecycle header.

    Raises:
        Problem: 400, the header is not the documented JSON.
    """
    text = next((request.headers[name] for name in LIFECYCLE if name in request.headers), None)
    if text is None:
        return Lifecycle()
    try:
        wish = json.loads(text)
        seconds = wish.get("expiration_duration_seconds", DEFAULT_SECONDS)
        acl = str((wish.get("initial_acl") or {}).get("default") or "allow")
        return Lifecycle(None if seconds is None else float(seconds), acl)
    except (ValueError, TypeError, AttributeError):
        raise refusal(
            400, "Invalid object lifecycle preference", error_type="bad_request"
        ) from None


class Files:
    """The bytes on disk, one file per unguessable token, and the pages that move them."""

    def __init__(
        self, books: Books, faults: Faults, gate: Gate, *, clock: Callable[[], float]
    ) -> None:
        self._books = books
        self._faults = faults
        self._gate = gate
        self._clock = clock
        self._folder = books.folder / "files"
        self._parts = books.folder / "parts"
        self._tokens: dict[str, float] = {}
        self._pending: dict[str, _Pending] = {}

    async def open(self) -> None:
        """Make the folders; parts of uploads that a crash cut off are thrown away."""

        def prepare() -> None:
            shutil.rmtree(self._parts, ignore_errors=True)
            for folder in (self._folder, self._parts):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)

        await asyncio.to_thread(prepare)

    def path(self, token: str) -> Path:
        """Where the bytes of a token are."""
        return self._folder / token

    def scratch(self, name: str) -> Path:
        """A path for a passing file, thrown away at the next start."""
        return self._parts / name

    async def own(self, host: str, path: str) -> bytes | None:
        """The bytes behind a link of this engine, or None if it is not one or has expired."""
        match = re.fullmatch(r"/files/([\w-]+)/[^/]+", path)
        if match is None or not (self._gate.is_own_host(host) or host.endswith(".fal.media")):
            return None
        file = await self._living(match[1])
        return await asyncio.to_thread(self.path(file.token).read_bytes) if file else None

    async def keep(
        self, source: Path, *, name: str, content_type: str, life: Lifecycle, result: bool = False
    ) -> StoredFile:
        """Move a finished file in, durably, under a new unguessable name."""
        file = self._row(name, content_type, life)
        file.result = result
        file.size = await asyncio.to_thread(self._move, source, file.token)
        await self._books.add_file(file)
        return file

    async def delete(self, token: str) -> None:
        """Remove a file and its row."""
        await self._books.forget_file(token)
        await asyncio.to_thread(self.path(token).unlink, missing_ok=True)

    async def sweep(self) -> None:
        """Delete what has expired."""
        for token in list(self._books.files):
            await self._living(token)

    # Pages -------------------------------------------------------------------------------

    async def auth_token(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /storage/auth/token: a short-lived pass for the direct upload."""
        self._gate.require_key(request)
        token = secrets.token_urlsafe(24)
        expires = self._clock() + TOKEN_SECONDS
        self._tokens = {old: end for old, end in self._tokens.items() if end > self._clock()}
        self._tokens[token] = expires
        return answer(
            {
                "token": token,
                "token_type": "Bearer",
                "base_url": self._gate.origin(request),
                # Python before 3.11 cannot read a "Z", so the offset is spelled out.
                "expires_at": datetime.fromtimestamp(expires, UTC).isoformat(),
            }
        )

    async def upload(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /files/upload: the whole file in the body."""
        self._require_pass(request)
        self._upload_fault()
        scratch = self.scratch(secrets.token_hex(8))
        digest = await self._receive(request, scratch)
        file = await self.keep(
            scratch,
            name=request.headers.get("X-Fal-File-Name", f"{digest[:16]}.bin"),
            content_type=request.headers.get("Content-Type", "application/octet-stream"),
            life=lifecycle(request),
        )
        return answer({"access_url": self._gate.origin(request) + file.path})

    async def initiate(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /storage/upload/initiate and initiate-multipart: announce an upload."""
        self._gate.require_key(request)
        self._gate.require_unlocked()
        self._upload_fault()
        body = await self._gate.json_object(request)
        pending = self._announce(
            str(body.get("file_name") or "upload.bin"),
            str(body.get("content_type") or "application/octet-stream"),
            lifecycle(request),
        )
        origin = self._gate.origin(request)
        return answer(
            {
                "upload_url": f"{origin}/upload/{pending.file.token}?signature={pending.secret}",
                "file_url": origin + pending.file.path,
            }
        )

    async def put(self, request: web.BaseRequest, token: str) -> web.StreamResponse:
        """PUT upload_url: the file that was announced. The signature is the permission."""
        pending = self._announced(token, request.query.get("signature", ""))
        self._upload_fault()
        scratch = self.scratch(secrets.token_hex(8))
        await self._receive(request, scratch)
        await self._finish(pending, scratch)
        return web.Response()

    async def multipart(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /files/upload/multipart: announce a large file."""
        self._require_pass(request)
        self._upload_fault()
        pending = self._announce(
            request.headers.get("X-Fal-File-Name", "upload.bin"),
            request.headers.get("Content-Type", "application/octet-stream"),
            lifecycle(request),
        )
        return answer(
            {
                "access_url": self._gate.origin(request) + pending.file.path,
                "uploadId": pending.secret,
            }
        )

    async def part(
        self, request: web.BaseRequest, token: str, number: str, upload: str = ""
    ) -> web.StreamResponse:
        """PUT one part; its ETag is the SHA-256 of what arrived."""
        pending = self._announced(token, upload or request.query.get("signature", ""))
        self._upload_fault()
        etag = await self._receive(request, self.scratch(f"{token}.{int(number)}"))
        pending.etags[int(number)] = f'"{etag}"'
        return answer(
            {"partNumber": int(number), "etag": f'"{etag}"'}, headers={"ETag": f'"{etag}"'}
        )

    async def complete(
        self, request: web.BaseRequest, token: str, upload: str = ""
    ) -> web.StreamResponse:
        """POST complete: join the parts that are named, in their order."""
        pending = self._announced(token, upload or request.query.get("signature", ""))
        body = await self._gate.json_object(request)
        numbers = [self._part_number(pending, part) for part in body.get("parts") or ()]
        if not numbers:
            raise refusal(400, "No parts", error_type="bad_request")
        scratch = self.scratch(secrets.token_hex(8))
        pieces = [self.scratch(f"{token}.{number}") for number in sorted(numbers)]
        await asyncio.to_thread(_join, pieces, scratch)
        await self._finish(pending, scratch)
        return answer({"url": self._gate.origin(request) + pending.file.path})

    async def living(self, request: web.BaseRequest, token: str) -> StoredFile:
        """The file a caller may read.

        Raises:
            Problem: 404 when it is gone or hidden, 403 when it is forbidden to this caller.
        """
        file = await self._living(token)
        if file is None:
            raise refusal(404, "File not found")
        if file.acl != "allow" and not self._gate.key(request):
            raise refusal(404 if file.acl == "hide" else 403, "File not found")
        return file

    # Inside ------------------------------------------------------------------------------

    def _row(self, name: str, content_type: str, life: Lifecycle) -> StoredFile:
        now = self._clock()
        return StoredFile(
            token=secrets.token_urlsafe(16),
            name=_NAME.sub("_", name)[-80:].lstrip("._") or "file",
            content_type=content_type.partition(";")[0].strip(),
            size=0,
            created=now,
            expires=None if life.seconds is None else now + life.seconds,
            acl=life.acl,
        )

    def _announce(self, name: str, content_type: str, life: Lifecycle) -> _Pending:
        pending = _Pending(self._row(name, content_type, life), secrets.token_urlsafe(16))
        self._pending[pending.file.token] = pending
        return pending

    def _announced(self, token: str, secret: str) -> _Pending:
        pending = self._pending.get(token)
        if pending is None or not secrets.compare_digest(pending.secret, secret):
            raise refusal(403, "Invalid upload signature")
        return pending

    def _part_number(self, pending: _Pending, part: Any) -> int:
        number = part.get("partNumber") if isinstance(part, dict) else None
        if number not in pending.etags or part.get("etag") != pending.etags[number]:
            raise refusal(400, "Unknown part, or a wrong etag", error_type="bad_request")
        return int(number)

    async def _finish(self, pending: _Pending, scratch: Path) -> None:
        pending.file.size = await asyncio.to_thread(self._move, scratch, pending.file.token)
        await self._books.add_file(pending.file)

    async def _living(self, token: str) -> StoredFile | None:
        file = self._books.files.get(token)
        if file and file.expires is not None and file.expires <= self._clock():
            await self.delete(token)
            return None
        return file

    def _require_pass(self, request: web.BaseRequest) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        valid = scheme == "Bearer" and self._tokens.get(token, 0) > self._clock()
        if not valid and self._gate.key_required and not self._gate.key(request):
            raise refusal(401, "Invalid or expired upload token")
        self._gate.require_unlocked()

    def _upload_fault(self) -> None:
        fault = self._faults.take("upload")
        if fault:
            raise refusal(fault.status or 500, "Upload failed", error_type="internal_error")

    async def _receive(self, request: web.BaseRequest, path: Path) -> str:
        """Stream a body to disk; returns its SHA-256.

        Raises:
            Problem: 413, it is larger than one file may be.
        """
        digest = hashlib.sha256()
        size = 0
        handle = await asyncio.to_thread(path.open, "wb")
        try:
            async for chunk in request.content.iter_chunked(1 << 20):
                size += len(chunk)
                if size > MAX_FILE_BYTES:
                    raise refusal(413, "The file is too large")
                digest.update(chunk)
                await asyncio.to_thread(handle.write, chunk)
        finally:
            await asyncio.to_thread(handle.close)
        return digest.hexdigest()

    def _move(self, source: Path, token: str) -> int:
        """Rename into place; with durable books the bytes reach the disk before the name does."""
        size = source.stat().st_size
        if self._books.durable:
            _sync(source, os.O_RDONLY)
        source.replace(self.path(token))
        if self._books.durable:
            _sync(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        return size


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _join(pieces: list[Path], target: Path) -> None:
    with target.open("wb") as whole:
        for piece in pieces:
            with piece.open("rb") as part:
                shutil.copyfileobj(part, whole)
            piece.unlink()
