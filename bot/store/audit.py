"""The questions of the audit: what the rows say against each other. Changes nothing.

Each question is sound by itself: all it compares is read in one statement. None reads a large
table more often than a few times, whatever is in it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from bot.store import audit_limits
from bot.store.limits import movements
from bot.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from bot.store.database import Transaction

NAMED: Final = 10
"""How many rows of one problem are named; of the rest there is a number."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A problem's name, the first rows it is about, and how many there are. `place` is a table."""

    problem: str
    ids: tuple[int, ...]
    count: int
    place: str = ""


JOBS: Final = """
    WITH suspect AS MATERIALIZED (
        -- Every sound job is passed over here, by one look at its hold, its close and its edit.
        SELECT job.id FROM job
        LEFT JOIN ledger_entry AS hold ON hold.job_id = job.id AND hold.kind = 'hold'
        LEFT JOIN ledger_entry AS closing ON closing.job_id = job.id AND closing.kind <> 'hold'
        WHERE hold.held IS NOT job.price
           OR (job.state IN ('done', 'failed', 'cancelled')) <> (closing.id IS NOT NULL)
           OR hold.held + closing.held <> 0
           OR closing.spent <> iif(job.state = 'done', job.price, 0)
           OR (job.state = 'done' AND closing.kind <> 'capture')
           OR (job.picture IS NULL AND closing.spent <> 0)
        UNION
        SELECT job_id FROM ledger_entry WHERE kind = 'hold'
        GROUP BY job_id HAVING count(*) > 1
        UNION
        SELECT job_id FROM ledger_entry WHERE kind <> 'hold'
        GROUP BY job_id HAVING count(*) > 1
    ), money AS MATERIALIZED (
        SELECT job.id, job.state, job.price, job.picture,
               count(*) FILTER (WHERE entry.kind = 'hold') AS holds,
               count(*) FILTER (WHERE entry.kind = 'capture') AS captures,
               count(*) FILTER (WHERE entry.kind <> 'hold') AS closes,
               COALESCE(SUM(entry.held) FILTER (WHERE entry.kind = 'hold'), 0) AS amount,
               COALESCE(SUM(entry.held), 0) AS held,
               COALESCE(SUM(entry.spent), 0) AS spent,
               job.state IN ('done', 'failed', 'cancelled') AS ended
        FROM suspect CROSS JOIN job ON job.id = suspect.id
        LEFT JOIN ledger_entry AS entry ON entry.job_id = job.id
        GROUP BY job.id
    )
    SELECT 'not held' AS problem, id FROM money WHERE holds = 0
    UNION ALL SELECT 'held twice', id FROM money WHERE holds > 1
    UNION ALL SELECT 'closed twice', id FROM money WHERE closes > 1
    UNION ALL SELECT 'hold is not the price', id FROM money WHERE holds = 1 AND amount <> price
    UNION ALL SELECT 'hold left', id FROM money WHERE ended AND (held <> 0 OR closes = 0)
    UNION ALL SELECT 'hold gone', id FROM money WHERE NOT ended AND closes > 0
    UNION ALL SELECT 'charged for nothing', id FROM money
        WHERE (state <> 'done' OR picture IS NULL) AND spent <> 0
    UNION ALL SELECT 'not charged', id FROM money
        WHERE state = 'done' AND (captures = 0 OR (closes = 1 AND spent <> price))
"""

