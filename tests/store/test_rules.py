"""What the database itself refuses, whatever the code above it believes."""

from __future__ import annotations

import sqlite3

import pytest

from bot.domain.jobs.lifecycle import Closing
from bot.store.billing import ledger
from bot.store.delivery import enqueue, outbox
from bot.store.delivery.outbox import UndeliveredReason
from bot.store.sqlite import SqliteTransaction as Tx
from tests.store.limits.limited import ALONE, a_job, where
from tests.support.books import NOW, PICTURE, PROVIDER, add_draft, add_reply, one, put_in_line

NEEDS = {
    "queued": "",
    "submitting": ", seed = 1, intended_at = 1, start_by = 1",
    "unknown": ", seed = 1, intended_at = 1, start_by = 1",
    "running": ", seed = 1, intended_at = 1, start_by = 1, request_id = 'r'",
    "done": f", request_id = 'r', picture = '{PICTURE}', ended_at = 1",
    "failed": ", failure = 'provider', ended_at = 1",
    "cancelled": ", failure = 'cancelled', ended_at = 1",
}
"""What the CHECKs ask of a job in each state."""

PATHS = {
    "queued": [],
    "submitting": ["submitting"],
    "unknown": ["submitting", "unknown"],
    "running": ["submitting", "running"],
    "done": ["submitting", "running", "done"],
    "failed": ["failed"],
    "cancelled": ["cancelled"],
}
ARROWS = {
    "queued": {"submitting", "failed", "cancelled"},
    "submitting": {"queued", "unknown", "running", "failed"},
    "unknown": {"running", "failed"},
    "running": {"done", "failed", "cancelled"},
    "done": set(),
    "failed": set(),
    "cancelled": set(),
}


def move(tx: Tx, job_id: int, state: str) -> None:
    tx.execute(f"UPDATE job SET state = '{state}' {NEEDS[state]} WHERE id = :id", id=job_id)


@pytest.mark.parametrize("old", PATHS)
@pytest.mark.parametrize("new", PATHS)
def test_a_job_never_leaves_its_arrows(tx: Tx, old: str, new: str) -> None:
    """I9: with everything else as the new state needs it, only the arrow decides."""
    (job_id,) = put_in_line(tx)
    for state in PATHS[old]:
        move(tx, job_id, state)

    if new in ARROWS[old] or new == old:
        move(tx, job_id, new)
        assert one(tx, "SELECT state FROM job WHERE id = :id", id=job_id) == new
    else:
        with pytest.raises(sqlite3.IntegrityError, match="never leaves its arrows"):
            move(tx, job_id, new)


@pytest.mark.parametrize("change", ["seed = NULL", "start_by = NULL", "intended_at = NULL"])
@pytest.mark.parametrize("state", ["submitting", "unknown"])
def test_a_submit_is_recorded_with_what_finds_it_again(tx: Tx, state: str, change: str) -> None:
    (job_id,) = put_in_line(tx)
    for step in PATHS[state]:
        move(tx, job_id, step)

    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        tx.execute(f"UPDATE job SET {change} WHERE id = :id", id=job_id)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'running', seed = 1, intended_at = 1, start_by = 1",  # without a receipt
        "state = 'failed', ended_at = 1",  # without a reason
        "state = 'cancelled', failure = 'cancelled'",  # without an end
        "picture = :picture",  # a picture, and not done
        "failure = 'provider'",
        "ended_at = 1",
        "state = 'asleep'",
        "price = -1",
        "cost = -1",
        "cost_state = 'sure'",
        "cancel_asked = 2",
        "price = 'eighty'",
        "edit_id = 999",
        "result = 'nowhere'",
    ],
)
def test_a_job_that_makes_no_sense_is_not_written(tx: Tx, change: str) -> None:
    (job_id,) = put_in_line(tx)
    move(tx, job_id, "submitting")

    with pytest.raises(sqlite3.IntegrityError):
        tx.execute(f"UPDATE job SET {change} WHERE id = {job_id}", picture=PICTURE)


def test_a_done_job_has_a_picture(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)
    move(tx, job_id, "submitting")
    move(tx, job_id, "running")

    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        tx.execute("UPDATE job SET state = 'done', ended_at = 1 WHERE id = :id", id=job_id)


@pytest.mark.parametrize("new", ["'other'", "NULL"])
def test_a_receipt_is_never_overwritten(tx: Tx, new: str) -> None:
    """I9."""
    (job_id,) = put_in_line(tx)
    move(tx, job_id, "submitting")
    move(tx, job_id, "running")

    with pytest.raises(sqlite3.IntegrityError, match="never overwritten"):
        tx.execute(f"UPDATE job SET request_id = {new} WHERE id = :id", id=job_id)
    tx.execute("UPDATE job SET request_id = 'r' WHERE id = :id", id=job_id)


def test_two_jobs_never_share_a_receipt(tx: Tx) -> None:
    """I5: a picture that was paid once is delivered once."""
    first, second = put_in_line(tx, count=2)
    for state in PATHS["running"]:
        move(tx, first, state)
    move(tx, second, "submitting")

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        move(tx, second, "running")


