"""A transaction is never cut: not by a cancelled caller, not by any kind of exception."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time

import pytest

from bot.domain.errors import LimitReached
from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.rules import DefaultLimits
from bot.store.billing import ledger
from bot.store.database import Transaction
from bot.store.sqlite import SqliteDatabase
from tests.store.limits.limited import books_agree
from tests.support.books import PRICE, one, put_in_line

WIDE = DefaultLimits(member_day=10**9, guild_month=10**9, bot_month=10**9)


def hold_and_capture(tx: Transaction) -> None:
    (job_id,) = put_in_line(tx, caps=WIDE)
    ledger.close(tx, job_id, Closing.CAPTURE, now=0)


async def test_a_storm_of_cancelled_callers_leaves_no_open_transaction_and_no_leaked_hold(
    database: SqliteDatabase,
) -> None:
    """C9, finding 6: with several awaits in a transaction, this wedged 946 of 1 000 callers."""
    dice = random.Random(9)

    async def call(delay: float, patience: float) -> None:
        await asyncio.sleep(delay)
        async with asyncio.timeout(patience):
            await database.transact(hold_and_capture)

    callers = [
        asyncio.create_task(call(dice.random() * 0.2, dice.random() * 0.05)) for _ in range(1_000)
    ]
    for victim in dice.sample(callers, 300):
        await asyncio.sleep(0)
        victim.cancel()
    ended = await asyncio.gather(*callers, return_exceptions=True)

    assert {type(end) for end in ended} <= {type(None), TimeoutError, asyncio.CancelledError}
    assert sum(end is None for end in ended) < 1_000
    assert await database.transact(one, "SELECT COALESCE(SUM(held), 0) FROM counter") == 0
    assert await database.transact(books_agree)
    jobs, spent = await database.transact(
        lambda tx: (
            one(tx, "SELECT count(*) FROM job"),
            one(tx, "SELECT spent FROM counter WHERE scope = 'bot'"),
        )
    )
    assert spent == jobs * PRICE
    assert jobs >= sum(end is None for end in ended)


async def test_a_decision_that_began_runs_to_its_end_whoever_stopped_waiting(
    database: SqliteDatabase,
) -> None:
    def slowly(tx: Transaction) -> None:
        time.sleep(0.1)
        put_in_line(tx, caps=WIDE)

    waiting = asyncio.create_task(database.transact(slowly))
    await asyncio.sleep(0.03)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert await database.transact(one, "SELECT count(*) FROM ledger_entry") == 1


@pytest.mark.parametrize(
    "error",
    [
        SystemExit,
        KeyboardInterrupt,
        GeneratorExit,
        asyncio.CancelledError,
        ValueError,
        MemoryError,
        RecursionError,
    ],
)
async def test_whatever_is_raised_inside_a_decision_rolls_it_back(
    database: SqliteDatabase, error: type[BaseException]
) -> None:
    """C10."""

    def hold_and_raise(tx: Transaction) -> None:
        put_in_line(tx, caps=WIDE)
        raise error

    with pytest.raises(error):
        await database.transact(hold_and_raise)

    assert await database.transact(one, "SELECT count(*) FROM edit") == 0
    await database.transact(hold_and_capture)
    assert await database.transact(one, "SELECT count(*) FROM edit") == 1


async def test_a_refusal_in_the_middle_of_an_edit_takes_back_its_first_jobs(
    database: SqliteDatabase,
) -> None:
    caps = DefaultLimits(member_day=3 * PRICE, guild_month=10**9, bot_month=10**9)

    with pytest.raises(LimitReached):
        await database.transact(put_in_line, caps=caps, count=4)

    assert await database.transact(one, "SELECT count(*) FROM job") == 0


async def test_a_bug_in_our_sql_stays_a_bug(database: SqliteDatabase) -> None:
    """It must not look like a disk that will be fine in a minute."""
    with pytest.raises(sqlite3.IntegrityError):
        await database.transact(
            lambda tx: tx.execute("INSERT INTO spending_limit (guild_id, cap) VALUES (3, -1)")
        )
    with pytest.raises(sqlite3.ProgrammingError):
        await database.transact(lambda tx: tx.execute("SELECT :a", b=1))


async def test_parameters_are_never_part_of_the_sql(database: SqliteDatabase) -> None:
    """86: quotes, templates and shells in a member's text are only text."""
    text = "'; DROP TABLE job;-- %s {0.__class__} ${jndi:ldap://x} {{7*7}} \u202e 😀"

    assert await database.transact(one, "SELECT :text", text=text) == text
    assert await database.transact(one, "SELECT count(*) FROM job") == 0
