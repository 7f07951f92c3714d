"""What growing books cost, in SQLite's own steps: the same on every machine, however busy."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from benchmarks.books import HOT_MEMBER, NOW, PRICE, PROVIDER, fill, home
from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import LimitReached
from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.listing import buyer_about
from bot.domain.limits.rules import (
    BOT,
    Buyer,
    DefaultLimits,
    LimitSubject,
    RuleAuthor,
    Scope,
    guild,
)
from bot.domain.limits.windows import Window
from bot.services.billing.audit import audit
from bot.store import audit as questions
from bot.store.billing import ledger, pauses, purchases
from bot.store.database import Transaction
from bot.store.edits import edits
from bot.store.jobs import jobs
from bot.store.limits import movements
from bot.store.sqlite import SqliteTransaction as Tx
from tests.store.limits.limited import limit
from tests.support.books import CAPS, UTC, add_draft, guard, memory_connection

SMALL, LARGE = 1_000, 10_000
HOME = home(HOT_MEMBER)
BUYER = Buyer(
    member_id=HOME.member_id, guild_id=HOME.guild_id, channel_id=HOME.channel_id, role_ids=(8,)
)
SMALL_TABLES = {"pause", "alert", "boost", "rule"}
"""Tables, by the names that questions give them, that are short in any books."""


@pytest.fixture(scope="module")
def books() -> Iterator[dict[int, sqlite3.Connection]]:
    """Books of a year, in two sizes, whose hottest member owns a quarter."""
    with closing(memory_connection()) as small, closing(memory_connection()) as large:
        for connection, rows in ((small, SMALL), (large, LARGE)):
            fill(connection, rows)
        yield {SMALL: small, LARGE: large}


def steps(
    connection: sqlite3.Connection,
    work: Callable[[Transaction], object],
    before: Callable[[Transaction], object] | None = None,
) -> int:
    """How many tens of steps SQLite's machine takes for something, which is taken back.

    What is to happen `before` is not counted.
    """
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection.execute("BEGIN")
    if before:
        before(Tx(connection))
    connection.set_progress_handler(count, 10)
    try:
        work(Tx(connection))
    finally:
        connection.set_progress_handler(None, 0)
        connection.execute("ROLLBACK")
    return taken


def growth(
    books: dict[int, sqlite3.Connection],
    work: Callable[[Transaction], object],
    before: Callable[[Transaction], object] | None = None,
) -> float:
    return steps(books[LARGE], work, before) / steps(books[SMALL], work, before)


def five_scopes(tx: Transaction) -> None:
    """A limit in each scope, by days, by months and for ever."""
    limit(tx, 10**12, subject=LimitSubject(Scope.ROLE, HOME.guild_id, 8), window=Window.DAY)
    limit(tx, 10**12, subject=LimitSubject(Scope.CHANNEL, HOME.guild_id, HOME.channel_id))
    limit(tx, 10**12, subject=guild(HOME.guild_id), window=Window.MONTH)
    limit(
        tx,
        10**12,
        subject=LimitSubject(Scope.MEMBER, HOME.guild_id, HOME.member_id),
        window=Window.EVER,
    )
    limit(tx, 10**12, subject=BOT, window=Window.MONTH, author=RuleAuthor.OPERATOR)


def buy(tx: Transaction, *, now: float, caps: DefaultLimits = CAPS) -> int:
    edit_id = add_draft(tx, member_id=HOME.member_id, guild_id=HOME.guild_id, provider=PROVIDER)
    edit = edits.get(tx, edit_id)
    assert edit is not None
    job_id = jobs.enqueue(tx, edit, ordinal=0, now=now)
    guard(caps, zone=UTC, provider=PROVIDER, now=now).hold(tx, BUYER, [job_id], PRICE, now=now)
    return job_id


def test_sound_books_of_any_size_have_no_findings(books: dict[int, sqlite3.Connection]) -> None:
    """Those of the benchmarks are such as the bot would leave."""
    assert audit(Tx(books[SMALL])) == []
    assert audit(Tx(books[LARGE])) == []


@pytest.mark.parametrize("when", [NOW, NOW + 40 * 86_400], ids=["known windows", "new windows"])
def test_p9_a_purchase_costs_the_same_in_books_ten_times_as_large(
    books: dict[int, sqlite3.Connection], when: float
) -> None:
    """N25: under limits in five scopes, in windows that have begun and in new ones."""

    def accept_and_close(tx: Transaction) -> None:
        five_scopes(tx)
        first = buy(tx, now=when)
        ledger.close(tx, first, Closing.CAPTURE, now=when)

    assert growth(books, accept_and_close) < 1.2


def test_explaining_limits_costs_the_same_in_books_ten_times_as_large(
    books: dict[int, sqlite3.Connection],
) -> None:
    def explain(tx: Transaction) -> None:
        five_scopes(tx)
        guard(CAPS, zone=UTC, provider=PROVIDER, now=NOW).explain(tx, BUYER)

    assert growth(books, explain) < 1.2


def test_the_breaker_reads_what_is_of_today_or_open_and_nothing_else(
    books: dict[int, sqlite3.Connection],
) -> None:
    """What it asks before a picture is sent and after one failed, and who waits under a stop."""

    def look(tx: Transaction) -> None:
        purchases.sent(tx, provider=PROVIDER, since=NOW - 600, asked_after=NOW - 86_400, now=NOW)
        purchases.endings(
            tx,
            provider=PROVIDER,
            model=IDEOGRAM_V2_EDIT.id,
            sent_after=0.0,
            asked_after=NOW - 86_400,
            now=NOW,
        )
        pauses.begin(tx, provider=PROVIDER, model=None, reason=PauseReason.BURST, now=NOW)
        assert pauses.held_up(tx, provider=PROVIDER, model=None) == []

    today = sum(
        when > NOW - 86_400 for (when,) in books[LARGE].execute("SELECT created_at FROM job")
    )
    assert 0 < steps(books[LARGE], look) < 50 + 10 * today


@pytest.mark.parametrize("cap", [0, PRICE], ids=["closed", "over"])
@pytest.mark.parametrize(
    ("subject", "author"),
    [
        (LimitSubject(Scope.MEMBER, HOME.guild_id, HOME.member_id), RuleAuthor.MODERATOR),
        (LimitSubject(Scope.CHANNEL, HOME.guild_id, HOME.channel_id), RuleAuthor.MODERATOR),
        (guild(HOME.guild_id), RuleAuthor.OPERATOR),
        (BOT, RuleAuthor.OPERATOR),
    ],
    ids=["member", "channel", "guild", "bot"],
)
def test_a_refusal_under_a_limit_costs_the_same_in_books_ten_times_as_large(
    books: dict[int, sqlite3.Connection], subject: LimitSubject, author: RuleAuthor, cap: int
) -> None:
    """Under which nothing was ever held: what was bought is added up once, when it is set."""
    place = guard(CAPS, zone=UTC, provider=PROVIDER, now=NOW)

    def set_it(tx: Transaction) -> None:
        tx.execute("DELETE FROM counter WHERE window = 'ever'")
        limit(tx, cap, subject=subject, window=Window.EVER, author=author)
        place.count(tx, buyer_about(subject))

    def refused(tx: Transaction) -> None:
        with pytest.raises(LimitReached):
            place.require(tx, BUYER, 1)

    assert growth(books, refused, before=set_it) < 1.2


def test_the_audit_grows_with_the_books_and_no_faster(books: dict[int, sqlite3.Connection]) -> None:
    """N25: quadratic would be a hundred times; sorting what is ten times as long is thirteen."""
    assert growth(books, audit) < 14


@pytest.mark.parametrize("question", [*questions.QUESTIONS.values(), movements.DIFFERENCES])
def test_no_question_reads_a_large_table_for_each_row_of_another(
    books: dict[int, sqlite3.Connection], question: str
) -> None:
    rows = books[LARGE].execute(f"EXPLAIN QUERY PLAN {question}").fetchall()
    nests = defaultdict(list)
    correlated = {row["id"] for row in rows if row["detail"].startswith("CORRELATED")}
    for row in rows:
        if row["detail"].startswith(("SCAN", "SEARCH")):
            nests[row["parent"]].append(row["detail"])

    inner = [detail for nest in nests.values() for detail in nest[1:]]
    inner += [detail for parent in correlated for detail in nests[parent]]
    scanned = {detail.split()[1] for detail in inner if detail.startswith("SCAN")}

    assert scanned <= SMALL_TABLES
