"""What counts where: pots, windows and time zones, whatever is done to limits meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.rules import Boost, Buyer, LimitSubject, RuleAuthor, Scope, guild
from bot.domain.limits.windows import Window
from bot.store.billing import ledger
from bot.store.limits import guilds, rules
from tests.store.limits.limited import (
    ALONE,
    HERE,
    ME,
    books_agree,
    limit,
    refused,
    unlimit,
    used,
    where,
)
from tests.support.books import NOW, PRICE, one, put_in_line

if TYPE_CHECKING:
    from bot.store.sqlite import SqliteTransaction

    Wall = tuple[int, int, int, int, int]


def test_real_and_play_money_are_counted_apart(tx: SqliteTransaction) -> None:
    put_in_line(tx, provider="embedded", guild_id=3)

    assert used(where(tx)) == [(0, 0)] * 3
    assert used(where(tx, provider="embedded")) == [(0, PRICE)] * 3


def test_r49_what_a_member_spends_in_one_guild_counts_in_no_other(tx: SqliteTransaction) -> None:
    put_in_line(tx, guild_id=3)

    assert used(where(tx, Buyer(member_id=1, guild_id=4))) == [(0, 0), (0, 0), (0, PRICE)]
    assert used(where(tx, ALONE)) == [(0, 0), (0, PRICE)]


def test_r50_a_channel_counts_what_all_buy_in_it(tx: SqliteTransaction) -> None:
    limit(tx, 2 * PRICE, subject=LimitSubject(Scope.CHANNEL, 3, 50))
    put_in_line(tx, guild_id=3, channel_id=50, member_id=1)
    put_in_line(tx, guild_id=3, channel_id=50, member_id=2)

    why = refused(tx, channel_id=50, member_id=7)
    put_in_line(tx, guild_id=3, channel_id=51, member_id=7)

    assert why.binding(PRICE).limit.rule.subject == LimitSubject(Scope.CHANNEL, 3, 50)


def test_r50_a_limit_of_a_channel_that_is_set_later_counts_what_was_bought_in_it_only(
    tx: SqliteTransaction,
) -> None:
    put_in_line(tx, guild_id=3, channel_id=50)
    put_in_line(tx, guild_id=3, channel_id=51, count=2)

    limit(tx, 10**9, subject=LimitSubject(Scope.CHANNEL, 3, 50))

    buyer = Buyer(member_id=7, guild_id=3, channel_id=50)
    assert used(where(tx, buyer)) == [(0, 0), (0, PRICE), (0, 3 * PRICE), (0, 3 * PRICE)]


def test_r50_a_role_that_was_taken_away_takes_its_room_along(tx: SqliteTransaction) -> None:
    limit(tx, 5 * PRICE, subject=LimitSubject(Scope.ROLE, 3, 21))
    limit(tx, PRICE, subject=LimitSubject(Scope.ROLE, 3, 3))
    put_in_line(tx, count=3, guild_id=3, role_ids=(21,))

    why = refused(tx, role_ids=())

    assert (why.binding(PRICE).held, why.binding(PRICE).over) == (3 * PRICE, 2 * PRICE)


def test_n13_reading_where_a_member_stands_writes_nothing(tx: SqliteTransaction) -> None:
    put_in_line(tx, guild_id=3)
    before = one(tx, "SELECT total_changes()")

    for buyer in (HERE, ALONE, Buyer(member_id=99, guild_id=7, channel_id=5, role_ids=(1, 2))):
        where(tx, buyer)

    assert one(tx, "SELECT total_changes()") == before


@pytest.mark.parametrize(
    ("bought_by", "counted_by", "bought", "now"),
    [
        # In winter both days end at once; London's began an hour before.
        ("Europe/London", "UTC", (2026, 10, 24, 23, 30), (2026, 10, 25, 12, 0)),
        # In spring both days begin at once; London's ends an hour before. And the clock jumps back.
        ("UTC", "Europe/London", (2027, 3, 28, 23, 30), (2027, 3, 28, 12, 0)),
    ],
)
def test_two_days_that_only_begin_or_only_end_together_are_two(
    tx: SqliteTransaction, bought_by: str, counted_by: str, bought: Wall, now: Wall
) -> None:
    guilds.set_time_zone(tx, 3, bought_by)
    put_in_line(tx, guild_id=3, now=datetime(*bought, tzinfo=UTC).timestamp())

    guilds.set_time_zone(tx, 3, counted_by)
    found = where(tx, now=datetime(*now, tzinfo=UTC).timestamp())

    assert used(found) == [(0, 0), (0, PRICE), (0, PRICE)]


@pytest.mark.parametrize("limited", ["before", "after"])
@pytest.mark.parametrize("window", [Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH])
def test_r55_a_picture_bought_as_a_window_begins_counts_in_it_and_in_no_other(
    tx: SqliteTransaction, window: Window, limited: str
) -> None:
    """Whether its counter is there already, or is made of the ledger when a limit is set."""
    begin = datetime(2027, 2, 1, tzinfo=UTC).timestamp()  # a Monday
    if limited == "before":
        limit(tx, 10**9, window=window)
        put_in_line(tx, guild_id=3, price=7, now=begin - 0.5)

    (job_id,) = put_in_line(tx, guild_id=3, now=begin)
    ledger.close(tx, job_id, Closing.CAPTURE, now=begin + 999)
    if limited == "after":
        put_in_line(tx, guild_id=3, price=7, now=begin - 0.5)
        limit(tx, 10**9, window=window)

    for now, counted in ((begin - 0.5, (0, 7)), (begin, (PRICE, 0))):
        (mine,) = (
            one
            for one in where(tx, now=now).standings
            if one.limit.rule.cap == 10**9
            and one.limit.rule.window is window
            and one.limit.pot.scope is Scope.MEMBER
        )
        assert (mine.spent, mine.held) == counted
    assert books_agree(tx)


def test_play_money_fills_no_counter_of_real_money(tx: SqliteTransaction) -> None:
    """Both have counters of the same windows, and are closed by themselves."""
    put_in_line(tx, guild_id=3)
    (job_id,) = put_in_line(tx, provider="embedded", guild_id=3)

    ledger.close(tx, job_id, Closing.CAPTURE, now=NOW)

    assert used(where(tx)) == [(0, PRICE)] * 3
    assert used(where(tx, provider="embedded")) == [(PRICE, 0)] * 3


def test_a_close_moves_the_money_in_every_pot_the_hold_went_into(tx: SqliteTransaction) -> None:
    limit(tx, 10**9, subject=LimitSubject(Scope.CHANNEL, 3, 50), window=Window.WEEK)
    buyer = Buyer(member_id=1, guild_id=3, channel_id=50)
    (job_id, _) = put_in_line(tx, guild_id=3, channel_id=50, count=2)

    ledger.close(tx, job_id, Closing.CAPTURE, now=NOW)

    assert used(where(tx, buyer)) == [(PRICE, PRICE)] * 4


def test_another_time_zone_opens_no_new_budget(tx: SqliteTransaction) -> None:
    """C16: days and months begin at another moment, and what was spent in them stays spent."""
    first, second, third = put_in_line(tx, guild_id=3, count=3)
    ledger.close(tx, first, Closing.CAPTURE, now=NOW)

    guilds.set_time_zone(tx, 3, "Asia/Tokyo")
    read = where(tx)
    put_in_line(tx, guild_id=3, price=0)
    ledger.close(tx, second, Closing.CAPTURE, now=NOW)
    ledger.close(tx, third, Closing.RELEASE, now=NOW)

    assert used(read) == [(PRICE, 2 * PRICE)] * 3
    for zone in ("Asia/Tokyo", "Europe/Berlin", None):
        guilds.set_time_zone(tx, 3, zone)
        assert used(where(tx)) == [(2 * PRICE, 0)] * 3
    assert books_agree(tx)


def test_r52_the_operators_limits_count_by_the_bots_time_zone(tx: SqliteTransaction) -> None:
    """Else moderators could restart the operator's month by moving their clock."""
    guilds.set_time_zone(tx, 3, "Asia/Tokyo")
    new_year_in_tokyo = datetime(2026, 12, 31, 15, tzinfo=UTC).timestamp()
    put_in_line(tx, guild_id=3, now=new_year_in_tokyo - 1)

    found = where(tx, now=new_year_in_tokyo)

    assert used(found) == [(0, 0), (0, PRICE), (0, PRICE)]


