"""SQLite, embedded: one file, one process, one writing connection."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeGuard, TypeVar

import aiosqlite

from bot.domain.errors import StoreBusy, StoreFailed, StoreTooNew, StoreTooOld
from bot.store.migrations import APPLICATION_ID, migrate, scripts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bot.store.database import Transaction

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

BUSY_TIMEOUT_SECONDS: Final = 10.0

_PRAGMAS: Final = (
    "journal_mode = WAL",
    # NORMAL loses acknowledged commits in a power cut; FULL lost none in 3 000 simulated ones.
    "synchronous = FULL",
    "foreign_keys = ON",
    "trusted_schema = OFF",
)


class SqliteTransaction:
    """A transaction on the connection of the database's thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fetch_one(self, sql: str, **parameters: object) -> Mapping[str, Any] | None:
        """See `Transaction`."""
        row: Mapping[str, Any] | None = self._connection.execute(sql, parameters).fetchone()
        return row

    def fetch_all(self, sql: str, **parameters: object) -> Sequence[Mapping[str, Any]]:
        """See `Transaction`."""
        return self._connection.execute(sql, parameters).fetchall()

    def execute(self, sql: str, **parameters: object) -> int:
        """See `Transaction`."""
        return self._connection.execute(sql, parameters).rowcount


class _Connection(aiosqlite.Connection):
    """aiosqlite's thread and queue, used for whole decisions instead of single statements.

    aiosqlite offers one hop per statement; a transaction made of several hops can be cut by a
    cancelled caller, and one made of one cannot.
    """

    async def open(self) -> None:
        """Connect; when that fails, end the thread before the event loop may be closed."""
        try:
            await self
        except BaseException:
            await asyncio.to_thread(self._thread.join)
            raise

    async def run(self, decide: Callable[[sqlite3.Connection], T]) -> T:
        """Run one decision in the database's thread."""
        result: T = await self._execute(decide, self._conn)  # type: ignore[no-untyped-call]
        return result


class SqliteDatabase:
    """`Database` on one SQLite file. Made by `open_sqlite` and `read_sqlite`."""

    def __init__(self, connection: _Connection, *, begin: str = "BEGIN IMMEDIATE") -> None:
        self._connection = connection
        self._begin = begin

    async def transact(
        self, decide: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """See `Database`."""

        def run(connection: sqlite3.Connection) -> T:
            with _transaction(connection, self._begin) as transaction:
                return decide(transaction, *args, **kwargs)

        return await self._connection.run(run)


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[SqliteTransaction]:
    try:
        # IMMEDIATE: a deferred transaction that becomes a writer later fails at once when
        # somebody else wrote in between, whatever the busy timeout.
        connection.execute(begin)
        yield SqliteTransaction(connection)
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if _is_the_disks(error):
            # Not every error carries its name.
            raise StoreFailed(getattr(error, "sqlite_errorname", str(error))) from error
        raise


def _is_the_disks(error: BaseException) -> TypeGuard[sqlite3.DatabaseError]:
    """A broken rule or a wrong parameter is our own bug and stays one.

    A damaged file is a plain DatabaseError; anything else the disk does is an OperationalError.
    """
    return type(error) in {sqlite3.OperationalError, sqlite3.DatabaseError}


@asynccontextmanager
async def open_sqlite(path: Path | None) -> AsyncIterator[SqliteDatabase]:
    """Open the file, made or migrated as needed; None is a private database in memory.

    Raises:
        StoreBusy: another process has it open.
        StoreTooNew: a newer version, or another application, wrote it.
        StoreFailed: the file cannot be read or written.
    """
    with _locked(path):
        target = ":memory:" if path is None else str(path)
        try:
            connection = _Connection(lambda: _connect(target, path), iter_chunk_size=64)
            await connection.open()
        except (sqlite3.Error, OSError) as error:
            raise StoreFailed(f"{target}: {error}") from error
        try:
            yield SqliteDatabase(connection)
        finally:
            await connection.close()


@asynccontextmanager
async def read_sqlite(path: Path) -> AsyncIterator[SqliteDatabase]:
    """Open an existing file to read only, also while a bot writes it; nothing is migrated.

    Each transaction sees the books as they were when it began. SQLite's own working files
    (`-wal`, `-shm`) may appear beside a file that nobody writes.

    Raises:
        StoreTooNew: a newer version, or another application, wrote it.
        StoreTooOld: an older version wrote it.
        StoreFailed: it is not there, or cannot be read.
    """
    connection = _Connection(lambda: _reader(path), iter_chunk_size=64)
    try:
        await connection.open()
    except (sqlite3.Error, OSError) as error:
        raise StoreFailed(f"{path}: {error}") from error
    try:
        yield SqliteDatabase(connection, begin="BEGIN")
    finally:
        await connection.close()


def _reader(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro",
        isolation_level=None,
        timeout=BUSY_TIMEOUT_SECONDS,
        uri=True,
    )
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA trusted_schema = OFF")
        found, owner = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("user_version", "application_id")
        )
        known = len(scripts())
        if owner != APPLICATION_ID or found > known:
            raise StoreTooNew(path=str(path), found=found, known=known)
        if found < known:
            raise StoreTooOld(path=str(path), found=found, known=known)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(target: str, path: Path | None) -> sqlite3.Connection:
    if path is not None:
        # Before SQLite does: it gives the -wal and -shm files the mode that this one has.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
    connection = sqlite3.connect(target, isolation_level=None, timeout=BUSY_TIMEOUT_SECONDS)
    try:
        connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _locked(path: Path | None) -> Iterator[None]:
    """Hold the lock file beside the database; the system lets go of it when the process dies.

    SQLite before 3.51.3 can corrupt a WAL when two connections write at once, and leases are
    taken over at start: both need to be sure that nobody else is at work.
    """
    if path is None:
        yield
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.with_suffix(".lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreFailed(f"{path}: {error}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            raise StoreBusy(path=str(path.parent), pid=int(pid) if pid.isdigit() else 0) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
