"""Holds and limits: whatever happens at once, nobody spends what is not there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.domain.errors import LimitReached
from bot.domain.lifecycle import Closing
from bot.domain.limits import Caps, Limit, Scope, Standing
from bot.domain.windows import Window
from bot.store import audit, edits, jobs, ledger
from tests.store.books import CAPS, NOW, PRICE, PROVIDER, add_draft, one, put_in_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.database import Transaction
    from bot.store.sqlite import SqliteDatabase, SqliteTransaction

BERLIN = ZoneInfo("Europe/Berlin")


def standings(
    tx: Transaction,
    *,
    caps: Caps = CAPS,
    member_id: int = 1,
    guild_id: int | None = None,
    zone: ZoneInfo = BERLIN,
    now: float = NOW,
) -> list[Standing]:
    found = ledger.counters(
        tx,
        caps.for_place(guild_id),
        provider=PROVIDER,
        member_id=member_id,
        guild_id=guild_id,
        zone=zone,
        now=now,
    )
    return [standing for _, standing in found]


def books_agree(tx: Transaction) -> bool:
    """Design 5.2: every counter is the sum of the ledger rows that went into it."""
    rows = tx.fetch_all(
        """
        SELECT counter.held, counter.spent,
               COALESCE(SUM(entry.held), 0) AS ledger_held,
               COALESCE(SUM(entry.spent), 0) AS ledger_spent
        FROM counter
        LEFT JOIN counted ON counted.counter_id = counter.id
        LEFT JOIN ledger_entry AS entry ON entry.job_id = counted.job_id
        GROUP BY counter.id
        """
    )
    return all(
        (row["held"], row["spent"]) == (row["ledger_held"], row["ledger_spent"]) for row in rows
    )


async def all_at_once(
    database: SqliteDatabase, calls: Sequence[dict[str, object]], *, caps: Caps
) -> tuple[int, list[LimitReached]]:
    """Hold for everybody at the same time: how many got in, and what the others were told."""
    answers = await asyncio.gather(
        *(database.transact(put_in_line, caps=caps, **call) for call in calls),  # type: ignore[arg-type]
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, LimitReached)]
    accepted = [answer for answer in answers if isinstance(answer, list)]
    assert len(refused) + len(accepted) == len(calls)
    return len(accepted), refused


async def test_a_hundred_at_once_with_room_for_twelve_are_exactly_twelve(
    database: SqliteDatabase,
) -> None:
    """C1, C11: remove the test in the UPDATE of `ledger.hold`, and this fails."""
    caps = Caps(member_day=12 * PRICE + PRICE - 1, guild_month=10**9, bot_month=10**9)

    accepted, refused = await all_at_once(database, [{}] * 100, caps=caps)

    assert accepted == 12
    assert {(error.needed, error.standing.limit.scope) for error in refused} == {
        (PRICE, Scope.MEMBER)
    }
    assert await database.transact(one, "SELECT held FROM counter WHERE scope = 'member'") == (
        12 * PRICE
    )


async def test_what_was_refused_leaves_no_trace(database: SqliteDatabase) -> None:
    """C2: no edit, no job, no row and nothing counted."""
    caps = Caps(member_day=10**9, guild_month=10**9, bot_month=PRICE)

    await all_at_once(database, [{"member_id": n, "count": 2} for n in range(20)], caps=caps)

    for table in ("edit", "job", "ledger_entry", "counted", "counter"):
        assert await database.transact(one, f"SELECT count(*) FROM {table}") == 0


async def test_three_limits_hold_at_once(database: SqliteDatabase) -> None:
    """C2: a thousand calls, one eager member, one crowded guild, and each limit binds somewhere."""
    caps = Caps(member_day=3 * PRICE, guild_month=20 * PRICE, bot_month=50 * PRICE)
    calls: list[dict[str, object]] = [
        {
            "member_id": 99 if number % 3 == 0 else number % 40,
            "guild_id": 1 if number % 10 < 7 else 2 + number % 5,
        }
        for number in range(1_000)
    ]

    accepted, refused = await all_at_once(database, calls, caps=caps)
    top = await database.transact(
        lambda tx: {
            row["scope"]: row["top"]
            for row in tx.fetch_all("SELECT scope, max(held) AS top FROM counter GROUP BY scope")
        }
    )

    assert accepted == 50
    assert {error.standing.limit.scope for error in refused} == set(Scope)
    assert top["bot"] == 50 * PRICE
    assert top["member"] <= 3 * PRICE
    assert top["guild"] <= 20 * PRICE
    assert await database.transact(books_agree)


async def test_a_hundred_first_uses_of_one_unknown_member_are_one_counter(
    database: SqliteDatabase,
) -> None:
    """C13."""
    caps = Caps(member_day=5 * PRICE, guild_month=10**9, bot_month=10**9)

    accepted, _ = await all_at_once(database, [{"member_id": 777}] * 100, caps=caps)

    assert accepted == 5
    counters = await database.transact(one, "SELECT count(*) FROM counter WHERE subject = 777")
    assert counters == 1


def test_a_capture_spends_what_was_held_and_a_release_gives_it_back(
    tx: SqliteTransaction,
) -> None:
    first, second = put_in_line(tx, count=2)

    spent = ledger.close(tx, first, Closing.CAPTURE, now=NOW)
    given_back = ledger.close(tx, second, Closing.RELEASE, now=NOW)

    (day, month) = standings(tx, zone=ZoneInfo("UTC"))
    assert (spent, given_back) == (PRICE, 0)
    assert (day.spent, day.held) == (month.spent, month.held) == (PRICE, 0)
    assert books_agree(tx)


@pytest.mark.parametrize("closing", Closing)
def test_a_hold_just_before_midnight_counts_for_the_old_day_whenever_it_ends(
    tx: SqliteTransaction, closing: Closing
) -> None:
    """C8, I12, S17: held at 23:59:59.9, closed at 00:00:05."""
    midnight = datetime(2026, 11, 30, 23, tzinfo=UTC).timestamp()  # in Berlin; of a month, too
    (job_id,) = put_in_line(tx, zone=BERLIN, guild_id=3, now=midnight - 0.1)

    ledger.close(tx, job_id, closing, now=midnight + 5)
    old = standings(tx, guild_id=3, now=midnight - 0.1)
    new = standings(tx, guild_id=3, now=midnight + 5)

    spent = PRICE if closing is Closing.CAPTURE else 0
    assert [(standing.spent, standing.held) for standing in old] == [(spent, 0)] * 3
    assert [(standing.spent, standing.held) for standing in new] == [(0, 0)] * 3
    assert books_agree(tx)


def test_a_new_day_has_its_full_cap_while_the_month_goes_on(tx: SqliteTransaction) -> None:
    caps = Caps(member_day=PRICE, guild_month=10**9, bot_month=2 * PRICE)
    put_in_line(tx, caps=caps)
    with pytest.raises(LimitReached) as same_day:
        put_in_line(tx, caps=caps)

    put_in_line(tx, caps=caps, now=NOW + 86_400)
    with pytest.raises(LimitReached) as third_day:
        put_in_line(tx, caps=caps, now=NOW + 2 * 86_400)

    assert same_day.value.standing.limit.scope is Scope.MEMBER
    assert third_day.value.standing.limit.scope is Scope.BOT


def test_a_lowered_limit_refuses_new_holds_and_breaks_no_old_ones(tx: SqliteTransaction) -> None:
    """C4, I2."""
    jobs_held = put_in_line(tx, count=4)
    lowered = Caps(member_day=PRICE, guild_month=10**9, bot_month=10**9)

    with pytest.raises(LimitReached) as refused:
        put_in_line(tx, caps=lowered)
    for job_id in jobs_held:
        ledger.close(tx, job_id, Closing.CAPTURE, now=NOW)

    assert refused.value.standing.left == 0
    assert standings(tx, zone=ZoneInfo("UTC"))[0].spent == 4 * PRICE


@pytest.mark.parametrize("price", [0, 1])
def test_what_is_free_needs_no_room(tx: SqliteTransaction, price: int) -> None:
    nothing = Caps(member_day=0, guild_month=0, bot_month=0)

    if price:
        with pytest.raises(LimitReached):
            put_in_line(tx, caps=nothing, price=price)
    else:
        (job_id,) = put_in_line(tx, caps=nothing, price=price)
        assert ledger.close(tx, job_id, Closing.CAPTURE, now=NOW) == 0


def test_real_and_play_money_are_counted_apart(tx: SqliteTransaction) -> None:
    put_in_line(tx, provider="embedded")

    assert [standing.held for standing in standings(tx, zone=ZoneInfo("UTC"))] == [0, 0]


def test_a_refusal_names_the_narrowest_limit_without_room_and_when_it_ends(
    tx: SqliteTransaction,
) -> None:
    caps = Caps(member_day=PRICE, guild_month=PRICE, bot_month=PRICE)
    put_in_line(tx, caps=caps, guild_id=3, zone=BERLIN)

    with pytest.raises(LimitReached) as refused:
        put_in_line(tx, caps=caps, guild_id=3, zone=BERLIN)

    standing = refused.value.standing
    day = datetime.fromtimestamp(NOW, tz=BERLIN).date()
    assert standing.limit == Limit(Scope.MEMBER, Window.DAY, PRICE)
    assert (standing.held, standing.left) == (PRICE, 0)
    assert datetime.fromtimestamp(standing.renews_at - 1, tz=BERLIN).date() == day


def test_the_tightest_limit_is_the_one_with_the_least_left(tx: SqliteTransaction) -> None:
    caps = Caps(member_day=5 * PRICE, guild_month=2 * PRICE, bot_month=9 * PRICE)

    assert ledger.tightest(standings(tx, caps=caps, guild_id=3)).limit.scope is Scope.GUILD


def test_reading_where_a_member_stands_writes_nothing(tx: SqliteTransaction) -> None:
    put_in_line(tx, guild_id=3)
    before = one(tx, "SELECT total_changes()")

    for member_id, guild_id in ((1, 3), (2, None), (99, 7)):
        ledger.standings(
            tx,
            CAPS.for_place(guild_id),
            provider=PROVIDER,
            member_id=member_id,
            guild_id=guild_id,
            zone=BERLIN,
            now=NOW,
        )

    assert one(tx, "SELECT total_changes()") == before


def test_another_time_zone_opens_no_new_budget(tx: SqliteTransaction) -> None:
    """C16: days and months begin at another moment, and what was spent in them stays spent."""
    first, second, third = put_in_line(tx, guild_id=3, count=3)
    ledger.close(tx, first, Closing.CAPTURE, now=NOW)

    read = ledger.standings(
        tx,
        CAPS.for_place(3),
        provider=PROVIDER,
        member_id=1,
        guild_id=3,
        zone=BERLIN,
        now=NOW,
    )
    made = standings(tx, guild_id=3, zone=BERLIN)
    ledger.close(tx, second, Closing.CAPTURE, now=NOW)
    ledger.close(tx, third, Closing.RELEASE, now=NOW)

    assert [(s.spent, s.held) for s in read] == [(PRICE, 2 * PRICE)] * 3
    assert made == read
    for zone in (BERLIN, ZoneInfo("UTC")):
        assert [(s.spent, s.held) for s in standings(tx, guild_id=3, zone=zone)] == [
            (2 * PRICE, 0)
        ] * 3
    found = {problem for problem, _ in audit.contradictions(tx)}
    assert not found & {"counter wrong", "wrong window", "not counted"}


def test_only_the_members_own_pictures_are_charged_to_an_edit(tx: SqliteTransaction) -> None:
    first, second = put_in_line(tx, count=2)
    put_in_line(tx)
    ledger.close(tx, first, Closing.CAPTURE, now=NOW)
    ledger.close(tx, second, Closing.RELEASE, now=NOW)
    job = jobs.get(tx, first)
    assert job

    assert edits.charged(tx, job.edit_id) == PRICE


def test_a_counter_cannot_be_pushed_over_its_cap_by_a_stale_standing(
    tx: SqliteTransaction,
) -> None:
    """Finding 11: the room is tested where it is taken, not where it was read."""
    caps = Caps(member_day=PRICE, guild_month=10**9, bot_month=10**9)
    stale = ledger.counters(
        tx,
        caps.for_place(None),
        provider=PROVIDER,
        member_id=1,
        guild_id=None,
        zone=ZoneInfo("UTC"),
        now=NOW,
    )
    put_in_line(tx, caps=caps)
    edit_id = add_draft(tx)
    job_id = jobs.enqueue(
        tx,
        edit_id=edit_id,
        ordinal=0,
        member_id=1,
        provider=PROVIDER,
        price=PRICE,
        unit_cost=0,
        now=NOW,
    )

    with pytest.raises(LimitReached):
        ledger.hold(tx, job_id, PRICE, stale, now=NOW)


def test_closing_a_job_that_holds_nothing_is_a_bug(tx: SqliteTransaction) -> None:
    edit_id = add_draft(tx)
    job_id = jobs.enqueue(
        tx,
        edit_id=edit_id,
        ordinal=0,
        member_id=1,
        provider=PROVIDER,
        price=PRICE,
        unit_cost=0,
        now=NOW,
    )

    with pytest.raises(AssertionError):
        ledger.close(tx, job_id, Closing.CAPTURE, now=NOW)
