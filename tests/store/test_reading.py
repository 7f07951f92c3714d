"""Reading the books without a right to change them: the audit and the doctor do."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.errors import StoreFailed, StoreTooNew, StoreTooOld
from bot.store.database import Transaction
from bot.store.migrations import APPLICATION_ID, scripts
from bot.store.sqlite import open_sqlite, read_sqlite
from tests.support.books import add_draft, one

ROOT = Path(__file__).resolve().parents[2]
DIE_WITH_A_FULL_WAL = """
import asyncio, os, sys
from pathlib import Path
from bot.store.sqlite import open_sqlite
from tests.support.books import add_draft

async def main():
    async with open_sqlite(Path(sys.argv[1])) as database:
        await database.transact(add_draft)
        os._exit(9)

asyncio.run(main())
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the books are to be, in a folder that is there already."""
    return tmp_path / "touchup.sqlite3"


def drafts(tx: Transaction) -> int:
    return int(one(tx, "SELECT count(*) FROM edit"))


def listing(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def test_books_are_read_while_the_bot_writes_them(file: Path) -> None:
    async with open_sqlite(file) as writer, read_sqlite(file) as reader:
        before = await reader.transact(drafts)
        await writer.transact(add_draft)

        assert (before, await reader.transact(drafts)) == (0, 1)


async def test_a_reader_can_change_nothing(file: Path) -> None:
    async with open_sqlite(file):
        pass

    async with read_sqlite(file) as reader:
        with pytest.raises(StoreFailed, match="READONLY"):
            await reader.transact(lambda tx: tx.execute("DELETE FROM edit"))


async def test_reading_changes_no_file_and_leaves_nothing_that_others_could_read(
    file: Path,
) -> None:
    async with open_sqlite(file) as writer:
        await writer.transact(add_draft)
    before = listing(file.parent)

    async with read_sqlite(file) as reader:
        assert await reader.transact(drafts) == 1

    after = listing(file.parent)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() <= {f"{file.name}-wal", f"{file.name}-shm"}
    assert {stat.S_IMODE(found.stat().st_mode) for found in file.parent.iterdir()} == {0o600}


async def test_what_a_killed_bot_had_committed_is_read(file: Path) -> None:
    subprocess.run([sys.executable, "-c", DIE_WITH_A_FULL_WAL, file], check=False, cwd=ROOT)
    assert file.with_name(f"{file.name}-wal").stat().st_size > 0

    async with read_sqlite(file) as reader:
        assert await reader.transact(drafts) == 1


async def test_books_that_are_not_there_are_not_made(file: Path) -> None:
    with pytest.raises(StoreFailed):
        async with read_sqlite(file):
            pass

    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("found", "owner", "error"),
    [
        (len(scripts()) + 1, APPLICATION_ID, StoreTooNew),
        (len(scripts()), 7, StoreTooNew),
        (len(scripts()) - 1, APPLICATION_ID, StoreTooOld),
    ],
)
async def test_h3_other_versions_books_are_neither_read_nor_migrated(
    file: Path, found: int, owner: int, error: type[Exception]
) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA application_id = {owner}")
        connection.execute(f"PRAGMA user_version = {found}")
    connection.close()
    before = file.read_bytes()

    with pytest.raises(error):
        async with read_sqlite(file):
            pass

    assert file.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(file: Path) -> None:
    file.write_bytes(os.urandom(4096))

    with pytest.raises(StoreFailed, match="not a database"):
        async with read_sqlite(file):
            pass