@pytest.mark.parametrize("change", ["held = 0", "spent = 1", "kind = 'release'", "job_id = 2"])
def test_a_ledger_row_is_never_changed(tx: Tx, change: str) -> None:
    """I1: the ledger is append-only."""
    put_in_line(tx, count=2)

    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        tx.execute(f"UPDATE ledger_entry SET {change} WHERE id = 1")


def test_a_ledger_row_is_never_removed(tx: Tx) -> None:
    put_in_line(tx)

    with pytest.raises(sqlite3.IntegrityError, match="never removed"):
        tx.execute("DELETE FROM ledger_entry")


@pytest.mark.parametrize("table", ["edit", "job"])
def test_what_the_ledger_speaks_of_is_never_removed(tx: Tx, table: str) -> None:
    put_in_line(tx)

    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        tx.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    ("kind", "held", "spent"),
    [
        ("hold", -1, 0),
        ("hold", 1, 1),
        ("capture", 1, 0),
        ("capture", -5, 6),
        ("capture", -5, -1),
        ("release", 1, 0),
        ("release", -5, 5),
        ("gift", 0, 0),
    ],
)
def test_a_ledger_row_that_makes_no_sense_is_not_written(
    tx: Tx, kind: str, held: int, spent: int
) -> None:
    job_id = a_job(tx)

    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        tx.execute(
            """
            INSERT INTO ledger_entry (job_id, kind, held, spent, created_at)
            VALUES (:job_id, :kind, :held, :spent, 0)
            """,
            job_id=job_id,
            kind=kind,
            held=held,
            spent=spent,
        )


@pytest.mark.parametrize("first", Closing)
@pytest.mark.parametrize("second", Closing)
def test_a_hold_closes_once(tx: Tx, first: Closing, second: Closing) -> None:
    """I3, C5, C7: the second one finds it closed."""
    (job_id,) = put_in_line(tx)
    ledger.close(tx, job_id, first, now=NOW)

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        ledger.close(tx, job_id, second, now=NOW)


def test_a_job_is_held_once(tx: Tx) -> None:
    (job_id,) = put_in_line(tx)

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        ledger.hold(tx, [job_id], 1, where(tx, ALONE), provider=PROVIDER, now=NOW)


@pytest.mark.parametrize("column", ["held", "spent"])
def test_a_counter_never_goes_below_nothing(tx: Tx, column: str) -> None:
    put_in_line(tx)

    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        tx.execute(f"UPDATE counter SET {column} = -1")


@pytest.mark.parametrize(
    ("path", "new", "allowed"),
    [
        ((), "running", True),
        ((), "dropped", True),
        ((), "ended", False),
        (("running",), "ended", True),
        (("running",), "draft", False),
        (("running",), "dropped", False),
        (("dropped",), "running", False),
        (("running", "ended"), "running", False),
    ],
)
def test_an_edit_never_goes_back(tx: Tx, path: tuple[str, ...], new: str, allowed: bool) -> None:
    add_draft(tx)
    for state in path:
        tx.execute("UPDATE edit SET state = :state", state=state)

    if allowed:
        assert tx.execute("UPDATE edit SET state = :state", state=new) == 1
    else:
        with pytest.raises(sqlite3.IntegrityError, match="never goes back"):
            tx.execute("UPDATE edit SET state = :state", state=new)


RESULT = """
    INSERT INTO outbox (subject, edit_id, state, message_id, ended_at, kind, turn, address,
                        created_at)
"""


def test_a_delivery_ends_once(tx: Tx) -> None:
    """I7."""
    add_reply(tx, 1)
    enqueue.enqueue_apologies(tx, now=NOW)
    outbox.keep(tx, 1, reason=UndeliveredReason.CLOSED, now=NOW)

    with pytest.raises(sqlite3.IntegrityError, match="ends once"):
        tx.execute("UPDATE outbox SET state = 'delivered', message_id = 5")
    with pytest.raises(sqlite3.IntegrityError, match="ends once"):
        tx.execute("UPDATE outbox SET state = 'due', ended_at = NULL")


def test_an_edit_is_owed_one_card(tx: Tx) -> None:
    """I7."""
    add_draft(tx)
    insert = f"{RESULT} VALUES (1, 1, 'due', NULL, NULL, 'result', 2, '[]', 0)"
    tx.execute(insert)

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        tx.execute(insert)


@pytest.mark.parametrize(
    "values",
    [
        "(NULL, NULL, 'due', NULL, NULL)",  # for nobody
        "(1, 1, 'delivered', NULL, 1)",  # without its message
        "(1, 1, 'kept', NULL, NULL)",  # without its end
        "(1, 1, 'due', NULL, 1)",  # ended, and due
        "(1, 1, 'lost', NULL, NULL)",
        "(77, 77, 'due', NULL, NULL)",  # of no edit
        "(1, NULL, 'due', NULL, NULL)",  # a result, and of no edit
    ],
)
def test_a_delivery_that_makes_no_sense_is_not_written(tx: Tx, values: str) -> None:
    add_draft(tx)

    with pytest.raises(sqlite3.IntegrityError):
        tx.execute(f"{RESULT} VALUES {values[:-1]}, 'result', 2, '[]', 0)")