EDITS: Final = """
    WITH lives AS MATERIALIZED (
        SELECT edit.id, edit.state, edit.count,
               count(job.id) AS jobs,
               count(job.id) FILTER (
                   WHERE job.state NOT IN ('done', 'failed', 'cancelled')) AS open_jobs,
               outbox.id IS NOT NULL AS has_card
        FROM edit LEFT JOIN job ON job.edit_id = edit.id
        LEFT JOIN outbox ON outbox.kind = 'result' AND outbox.subject = edit.id
        GROUP BY edit.id
        HAVING jobs <> iif(edit.state IN ('running', 'ended'), edit.count, 0)
            OR (open_jobs > 0) <> (edit.state = 'running')
            OR has_card <> (edit.state = 'ended')
    )
    SELECT 'jobs missing' AS problem, id FROM lives
        WHERE state IN ('running', 'ended') AND jobs <> count
    UNION ALL SELECT 'job too early', id FROM lives
        WHERE state IN ('draft', 'dropped') AND jobs > 0
    UNION ALL SELECT 'never ended', id FROM lives WHERE state = 'running' AND open_jobs = 0
    UNION ALL SELECT 'ended too early', id FROM lives WHERE state = 'ended' AND open_jobs > 0
    UNION ALL SELECT 'no card', id FROM lives WHERE state = 'ended' AND NOT has_card
    UNION ALL SELECT 'card too early', id FROM lives WHERE state <> 'ended' AND has_card
    UNION ALL SELECT 'charged and not brought', job.id
        FROM lives JOIN job ON job.edit_id = lives.id
        WHERE lives.state = 'ended' AND NOT has_card AND (
            SELECT SUM(spent) FROM ledger_entry WHERE job_id = job.id) > 0
    -- However often an area was adjusted, one click of Run is one purchase.
    UNION ALL SELECT 'bought twice', COALESCE(root, id) FROM edit
        WHERE state IN ('running', 'ended') GROUP BY COALESCE(root, id) HAVING count(*) > 1
    UNION ALL SELECT 'two drafts', COALESCE(root, id) FROM edit
        WHERE state = 'draft' GROUP BY COALESCE(root, id) HAVING count(*) > 1
"""

PURCHASES: Final = """
    -- A job that was bought before purchases went on says nothing about what is bought since.
    SELECT 'swapped and not stopped' AS problem, job.id
        FROM job JOIN edit ON edit.id = job.edit_id
        WHERE job.failure = 'swapped' AND NOT EXISTS (
            SELECT 1 FROM pause
            WHERE pause.provider = job.provider AND pause.model = edit.model
              AND pause.reason = 'swapped' AND pause.since <= job.ended_at
              AND (pause.lifted_at IS NULL OR pause.lifted_at >= job.intended_at))
    UNION ALL SELECT 'submission shared', id FROM job
        WHERE request_id IS NOT NULL AND (provider, request_id) IN (
            SELECT provider, request_id FROM job WHERE request_id IS NOT NULL
            GROUP BY provider, request_id HAVING count(*) > 1)
    UNION ALL SELECT 'receipt unused', id FROM job
        WHERE state IN ('queued', 'submitting', 'unknown') AND request_id IS NOT NULL
    UNION ALL SELECT 'changed outside', id FROM job
        WHERE state = 'done' AND changed_outside IS NOT 0
    UNION ALL SELECT 'bought elsewhere', job.id
        FROM job JOIN edit ON edit.id = job.edit_id
        WHERE job.member_id <> edit.member_id OR job.provider <> edit.provider
           OR job.guild_id <> COALESCE(edit.guild_id, 0)
           OR job.channel_id <> COALESCE(edit.counted_channel_id, edit.channel_id, 0)
    UNION ALL SELECT 'another price', job.id
        FROM job JOIN edit ON edit.id = job.edit_id
        WHERE job.price <> edit.price OR job.unit_cost <> edit.unit_cost
"""

COSTS: Final = """
    WITH alone AS MATERIALIZED (
        SELECT min(id) AS id, provider, request_id, SUM(change) AS cost
        FROM cost_entry WHERE job_id IS NULL GROUP BY provider, request_id HAVING cost <> 0
    )
    SELECT 'cost wrong' AS problem, id FROM (
        -- `state` is that of the row with the greatest id.
        SELECT job.id, job.cost, job.cost_state, COALESCE(SUM(entry.change), 0) AS known,
               entry.state, max(entry.id)
        FROM job LEFT JOIN cost_entry AS entry ON entry.job_id = job.id
        GROUP BY job.id
        HAVING job.cost <> known OR job.cost_state <> COALESCE(entry.state, 'none'))
    UNION ALL SELECT 'cost below nothing', id FROM alone WHERE cost < 0
    UNION ALL SELECT 'cost twice', id FROM (
        SELECT job.id FROM alone JOIN job USING (provider, request_id)
        UNION
        -- Of a job whose receipt was lost, only what the bill said is known.
        SELECT entry.job_id FROM cost_entry AS entry
        WHERE entry.job_id IS NOT NULL
          AND (entry.provider, entry.request_id) IN (SELECT provider, request_id FROM alone))
"""

