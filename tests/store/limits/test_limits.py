"""Limits in the database: what was set comes back, and what may not be set is refused."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import StoreUnreadable
from bot.domain.limits.rules import (
    BOT,
    Boost,
    Buyer,
    LimitSubject,
    Rule,
    RuleAuthor,
    Scope,
    applied,
    everyone,
    guild,
)
from bot.domain.limits.windows import Window, span
from bot.store.limits import changes as change_log
from bot.store.limits import counters
from bot.store.limits import rules as rule_store
from bot.store.limits.changes import LimitAction, LimitChange
from bot.store.sqlite import SqliteTransaction as Tx
from tests.domain.limits import limit_model as model
from tests.store.limits.money_moves import EDGES, ZONES
from tests.support.books import NOW, memory_books, put_in_line

RULE = Rule(
    subject=LimitSubject(Scope.MEMBER, 3, 1),
    window=Window.WEEK,
    cap=80_000,
    author=RuleAuthor.MODERATOR,
    set_by=9,
    set_at=NOW,
    reason="it's “too much” -- 😀",
)
BOOST = Boost(
    id=0,
    subject=RULE.subject,
    window=Window.WEEK,
    amount=1,
    starts=NOW,
    ends=NOW + 60,
    set_by=9,
    reason="a contest",
)
CHANGE = LimitChange(
    guild_id=3,
    action=LimitAction.SET,
    subject=RULE.subject,
    window=Window.WEEK,
    author=RuleAuthor.MODERATOR,
    before=None,
    after="80000",
    actor_id=9,
    reason="a contest",
    created_at=NOW,
)


@pytest.mark.parametrize(
    ("subject", "author"),
    [
        (RULE.subject, RuleAuthor.MODERATOR),
        (LimitSubject(Scope.ROLE, 3, 21), RuleAuthor.MODERATOR),
        (everyone(3), RuleAuthor.MODERATOR),
        (LimitSubject(Scope.CHANNEL, 3, 50), RuleAuthor.MODERATOR),
        (guild(3), RuleAuthor.MODERATOR),
        (guild(3), RuleAuthor.OPERATOR),
        (BOT, RuleAuthor.OPERATOR),
    ],
)
@pytest.mark.parametrize("window", Window)
def test_a_limit_comes_back_as_it_was_set(
    tx: Tx, subject: LimitSubject, author: RuleAuthor, window: Window
) -> None:
    rule = replace(RULE, subject=subject, author=author, window=window)

    former = rule_store.put(tx, rule)

    assert former is None
    assert rule_store.rules(tx, 3) == [rule]
    assert rule_store.remove(tx, subject, window, author) == rule
    assert rule_store.remove(tx, subject, window, author) is None
    assert rule_store.rules(tx, 3) == []


def test_n18_setting_a_limit_again_changes_it_and_gives_back_the_former(tx: Tx) -> None:
    other = replace(RULE, cap=0, set_by=10, set_at=NOW + 1, reason="less")
    rule_store.put(tx, RULE)

    former = rule_store.put(tx, other)

    assert former == RULE
    assert rule_store.rules(tx, 3) == [other]


def test_what_the_moderators_and_the_operator_set_for_a_guild_stand_side_by_side(tx: Tx) -> None:
    rules = [
        replace(RULE, subject=guild(3), author=author)
        for author in RuleAuthor
        if author != "setting"
    ]

    for rule in rules:
        assert rule_store.put(tx, rule) is None

    assert rule_store.rules(tx, 3) == rules
    rule_store.remove(tx, guild(3), Window.WEEK, RuleAuthor.MODERATOR)
    assert [rule.author for rule in rule_store.rules(tx, 3)] == [RuleAuthor.OPERATOR]


def test_a_guild_sees_its_own_limits_and_the_bots(tx: Tx) -> None:
    of_bot = replace(RULE, subject=BOT, author=RuleAuthor.OPERATOR)
    of_other = replace(RULE, subject=LimitSubject(Scope.MEMBER, 4, 1))
    for rule in (RULE, of_bot, of_other):
        rule_store.put(tx, rule)

    assert rule_store.rules(tx, 3) == [RULE, of_bot]
    assert rule_store.rules(tx, None) == [of_bot]


@settings(max_examples=60)
@given(buyer=model.buyers, rules=model.rules_as_set)
def test_the_rules_read_for_a_buyer_are_all_that_could_count(
    buyer: Buyer, rules: list[Rule]
) -> None:
    """Also where a guild has thousands, of other members and channels."""
    with memory_books() as tx:
        for rule in rules:
            rule_store.put(tx, rule)

        read = rule_store.rules_for(tx, buyer)

        assert applied(buyer, read, [], now=NOW) == applied(buyer, rules, [], now=NOW)
        assert not [
            rule
            for rule in read
            if rule.subject.scope is Scope.MEMBER and rule.subject.id != buyer.member_id
        ]


@pytest.mark.parametrize(
    "wrong",
    [
        replace(RULE, cap=-1),
        replace(RULE, subject=BOT),  # by a moderator
        replace(RULE, author=RuleAuthor.OPERATOR),  # about a member
        replace(RULE, author=RuleAuthor.SETTING),
        replace(RULE, subject=guild(3), author=RuleAuthor.SETTING),
        replace(RULE, subject=LimitSubject(Scope.GUILD, 3, 4)),
        replace(RULE, subject=LimitSubject(Scope.MEMBER, 0, 1)),
        replace(RULE, subject=LimitSubject(Scope.BOT, 3, 0), author=RuleAuthor.OPERATOR),
        replace(RULE, subject=LimitSubject(Scope.BOT, 0, 1), author=RuleAuthor.OPERATOR),
    ],
    ids=repr,
)
def test_what_can_be_no_limit_is_refused_by_the_database(tx: Tx, wrong: Rule) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
        rule_store.put(tx, wrong)


@pytest.mark.parametrize(
    "wrong", [replace(BOOST, amount=0), replace(BOOST, ends=NOW - 1), replace(BOOST, subject=BOT)]
)
def test_what_can_be_no_boost_is_refused_by_the_database(tx: Tx, wrong: Boost) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
        rule_store.add_boost(tx, wrong)


@pytest.mark.parametrize(
    ("table", "column"),
    [("spending_limit", "window"), ("spending_limit", "author"), ("boost", "window")],
)
def test_nothing_is_bought_past_a_limit_that_is_not_understood(
    tx: Tx, table: str, column: str
) -> None:
    rule_store.put(tx, RULE)
    rule_store.add_boost(tx, BOOST)
    tx.execute("PRAGMA ignore_check_constraints = ON")
    tx.execute(f"UPDATE {table} SET {column} = 'fortnight'")

    with pytest.raises(StoreUnreadable, match=table):
        put_in_line(tx, guild_id=3)


def test_a_boost_is_read_until_it_ends_the_first_to_end_first(tx: Tx) -> None:
    """Also before it begins: who reads it decides."""
    late = replace(BOOST, ends=NOW + 120, starts=NOW + 100)
    ids = [rule_store.add_boost(tx, boost) for boost in (late, BOOST, replace(BOOST, ends=NOW))]
    rule_store.add_boost(tx, replace(BOOST, subject=LimitSubject(Scope.MEMBER, 4, 1)))

    assert rule_store.boosts(tx, 3, now=NOW) == [
        replace(BOOST, id=ids[1]),
        replace(late, id=ids[0]),
    ]
    assert rule_store.boosts(tx, 3, now=NOW + 60) == [replace(late, id=ids[0])]
    assert rule_store.boosts(tx, 3, now=NOW + 120) == []


def test_a_boost_ends_early_once_and_only_in_its_guild(tx: Tx) -> None:
    boost_id = rule_store.add_boost(tx, BOOST)

    elsewhere = rule_store.end_boost(tx, boost_id, guild_id=4, now=NOW + 1)
    ended = rule_store.end_boost(tx, boost_id, guild_id=3, now=NOW + 1)
    again = rule_store.end_boost(tx, boost_id, guild_id=3, now=NOW + 1)

    assert (elsewhere, ended, again) == (None, replace(BOOST, id=boost_id), None)
    assert rule_store.boosts(tx, 3, now=NOW + 1) == []
    # Should the clock jump back, it counts for the time it had.
    (before,) = rule_store.boosts(tx, 3, now=NOW + 0.5)
    assert before.ends == NOW + 1


def test_a_boost_that_is_ended_before_it_began_never_counts(tx: Tx) -> None:
    boost_id = rule_store.add_boost(tx, replace(BOOST, starts=NOW + 10))

    rule_store.end_boost(tx, boost_id, guild_id=3, now=NOW)

    (left,) = rule_store.boosts(tx, 3, now=NOW)
    assert (left.starts, left.ends) == (NOW + 10, NOW + 10)
    assert not left.is_active(NOW + 10)


def test_the_log_of_limits_says_what_was_done_newest_first(tx: Tx) -> None:
    zone = replace(
        CHANGE,
        action=LimitAction.TIME_ZONE,
        subject=None,
        window=None,
        before="UTC",
        after="Asia/Tokyo",
    )
    boost = replace(CHANGE, action=LimitAction.BOOST, ends=NOW + 60)
    for change in (CHANGE, zone, boost, replace(CHANGE, guild_id=4)):
        change_log.note_change(tx, change)

    assert list(change_log.changes(tx, 3, count=2)) == [boost, zone]
    assert list(change_log.changes(tx, 3, count=9)) == [boost, zone, CHANGE]


@pytest.mark.parametrize("sql", ["UPDATE limit_change SET reason = ''", "DELETE FROM limit_change"])
def test_nobody_rewrites_the_log_of_limits(tx: Tx, sql: str) -> None:
    change_log.note_change(tx, CHANGE)

    with pytest.raises(sqlite3.IntegrityError, match="the log of limits"):
        tx.execute(sql)


@given(
    window=st.sampled_from([window for window in Window if window is not Window.EVER]),
    edge=st.sampled_from(EDGES),
    by=st.floats(-40 * 86_400, 40 * 86_400),
    zone=st.sampled_from(ZONES),
)
def test_no_window_lasts_longer_than_a_search_for_it_looks_back(
    window: Window, edge: float, by: float, zone: str
) -> None:
    """`counters.containing` finds what began before a moment by the longest there can be."""
    found = span(window, now=edge + by, zone=ZoneInfo(zone))

    assert found.end - found.start <= counters._LONGEST_SECONDS[window]
