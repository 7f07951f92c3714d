"""Counters that were damaged are rebuilt from the ledger, as if nothing had happened."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.rules import BOT, LimitSubject, RuleAuthor, Scope, guild
from bot.domain.limits.windows import Window
from bot.services.billing.audit import AuditFinding, AuditProblem, contradictions
from bot.store.billing import ledger
from bot.store.database import Transaction
from bot.store.limits import rebuild
from bot.store.sqlite import SqliteTransaction as Tx
from bot.store.sqlite import open_sqlite
from tests.store.limits.limited import limit
from tests.support.books import NOW, PRICE, memory_books, one, put_in_line

HOUR = 3600.0
DAY = 24 * HOUR

purchases = st.lists(
    st.fixed_dictionaries(
        {
            "member_id": st.integers(1, 3),
            "guild_id": st.sampled_from([None, 3, 4]),
            "channel_id": st.sampled_from([None, 31, 32]),
            "count": st.integers(1, 3),
            "price": st.sampled_from([0, PRICE, 12_345]),
            "now": st.sampled_from([NOW, NOW + HOUR, NOW + DAY, NOW + 40 * DAY, NOW - DAY]),
            "ends": st.sampled_from([None, *Closing]),
        }
    ),
    min_size=1,
    max_size=8,
)
damages = st.lists(
    st.tuples(st.integers(0, 99), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=6
)


def set_limits(tx: Transaction) -> None:
    """Limits in all five scopes and all five windows, wide enough for everything here."""
    for window, subject in zip(
        Window,
        (LimitSubject(Scope.MEMBER, 3, 1), LimitSubject(Scope.ROLE, 3, 3),
         LimitSubject(Scope.CHANNEL, 3, 31), guild(4), BOT),
        strict=True,
    ):  # fmt: skip
        author = RuleAuthor.OPERATOR if subject == BOT else RuleAuthor.MODERATOR
        limit(tx, 10**9, subject=subject, window=window, author=author)


def buy(tx: Transaction, *, ends: Closing | None, now: float, **purchase: Any) -> None:
    for job_id in put_in_line(tx, now=now, **purchase):
        if ends is not None:
            ledger.close(tx, job_id, ends, now=now + 2 * HOUR)


def counters(tx: Transaction) -> list[tuple[int, int, int]]:
    rows = tx.fetch_all("SELECT id, held, spent FROM counter ORDER BY id")
    return [(row["id"], row["held"], row["spent"]) for row in rows]


def problems(tx: Transaction) -> set[AuditProblem]:
    """What the audit says of counters; jobs are closed here without their edits' knowing."""
    found = {finding.problem for finding in contradictions(tx)}
    return found & {AuditProblem.COUNTER_WRONG, AuditProblem.OVER_CAP, AuditProblem.WRONG_WINDOW}


@settings(max_examples=40, deadline=None)
@given(purchases=purchases, damages=damages)
def test_r60_rebuilt_counters_are_those_that_were_kept_up(
    purchases: list[dict[str, Any]], damages: list[tuple[int, int, int]]
) -> None:
    """N25: whatever was done to them; nothing is left for the audit to find."""
    with memory_books() as tx:
        set_limits(tx)
        for purchase in purchases:
            buy(tx, **purchase)
        kept_up = counters(tx)
        assert problems(tx) == set()
        for which, held, spent in damages:
            tx.execute(
                "UPDATE counter SET held = :held, spent = :spent, cap = NULL WHERE id = :id",
                held=held,
                spent=spent,
                id=kept_up[which % len(kept_up)][0],
            )
        damaged = {row[0] for row in counters(tx)} - {
            row[0] for row in set(counters(tx)) & set(kept_up)
        }

        changed = rebuild.rebuild(tx)

        assert counters(tx) == kept_up
        assert {counter.id for counter in changed} == damaged
        assert problems(tx) == set()
        assert rebuild.wrong(tx) == rebuild.CounterCheck((), ())


def test_each_counter_says_what_it_was_and_what_it_is(tx: Tx) -> None:
    put_in_line(tx, member_id=7, guild_id=3, count=2)
    tx.execute("UPDATE counter SET held = 1, spent = 2 WHERE scope = 'member'")

    [changed] = rebuild.rebuild(tx)

    assert (changed.pot.scope, changed.pot.guild_id, changed.pot.subject) == (Scope.MEMBER, 3, 7)
    assert (changed.held_before, changed.spent_before) == (1, 2)
    assert (changed.held, changed.spent) == (2 * PRICE, 0)
    assert (changed.window, changed.starts) == ("day", NOW - NOW % DAY)


def test_a_cap_that_stands_is_kept_and_one_that_was_overrun_is_forgotten(tx: Tx) -> None:
    put_in_line(tx, guild_id=3, count=4)
    tx.execute("UPDATE counter SET held = 0")
    tx.execute("UPDATE counter SET cap = :cap WHERE scope = 'member'", cap=3 * PRICE)

    rebuild.rebuild(tx)

    assert one(tx, "SELECT cap FROM counter WHERE scope = 'member'") is None
    assert one(tx, "SELECT cap FROM counter WHERE scope = 'guild'") > 4 * PRICE
    assert problems(tx) == set()


def test_a_counter_that_an_alert_is_about_stays(tx: Tx) -> None:
    (job_id,) = put_in_line(tx, guild_id=3)
    tx.execute(
        """
        INSERT INTO alert (counter_id, threshold, job_id, cap, spent, created_at)
        SELECT id, 50, :job_id, 1, 1, 0 FROM counter WHERE scope = 'guild'
        """,
        job_id=job_id,
    )
    tx.execute("UPDATE counter SET subject = 77, guild_id = 77 WHERE scope = 'guild'")

    rebuild.rebuild(tx)

    assert one(tx, "SELECT held FROM counter WHERE id = (SELECT counter_id FROM alert)") == 0


def test_where_the_ledger_itself_is_damaged_no_counter_is_made_of_it() -> None:
    with memory_books() as tx:
        (job_id,) = put_in_line(tx)
        tx.execute("DROP TRIGGER ledger_is_never_changed")
        tx.execute("UPDATE ledger_entry SET kind = 'release', held = -5")
        before = counters(tx)

        assert rebuild.wrong(tx) == rebuild.CounterCheck((), tuple(row[0] for row in before))
        assert rebuild.rebuild(tx) == []

        assert counters(tx) == before
        assert AuditFinding(AuditProblem.NOT_HELD, job_id) in contradictions(tx)


async def test_the_books_are_copied_whole_beside_whoever_has_them_open(file: Path) -> None:
    copy = file.with_name("copy")
    async with open_sqlite(file) as database:
        await database.transact(put_in_line)
        rebuild.copy_books(file, copy)

    plain = sqlite3.connect(copy)
    assert plain.execute("SELECT count(*) FROM ledger_entry").fetchone() == (1,)
    plain.close()
    assert copy.stat().st_mode & 0o777 == 0o600
