from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.sqlite import SqliteDatabase, SqliteTransaction, open_sqlite
from tests.support.books import memory_books


@pytest.fixture
def tx() -> Iterator[SqliteTransaction]:
    """An open transaction on fresh books in memory, for the SQL that needs no file."""
    with memory_books() as transaction:
        yield transaction


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "touchup.sqlite3"


@pytest.fixture
async def database(file: Path) -> AsyncIterator[SqliteDatabase]:
    """Real books in a real file."""
    async with open_sqlite(file) as opened:
        yield opened
