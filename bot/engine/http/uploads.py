"""fal's upload flows: a token and one body, an announced PUT, and parts."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.engine.http.wire import error_response, json_response
from bot.engine.jobs.files import FileExpiry, FileStorage, read_expiry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.engine.http.auth import ApiKeyAuth
    from bot.engine.http.faults import EngineFaults
    from bot.engine.jobs.store import StoredFile

TOKEN_SECONDS: Final = 3600.0
PENDING_SECONDS: Final = 86400.0
MAX_FILE_BYTES: Final = 512 * 1024 * 1024


@dataclass(slots=True)
class _Pending:
    """An upload that was announced: the row it will become, and the parts that arrived."""

    file: StoredFile
    secret: str
    etags: dict[int, str] = field(default_factory=dict)


class UploadRoutes:
    """The pages of rest.fal.ai/storage and v3.fal.media/files."""

    def __init__(
        self,
        files: FileStorage,
        faults: EngineFaults,
        auth: ApiKeyAuth,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._files = files
        self._faults = faults
        self._auth = auth
        self._clock = clock
        self._tokens: dict[str, float] = {}
        self._pending: dict[str, _Pending] = {}

    async def auth_token(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /storage/auth/token: a short-lived token for the direct upload."""
        self._auth.require_key(request)
        token = secrets.token_urlsafe(24)
        expires = self._clock() + TOKEN_SECONDS
        self._tokens = {old: end for old, end in self._tokens.items() if end > self._clock()}
        self._tokens[token] = expires
        return json_response(
            {
                "token": token,
                "token_type": "Bearer",
                "base_url": self._auth.origin(request),
                # Python before 3.11 cannot read a "Z", so the offset is spelled out.
                "expires_at": datetime.fromtimestamp(expires, UTC).isoformat(),
            }
        )

    async def upload(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /files/upload: the whole file in the body."""
        self._require_token(request)
        self._upload_fault()
        scratch = self._files.scratch(secrets.token_hex(8))
        digest = await self._receive(request, scratch)
        file = await self._files.keep(
            scratch,
            name=request.headers.get("X-Fal-File-Name", f"{digest[:16]}.bin"),
            content_type=request.headers.get("Content-Type", "application/octet-stream"),
            life=read_expiry(request),
        )
        return json_response({"access_url": self._auth.origin(request) + file.path})

    async def initiate(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /storage/upload/initiate and initiate-multipart: announce an upload."""
        self._auth.require_key(request)
        self._auth.require_unlocked()
        self._upload_fault()
        body = await self._auth.json_object(request)
        pending = self._announce(
            str(body.get("file_name") or "upload.bin"),
            str(body.get("content_type") or "application/octet-stream"),
            read_expiry(request),
        )
        origin = self._auth.origin(request)
        return json_response(
            {
                "upload_url": f"{origin}/upload/{pending.file.token}?signature={pending.secret}",
                "file_url": origin + pending.file.path,
            }
        )

    async def put(self, request: web.BaseRequest, token: str) -> web.StreamResponse:
        """PUT upload_url: the file that was announced. The signature is the permission."""
        pending = self._announced(token, request.query.get("signature", ""))
        self._upload_fault()
        scratch = self._files.scratch(secrets.token_hex(8))
        await self._receive(request, scratch)
        await self._files.place(scratch, pending.file)
        return web.Response()

    async def multipart(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST /files/upload/multipart: announce a large file."""
        self._require_token(request)
        self._upload_fault()
        pending = self._announce(
            request.headers.get("X-Fal-File-Name", "upload.bin"),
            request.headers.get("Content-Type", "application/octet-stream"),
            read_expiry(request),
        )
        return json_response(
            {
                "access_url": self._auth.origin(request) + pending.file.path,
                "uploadId": pending.secret,
            }
        )

    async def part(
        self, request: web.BaseRequest, token: str, number: str, upload: str = ""
    ) -> web.StreamResponse:
        """PUT one part; its ETag is the SHA-256 of what arrived."""
        pending = self._announced(token, upload or request.query.get("signature", ""))
        self._upload_fault()
        etag = await self._receive(request, self._files.scratch(f"{token}.{int(number)}"))
        pending.etags[int(number)] = f'"{etag}"'
        return json_response(
            {"partNumber": int(number), "etag": f'"{etag}"'}, headers={"ETag": f'"{etag}"'}
        )

    async def complete(
        self, request: web.BaseRequest, token: str, upload: str = ""
    ) -> web.StreamResponse:
        """POST complete: join the parts that are named, in their order."""
        pending = self._announced(token, upload or request.query.get("signature", ""))
        body = await self._auth.json_object(request)
        numbers = [self._part_number(pending, part) for part in body.get("parts") or ()]
        if not numbers:
            raise error_response(400, "No parts", error_type="bad_request")
        scratch = self._files.scratch(secrets.token_hex(8))
        pieces = [self._files.scratch(f"{token}.{number}") for number in sorted(numbers)]
        await asyncio.to_thread(_join, pieces, scratch)
        await self._files.place(scratch, pending.file)
        return json_response({"url": self._auth.origin(request) + pending.file.path})

    def _announce(self, name: str, content_type: str, life: FileExpiry) -> _Pending:
        old = self._clock() - PENDING_SECONDS
        self._pending = {t: one for t, one in self._pending.items() if one.file.created > old}
        pending = _Pending(self._files.row(name, content_type, life), secrets.token_urlsafe(16))
        self._pending[pending.file.token] = pending
        return pending

    def _announced(self, token: str, secret: str) -> _Pending:
        pending = self._pending.get(token)
        if pending is None or not secrets.compare_digest(pending.secret, secret):
            raise error_response(403, "Invalid upload signature")
        return pending

    def _part_number(self, pending: _Pending, part: Any) -> int:
        number = part.get("partNumber") if isinstance(part, dict) else None
        if number not in pending.etags or part.get("etag") != pending.etags[number]:
            raise error_response(400, "Unknown part, or a wrong etag", error_type="bad_request")
        return int(number)

    def _require_token(self, request: web.BaseRequest) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        valid = scheme == "Bearer" and self._tokens.get(token, 0) > self._clock()
        if not valid and self._auth.key_required and not self._auth.key(request):
            raise error_response(401, "Invalid or expired upload token")
        self._auth.require_unlocked()

    def _upload_fault(self) -> None:
        fault = self._faults.take("upload")
        if fault:
            raise error_response(fault.status or 500, "Upload failed", error_type="internal_error")

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
                    raise error_response(413, "The file is too large")
                digest.update(chunk)
                await asyncio.to_thread(handle.write, chunk)
        finally:
            await asyncio.to_thread(handle.close)
        return digest.hexdigest()


def _join(pieces: list[Path], target: Path) -> None:
    with target.open("wb") as whole:
        for piece in pieces:
            with piece.open("rb") as part:
                shutil.copyfileobj(part, whole)
            piece.unlink()
