"""The audit: proves on a live database that no money was lost and nobody was forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.store import audit as questions

if TYPE_CHECKING:
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
    WRONG_WINDOW = "wrong window"  # a job that is counted in a day or month it was not held in
    COUNTER_WRONG = "counter wrong"  # a counter that is not the sum of the ledger
    JOBS_MISSING = "jobs missing"  # an edit with more or fewer jobs than pictures asked for
    JOB_TOO_EARLY = "job too early"  # an edit that nobody accepted, and that has jobs
    NEVER_ENDED = "never ended"  # an edit that still runs although all its jobs have ended
    ENDED_TOO_EARLY = "ended too early"  # an edit that ended although a job goes on
    NO_CARD = "no card"  # an edit that ended and whose member is owed no card
    CARD_TOO_EARLY = "card too early"  # an edit that goes on and has a final card
    BOUGHT_TWICE = "bought twice"  # the first draft of an edit that was accepted several times
    TWO_DRAFTS = "two drafts"  # the first draft of an edit of which several go on
    NOT_STOPPED = "swapped and not stopped"  # a job painted outside its mask; purchases went on
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


def audit(tx: Transaction) -> list[Finding]:
    """Everything in the books that contradicts itself; empty when all is well. Changes nothing."""
    found = [Finding(Problem.DAMAGED, detail=word) for word in questions.damage(tx)]
    found += [
        Finding(Problem.BROKEN_LINK, row_id, table) for table, row_id in questions.broken_links(tx)
    ]
    found += contradictions(tx)
    return found


def contradictions(tx: Transaction) -> list[Finding]:
    """What the rows say against each other: the part of the audit that knows our rules."""
    return [Finding(Problem(problem), row_id) for problem, row_id in questions.contradictions(tx)]


async def audit_files(database: Database, folder: PictureFolder) -> list[Finding]:
    """Every picture the books know whose file is missing or has other bytes than it is named for.

    Reads all of them, which takes as long as the disk needs.
    """
    found = []
    for digest in await database.transact(questions.picture_hashes):
        if not folder.path(digest).is_file():
            found.append(Finding(Problem.FILE_MISSING, detail=digest))
        elif not await folder.is_whole(digest):
            found.append(Finding(Problem.FILE_ALTERED, detail=digest))
    return found
