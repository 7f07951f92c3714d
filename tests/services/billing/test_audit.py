"""The audit finds each kind of corruption, and nothing in sound books."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.errors import Failure
from bot.domain.jobs.events import Accepted, Claimed, Failed, PictureArrived, Ready, SubmitUnknown
from bot.services.billing.audit import AuditFinding, AuditProblem, audit, audit_books, audit_files
from bot.store.database import Transaction
from bot.store.edits import pictures
from bot.store.edits.pictures import PictureFolder
from bot.store.jobs import jobs
from bot.store.sqlite import SqliteTransaction as Tx
from bot.store.sqlite import open_sqlite, read_sqlite
from tests.services.billing.corruptions import CORRUPTIONS, FOLLOWS, SOUND
from tests.store.jobs.test_jobs import advance
from tests.support.books import (
    ARRIVAL,
    NOW,
    PICTURE,
    PROVIDER,
    add_draft,
    add_reply,
    memory_connection,
    put_in_line,
    receipt,
)

READY = Ready(seed=7, start_by=NOW + 300)


def fill(tx: Transaction) -> None:
    """Jobs 1 done and 2 failed of edit 1; 3 running, 4 unknown of edit 2; 5 queued of edit 3.

    Edit 4 is a draft.
    """
    add_reply(tx, 70)
    put_in_line(tx, count=2, guild_id=3, reply_id=70)
    put_in_line(tx, count=2, member_id=2)
    for _ in range(4):
        jobs.claim(tx, provider=PROVIDER, lease="a", may_submit=True, now=NOW)
    advance(tx, 1, Claimed(), READY, Accepted(receipt("r-1")), PictureArrived(ARRIVAL))
    advance(tx, 2, Claimed(), Failed(Failure.CONTENT))
    advance(tx, 3, Claimed(), READY, Accepted(receipt("r-3")))
    advance(tx, 4, Claimed(), READY, SubmitUnknown())
    put_in_line(tx, member_id=3)
    add_draft(tx)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    made = memory_connection()
    yield made
    made.close()


def rows_at_odds(tx: Transaction) -> list[AuditFinding]:
    """What the audit finds, but for the rules that a test has switched off itself."""
    return [found for found in audit(tx) if found.problem is not AuditProblem.SCHEMA_CHANGED]


@pytest.fixture
def tx(connection: sqlite3.Connection) -> Tx:
    """Sound books in which the database's own rules are switched off."""
    transaction = Tx(connection)
    fill(transaction)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("PRAGMA foreign_keys = OFF")
    for kind, name in list(
        connection.execute(
            "SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'index') "
            "AND sql IS NOT NULL"
        )
    ):
        connection.execute(f"DROP {kind} {name}")
    return transaction


def test_sound_books_have_no_findings(tx: Tx) -> None:
    """I1-I4, I7, I9, I18."""
    assert rows_at_odds(tx) == []


def test_empty_books_have_no_findings(connection: sqlite3.Connection) -> None:
    assert audit(Tx(connection)) == []


def test_the_audit_writes_nothing(connection: sqlite3.Connection) -> None:
    fill(Tx(connection))
    before = connection.serialize()

    assert audit(Tx(connection)) == []

    assert connection.serialize() == before


@pytest.mark.parametrize(("corruption", "expected"), CORRUPTIONS)
def test_each_corruption_is_found_and_named_and_nothing_else(
    connection: sqlite3.Connection, tx: Tx, corruption: str, expected: tuple[AuditProblem, int]
) -> None:
    connection.executescript(corruption)

    found = rows_at_odds(tx)

    assert expected in {(finding.problem, finding.id) for finding in found}
    assert {finding.problem for finding in found} <= {expected[0], *FOLLOWS.get(expected[0], ())}


def test_a_swapped_job_that_was_bought_before_a_stop_was_lifted_is_no_finding(tx: Tx) -> None:
    tx.execute("UPDATE job SET failure = 'swapped', intended_at = :at WHERE id = 2", at=NOW - 5)
    tx.execute("UPDATE job SET ended_at = :at WHERE id = 2", at=NOW)
    tx.execute(
        """
        INSERT INTO pause (provider, model, reason, job_id, since, lifted_at, lifted_by)
        SELECT provider, model, 'swapped', 1, :since, :lifted, 'shell' FROM edit WHERE id = 1
        """,
        since=NOW - 3,
        lifted=NOW - 1,
    )

    assert rows_at_odds(tx) == []


@pytest.mark.parametrize("sound", SOUND.values(), ids=SOUND)
def test_what_was_given_ended_and_moved_by_its_rules_is_no_finding(
    connection: sqlite3.Connection, tx: Tx, sound: str
) -> None:
    connection.executescript(sound)

    assert rows_at_odds(tx) == []


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE job SET ended_at = NULL WHERE id = 1",
        "UPDATE job SET failure = NULL WHERE id = 2",
        "UPDATE job SET picture = NULL WHERE id = 1",
        "UPDATE counter SET cap = held + spent - 1 WHERE id = 1",
    ],
)
def test_a_row_that_the_database_would_refuse_is_found_as_damage(
    connection: sqlite3.Connection, forged: str
) -> None:
    """What CHECKs say needs no question of its own: they are always on."""
    fill(Tx(connection))
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.executescript(forged)
    connection.execute("PRAGMA ignore_check_constraints = OFF")

    found = [one for one in audit(Tx(connection)) if one.problem is AuditProblem.DAMAGED]

    assert [one.detail.split()[0] for one in found] == ["CHECK"]