# ---- since limits may be set ----------------------------------------------------------------

COST = """
    INSERT INTO cost_entry (job_id, provider, request_id, state, change, reason, created_at)
"""
LIMIT = """
    INSERT INTO spending_limit (
        guild_id, scope, subject, window, author, cap, set_by, set_at, reason)
"""
CHANGE = """
    INSERT INTO limit_change (guild_id, action, author, actor_id, reason, created_at)
    VALUES (7, 'set', 'moderator', 1, '', 0)
"""
COUNTER = "INSERT INTO counter (provider, scope, guild_id, subject, window, starts, ends, cap)"


@pytest.mark.parametrize("table", ["cost_entry", "limit_change"])
@pytest.mark.parametrize("what", ["UPDATE {table} SET reason = 'another'", "DELETE FROM {table}"])
def test_n25_what_was_billed_and_who_changed_a_limit_is_never_rewritten(
    tx: Tx, table: str, what: str
) -> None:
    """I1: added to, and nothing else."""
    (job_id,) = put_in_line(tx)
    tx.execute(f"{COST} VALUES ({job_id}, 'test', NULL, 'estimated', 5, 'accepted', 0)")
    tx.execute(CHANGE)

    with pytest.raises(sqlite3.IntegrityError, match="never"):
        tx.execute(what.format(table=table))


@pytest.mark.parametrize(
    "values",
    [
        "(NULL, 'test', NULL, 'settled', 5, 'unknown to us', 0)",  # billed, and for what
        "(NULL, 'test', 'r-1', 'estimated', 5, 'unknown to us', 0)",  # an unknown one is settled
        "(99, 'test', 'r-1', 'settled', 5, 'of no job', 0)",
        "(1, 'test', 'r-1', 'sure', 5, '', 0)",
    ],
)
def test_a_cost_that_makes_no_sense_is_not_written(tx: Tx, values: str) -> None:
    put_in_line(tx)

    with pytest.raises(sqlite3.IntegrityError):
        tx.execute(f"{COST} VALUES {values}")


@pytest.mark.parametrize("column", ["held", "spent"])
def test_r53_a_counter_never_exceeds_the_cap_of_its_latest_hold(tx: Tx, column: str) -> None:
    """I2, invariant 2: whatever the code believed, the row itself refuses."""
    put_in_line(tx)
    left = one(tx, "SELECT min(cap - held - spent) FROM counter")

    tx.execute(f"UPDATE counter SET {column} = {column} + {left}")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        tx.execute(f"UPDATE counter SET {column} = {column} + 1")


@pytest.mark.parametrize(
    "values",
    [
        "('test', 'role', 7, 1, 'day', 0, 86400, NULL)",  # roles have no pot
        "('test', 'member', 7, 1, 'year', 0, 86400, NULL)",
        "('test', 'member', 7, 1, 'day', 5, 5, NULL)",  # no time at all
        "('test', 'member', 7, 1, 'day', 0, 86400, -1)",
    ],
)
def test_a_counter_that_makes_no_sense_is_not_written(tx: Tx, values: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        tx.execute(f"{COUNTER} VALUES {values}")


@pytest.mark.parametrize(
    "values",
    [
        "(7, 'guild', 7, 'day', 'moderator', -1, 1, 0, '')",
        "(7, 'guild', 8, 'day', 'moderator', 5, 1, 0, '')",  # another guild's
        "(0, 'bot', 0, 'day', 'moderator', 5, 1, 0, '')",  # the bot is the operator's
        "(7, 'bot', 0, 'day', 'operator', 5, 1, 0, '')",
        "(0, 'guild', 0, 'day', 'operator', 5, 1, 0, '')",
        "(7, 'member', 1, 'day', 'operator', 5, 1, 0, '')",  # members are the moderators'
        "(7, 'guild', 7, 'year', 'moderator', 5, 1, 0, '')",
    ],
)
def test_a_limit_that_makes_no_sense_is_not_written(tx: Tx, values: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        tx.execute(f"{LIMIT} VALUES {values}")


def test_there_is_one_limit_of_a_kind(tx: Tx) -> None:
    values = "(7, 'guild', 7, 'day', 'moderator', 5, 1, 0, '')"
    tx.execute(f"{LIMIT} VALUES {values}")

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        tx.execute(f"{LIMIT} VALUES {values}")


def test_a_part_of_a_limit_is_noted_once_in_its_window(tx: Tx) -> None:
    put_in_line(tx)
    note = """
        INSERT INTO alert (counter_id, threshold, job_id, cap, spent, created_at)
        VALUES (1, 80, 1, 10, 8, 0)
    """
    tx.execute(note)

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        tx.execute(note)
