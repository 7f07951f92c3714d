"""Limits in few words, for tests about the books: all about member 1 in guild 3."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.domain.errors import LimitReached
from bot.domain.limits.rules import Buyer, DefaultLimits, LimitSubject, Rule, RuleAuthor, Scope
from bot.domain.limits.status import Explanation
from bot.domain.limits.windows import Window
from bot.store.database import Transaction
from bot.store.edits import edits
from bot.store.jobs import jobs
from bot.store.limits import rules
from tests.support.books import CAPS, NOW, PROVIDER, add_draft, guard, put_in_line

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = ZoneInfo("UTC")
ME = LimitSubject(Scope.MEMBER, 3, 1)
HERE = Buyer(member_id=1, guild_id=3)
ALONE = Buyer(member_id=1)


def where(
    tx: Transaction,
    buyer: Buyer = HERE,
    *,
    caps: DefaultLimits = CAPS,
    zone: ZoneInfo = NIGHT,
    provider: str = PROVIDER,
    now: float = NOW,
) -> Explanation:
    return guard(caps, zone=zone, provider=provider, now=now).explain(tx, buyer)


def used(explanation: Explanation) -> list[tuple[int, int]]:
    """What is spent and held under each limit."""
    return [(standing.spent, standing.held) for standing in explanation.standings]


def limit(
    tx: Transaction,
    cap: int,
    *,
    subject: LimitSubject = ME,
    window: Window = Window.DAY,
    author: RuleAuthor = RuleAuthor.MODERATOR,
) -> None:
    rule = Rule(
        subject=subject, window=window, cap=cap, author=author, set_by=9, set_at=NOW, reason="test"
    )
    rules.put(tx, rule)


def unlimit(tx: Transaction, *, subject: LimitSubject = ME, window: Window = Window.DAY) -> None:
    assert rules.remove(tx, subject, window, RuleAuthor.MODERATOR)


def refused(tx: Transaction, **purchase: object) -> Explanation:
    """Why that cannot be bought."""
    with pytest.raises(LimitReached) as found:
        put_in_line(tx, **{"guild_id": 3, **purchase})  # type: ignore[arg-type]
    return found.value.explanation


def books_agree(tx: Transaction) -> bool:
    """Design 5.2: every counter is the sum of the ledger over the jobs of its pot and window."""
    rows = tx.fetch_all(
        """
        SELECT counter.held, counter.spent, counter.cap,
               COALESCE(SUM(entry.held), 0) AS ledger_held,
               COALESCE(SUM(entry.spent), 0) AS ledger_spent
        FROM counter
        LEFT JOIN job ON job.provider = counter.provider
            AND job.created_at >= counter.starts AND job.created_at < counter.ends
            AND (counter.scope = 'bot' OR job.guild_id = counter.guild_id)
            AND (counter.scope <> 'channel' OR job.channel_id = counter.subject)
            AND (counter.scope <> 'member' OR job.member_id = counter.subject)
        LEFT JOIN ledger_entry AS entry ON entry.job_id = job.id
        GROUP BY counter.id
        """
    )
    return all(
        (row["held"], row["spent"]) == (row["ledger_held"], row["ledger_spent"])
        and (row["cap"] is None or row["held"] + row["spent"] <= row["cap"])
        for row in rows
    )


def a_job(tx: Transaction) -> int:
    """One that was put in line, and holds nothing yet."""
    edit = edits.get(tx, add_draft(tx, guild_id=3))
    assert edit
    return jobs.enqueue(tx, edit, ordinal=0, now=NOW)
