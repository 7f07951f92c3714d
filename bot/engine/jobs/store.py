"""The engine's store: requests, their inputs and files, journaled so that kill -9 loses none."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TypeVar

from bot.domain.errors import StoreBusy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.engine.http.faults import EngineFault, EngineFaultKind

T = TypeVar("T")


class RequestStatus(StrEnum):
    """The three words of fal's queue; a failed or cancelled request is COMPLETED too."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass(slots=True, kw_only=True)
class EngineRequest:
    """One request and what became of it. Times are unix seconds, prices nano-USD.

    `failure` is the stored error answer (status, body, headers); `picture` names a stored file.
    `keep_payload` is False when the caller asked not to keep input and output in the history.
    """

    request_id: str
    endpoint: str
    created: float
    via: str = "queue"
    seed: int | None = None
    low_priority: bool = False
    start_by: float | None = None
    output_seconds: float | None = None
    output_acl: str = "allow"
    keep_payload: bool = True
    sync_mode: bool = False
    unit_price_nano: int = 0
    state: RequestStatus = RequestStatus.IN_QUEUE
    started: float | None = None
    ended: float | None = None
    inference_seconds: float | None = None
    failure: dict[str, Any] | None = None
    picture: str | None = None
    billed_units: int = 0
    logs: list[dict[str, str]] = field(default_factory=list)
    wiped: bool = False
    # Not journaled: a restart forgets faults and nobody listens any more.
    faults: dict[EngineFaultKind, EngineFault] = field(default_factory=dict, repr=False)
    cancelling: bool = field(default=False, repr=False)
    changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def status_code(self) -> int | None:
        """HTTP status of the result; None while there is none."""
        if self.state is not RequestStatus.COMPLETED:
            return None
        return int(self.failure["status"]) if self.failure else 200

    @property
    def failed(self) -> bool:
        """The request ended without a picture."""
        return self.failure is not None

    def notify(self) -> None:
        """Wake everybody who waits for this job to change."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


_UNWRITTEN = frozenset({"faults", "cancelling", "changed"})
_WRITTEN = tuple(item.name for item in fields(EngineRequest) if item.name not in _UNWRITTEN)


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """A file behind `/files/<token>/<name>`. `expires` is unix seconds, None for never."""

    token: str
    name: str
    content_type: str
    size: int
    created: float
    expires: float | None = None
    acl: str = "allow"
    result: bool = False

    @property
    def path(self) -> str:
        """Where the file is served, below an origin."""
        return f"/files/{self.token}/{self.name}"


_TABLES = """
CREATE TABLE IF NOT EXISTS job (request_id TEXT PRIMARY KEY, doc TEXT NOT NULL, input BLOB) STRICT;
CREATE TABLE IF NOT EXISTS file (token TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;
"""


class RequestStore:
    """All jobs and files in memory, each change written by one thread before it is told."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self.jobs: dict[str, EngineRequest] = {}
        self.files: dict[str, StoredFile] = {}
        self.extra_events: list[dict[str, Any]] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine-store")
        self._lock_descriptor = -1

    async def __aenter__(self) -> Self:
        """Open the journal and read it.

        Raises:
            StoreBusy: another engine holds this folder.
        """
        try:
            await self._do(self._open)
        except BaseException:
            self._thread.shutdown(wait=True)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._do(self._close)
        self._thread.shutdown(wait=True)

    async def add(self, job: EngineRequest, payload: Any) -> None:
        """Write a new job with its input; after this it survives a crash."""
        self.jobs[job.request_id] = job
        doc = _job_doc(job)

        def insert() -> None:
            self._connection.execute(
                "INSERT INTO job (request_id, doc, input) VALUES (?, ?, ?)",
                (job.request_id, doc, json.dumps(payload).encode()),
            )

        await self._do(insert)

    async def save(self, job: EngineRequest) -> None:
        """Write what changed in a job."""
        row = (_job_doc(job), job.request_id)
        await self._do(
            lambda: self._connection.execute("UPDATE job SET doc = ? WHERE request_id = ?", row)
        )

    async def payload(self, request_id: str) -> Any:
        """The caller's input, or None when it was wiped."""

        def read() -> Any:
            row = self._connection.execute(
                "SELECT input FROM job WHERE request_id = ?", (request_id,)
            ).fetchone()
            return json.loads(row[0]) if row and row[0] is not None else None

        return await self._do(read)

    async def wipe(self, request_id: str) -> None:
        """Forget a job's input."""
        await self._do(
            lambda: self._connection.execute(
                "UPDATE job SET input = NULL WHERE request_id = ?", (request_id,)
            )
        )

    async def forget_job(self, request_id: str) -> None:
        """Remove a job altogether."""
        self.jobs.pop(request_id, None)
        await self._do(
            lambda: self._connection.execute("DELETE FROM job WHERE request_id = ?", (request_id,))
        )

    async def add_file(self, file: StoredFile) -> None:
        """Write a file's row; its bytes are on the disk already."""
        self.files[file.token] = file
        doc = json.dumps({item.name: getattr(file, item.name) for item in fields(StoredFile)})
        await self._do(
            lambda: self._connection.execute(
                "INSERT OR REPLACE INTO file (token, doc) VALUES (?, ?)", (file.token, doc)
            )
        )

    async def forget_file(self, token: str) -> None:
        """Remove a file's row."""
        self.files.pop(token, None)
        await self._do(
            lambda: self._connection.execute("DELETE FROM file WHERE token = ?", (token,))
        )

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = self.folder / "engine.lock"
        self._lock_descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock_descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(self._lock_descriptor, 20).decode(errors="replace").strip()
            os.close(self._lock_descriptor)
            raise StoreBusy(path=str(self.folder), pid=int(pid) if pid.isdigit() else 0) from error
        os.ftruncate(self._lock_descriptor, 0)
        os.write(self._lock_descriptor, f"{os.getpid()}\n".encode())
        self._connection = sqlite3.connect(self.folder / "engine.sqlite3", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A temporary folder does not outlive the process, so there is nothing to sync for.
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if self.durable else 'OFF'}")
        self._connection.executescript(_TABLES)
        for (doc,) in self._connection.execute("SELECT doc FROM job ORDER BY rowid"):
            job = _job(json.loads(doc))
            self.jobs[job.request_id] = job
        for (doc,) in self._connection.execute("SELECT doc FROM file"):
            file = StoredFile(**json.loads(doc))
            self.files[file.token] = file

    def _close(self) -> None:
        self._connection.close()
        os.close(self._lock_descriptor)


def _job_doc(job: EngineRequest) -> str:
    return json.dumps({name: getattr(job, name) for name in _WRITTEN})


def _job(doc: dict[str, Any]) -> EngineRequest:
    known = {name: value for name, value in doc.items() if name in _WRITTEN}
    return EngineRequest(**{**known, "state": RequestStatus(known["state"])})
