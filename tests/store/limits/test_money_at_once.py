"""Many at once on a real file: whatever happens together, nobody spends what is not there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import LimitReached
from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.rules import BOT, DefaultLimits, LimitSubject, Rule, RuleAuthor, Scope, guild
from bot.domain.limits.windows import Window
from bot.store.billing import ledger
from bot.store.database import Transaction
from bot.store.limits import rules
from bot.store.sqlite import SqliteDatabase, read_sqlite
from tests.store.limits.limited import books_agree
from tests.support.books import CAPS, NOW, PRICE, one, put_in_line

CROWD = 1_000
ROLE = LimitSubject(Scope.ROLE, 1, 21)
PICTURES = {
    LimitSubject(Scope.MEMBER, 1, 99): 9,
    ROLE: 4,
    LimitSubject(Scope.ROLE, 1, 1): 2,
    LimitSubject(Scope.CHANNEL, 1, 31): 12,
    guild(1): 40,
    guild(2): 15,
    BOT: 100,
}
"""How many each limit has room for. 99 buys much, and those with the role 21 more than others. The
guild 3 has no limit of its own."""


def set_limits(tx: Transaction) -> None:
    for subject, count in PICTURES.items():
        rules.put(
            tx,
            Rule(
                subject=subject,
                window=Window.EVER if subject.scope is Scope.CHANNEL else Window.MONTH,
                cap=count * PRICE + PRICE - 1,
                author=RuleAuthor.OPERATOR if subject == BOT else RuleAuthor.MODERATOR,
                set_by=9,
                set_at=NOW,
                reason="test",
            ),
        )


def crowd() -> list[dict[str, object]]:
    """Who comes, in a fixed order that is the worst for everybody."""
    calls: list[dict[str, object]] = [
        {
            "member_id": 99 if number % 5 == 0 else number % 40,
            "guild_id": (1, 1, 1, 1, 1, 1, 1, 2, 2, 3)[number % 10],
            "channel_id": 31 if number % 4 == 0 else 32,
            "role_ids": (21,) if number % 3 == 0 else (),
            "count": 1 + number // 7 % 2,
        }
        for number in range(CROWD)
    ]
    random.Random(2).shuffle(calls)
    return calls


async def all_at_once(
    database: SqliteDatabase, calls: Sequence[dict[str, object]], *, caps: DefaultLimits = CAPS
) -> tuple[list[int], list[LimitReached]]:
    """Buy for everybody at the same time: the jobs of who got in, and what the others were told."""
    answers = await asyncio.gather(
        *(database.transact(put_in_line, caps=caps, **call) for call in calls),  # type: ignore[arg-type]
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, LimitReached)]
    accepted = [answer for answer in answers if isinstance(answer, list)]
    assert len(refused) + len(accepted) == len(calls)
    return [job_id for made in accepted for job_id in made], refused


def passed(tx: Transaction) -> tuple[int, list[str]]:
    """How many pictures the bot sold so far, and which limits it let be passed."""
    assert books_agree(tx)
    rows = tx.fetch_all("SELECT scope, guild_id, subject, held + spent AS used FROM counter")
    wrong = []
    for row in rows:
        subject = LimitSubject(Scope(row["scope"]), row["guild_id"], row["subject"])
        # Members of the first guild have limits, and at most the role's.
        of_role = (subject.scope, subject.guild_id) == (Scope.MEMBER, 1)
        most = PICTURES.get(subject, PICTURES[ROLE] if of_role else CROWD)
        if row["used"] > most * PRICE:
            wrong.append(f"{subject}: {row['used']}")
    return sum(row["used"] for row in rows if row["scope"] == "bot") // PRICE, wrong


async def watch(
    file: Path, work: Coroutine[Any, Any, Any]
) -> tuple[Any, list[tuple[int, list[str]]]]:
    """What comes of `work`, and what another connection saw meanwhile, time and again."""
    seen = []
    async with read_sqlite(file) as reader:
        working = asyncio.ensure_future(work)
        while not working.done():
            seen.append(await reader.transact(passed))
        seen.append(await reader.transact(passed))
        return await working, seen


async def test_r53_a_hundred_at_once_with_room_for_twelve_are_exactly_twelve(
    database: SqliteDatabase,
) -> None:
    """C1, C11, N1."""
    caps = DefaultLimits(member_day=12 * PRICE + PRICE - 1, guild_month=10**9, bot_month=10**9)

    accepted, refused = await all_at_once(database, [{}] * 100, caps=caps)

    assert len(accepted) == 12
    assert {(error.needed, error.standing.limit.pot.scope) for error in refused} == {
        (PRICE, Scope.MEMBER)
    }
    held = await database.transact(one, "SELECT held FROM counter WHERE scope = 'member'")
    assert held == 12 * PRICE


async def test_what_was_refused_leaves_no_trace(database: SqliteDatabase) -> None:
    """C2: no edit, no job, no row and no counter."""
    caps = DefaultLimits(member_day=10**9, guild_month=10**9, bot_month=PRICE)

    await all_at_once(database, [{"member_id": n, "count": 2} for n in range(20)], caps=caps)

    for table in ("edit", "job", "ledger_entry", "counter"):
        assert await database.transact(one, f"SELECT count(*) FROM {table}") == 0


async def test_r53_a_thousand_at_once_pass_no_limit_at_any_moment(
    database: SqliteDatabase, file: Path
) -> None:
    """C2: member, role, channel, guild and bot, each of which binds somewhere."""
    await database.transact(set_limits)

    (accepted, refused), seen = await watch(file, all_at_once(database, crowd()))

    assert len(accepted) == PICTURES[BOT]
    assert {error.standing.limit.rule.subject for error in refused} == set(PICTURES)
    assert len({sold for sold, _ in seen}) > 5
    assert not [wrong for _, wrong in seen if wrong]


async def test_a_thousand_at_once_of_whom_many_give_up_leave_nothing_behind(
    database: SqliteDatabase, file: Path
) -> None:
    """C2, C9: while others close; after all jobs end, held is 0 and spent what was captured."""
    await database.transact(set_limits)
    dice = random.Random(9)

    async def buy_and_end(call: dict[str, object]) -> None:
        await asyncio.sleep(dice.random() * 0.3)
        made = await database.transact(put_in_line, **call)  # type: ignore[arg-type]
        for job_id in made:
            await database.transact(ledger.close, job_id, dice.choice(list(Closing)), now=NOW)

    async def storm() -> list[BaseException | None]:
        callers = [asyncio.create_task(buy_and_end(call)) for call in crowd()]
        for victim in dice.sample(callers, 300):
            await asyncio.sleep(0.001)
            victim.cancel()
        return await asyncio.gather(*callers, return_exceptions=True)

    ended, seen = await watch(file, storm())
    left = await database.transact(
        lambda tx: [
            row["job_id"]
            for row in tx.fetch_all(
                "SELECT job_id FROM ledger_entry GROUP BY job_id HAVING SUM(held) > 0"
            )
        ]
    )
    for job_id in left:
        await database.transact(ledger.close, job_id, Closing.CAPTURE, now=NOW)

    assert {type(end) for end in ended} == {type(None), LimitReached, asyncio.CancelledError}
    assert not [wrong for _, wrong in seen if wrong]
    assert await database.transact(books_agree)
    assert await database.transact(one, "SELECT SUM(held) FROM counter") == 0
    captures = await database.transact(
        one, "SELECT count(*) FROM ledger_entry WHERE kind = 'capture'"
    )
    spent = await database.transact(one, "SELECT spent FROM counter WHERE scope = 'bot'")
    assert spent == captures * PRICE


async def test_a_hundred_first_uses_of_one_unknown_member_are_one_counter(
    database: SqliteDatabase,
) -> None:
    """C13."""
    caps = DefaultLimits(member_day=5 * PRICE, guild_month=10**9, bot_month=10**9)

    accepted, _ = await all_at_once(database, [{"member_id": 777}] * 100, caps=caps)

    assert len(accepted) == 5
    counters = await database.transact(one, "SELECT count(*) FROM counter WHERE subject = 777")
    assert counters == 1


async def test_of_many_who_close_a_job_one_does(database: SqliteDatabase) -> None:
    """C5, C7: a capture, a release by hand and one by the clock, all in the same moment."""
    (job_id,) = await database.transact(put_in_line)
    closings = [Closing.CAPTURE, Closing.RELEASE] * 25
    random.Random(5).shuffle(closings)

    ends = await asyncio.gather(
        *(database.transact(ledger.close, job_id, closing, now=NOW) for closing in closings),
        return_exceptions=True,
    )

    won = [closing for closing, end in zip(closings, ends, strict=True) if isinstance(end, int)]
    assert len(won) == 1
    spent = PRICE if won == [Closing.CAPTURE] else 0
    row = await database.transact(
        lambda tx: tx.fetch_one("SELECT held, spent FROM counter WHERE scope = 'bot'")
    )
    assert row is not None
    assert (row["held"], row["spent"]) == (0, spent)
    assert await database.transact(books_agree)


@pytest.mark.parametrize("pictures", [1, 3])
async def test_a_limit_set_among_purchases_counts_from_then_on(
    database: SqliteDatabase, pictures: int
) -> None:
    """C4: purchases before it are held to the old limit, those after it to the new."""
    caps = DefaultLimits(member_day=2 * PRICE, guild_month=10**9, bot_month=10**9)
    own = Rule(
        subject=LimitSubject(Scope.MEMBER, 5, 1),
        window=Window.DAY,
        cap=pictures * PRICE,
        author=RuleAuthor.MODERATOR,
        set_by=9,
        set_at=NOW,
        reason="test",
    )

    answers = await asyncio.gather(
        *(database.transact(put_in_line, guild_id=5, caps=caps) for _ in range(10)),
        database.transact(rules.put, own),
        *(database.transact(put_in_line, guild_id=5, caps=caps) for _ in range(10)),
        return_exceptions=True,
    )

    accepted = [isinstance(answer, list) for answer in answers]
    assert (sum(accepted[:10]), sum(accepted[11:])) == (2, max(0, pictures - 2))
    assert await database.transact(books_agree)