@pytest.mark.parametrize("window", Window)
def test_a_limit_that_is_set_today_counts_what_was_spent_before(
    tx: SqliteTransaction, window: Window
) -> None:
    (job_id, _) = put_in_line(tx, guild_id=3, count=2)
    ledger.close(tx, job_id, Closing.CAPTURE, now=NOW)

    limit(tx, 3 * PRICE, window=window)

    assert refused(tx, count=2).binding(PRICE).limit.rule.window is window
    put_in_line(tx, guild_id=3)
    assert (PRICE, 2 * PRICE) in used(where(tx))
    assert books_agree(tx)


def test_a_limit_that_was_taken_away_counts_on_and_comes_back_right(tx: SqliteTransaction) -> None:
    limit(tx, 2 * PRICE, window=Window.WEEK)
    put_in_line(tx, guild_id=3, count=2)
    unlimit(tx, window=Window.WEEK)
    (job_id, _) = put_in_line(tx, guild_id=3, count=2)

    ledger.close(tx, job_id, Closing.CAPTURE, now=NOW)
    limit(tx, 5 * PRICE, window=Window.WEEK)

    assert refused(tx, count=2).affords(PRICE) == 1
    assert books_agree(tx)


@pytest.mark.parametrize(("moderators", "operators"), [(2, 3), (3, 2)])
def test_r51_of_two_limits_of_a_guild_the_lower_holds(
    tx: SqliteTransaction, moderators: int, operators: int
) -> None:
    """One counter, two caps."""
    limit(tx, moderators * PRICE, subject=guild(3))
    limit(tx, operators * PRICE, subject=guild(3), author=RuleAuthor.OPERATOR)
    put_in_line(tx, guild_id=3, count=2)

    why = refused(tx)

    assert why.binding(PRICE).limit.cap == 2 * PRICE
    assert one(tx, "SELECT cap FROM counter WHERE scope = 'guild' AND window = 'day'") == 2 * PRICE


def test_n18_the_end_of_a_boost_ends_the_room_and_keeps_the_spending(tx: SqliteTransaction) -> None:
    limit(tx, PRICE)
    boost = Boost(
        id=0,
        subject=ME,
        window=Window.DAY,
        amount=2 * PRICE,
        starts=NOW,
        ends=NOW + 60,
        set_by=9,
        reason="a contest",
    )
    rules.add_boost(tx, boost)
    refused(tx, now=NOW - 0.5, count=2)
    put_in_line(tx, guild_id=3, count=3, now=NOW)

    in_time, after = refused(tx, now=NOW + 59.5), where(tx, now=NOW + 60)

    assert (in_time.binding(PRICE).left, in_time.binding(PRICE).over) == (0, 0)
    assert after.binding(PRICE).over == 2 * PRICE
    assert books_agree(tx)
