"""A full, broken, busy or read-only disk: nothing is half written, and it is said so."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.errors import StoreFailed
from bot.store.database import Transaction
from bot.store.sqlite import SqliteDatabase, open_sqlite
from tests.support.books import add_draft, one, put_in_line

HOLD_THE_WRITE_LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("COMMIT")
"""


def let_no_page_be_added(tx: Transaction) -> None:
    pages = one(tx, "PRAGMA page_count")
    tx.fetch_one(f"PRAGMA max_page_count = {pages}")


def let_it_grow(tx: Transaction) -> None:
    tx.fetch_one("PRAGMA max_page_count = 1000000")


def hold_much(tx: Transaction) -> None:
    """More rows than fit into pages that are there already."""
    for _ in range(200):
        put_in_line(tx, count=4)


def counts(tx: Transaction) -> tuple[int, ...]:
    tables = ("edit", "job", "ledger_entry", "counter", "cost_entry")
    return tuple(one(tx, f"SELECT count(*) FROM {table}") for table in tables)


async def test_a_full_disk_writes_nothing_and_is_fine_when_there_is_room(
    database: SqliteDatabase,
) -> None:
    """S1, C12, I2."""
    await database.transact(put_in_line)
    before = await database.transact(counts)
    await database.transact(let_no_page_be_added)

    with pytest.raises(StoreFailed, match="SQLITE_FULL"):
        await database.transact(hold_much)
    after = await database.transact(counts)
    await database.transact(let_it_grow)
    await database.transact(hold_much)

    assert after == before
    assert (await database.transact(counts))[1] == before[1] + 800


async def test_somebody_elses_write_lock_is_waited_for_without_holding_up_the_loop(
    file: Path, database: SqliteDatabase
) -> None:
    """S3: a backup or a shell may lock the file for a moment."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_WRITE_LOCK, str(file), "0.6"],
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        assert await asyncio.to_thread(other.stdout.readline) == "held\n"
        began, longest = time.monotonic(), 0.0
        writing = asyncio.create_task(database.transact(add_draft))
        while not writing.done():
            before = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - before)
        await writing
        took = time.monotonic() - began

    assert took > 0.3
    assert longest < 0.25


async def test_a_lock_that_is_never_released_is_a_failure_not_a_wait_for_ever(
    file: Path, database: SqliteDatabase
) -> None:
    """S3."""
    await database.transact(lambda tx: tx.fetch_one("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreFailed, match="SQLITE_BUSY"):
        await database.transact(add_draft)
    other.execute("ROLLBACK")
    other.close()
    await database.transact(add_draft)

    assert await database.transact(one, "SELECT count(*) FROM edit") == 1


async def test_a_readers_snapshot_stops_no_writer(file: Path, database: SqliteDatabase) -> None:
    """S3, S9: somebody looks at the books with a shell of their own."""
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM edit").fetchone()

    await database.transact(add_draft)

    assert reader.execute("SELECT count(*) FROM edit").fetchone()[0] == 0
    reader.close()


async def test_a_damaged_page_is_a_failure_of_the_books_not_a_riddle(file: Path) -> None:
    """S5: bits that flipped on the disk."""
    async with open_sqlite(file) as database:
        await database.transact(hold_much)
    content = bytearray(file.read_bytes())
    content[4096 * 3 :] = b"\xa5" * (len(content) - 4096 * 3)
    file.write_bytes(content)

    with pytest.raises(StoreFailed):
        async with open_sqlite(file) as database:
            await database.transact(hold_much)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder on a read-only mount; only root may make one, and root ignores plain modes."""
    mount = shutil.which("mount")
    if mount is None:
        pytest.fail("these tests need mount(8)")
    folder = tmp_path / "read-only"
    folder.mkdir()
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "ro", "none", folder], capture_output=True, check=False
    )
    if made.returncode:
        # Not root: then the modes of a folder do mean something.
        folder.chmod(0o500)
    yield folder
    if made.returncode:
        folder.chmod(0o700)
    else:
        subprocess.run(["umount", folder], check=True)


async def test_a_read_only_disk_is_said_at_start(read_only: Path) -> None:
    """S6."""
    with pytest.raises(StoreFailed, match=r"Read-only|Permission"):
        async with open_sqlite(read_only / "touchup.sqlite3"):
            pass
    with pytest.raises(StoreFailed, match=r"Read-only|Permission"):
        async with open_sqlite(read_only / "data" / "touchup.sqlite3"):
            pass


def test_a_failed_write_to_the_disk_is_a_failure_of_the_books(tmp_path: Path) -> None:
    """S2: the file's own size limit stands in for a disk that answers writes with an error."""
    script = """
import asyncio, resource, signal, sys
from pathlib import Path
from bot.domain.errors import StoreFailed
from bot.store.sqlite import open_sqlite
from tests.support.books import one, put_in_line

async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    async with open_sqlite(Path(sys.argv[1])) as database:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
        try:
            await database.transact(lambda tx: [put_in_line(tx, count=4) for _ in range(800)])
        except StoreFailed as failed:
            print(failed)
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        print(await database.transact(one, "SELECT count(*) FROM job"))
        await database.transact(put_in_line)
        print(await database.transact(one, "SELECT count(*) FROM job"))

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "limited" / "touchup.sqlite3"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.splitlines()[0].startswith(("SQLITE_IOERR", "SQLITE_FULL"))
    assert done.stdout.splitlines()[1:] == ["0", "1"]
