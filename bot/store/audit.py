"""The questions of the audit: what the rows say against each other. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.database import Transaction

_CONTRADICTIONS: Final = """
    WITH money AS (
        SELECT job.id, job.state, job.price,
               count(*) FILTER (WHERE entry.kind = 'hold') AS holds,
               count(*) FILTER (WHERE entry.kind = 'capture') AS captures,
               count(*) FILTER (WHERE entry.kind <> 'hold') AS closes,
               COALESCE(SUM(entry.held) FILTER (WHERE entry.kind = 'hold'), 0) AS amount,
               COALESCE(SUM(entry.held), 0) AS held,
               COALESCE(SUM(entry.spent), 0) AS spent,
               job.state IN ('done', 'failed', 'cancelled') AS ended
        FROM job LEFT JOIN ledger_entry AS entry ON entry.job_id = job.id
        GROUP BY job.id
    ), lives AS (
        SELECT edit.id, edit.state, edit.count,
               count(job.id) AS jobs,
               count(job.id) FILTER (
                   WHERE job.state NOT IN ('done', 'failed', 'cancelled')) AS open_jobs,
               EXISTS (SELECT 1 FROM delivery WHERE delivery.edit_id = edit.id) AS has_card
        FROM edit LEFT JOIN job ON job.edit_id = edit.id
        GROUP BY edit.id
    )
    SELECT 'not held' AS problem, id FROM money WHERE holds = 0
    UNION ALL SELECT 'held twice', id FROM money WHERE holds > 1
    UNION ALL SELECT 'closed twice', id FROM money WHERE closes > 1
    UNION ALL SELECT 'hold is not the price', id FROM money WHERE holds = 1 AND amount <> price
    UNION ALL SELECT 'hold left', id FROM money WHERE ended AND (held <> 0 OR closes = 0)
    UNION ALL SELECT 'hold gone', id FROM money WHERE NOT ended AND closes > 0
    UNION ALL SELECT 'charged for nothing', id FROM money WHERE state <> 'done' AND spent <> 0
    UNION ALL SELECT 'not charged', id FROM money WHERE state = 'done' AND captures = 0
    UNION ALL SELECT 'counter wrong', counter.id
        FROM counter
        LEFT JOIN job ON job.provider = counter.provider
            AND job.created_at >= counter.starts AND job.created_at < counter.ends
            AND CASE counter.scope
                WHEN 'member' THEN job.member_id = counter.subject
                    AND job.guild_id = counter.guild_id
                WHEN 'channel' THEN job.channel_id = counter.subject
                    AND job.guild_id = counter.guild_id
                WHEN 'guild' THEN job.guild_id = counter.subject
                ELSE TRUE END
        LEFT JOIN ledger_entry AS entry ON entry.job_id = job.id
        GROUP BY counter.id
        HAVING counter.held <> COALESCE(SUM(entry.held), 0)
            OR counter.spent <> COALESCE(SUM(entry.spent), 0)
    UNION ALL SELECT 'jobs missing', id FROM lives
        WHERE state IN ('running', 'ended') AND jobs <> count
    UNION ALL SELECT 'job too early', id FROM lives
        WHERE state IN ('draft', 'dropped') AND jobs > 0
    UNION ALL SELECT 'never ended', id FROM lives WHERE state = 'running' AND open_jobs = 0
    UNION ALL SELECT 'ended too early', id FROM lives WHERE state = 'ended' AND open_jobs > 0
    UNION ALL SELECT 'no card', id FROM lives WHERE state = 'ended' AND NOT has_card
    UNION ALL SELECT 'card too early', id FROM lives WHERE state <> 'ended' AND has_card
    -- However often an area was adjusted, one click of Run is one purchase.
    UNION ALL SELECT 'bought twice', COALESCE(root, id) FROM edit
        WHERE state IN ('running', 'ended') GROUP BY COALESCE(root, id) HAVING count(*) > 1
    UNION ALL SELECT 'two drafts', COALESCE(root, id) FROM edit
        WHERE state = 'draft' GROUP BY COALESCE(root, id) HAVING count(*) > 1
    -- A job that was bought before purchases went on says nothing about what is bought since.
    UNION ALL SELECT 'swapped and not stopped', job.id
        FROM job JOIN edit ON edit.id = job.edit_id
        WHERE job.failure = 'swapped' AND NOT EXISTS (
            SELECT 1 FROM pause
            WHERE pause.provider = job.provider AND pause.model = edit.model
              AND pause.since <= job.ended_at
              AND (pause.lifted_at IS NULL OR pause.lifted_at >= job.intended_at))
    UNION ALL SELECT 'submission shared', job.id
        FROM job JOIN job AS other
            ON other.provider = job.provider AND other.request_id = job.request_id
           AND other.id <> job.id
    UNION ALL SELECT 'changed outside', id FROM job
        WHERE state = 'done' AND changed_outside IS NOT 0
    UNION ALL SELECT 'picture not noted', id FROM job
        WHERE state = 'done' AND picture NOT IN (SELECT hash FROM picture)
"""


def damage(tx: Transaction) -> Sequence[str]:
    """SQLite's own words about a damaged file; empty when it is whole."""
    rows = tx.fetch_all("SELECT integrity_check FROM pragma_integrity_check")
    return [row["integrity_check"] for row in rows if row["integrity_check"] != "ok"]


def broken_links(tx: Transaction) -> Sequence[tuple[str, int]]:
    """Rows that point to a row that is not there: their table, and their id or 0."""
    rows = tx.fetch_all('SELECT "table" AS child, rowid FROM pragma_foreign_key_check')
    return [(row["child"], row["rowid"] or 0) for row in rows]


def contradictions(tx: Transaction) -> Sequence[tuple[str, int]]:
    """What breaks our own rules: the problem's name, and the id of the row it is about."""
    return [(row["problem"], row["id"]) for row in tx.fetch_all(_CONTRADICTIONS)]


def picture_hashes(tx: Transaction) -> Sequence[str]:
    """Every picture the books know."""
    return [row["hash"] for row in tx.fetch_all("SELECT hash FROM picture ORDER BY hash")]
