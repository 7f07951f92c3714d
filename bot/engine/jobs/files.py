"""Files on disk: uploads and results, each under an unguessable name, with an end."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.engine.http.wire import error_response
from bot.engine.jobs.store import StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aiohttp import web

    from bot.engine.http.auth import ApiKeyAuth
    from bot.engine.jobs.store import RequestStore

# "At least 7 days" by default: https://docs.fal.ai/faq
DEFAULT_SECONDS: Final = 7 * 86400.0
LIFECYCLE: Final = ("X-Fal-Object-Lifecycle", "X-Fal-Object-Lifecycle-Preference")
_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class FileExpiry:
    """How long a file lives (seconds, None for ever), and who may read it."""

    seconds: float | None = DEFAULT_SECONDS
    acl: str = "allow"


def read_expiry(request: web.BaseRequest) -> FileExpiry:
    """Read the lifecycle header.

    Raises:
        Problem: 400, the header is not the documented JSON.
    """
    text = next((request.headers[name] for name in LIFECYCLE if name in request.headers), None)
    if text is None:
        return FileExpiry()
    try:
        preference = json.loads(text)
        seconds = preference.get("expiration_duration_seconds", DEFAULT_SECONDS)
        acl = str((preference.get("initial_acl") or {}).get("default") or "allow")
        return FileExpiry(None if seconds is None else float(seconds), acl)
    except (ValueError, TypeError, AttributeError):
        raise error_response(
            400, "Invalid object lifecycle preference", error_type="bad_request"
        ) from None


class FileStorage:
    """The bytes on disk, one file per unguessable token."""

    def __init__(
        self, store: RequestStore, auth: ApiKeyAuth, *, clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._auth = auth
        self._clock = clock
        self._folder = store.folder / "files"
        self._parts = store.folder / "parts"

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
        if match is None or not (self._auth.is_own_host(host) or host.endswith(".fal.media")):
            return None
        file = await self._living(match[1])
        return await asyncio.to_thread(self.path(file.token).read_bytes) if file else None

    async def keep(
        self, source: Path, *, name: str, content_type: str, life: FileExpiry, result: bool = False
    ) -> StoredFile:
        """Move a finished file in, durably, under a new unguessable name."""
        file = self.row(name, content_type, life)
        file.result = result
        await self.place(source, file)
        return file

    async def place(self, source: Path, file: StoredFile) -> None:
        """Move a finished file to where its row says; replaces what an upload left before."""
        file.size = await asyncio.to_thread(self._move, source, file.token)
        await self._store.add_file(file)

    async def delete(self, token: str) -> None:
        """Remove a file and its row."""
        await self._store.forget_file(token)
        await asyncio.to_thread(self.path(token).unlink, missing_ok=True)

    async def sweep(self) -> None:
        """Delete what has expired."""
        for token in list(self._store.files):
            await self._living(token)

    async def living(self, request: web.BaseRequest, token: str) -> StoredFile:
        """The file a caller may read.

        Raises:
            Problem: 404 when it is gone or hidden, 403 when it is forbidden to this caller.
        """
        file = await self._living(token)
        if file is None:
            raise error_response(404, "File not found")
        if file.acl != "allow" and not self._auth.key(request):
            raise error_response(404 if file.acl == "hide" else 403, "File not found")
        return file

    def row(self, name: str, content_type: str, life: FileExpiry) -> StoredFile:
        """A new file's row: an unguessable token, and a name that is safe in a path."""
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

    async def _living(self, token: str) -> StoredFile | None:
        file = self._store.files.get(token)
        if file and file.expires is not None and file.expires <= self._clock():
            await self.delete(token)
            return None
        return file

    def _move(self, source: Path, token: str) -> int:
        """Rename into place; with a durable store the bytes reach the disk before the name does."""
        size = source.stat().st_size
        if self._store.durable:
            _sync(source, os.O_RDONLY)
        source.replace(self.path(token))
        if self._store.durable:
            _sync(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        return size


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