QUESTIONS: Final = {
    "jobs": JOBS,
    "edits": EDITS,
    "purchases": PURCHASES,
    "costs": COSTS,
    "limits": audit_limits.LIMITS,
    "boosts": audit_limits.BOOSTS,
}


def damage(tx: Transaction) -> Sequence[str]:
    """SQLite's own words about a damaged file; empty when it is whole."""
    rows = tx.fetch_all("SELECT integrity_check FROM pragma_integrity_check")
    return [row["integrity_check"] for row in rows if row["integrity_check"] != "ok"]


def schema_changes(tx: Transaction) -> Sequence[str]:
    """The tables, indexes and triggers that are not as this version makes them, by name.

    Without the triggers nothing keeps the ledger from being changed, so those that somebody else
    added count as well. Their own indexes and tables are their own affair.
    """
    there, wanted = _schema(tx), _fresh_schema()
    changed = [name for name, sql in wanted.items() if there.get(name) != sql]
    added = [name for name in there if name not in wanted and name.startswith("trigger ")]
    return sorted(changed + added)


_SCHEMA: Final = """
    SELECT type || ' ' || name AS name, sql FROM sqlite_schema
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
"""


def _schema(tx: Transaction) -> dict[str, str]:
    return _texts(tx.fetch_all(_SCHEMA))


@cache
def _fresh_schema() -> dict[str, str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        migrate(connection, None)
        return _texts(connection.execute(_SCHEMA).fetchall())


def _texts(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    # Versions of SQLite quote and space differently what ALTER TABLE wrote.
    plain = str.maketrans("", "", '"` \t\n')
    return {row["name"]: row["sql"].translate(plain) for row in rows}


def broken_links(tx: Transaction) -> Sequence[AuditRow]:
    """Rows that point to a row that is not there: their ids or 0, and both tables' names."""
    found = """
        SELECT "table" || ' → ' || parent AS problem, COALESCE(rowid, 0) AS id
        FROM pragma_foreign_key_check
    """
    return [
        AuditRow("broken link", offence.ids, offence.count, place=offence.problem)
        for offence in _first(tx, found)
    ]


def answers(tx: Transaction, question: str) -> Sequence[AuditRow]:
    """What one of the QUESTIONS finds."""
    return list(_first(tx, question))


def counters(tx: Transaction) -> Sequence[AuditRow]:
    """Counters that are not the sum of the ledger."""
    ids = [found.counter_id for found in movements.differences(tx)]
    return [AuditRow("counter wrong", tuple(ids[:NAMED]), len(ids))] if ids else []


def _first(tx: Transaction, question: str) -> Iterator[AuditRow]:
    """The first rows of each problem, and how many it has."""
    rows = tx.fetch_all(
        f"""
        SELECT problem, json_group_array(id) AS ids, total FROM (
            SELECT problem, id, count(*) OVER (PARTITION BY problem) AS total,
                   row_number() OVER (PARTITION BY problem ORDER BY id) AS place
            FROM ({question}))
        WHERE place <= :named GROUP BY problem ORDER BY min(place), problem
        """,  # noqa: S608 - constants
        named=NAMED,
    )
    for row in rows:
        ids = tuple(sorted(map(int, row["ids"].strip("[]").split(","))))
        yield AuditRow(row["problem"], ids, row["total"])


def picture_hashes(tx: Transaction, *, after: str, count: int) -> Sequence[str]:
    """The next pictures that the books know, in the order of their names."""
    rows = tx.fetch_all(
        "SELECT hash FROM picture WHERE hash > :after ORDER BY hash LIMIT :count",
        after=after,
        count=count,
    )
    return [row["hash"] for row in rows]


def picture_count(tx: Transaction) -> int:
    """How many pictures the books know."""
    row = tx.fetch_one("SELECT count(*) AS pictures FROM picture")
    return int(row["pictures"]) if row else 0