def test_a_shared_receipt_is_found_at_both_jobs(tx: Tx) -> None:
    """I5."""
    tx.execute("UPDATE job SET request_id = 'r-1' WHERE id = 3")

    assert rows_at_odds(tx) == [
        AuditFinding(AuditProblem.SUBMISSION_SHARED, 1),
        AuditFinding(AuditProblem.SUBMISSION_SHARED, 3),
    ]


def test_a_reference_to_nothing_is_found(tx: Tx) -> None:
    """I18."""
    tx.execute("UPDATE job SET picture = 'gone' WHERE id = 1")

    assert rows_at_odds(tx) == [AuditFinding(AuditProblem.BROKEN_LINK, 1, "job → picture")]


def test_only_the_first_rows_with_a_problem_are_named_and_the_rest_counted(tx: Tx) -> None:
    put_in_line(tx, count=4, member_id=9)
    for _ in range(4):
        put_in_line(tx, count=4, member_id=9)
    tx.execute("DELETE FROM ledger_entry WHERE job_id > 5")
    tx.execute("UPDATE counter SET held = 0 WHERE subject = 9")

    found = [one for one in rows_at_odds(tx) if one.problem is AuditProblem.NOT_HELD]

    assert [one.id for one in found] == list(range(6, 16))
    assert [one.more for one in found] == [0] * 9 + [10]


@pytest.mark.parametrize(
    "damage",
    [
        ("DROP TRIGGER ledger_is_never_changed", "trigger ledger_is_never_changed"),
        ("DROP TRIGGER limit_changes_are_never_removed", "trigger limit_changes_are_never_removed"),
        ("DROP INDEX one_hold_per_job", "index one_hold_per_job"),
        ("CREATE TRIGGER generous AFTER INSERT ON job BEGIN SELECT 1; END", "trigger generous"),
        ("ALTER TABLE ledger_entry ADD COLUMN note TEXT", "table ledger_entry"),
    ],
)
def test_a_rule_of_the_database_that_was_taken_away_is_found(
    connection: sqlite3.Connection, damage: tuple[str, str]
) -> None:
    """I1: without its triggers the ledger is no longer append-only."""
    connection.execute(damage[0])

    found = audit(Tx(connection))

    assert found == [AuditFinding(AuditProblem.SCHEMA_CHANGED, detail=damage[1])]


def test_an_operators_own_tables_and_statistics_are_no_finding(
    connection: sqlite3.Connection,
) -> None:
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.execute("CREATE INDEX my_index ON job (price)")
    connection.execute("ANALYZE")

    assert audit(Tx(connection)) == []


async def test_question_by_question_it_finds_the_same(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "data" / "touchup.sqlite3"
    async with open_sqlite(file) as database:
        await database.transact(fill)
        await database.transact(
            lambda tx: tx.execute("UPDATE counter SET held = held + 1, cap = NULL WHERE id < 3")
        )
        at_once = await database.transact(audit)
        async with read_sqlite(file) as reader:
            found = await audit_books(reader)

    assert found == at_once
    assert found == [
        AuditFinding(AuditProblem.COUNTER_WRONG, 1),
        AuditFinding(AuditProblem.COUNTER_WRONG, 2),
    ]


def test_every_problem_has_a_test_of_its_own() -> None:
    tested = {problem for _, (problem, _) in CORRUPTIONS}
    elsewhere = {
        AuditProblem.DAMAGED,
        AuditProblem.SCHEMA_CHANGED,
        AuditProblem.BROKEN_LINK,
        AuditProblem.SUBMISSION_SHARED,
        AuditProblem.FILE_MISSING,
        AuditProblem.FILE_ALTERED,
    }

    assert tested | elsewhere == set(AuditProblem)


async def test_a_damaged_file_is_found(tmp_path: Path) -> None:
    """S5, I18: an index that has lost a row."""
    file = tmp_path / "data" / "touchup.sqlite3"
    async with open_sqlite(file) as database:
        await database.transact(fill)
    plain = sqlite3.connect(file, isolation_level=None)
    plain.execute("PRAGMA writable_schema = ON")
    plain.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'member_id, claimed_at', 'member_id, price') "
        "WHERE name = 'job_of_member'"
    )
    plain.close()

    async with open_sqlite(file) as database:
        found = await database.transact(audit)

    assert {finding.problem for finding in found} == {
        AuditProblem.DAMAGED,
        AuditProblem.SCHEMA_CHANGED,
    }
    assert "job_of_member" in found[0].detail


async def test_missing_and_altered_pictures_are_found(tmp_path: Path) -> None:
    """H4."""
    folder = PictureFolder(tmp_path / "pictures")
    folder.prepare()
    hashes = []
    async with open_sqlite(tmp_path / "data" / "touchup.sqlite3") as database:
        for content in (b"whole", b"missing", b"altered"):
            with folder.workspace() as workspace:
                (workspace / "file").write_bytes(content)
                stored = await folder.adopt(workspace / "file")
            await database.transact(pictures.record, stored, now=NOW)
            hashes.append(stored.hash)
        sound = await audit_files(database, folder)
        folder.path(hashes[1]).unlink()
        folder.path(hashes[2]).write_bytes(b"Altered")

        found = await audit_files(database, folder)

    assert sound == []
    assert set(found) == {
        AuditFinding(AuditProblem.FILE_MISSING, detail=hashes[1]),
        AuditFinding(AuditProblem.FILE_ALTERED, detail=hashes[2]),
    }
    assert PICTURE not in hashes
