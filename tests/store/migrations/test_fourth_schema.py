"""Books of the third version come into the outbox with all that was owed, and nothing twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from bot.services.billing.audit import audit
from bot.services.delivery.outbox import Card, Destination, Outbox, Put
from bot.services.jobs.unknown import recover
from bot.store.database import Transaction
from bot.store.delivery import outbox
from bot.store.delivery.outbox import Owed, OwedKind, RouteKind
from bot.store.limits import alerts
from bot.store.migrations import migrate, scripts
from bot.store.sqlite import open_sqlite

DUMP: Final = Path(__file__).with_name("third_version.sql")
STOPPED_AT: Final = 1_770_000_000.0
"""When the old version was stopped."""
LATER: Final = STOPPED_AT + 86_400


@pytest.fixture
def third(file: Path) -> Path:
    """The books as the released third version wrote them."""
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        migrate(connection, file, scripts()[:3])
        connection.executescript(f"BEGIN; {DUMP.read_text(encoding='utf-8')} COMMIT;")
    return file


def rows(file: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


SCHEMA: Final = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"


async def test_migrated_books_have_the_same_schema_as_new_ones(third: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite3"
    async with open_sqlite(third), open_sqlite(new):
        pass

    assert rows(third, SCHEMA) == rows(new, SCHEMA)
    assert rows(third, "PRAGMA foreign_key_check") == []
    assert rows(third, "PRAGMA integrity_check") == [("ok",)]


async def test_nothing_contradicts_itself_and_no_row_is_lost(third: Path) -> None:
    counts = "SELECT (SELECT count(*) FROM delivery) + (SELECT count(*) FROM alert)"
    [(before,)] = rows(third, f"{counts} + (SELECT count(*) FROM pause)")
    alert = "SELECT id, counter_id, threshold, job_id, cap, spent, created_at FROM alert"
    noted = rows(third, alert)
    stops = "SELECT id, provider, model, reason, detail, job_id, since, lifted_at FROM pause"
    stopped = rows(third, stops)

    async with open_sqlite(third) as database:
        assert await database.transact(audit) == []

    assert rows(third, "SELECT count(*) FROM outbox") == [(before,)]
    assert rows(third, alert) == noted
    assert rows(third, stops) == stopped


async def test_each_row_says_what_the_old_ones_said(third: Path) -> None:
    async with open_sqlite(third):
        pass

    found = rows(
        third,
        "SELECT kind, subject, state, address, doubtful, tries, message_id, reason FROM outbox",
    )
    reply = '[["reply",{}],["channel",50],["direct",{}]]'
    assert [row[1:] for row in found if row[0] == "result"] == [
        (1, "delivered", reply.format(901, 11), 1, 0, 4001, None),
        (2, "delivered", reply.format(902, 12), 1, 0, 4004, None),
        (3, "delivered", reply.format(903, 11), 1, 0, 4005, None),
        (4, "delivered", reply.format(904, 12), 1, 0, 4007, None),
        (5, "delivered", '[["reply",905],["channel",60],["direct",13]]', 1, 0, 4008, None),
        (6, "delivered", reply.format(906, 13), 1, 0, 4009, None),
        (7, "kept", '[["direct",12]]', 1, 0, None, "no way was open"),
        (8, "kept", "[]", 0, 0, None, "asked for in a shell"),
        (9, "due", reply.format(908, 11), 1, 1, None, None),
        (10, "due", '[["channel",50],["direct",12]]', 1, 0, None, None),
        (11, "due", reply.format(910, 14), 0, 0, None, None),
    ]
    assert [row[1:] for row in found if row[0] == "interrupted"] == [
        (801, "due", '[["reply",801]]', 1, 3, None, None)
    ]
    assert sorted(row[1:] for row in found if row[0] == "alert") == [
        (1, "delivered", '[["log",5]]', 1, 0, 0, None),
        (2, "kept", '[["owner",0]]', 0, 0, None, "overtaken"),
        (3, "kept", '[["owner",0]]', 0, 0, None, "overtaken"),
        (4, "delivered", '[["owner",0]]', 1, 0, 0, None),
        (5, "delivered", '[["beside",903],["direct",11]]', 1, 0, 0, None),
        (6, "kept", '[["beside",904],["direct",12]]', 0, 0, None, "closed"),
        (7, "kept", '[["log",6]]', 0, 0, None, "no log channel"),
        (8, "due", '[["direct",13]]', 1, 1, None, None),
        (9, "due", '[["log",5]]', 1, 1, None, None),
        (10, "due", '[["log",5]]', 1, 1, None, None),
        (11, "due", '[["owner",0]]', 1, 1, None, None),
        (12, "due", '[["beside",909],["direct",12]]', 0, 0, None, None),
    ]
    assert sorted(row[1:5] for row in found if row[0] == "pause") == [
        (1, "delivered", '[["owner",0]]', 1),
        (2, "delivered", '[["owner",0]]', 1),
        (3, "due", '[["owner",0]]', 0),
    ]


@dataclass(slots=True)
class Discord:
    """Where everything arrives; a card is its row."""

    shown: list[tuple[OwedKind, int, RouteKind, bool]] = field(default_factory=list)

    async def send(self, to: Destination, card: Card, *, nonce: str, doubtful: bool) -> int:
        self.shown.append((card.kind, card.subject, to.kind, doubtful))
        return 5_000 + len(self.shown)


async def as_it_is(owed: Owed, put: Put) -> int:
    return await put(owed)


async def test_what_was_owed_is_brought_once_each_by_the_way_that_was_left(third: Path) -> None:
    """A day later, when no token lives: what may have been said is looked for."""
    discord = Discord()

    async with open_sqlite(third) as database:
        await database.transact(recover, provider="test", now=LATER)
        renderers = dict.fromkeys(OwedKind, as_it_is)
        bringing = Outbox(database, discord, renderers, clock=lambda: LATER)
        while await bringing.deliver_next():
            pass
        await bringing.deliver_next()
        assert await database.transact(audit) == []

    assert sorted(discord.shown) == [
        (OwedKind.ALERT, 8, RouteKind.DIRECT, True),
        (OwedKind.ALERT, 9, RouteKind.LOG, True),
        (OwedKind.ALERT, 10, RouteKind.LOG, True),
        (OwedKind.ALERT, 11, RouteKind.OWNER, True),
        (OwedKind.ALERT, 12, RouteKind.DIRECT, False),
        (OwedKind.PAUSE, 3, RouteKind.OWNER, False),
        (OwedKind.RESULT, 9, RouteKind.CHANNEL, True),
        (OwedKind.RESULT, 10, RouteKind.CHANNEL, True),
        (OwedKind.RESULT, 11, RouteKind.CHANNEL, False),
    ]
    order = [(kind, subject) for kind, subject, *_ in discord.shown]
    assert order.index((OwedKind.RESULT, 10)) < order.index((OwedKind.ALERT, 12))
    # The apologies came too late.
    late = "SELECT subject, state FROM outbox WHERE kind = 'interrupted' ORDER BY subject"
    assert rows(third, late) == [(801, "kept"), (803, "kept")]
    assert rows(third, "SELECT count(*) FROM outbox WHERE state = 'due'") == [(0,)]


async def test_moderators_without_a_log_channel_find_the_same_as_before(third: Path) -> None:
    def kept(tx: Transaction) -> list[int]:
        return [alert.id for alert in alerts.kept_of_guild(tx, 6, now=STOPPED_AT)]

    async with open_sqlite(third) as database:
        assert await database.transact(kept) == [7]


async def test_a_claim_looks_at_what_is_due_and_at_nothing_else(third: Path) -> None:
    async with open_sqlite(third):
        pass

    with closing(sqlite3.connect(third)) as connection:
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN {outbox.CLAIM}",
            {"now": LATER, "until": LATER, "card": 2, "known": outbox.KNOWN_KINDS},
        ).fetchall()

    steps = [row[3] for row in plan]
    assert any("USING INDEX due_in_outbox" in step for step in steps)
    assert any("due_of_edit" in step for step in steps)
    assert not any(step.startswith("SCAN outbox") for step in steps)
    assert not any("TEMP B-TREE" in step for step in steps)
