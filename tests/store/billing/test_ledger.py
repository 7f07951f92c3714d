"""Holds and closes, one after the other: what there is room for, and what becomes of it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest

from bot.domain.errors import LimitReached
from bot.domain.jobs.lifecycle import Closing
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
from bot.store.billing import ledger
from bot.store.edits import edits
from bot.store.limits import counters
from bot.store.sqlite import SqliteTransaction as Tx
from tests.store.limits.limited import (
    BERLIN,
    HERE,
    ME,
    a_job,
    books_agree,
    limit,
    refused,
    used,
    where,
)
from tests.support.books import CAPS, NOW, PRICE, PROVIDER, guard, job_of, one, put_in_line


def test_a_capture_spends_what_was_held_and_a_release_gives_it_back(tx: Tx) -> None:
    first, second = put_in_line(tx, count=2, guild_id=3)

    spent = ledger.close(tx, first, Closing.CAPTURE, now=NOW)
    given_back = ledger.close(tx, second, Closing.RELEASE, now=NOW)

    assert (spent, given_back) == (PRICE, 0)
    assert used(where(tx)) == [(PRICE, 0)] * 3
    assert books_agree(tx)


@pytest.mark.parametrize("closing", Closing)
def test_a_hold_just_before_midnight_counts_for_the_old_window_whenever_it_ends(
    tx: Tx, closing: Closing
) -> None:
    """C8, I12, S17: held at 23:59:59.9, closed at 00:00:05, when a week and a month end, too."""
    for window in Window:
        limit(tx, 10**9, window=window)
    midnight = datetime(2027, 1, 31, 23, tzinfo=UTC).timestamp()  # in Berlin; 1 February, a Monday
    (job_id,) = put_in_line(tx, zone=BERLIN, guild_id=3, now=midnight - 0.1)

    ledger.close(tx, job_id, closing, now=midnight + 5)
    old = where(tx, zone=BERLIN, now=midnight - 0.1)
    new = where(tx, zone=BERLIN, now=midnight + 5)

    counted = (PRICE if closing is Closing.CAPTURE else 0, 0)
    names = [(standing.limit.pot.scope, standing.limit.rule.window) for standing in new.standings]
    assert used(old) == [counted] * 7
    assert dict(zip(names, used(new), strict=True)) == {
        (Scope.MEMBER, Window.HOUR): (0, 0),
        (Scope.MEMBER, Window.DAY): (0, 0),
        (Scope.MEMBER, Window.WEEK): (0, 0),
        (Scope.MEMBER, Window.MONTH): (0, 0),
        (Scope.MEMBER, Window.EVER): counted,
        (Scope.GUILD, Window.MONTH): (0, 0),
        (Scope.BOT, Window.MONTH): (0, 0),
    }
    assert books_agree(tx)


def test_r55_a_new_day_has_its_full_cap_while_the_month_goes_on(tx: Tx) -> None:
    caps = DefaultLimits(member_day=PRICE, guild_month=10**9, bot_month=2 * PRICE)
    put_in_line(tx, caps=caps, guild_id=3)

    same_day = refused(tx, caps=caps)
    put_in_line(tx, caps=caps, guild_id=3, now=NOW + 86_400)
    third_day = refused(tx, caps=caps, now=NOW + 2 * 86_400)

    assert same_day.binding(PRICE).limit.rule.subject == LimitSubject(Scope.ROLE, 3, 3)
    assert third_day.binding(PRICE).limit.rule.subject == BOT


def test_n18_a_lowered_limit_refuses_new_holds_and_breaks_no_old_ones(tx: Tx) -> None:
    """C4, I2."""
    held = put_in_line(tx, count=4, guild_id=3)
    limit(tx, 2 * PRICE)

    why = refused(tx)
    for job_id in held:
        ledger.close(tx, job_id, Closing.CAPTURE, now=NOW)

    assert (why.binding(PRICE).left, why.binding(PRICE).over) == (0, 2 * PRICE)
    assert where(tx).binding(PRICE).over == 2 * PRICE
    assert where(tx).binding(PRICE).spent == 4 * PRICE


@pytest.mark.parametrize("subject", [ME, LimitSubject(Scope.ROLE, 3, 3), guild(3), BOT])
def test_n18_nothing_is_closed_even_for_what_is_free(tx: Tx, subject: LimitSubject) -> None:
    author = RuleAuthor.OPERATOR if subject == BOT else RuleAuthor.MODERATOR
    limit(tx, 0, subject=subject, author=author)

    why = refused(tx, price=0)

    assert [one.limit.rule.subject for one in why.standings if not one.limit.cap] == [subject]


def test_what_is_free_needs_no_room_where_nothing_is_closed(tx: Tx) -> None:
    caps = DefaultLimits(member_day=1, guild_month=1, bot_month=1)
    put_in_line(tx, caps=caps, price=1, guild_id=3)

    (job_id,) = put_in_line(tx, caps=caps, price=0, guild_id=3)

    assert ledger.close(tx, job_id, Closing.CAPTURE, now=NOW) == 0


def test_r60_the_last_micro_dollar_is_room_and_one_more_is_not(tx: Tx) -> None:
    limit(tx, 4 * PRICE - 1)
    put_in_line(tx, count=3, guild_id=3)

    why = refused(tx)
    put_in_line(tx, price=PRICE - 1, guild_id=3)

    assert why.binding(PRICE).left == PRICE - 1
    assert where(tx).binding(PRICE).left == 0


def test_an_edit_of_several_pictures_is_bought_whole_or_not_at_all(tx: Tx) -> None:
    limit(tx, 3 * PRICE)
    before = one(tx, "SELECT count(*) FROM ledger_entry")

    why = refused(tx, count=4)

    assert why.affords(PRICE) == 3
    assert one(tx, "SELECT count(*) FROM ledger_entry") == before


def test_n1_a_refusal_names_the_limit_without_room_that_opens_last_and_when_that_is(tx: Tx) -> None:
    caps = DefaultLimits(member_day=PRICE, guild_month=2 * PRICE, bot_month=2 * PRICE)
    put_in_line(tx, caps=caps, guild_id=3, zone=BERLIN)
    limit(tx, PRICE, window=Window.HOUR)

    standing = refused(tx, caps=caps, zone=BERLIN).binding(PRICE)

    day = datetime.fromtimestamp(NOW, tz=BERLIN).date()
    assert (standing.limit.pot.scope, standing.limit.rule.window) == (Scope.MEMBER, Window.DAY)
    assert (standing.limit.cap, standing.held, standing.left) == (PRICE, PRICE, 0)
    assert standing.renews_at is not None
    assert datetime.fromtimestamp(standing.renews_at - 1, tz=BERLIN).date() == day


def test_only_the_members_own_pictures_are_charged_to_an_edit(tx: Tx) -> None:
    first, second = put_in_line(tx, count=2)
    put_in_line(tx)
    ledger.close(tx, first, Closing.CAPTURE, now=NOW)
    ledger.close(tx, second, Closing.RELEASE, now=NOW)
    job = job_of(tx, first)

    assert edits.charged(tx, job.edit_id) == PRICE


def test_a_counter_cannot_be_pushed_over_its_cap_by_what_was_read_before(tx: Tx) -> None:
    """R53, finding 11: the room is tested where it is taken, not where it was read."""
    limit(tx, PRICE)
    stale = where(tx)
    put_in_line(tx, guild_id=3)

    with pytest.raises(LimitReached) as found:
        ledger.hold(tx, [a_job(tx)], PRICE, stale, provider=PROVIDER, now=NOW)

    assert (found.value.needed, found.value.explanation) == (PRICE, stale)


@pytest.mark.parametrize(
    ("amount", "cap", "fits"),
    [
        (PRICE, 4 * PRICE, True),
        (PRICE + 1, 4 * PRICE, False),
        (PRICE, 4 * PRICE - 1, False),
        (0, 3 * PRICE, True),
        (0, 3 * PRICE - 1, True),  # what is free, though the cap was lowered
        (0, 0, False),
    ],
)
def test_r53_a_counter_takes_what_fits_beside_all_that_is_spent_and_held(
    tx: Tx, amount: int, cap: int, fits: bool
) -> None:
    """By itself, whatever was read before: one picture is held and two are paid."""
    for job_id in put_in_line(tx, guild_id=3, count=3)[:2]:
        ledger.close(tx, job_id, Closing.CAPTURE, now=NOW)
    counter_id = one(tx, "SELECT id FROM counter WHERE scope = 'member'")

    assert counters.hold(tx, counter_id, amount, cap=cap) is fits


def test_n18_a_closed_counter_takes_nothing_not_even_for_free(tx: Tx) -> None:
    (job_id,) = put_in_line(tx, guild_id=3)
    ledger.close(tx, job_id, Closing.RELEASE, now=NOW)
    counter_id = one(tx, "SELECT id FROM counter WHERE scope = 'member'")

    assert not counters.hold(tx, counter_id, 0, cap=0)
    assert counters.hold(tx, counter_id, 0, cap=1)


def test_n18_a_raised_limit_has_its_room_in_the_same_window(tx: Tx) -> None:
    limit(tx, PRICE)
    put_in_line(tx, guild_id=3)
    refused(tx)

    limit(tx, 3 * PRICE)
    put_in_line(tx, guild_id=3, count=2)

    assert refused(tx).binding(PRICE).held == 3 * PRICE


@pytest.mark.parametrize(
    "change",
    [
        "held = held + 1",
        "spent = spent + 1",
        "cap = cap - 1",
        "held = -1",
        "spent = -1",
        "ends = 0",
    ],
)
def test_r53_the_database_itself_holds_no_more_than_the_cap_that_was_tested(
    tx: Tx, change: str
) -> None:
    limit(tx, 2 * PRICE)
    (job_id, _) = put_in_line(tx, guild_id=3, count=2)
    ledger.close(tx, job_id, Closing.CAPTURE, now=NOW)

    with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
        tx.execute(f"UPDATE counter SET {change} WHERE scope = 'member'")


def test_one_pot_has_one_counter_for_one_window(tx: Tx) -> None:
    put_in_line(tx, guild_id=3)

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        tx.execute(
            """
            INSERT INTO counter (provider, scope, guild_id, subject, window, starts, ends)
            SELECT provider, scope, guild_id, subject, window, starts, ends FROM counter
            """
        )


def test_a_hold_counts_from_the_moment_its_jobs_were_made(tx: Tx) -> None:
    """Also when a day begins between the two."""
    tomorrow = guard(CAPS, now=NOW + 86_400)
    job_id = a_job(tx)

    tomorrow.hold(tx, HERE, [job_id], PRICE, now=NOW)

    assert used(where(tx)) == [(0, PRICE)] * 3
    assert used(where(tx, now=NOW + 86_400))[0] == (0, 0)
    assert books_agree(tx)


def test_what_would_be_refused_is_refused_before_it_is_drawn(tx: Tx) -> None:
    """`Room.require`: for all the pictures that are asked for together."""
    limit(tx, 2 * PRICE)
    shop = guard()

    shop.require(tx, HERE, 2)
    with pytest.raises(LimitReached) as found:
        shop.require(tx, HERE, 3)

    assert (found.value.needed, found.value.standing.left) == (3 * PRICE, 2 * PRICE)


@pytest.mark.parametrize(
    ("buyer", "scopes"),
    [(HERE, ["bot", "guild", "member"]), (Buyer(member_id=0, guild_id=3), ["bot", "guild"])],
)
def test_counting_begins_for_each_limit_but_not_for_nobody(
    tx: Tx, buyer: Buyer, scopes: list[str]
) -> None:
    """What is refused creates no counter, and would be added up again each time."""
    put_in_line(tx, provider="embedded", guild_id=3)

    guard().count(tx, buyer)
    guard().count(tx, buyer)

    made = tx.fetch_all(
        "SELECT scope FROM counter WHERE provider = :provider ORDER BY scope", provider=PROVIDER
    )
    assert [row["scope"] for row in made] == scopes


def test_closing_a_job_that_holds_nothing_is_a_bug(tx: Tx) -> None:
    with pytest.raises(AssertionError):
        ledger.close(tx, a_job(tx), Closing.CAPTURE, now=NOW)
