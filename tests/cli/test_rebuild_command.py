"""`touchup rebuild`: counters that were forged are rebuilt, and the books are copied first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import rebuild
from bot.cli.texts import audit
from bot.domain.errors import StoreBusy
from bot.settings.model import Settings
from bot.store.migrations import migrate, scripts
from bot.store.sqlite import open_sqlite
from tests.cli.conftest import Shell
from tests.support.books import PRICE, put_in_line


def forge(books: Path) -> None:
    with closing(sqlite3.connect(books, isolation_level=None)) as forger:
        forger.execute("UPDATE counter SET held = 0 WHERE scope = 'member'")


async def test_a_forged_counter_is_found_rebuilt_and_found_sound(shell: Shell) -> None:
    """R60, N25."""
    books = shell.folder / "data" / "touchup.sqlite3"
    async with open_sqlite(books) as database:
        await database.transact(put_in_line, member_id=7, guild_id=3)
    forge(books)

    before = await shell.touchup("audit", "--quick")
    rebuilt = await shell.touchup("rebuild")
    after = await shell.touchup("audit", "--quick")

    assert before.code == 1
    assert "run `touchup rebuild`" in before.out
    assert (rebuilt.code, rebuilt.err) == (0, "")
    [counter, count, copied] = rebuilt.out.splitlines()
    assert counter.startswith("Counter 1 (member 7 in guild 3, day begun on 20")
    assert counter.endswith("spent $0.00 → $0.00, set aside $0.00 → $0.08.")
    assert count == "1 counter was rebuilt from the ledger."
    copy = books.with_name("touchup.sqlite3.before-rebuild")
    assert copied == f"The books as they were: {copy.relative_to(shell.folder)}"
    assert (after.code, after.out) == (0, f"{audit.AUDIT_CLEAN_QUICK()}\n")
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT held FROM counter WHERE id = 1").fetchone() == (0,)
    with closing(sqlite3.connect(books)) as new:
        assert new.execute("SELECT held FROM counter WHERE id = 1").fetchone() == (PRICE,)


def books_in(folder: Path) -> Settings:
    return Settings(data_dir=folder / "data")


async def test_sound_books_are_not_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = tmp_path / "data" / "touchup.sqlite3"
    async with open_sqlite(books) as database:
        await database.transact(put_in_line)

    assert await rebuild.run(books_in(tmp_path)) == 0

    assert capsys.readouterr().out == f"{audit.COUNTERS_RIGHT()}\n"
    assert not list(books.parent.glob("*.before-rebuild*"))


async def test_older_books_are_left_as_they_are_and_to_touchup_migrate(shell: Shell) -> None:
    """An operator who repairs a counter has not asked for another schema."""
    books = shell.folder / "data" / "touchup.sqlite3"
    books.parent.mkdir()
    with closing(sqlite3.connect(books, isolation_level=None)) as older:
        migrate(older, None, scripts()[:-1])
    before = books.read_bytes()

    answer = await shell.touchup("rebuild")

    assert answer.code == 2
    assert "Run `touchup migrate` first" in answer.err
    assert books.read_bytes() == before
    assert not list(books.parent.glob("*.before-*"))


async def test_where_the_ledger_itself_is_wrong_it_says_so_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = tmp_path / "data" / "touchup.sqlite3"
    async with open_sqlite(books) as database:
        await database.transact(put_in_line, member_id=7, guild_id=3)
    with closing(sqlite3.connect(books, isolation_level=None)) as forger:
        forger.execute("DROP TRIGGER ledger_is_never_changed")
        forger.execute("UPDATE ledger_entry SET kind = 'release', held = -5")

    assert await rebuild.run(books_in(tmp_path)) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "Counter 1 stays as it is: its jobs come to less than nothing in the ledger. Run "
        "`touchup audit`, and restore a backup."
    )
    assert "rebuilt from" not in "".join(lines)
    assert not list(books.parent.glob("*.before-rebuild*"))


async def test_each_copy_of_the_books_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first one may be the only one from before what damaged them."""
    books = tmp_path / "data" / "touchup.sqlite3"
    async with open_sqlite(books) as database:
        await database.transact(put_in_line, member_id=7, guild_id=3)
    names = ["touchup.sqlite3.before-rebuild"]
    names += [f"touchup.sqlite3.before-rebuild-{number}" for number in (2, 3)]

    for name in names:
        forge(books)
        assert await rebuild.run(books_in(tmp_path)) == 0
        assert capsys.readouterr().out.splitlines()[-1].endswith(f"/{name}")

    assert sorted(path.name for path in books.parent.glob("*.before-rebuild*")) == names


async def test_it_is_refused_while_a_bot_runs(tmp_path: Path) -> None:
    async with open_sqlite(tmp_path / "data" / "touchup.sqlite3"):
        with pytest.raises(StoreBusy):
            await rebuild.run(books_in(tmp_path))


async def test_where_there_are_no_books_none_are_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await rebuild.run(books_in(tmp_path)) == 0

    assert capsys.readouterr().out == f"{audit.NOTHING_TO_REBUILD()}\n"
    assert not (tmp_path / "data").exists()
