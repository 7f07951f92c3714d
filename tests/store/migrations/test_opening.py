"""Opening the books: one process at a time, never those of somebody else, never half migrated."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.errors import StoreBusy, StoreFailed, StoreTooNew
from bot.store.migrations import APPLICATION_ID, migrate, scripts
from bot.store.sqlite import open_sqlite
from tests.support.books import add_draft, one

ROOT = Path(__file__).resolve().parents[3]
OPEN_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from bot.store.sqlite import open_sqlite

async def main():
    async with open_sqlite(Path(sys.argv[1])):
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""
OPEN_WITH_FAIL_POINT = """
import asyncio, sys
from pathlib import Path
from bot import failpoints
from bot.store.sqlite import open_sqlite

async def main():
    failpoints.arm("migrate.mid")
    async with open_sqlite(Path(sys.argv[1])):
        print("open", flush=True)

asyncio.run(main())
"""
SECOND_STEP = "CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT;\n"


def python(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def other_process(file: Path) -> Iterator[subprocess.Popen[str]]:
    """Somebody else who has the books open."""
    with python(OPEN_AND_WAIT, file) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def plain(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def version(file: Path) -> int:
    connection = plain(file)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


async def test_a_second_process_is_refused_and_told_who_has_the_books(
    file: Path, other_process: subprocess.Popen[str]
) -> None:
    """C3, H2."""
    with pytest.raises(StoreBusy) as refused:
        async with open_sqlite(file):
            pass

    assert refused.value.pid == other_process.pid
    assert refused.value.path == str(file.parent)


async def test_a_process_that_was_killed_leaves_no_lock(
    file: Path, other_process: subprocess.Popen[str]
) -> None:
    other_process.kill()
    other_process.wait()

    async with open_sqlite(file) as database:
        assert await database.transact(one, "SELECT 1") == 1


async def test_the_same_process_cannot_open_twice(file: Path) -> None:
    async with open_sqlite(file):
        with pytest.raises(StoreBusy) as refused:
            async with open_sqlite(file):
                pass

    assert refused.value.pid == os.getpid()


async def test_what_was_closed_opens_again_with_everything_in_it(file: Path) -> None:
    async with open_sqlite(file) as database:
        await database.transact(add_draft)

    async with open_sqlite(file) as database:
        assert await database.transact(one, "SELECT count(*) FROM edit") == 1
        assert await database.transact(one, "PRAGMA integrity_check") == "ok"


async def test_the_books_are_durable_and_readable_by_their_owner_alone(file: Path) -> None:
    """G8, finding 4: a power cut under NORMAL loses commits that were acknowledged."""
    async with open_sqlite(file) as database:
        assert await database.transact(one, "PRAGMA journal_mode") == "wal"
        assert await database.transact(one, "PRAGMA synchronous") == 2  # FULL
        assert await database.transact(one, "PRAGMA foreign_keys") == 1
        modes = {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()}

    assert set(modes.values()) == {0o600}
    assert file.parent.stat().st_mode & 0o777 == 0o700


async def test_books_in_memory_need_no_file_and_no_lock() -> None:
    async with open_sqlite(None) as first, open_sqlite(None) as second:
        await first.transact(add_draft)

        assert await second.transact(one, "SELECT count(*) FROM edit") == 0


# ---- whose file it is ------------------------------------------------------------------------


async def test_a_newer_versions_books_are_not_touched(file: Path) -> None:
    """110, H3."""
    async with open_sqlite(file):
        pass
    connection = plain(file)
    connection.execute(f"PRAGMA user_version = {len(scripts()) + 1}")
    connection.close()
    before = file.read_bytes()

    with pytest.raises(StoreTooNew) as refused:
        async with open_sqlite(file):
            pass

    assert (refused.value.found, refused.value.known) == (len(scripts()) + 1, len(scripts()))
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "make",
    [
        "CREATE TABLE theirs (id INTEGER)",
        "PRAGMA application_id = 1",
        "PRAGMA application_id = 1; CREATE TABLE theirs (id INTEGER)",
    ],
)
async def test_another_applications_books_are_not_touched(file: Path, make: str) -> None:
    """110."""
    file.parent.mkdir()
    connection = plain(file)
    connection.executescript(make)
    connection.close()

    with pytest.raises(StoreTooNew):
        async with open_sqlite(file):
            pass

    assert version(file) == 0


@pytest.mark.parametrize("content", [b"This is a letter, not a database.\n" * 40, b"SQLite f"])
async def test_a_file_that_is_no_database_is_named_and_left_alone(
    file: Path, content: bytes
) -> None:
    """S5."""
    file.parent.mkdir()
    file.write_bytes(content)

    with pytest.raises(StoreFailed, match=r"touchup\.sqlite3"):
        async with open_sqlite(file):
            pass

    assert file.read_bytes() == content


async def test_a_failed_opening_lets_go_of_the_lock(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"This is a letter, not a database.\n" * 40)
    with pytest.raises(StoreFailed):
        async with open_sqlite(file):
            pass
    file.unlink()

    async with open_sqlite(file) as database:
        assert await database.transact(one, "SELECT count(*) FROM edit") == 0


# ---- migrations ------------------------------------------------------------------------------


def test_an_empty_file_becomes_ours(file: Path) -> None:
    file.parent.mkdir()
    connection = plain(file)

    migrate(connection, file)

    assert connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(scripts())
    assert list(file.parent.glob("*.before-*")) == []  # there was nothing to lose
    connection.close()


def test_dying_in_the_middle_of_a_migration_leaves_nothing_half_done(file: Path) -> None:
    """L21."""
    with python(OPEN_WITH_FAIL_POINT, file) as dying:
        assert dying.communicate()[0] == ""
    assert dying.returncode == 137
    assert version(file) == 0

    with python(OPEN_AND_WAIT, file) as again:
        assert again.communicate()[0] == "open\n"

    assert again.returncode == 0
    assert version(file) == len(scripts())


async def test_a_file_with_data_is_copied_before_it_is_changed(file: Path) -> None:
    """L21: the copy is whole, and the older version opens it."""
    async with open_sqlite(file) as database:
        await database.transact(add_draft)
    connection = plain(file)
    steps = [*scripts(), SECOND_STEP]

    migrate(connection, file, steps)
    connection.close()
    copy = file.with_name(f"{file.name}.before-{len(steps)}")

    assert version(file) == len(steps)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.glob("*.partial")) == []
    copy.replace(file)
    async with open_sqlite(file) as database:
        assert await database.transact(one, "SELECT count(*) FROM edit") == 1


@pytest.mark.parametrize(
    "broken",
    ["CREATE TABLE extra (id);\nNONSENSE;\n", "CREATE TABLE extra (id);\nCREATE TABLE job (id);\n"],
)
async def test_a_migration_that_fails_changes_nothing_and_keeps_the_copy(
    file: Path, broken: str
) -> None:
    async with open_sqlite(file) as database:
        await database.transact(add_draft)
    connection = plain(file)

    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, file, [*scripts(), broken])

    assert not connection.in_transaction
    assert connection.execute("SELECT count(*) FROM edit").fetchone()[0] == 1
    assert "extra" not in {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    connection.close()
    assert version(file) == len(scripts())


def test_several_steps_are_one_transaction(file: Path) -> None:
    file.parent.mkdir()
    connection = plain(file)

    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, file, [*scripts(), SECOND_STEP, "NONSENSE;\n"])

    assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    connection.close()


async def test_up_to_date_books_are_neither_copied_nor_written(file: Path) -> None:
    async with open_sqlite(file):
        pass
    before = file.read_bytes()

    async with open_sqlite(file):
        pass

    assert file.read_bytes() == before
    assert list(file.parent.glob("*.before-*")) == []
