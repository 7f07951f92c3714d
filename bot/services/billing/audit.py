"""The audit: proves on a live database that no money was lost and nobody was forgotten.

Each question is asked in a transaction of its own, so that none pins the books of a running bot
for longer than it takes. Whatever a question compares is read in that one transaction: a bot that
writes between two of them changes no finding.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.store import audit as questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bot.store.audit import AuditRow
    from bot.store.database import Database, Transaction
    from bot.store.edits.pictures import PictureFolder


class AuditProblem(StrEnum):
    """What the audit can find. Behind each: what a finding's `id` names."""

    DAMAGED = "damaged"  # nothing; `detail` is SQLite's own word about the file
    SCHEMA_CHANGED = "schema changed"  # nothing; `detail` is a table, an index or a trigger
    BROKEN_LINK = "broken link"  # a row; `detail` is its table and the one it points to
    NOT_HELD = "not held"  # a job whose price was never set aside
    HELD_TWICE = "held twice"  # a job with several holds
    CLOSED_TWICE = "closed twice"  # a job whose hold was captured or released several times
    HOLD_NOT_PRICE = "hold is not the price"  # a job; another amount was set aside than quoted
    HOLD_LEFT = "hold left"  # a job that ended and still holds money
    HOLD_GONE = "hold gone"  # a job that goes on and holds nothing any more
    CHARGED_FOR_NOTHING = "charged for nothing"  # a job without a picture that cost something
    NOT_CHARGED = "not charged"  # a job with a picture that did not cost what was held
    ELSEWHERE = "bought elsewhere"  # a job counted for another member or place than its edit's
    OTHER_PRICE = "another price"  # a job bought at another price than its edit was quoted at
    COST_WRONG = "cost wrong"  # a job whose cost is not the sum of what is known of the bill
    COST_TWICE = "cost twice"  # a job whose submission is booked once more without a job
    COST_BELOW_NOTHING = "cost below nothing"  # a cost entry without a job: the first of its sum
    COUNTER_WRONG = "counter wrong"  # a counter that is not the sum of the ledger
    OVER_CAP = "over its cap"  # a counter above the limit its latest hold was tested against
    WRONG_WINDOW = "wrong window"  # a counter that lasts longer or shorter than its kind, or owes
    ALERT_ELSEWHERE = "alert elsewhere"  # an alert about a job that its counter does not count
    LIMIT_NOT_LOGGED = "limit not logged"  # a limit that is not the latest its log knows of
    LIMIT_GONE = "limit gone"  # a line of the log of limits: what it set last is not there
    BOOST_NOT_LOGGED = "boost not logged"  # a boost the log knows nothing of, or with another end
    JOBS_MISSING = "jobs missing"  # an edit with more or fewer jobs than pictures asked for
    JOB_TOO_EARLY = "job too early"  # an edit that nobody accepted, and that has jobs
    NEVER_ENDED = "never ended"  # an edit that still runs although all its jobs have ended
    ENDED_TOO_EARLY = "ended too early"  # an edit that ended although a job goes on
    NO_CARD = "no card"  # an edit that ended and whose member is owed no card
    NOT_BROUGHT = "charged and not brought"  # a job that was charged, of an edit without a card
    CARD_TOO_EARLY = "card too early"  # an edit that goes on and has a final card
    BOUGHT_TWICE = "bought twice"  # the first draft of an edit that was accepted several times
    TWO_DRAFTS = "two drafts"  # the first draft of an edit of which several go on
    NOT_STOPPED = "swapped and not stopped"  # a job painted outside its mask; purchases went on
    SUBMISSION_SHARED = "submission shared"  # a job with the receipt of another one
    RECEIPT_UNUSED = "receipt unused"  # a job with a receipt that is treated as if it had none
    CHANGED_OUTSIDE = "changed outside"  # a job whose picture is changed outside its mask
    FILE_MISSING = "file missing"  # nothing; `detail` is the picture's hash
    FILE_ALTERED = "file altered"  # nothing; `detail` is the picture's hash


BREATH_SECONDS: Final = 0.1
"""At most, between two questions. Only while nobody reads can a writing bot start its log again:
with a million rows and 70 purchases a second it grew to 42 MB, and without a pause to 160."""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One thing that is not as it must be. `id` is 0 where `AuditProblem` says "nothing".

    Only the first rows with a problem are named; `more` is how many others there are, said by the
    last one that is.
    """

    problem: AuditProblem
    id: int = 0
    detail: str = ""
    more: int = 0


def audit(tx: Transaction) -> list[AuditFinding]:
    """Everything in the books that contradicts itself; empty when all is well. Changes nothing."""
    return [finding for step in STEPS.values() for finding in step(tx)]


def contradictions(tx: Transaction) -> list[AuditFinding]:
    """What the rows say against each other: the part of the audit that knows our rules."""
    found = [
        offence for sql in questions.QUESTIONS.values() for offence in questions.answers(tx, sql)
    ]
    return _named([*found, *questions.counters(tx)])


async def audit_books(database: Database) -> list[AuditFinding]:
    """All of `audit`, question by question, so that a running bot is not held up."""
    found = []
    for step in STEPS.values():
        began = time.monotonic()
        found += await database.transact(step)
        await asyncio.sleep(min(BREATH_SECONDS, time.monotonic() - began))
    return found


async def audit_files(
    database: Database, folder: PictureFolder, *, looked: Callable[[int, int], None] | None = None
) -> list[AuditFinding]:
    """Every picture the books know whose file is missing or has other bytes than it is named for.

    Reads all of them, which takes as long as the disk needs; `looked` is told how many it has
    read, of how many.
    """
    found: list[AuditFinding] = []
    count, done, after = await database.transact(questions.picture_count), 0, ""
    while page := await database.transact(questions.picture_hashes, after=after, count=_PAGE):
        for digest in page:
            if not folder.path(digest).is_file():
                found.append(AuditFinding(AuditProblem.FILE_MISSING, detail=digest))
            elif not await folder.is_whole(digest):
                found.append(AuditFinding(AuditProblem.FILE_ALTERED, detail=digest))
            done += 1
            if looked is not None:
                looked(done, count)
        after = page[-1]
    return found


_PAGE: Final = 1000


def _damage(tx: Transaction) -> list[AuditFinding]:
    return [AuditFinding(AuditProblem.DAMAGED, detail=word) for word in questions.damage(tx)]


def _schema(tx: Transaction) -> list[AuditFinding]:
    return [
        AuditFinding(AuditProblem.SCHEMA_CHANGED, detail=name)
        for name in questions.schema_changes(tx)
    ]


def _links(tx: Transaction) -> list[AuditFinding]:
    return _named(questions.broken_links(tx))


def _counters(tx: Transaction) -> list[AuditFinding]:
    return _named(questions.counters(tx))


def _asking(sql: str) -> Callable[[Transaction], list[AuditFinding]]:
    return lambda tx: _named(questions.answers(tx, sql))


STEPS: Final[Mapping[str, Callable[[Transaction], list[AuditFinding]]]] = {
    "damage": _damage,
    "schema": _schema,
    "links": _links,
    **{name: _asking(sql) for name, sql in questions.QUESTIONS.items()},
    "counters": _counters,
}
"""All that is asked, each of it sound in a transaction of its own."""


def _named(offences: Iterable[AuditRow]) -> list[AuditFinding]:
    found = []
    for offence in offences:
        rest = offence.count - len(offence.ids)
        for row_id in offence.ids:
            more = rest if row_id == offence.ids[-1] else 0
            found.append(AuditFinding(AuditProblem(offence.problem), row_id, offence.place, more))
    return found
