"""Books of the first version, with rows in them, go on under the second schema."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.domain.edits.edit import EditState
from bot.domain.edits.options import Adjusted, EditKind, Previewing, feather_width
from bot.services.billing.audit import audit
from bot.store.billing import pauses
from bot.store.database import Transaction
from bot.store.edits import edits, preferences
from bot.store.interactions import pending
from bot.store.jobs import jobs
from bot.store.migrations import migrate, scripts
from bot.store.sqlite import open_sqlite
from tests.support.books import NOW, PROVIDER

HASH = "{:064x}".format
MASKED_PIXELS = 40_000

FIRST_VERSION_ROWS = f"""
INSERT INTO picture VALUES ('{HASH(1)}', 1, {NOW}), ('{HASH(2)}', 1, {NOW});
INSERT INTO reply VALUES (7, 9, x'00', 1, 5, 50, 1000, 'edit', 'open', {NOW});
INSERT INTO edit VALUES
    (1, 'discord:7', 'running', 1, 5, 50, 7, 'ideogram-v2', '{PROVIDER}', 'a red door', 'left',
     'words', 'auto', 1, 42, 0, 80000, 80000000, '{HASH(1)}', '{HASH(2)}', '{HASH(1)}',
     '{HASH(2)}', 0, 0, 400, 300, 400, 300, {MASKED_PIXELS}, '["cmyk"]', {NOW}),
    (2, 'discord:8', 'draft', 1, 5, 50, 7, 'ideogram-v2', '{PROVIDER}', 'a blue door', NULL,
     'black changes', 'auto', 1, NULL, 1, 80000, 80000000, '{HASH(1)}', '{HASH(2)}', '{HASH(1)}',
     '{HASH(2)}', 0, 0, 400, 300, 400, 300, {MASKED_PIXELS}, '[]', {NOW});
INSERT INTO job (id, edit_id, ordinal, member_id, provider, state, price, unit_cost, created_at)
    VALUES (1, 1, 0, 1, '{PROVIDER}', 'queued', 80000, 80000000, {NOW});
INSERT INTO ledger_entry VALUES (1, 1, 'hold', 80000, 0, {NOW});
INSERT INTO counter VALUES (1, '{PROVIDER}', 'member', 1, 'day', {int(NOW) - 60}, 80000, 0);
INSERT INTO counted VALUES (1, 1);
"""
"""Written out, and never changed: this is what lies in the books of those who ran it."""


def first_version(file: Path) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        migrate(connection, file, scripts()[:1])
        connection.executescript(FIRST_VERSION_ROWS)


async def test_an_edit_of_the_first_version_reads_as_it_was_meant(file: Path) -> None:
    first_version(file)

    async with open_sqlite(file) as database:
        running = await database.transact(edits.get, 1)
        draft = await database.transact(edits.get, 2)

    assert running is not None
    assert draft is not None
    for edit in (running, draft):
        assert (edit.kind, edit.root, edit.question) == (EditKind.EDIT, None, None)
        assert (edit.drawn, edit.feather) == (edit.mask, feather_width(MASKED_PIXELS))
        assert (edit.adjusted, edit.choices) == (Adjusted(), ())
    assert (running.state, draft.state) == (EditState.RUNNING, EditState.DRAFT)
    assert (draft.area, draft.rewrite) == (None, True)


async def test_work_of_the_first_version_goes_on(file: Path) -> None:
    first_version(file)

    def go_on(tx: Transaction) -> tuple[int | None, bool, bool]:
        reply = pending.get(tx, 7)
        assert reply is not None
        job = jobs.claim(tx, provider=PROVIDER, lease="a", may_submit=True, now=NOW)
        return job.id if job else None, edits.start(tx, 2, reply_id=7), reply.updates

    async with open_sqlite(file) as database:
        assert await database.transact(audit) == []
        assert await database.transact(go_on) == (1, True, False)
        assert await database.transact(preferences.previewing, 1) is Previewing.AUTO
        assert await database.transact(pauses.in_force, provider=PROVIDER) == []


async def test_the_books_as_they_were_lie_beside_the_new_ones(file: Path) -> None:
    first_version(file)

    async with open_sqlite(file):
        pass

    copy = file.with_name(f"{file.name}.before-{len(scripts())}")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1
        assert connection.execute("SELECT count(*) FROM edit").fetchone()[0] == 2
