"""The audit: proves on a live database that no money was lost and nobody was forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.database import Database, Transaction
    from bot.store.pictures import PictureFolder


class Problem(StrEnum):
    """What the audit can find. Behind each: what a finding's `id` names."""

    DAMAGED = "damaged"  # nothing; `detail` is SQLite's own word about the file
    BROKEN_LINK = "broken link"  # a row; `detail` is its table
    NOT_HELD = "not held"  # a job whose price was never set aside
    HELD_TWICE = "held twice"  # a job with several holds
    CLOSED_TWICE = "closed twice"  # a job whose hold was captured or released several times
    HOLD_NOT_PRICE = "hold is not the price"  # a job; another amount was set aside than quoted
    HOLD_LEFT = "hold left"  # a job that ended and still holds money
    HOLD_GONE = "hold gone"  # a job that goes on and holds nothing any more
    CHARGED_FOR_NOTHING = "charged for nothing"  # a job without a picture that cost something
    NOT_CHARGED = "not charged"  # a job with a picture that did not cost what was held
    NOT_COUNTED = "not counted"  # a job whose hold is in none of its member's counters
    COUNTED_TWICE = "counted twice"  # a job that is in two windows of one limit
    COUNTER_WRONG = "counter wrong"  # a counter that is not the sum of the ledger
    JOBS_MISSING = "jobs missing"  # an edit with more or fewer jobs than pictures asked for
    JOB_TOO_EARLY = "job too early"  # an edit that nobody accepted, and that has jobs
    NEVER_ENDED = "never ended"  # an edit that still runs although all its jobs have ended
    ENDED_TOO_EARLY = "ended too early"  # an edit that ended although a job goes on
    NO_CARD = "no card"  # an edit that ended and whose member is owed no card
    CARD_TOO_EARLY = "card too early"  # an edit that goes on and has a final card
    SUBMISSION_SHARED = "submission shared"  # a job with the receipt of another one
    CHANGED_OUTSIDE = "changed outside"  # a job whose picture is changed outside its mask
    PICTURE_NOT_NOTED = "picture not noted"  # a job whose finished picture has no row
    FILE_MISSING = "file missing"  # nothing; `detail` is the picture's hash
    FILE_ALTERED = "file altered"  # nothing; `detail` is the picture's hash


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be. `id` is 0 where `Problem` says "nothing"."""

    problem: Problem
    id: int = 0
    detail: str = ""


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
    -- Each job counts for its member, whatever other limits there are.
    UNION ALL SELECT 'not counted', job.id FROM job
        WHERE NOT EXISTS (
            SELECT 1 FROM counted JOIN counter ON counter.id = counted.counter_id
            WHERE counted.job_id = job.id AND counter.scope = 'member'
              AND counter.subject = job.member_id AND counter.provider = job.provider)
    UNION ALL SELECT 'counted twice', counted.job_id
        FROM counted JOIN counter ON counter.id = counted.counter_id
        GROUP BY counted.job_id, counter.scope, counter.window HAVING count(*) > 1
    UNION ALL SELECT 'counter wrong', counter.id
        FROM counter
        LEFT JOIN counted ON counted.counter_id = counter.id
        LEFT JOIN ledger_entry AS entry ON entry.job_id = counted.job_id
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
    UNION ALL SELECT 'submission shared', job.id
        FROM job JOIN job AS other
            ON other.provider = job.provider AND other.request_id = job.request_id
           AND other.id <> job.id
    UNION ALL SELECT 'changed outside', id FROM job
        WHERE state = 'done' AND changed_outside IS NOT 0
    UNION ALL SELECT 'picture not noted', id FROM job
        WHERE state = 'done' AND picture NOT IN (SELECT hash FROM picture)
"""


def audit(tx: Transaction) -> list[Finding]:
    """Everything in the books that contradicts itself; empty when all is well. Changes nothing."""
    found = [
        Finding(Problem.DAMAGED, detail=row["integrity_check"])
        for row in tx.fetch_all("SELECT integrity_check FROM pragma_integrity_check")
        if row["integrity_check"] != "ok"
    ]
    found += [
        Finding(Problem.BROKEN_LINK, row["rowid"] or 0, row["child"])
        for row in tx.fetch_all('SELECT "table" AS child, rowid FROM pragma_foreign_key_check')
    ]
    found += contradictions(tx)
    return found


def contradictions(tx: Transaction) -> list[Finding]:
    """What the rows say against each other: the part of the audit that knows our rules."""
    rows = tx.fetch_all(_CONTRADICTIONS)
    return [Finding(Problem(row["problem"]), row["id"]) for row in rows]


async def audit_files(database: Database, folder: PictureFolder) -> list[Finding]:
    """Every picture the books know whose file is missing or has other bytes than it is named for.

    Reads all of them, which takes as long as the disk needs.
    """
    found = []
    for digest in await database.transact(_pictures):
        if not folder.path(digest).is_file():
            found.append(Finding(Problem.FILE_MISSING, detail=digest))
        elif not await folder.is_whole(digest):
            found.append(Finding(Problem.FILE_ALTERED, detail=digest))
    return found


def _pictures(tx: Transaction) -> Sequence[str]:
    return [row["hash"] for row in tx.fetch_all("SELECT hash FROM picture ORDER BY hash")]
