"""A guild's limits as those see them who set them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import MissingKind, NothingToChange
from bot.domain.limits import listing
from bot.domain.limits.rules import (
    BOT,
    Boost,
    DefaultLimits,
    LimitSubject,
    Rule,
    RuleAuthor,
    Scope,
    applied,
    everyone,
    guild,
)
from bot.domain.limits.status import LimitStatus
from bot.domain.limits.windows import Span, Window

CAPS = DefaultLimits()
ROLE = LimitSubject(Scope.ROLE, 5, 77)
CHANNEL = LimitSubject(Scope.CHANNEL, 5, 50)
ADA = LimitSubject(Scope.MEMBER, 5, 42)


def rule(
    subject: LimitSubject,
    window: Window = Window.DAY,
    cap: int = 2_000_000,
    author: RuleAuthor = RuleAuthor.MODERATOR,
) -> Rule:
    return Rule(subject=subject, window=window, cap=cap, author=author)


def standings(
    subject: LimitSubject, *rules: Rule, roles: tuple[int, ...] = ()
) -> list[LimitStatus]:
    buyer = listing.buyer_about(subject, roles)
    found = applied(buyer, (*CAPS.rules(buyer.guild_id), *rules), (), now=0)
    return [LimitStatus(limit, Span(0, 9), spent=0, held=0) for limit in found.limits]


def test_a_word_takes_the_place_of_the_setting_it_is_about() -> None:
    said = [
        rule(guild(5), Window.MONTH),
        rule(everyone(5)),
        rule(ADA),
        rule(BOT, Window.MONTH, author=RuleAuthor.OPERATOR),
    ]

    kept = listing.in_force((*CAPS.rules(5), *said))

    assert [(entry.subject, entry.author) for entry in kept] == [
        (guild(5), RuleAuthor.SETTING),  # the moderators' limit of a guild counts beside it
        (guild(5), RuleAuthor.MODERATOR),
        (BOT, RuleAuthor.OPERATOR),
        (everyone(5), RuleAuthor.MODERATOR),
        (ADA, RuleAuthor.MODERATOR),
    ]


@pytest.mark.parametrize("subject", [ROLE, everyone(5), CHANNEL, ADA, guild(5)], ids=str)
def test_the_limit_that_was_set_is_the_one_that_a_boost_raises(subject: LimitSubject) -> None:
    own = rule(subject, Window.WEEK)

    found = listing.to_raise(
        subject, None if subject is CHANNEL else Window.WEEK, standings(subject, own)
    )

    assert found.rule == own


def test_without_a_window_the_daily_limit_is_raised_or_the_shortest() -> None:
    hour, day, week = (rule(CHANNEL, window) for window in (Window.HOUR, Window.DAY, Window.WEEK))

    assert listing.to_raise(CHANNEL, None, standings(CHANNEL, week, day, hour)).rule == day
    assert listing.to_raise(CHANNEL, None, standings(CHANNEL, week, hour)).rule == hour


def test_a_members_boost_raises_whatever_counts_for_them() -> None:
    of_role = rule(ROLE, cap=900_000)

    assert listing.to_raise(ADA, None, standings(ADA)).rule.author is RuleAuthor.SETTING
    assert listing.to_raise(ADA, None, standings(ADA, of_role, roles=(77,))).rule == of_role
    assert listing.to_raise(everyone(5), None, standings(everyone(5))).cap == CAPS.member_day


@pytest.mark.parametrize(
    ("subject", "rules", "missing"),
    [
        (ROLE, (), MissingKind.NOTHING_TO_RAISE),
        (CHANNEL, (rule(guild(5)),), MissingKind.NOTHING_TO_RAISE),
        (guild(5), (), MissingKind.OPERATORS),
        (guild(5), (rule(guild(5), author=RuleAuthor.OPERATOR),), MissingKind.OPERATORS),
    ],
    ids=["no limit of the role", "none of the channel", "the setting", "the operator's"],
)
def test_there_is_nothing_to_raise_but_what_moderators_set(
    subject: LimitSubject, rules: tuple[Rule, ...], missing: MissingKind
) -> None:
    with pytest.raises(NothingToChange) as refused:
        listing.to_raise(subject, None, standings(subject, *rules))
    assert refused.value.missing is missing


def test_r52_a_lower_limit_beside_the_one_that_was_set_is_told() -> None:
    own = rule(guild(5), Window.MONTH, cap=CAPS.guild_month + 1)
    lower = rule(guild(5), Window.MONTH, cap=CAPS.guild_month - 1)

    beside = listing.beside(own, standings(guild(5), own))

    assert beside is not None
    assert beside.rule.author is RuleAuthor.SETTING
    assert listing.beside(lower, standings(guild(5), lower)) is None
    a_day = rule(ADA, Window.DAY, cap=CAPS.guild_month + 1)
    beside = listing.beside(a_day, standings(ADA, a_day))
    assert beside is not None
    assert beside.rule.window is Window.MONTH  # a month's cap holds for each of its days
    assert listing.beside(lower, standings(guild(5), lower, rule(guild(5), Window.DAY))) is None


def test_a_limit_of_all_together_is_not_compared_with_one_of_each_member() -> None:
    for subject in (CHANNEL, guild(5)):
        own = rule(subject, Window.DAY, cap=CAPS.member_day + 1)
        assert listing.beside(own, standings(subject, own)) is None
    for subject in (ROLE, everyone(5), ADA):
        own, month = rule(subject, cap=5_000_000), rule(everyone(5), Window.MONTH, cap=1)
        beside = listing.beside(own, standings(subject, own, month))
        assert beside is not None
        assert beside.rule == month


def test_a_closed_limit_beside_the_one_that_was_set_is_told_whatever_its_window() -> None:
    own, closed = rule(CHANNEL, Window.MONTH), rule(guild(5), Window.HOUR, cap=0)

    beside = listing.beside(own, standings(CHANNEL, own, closed))

    assert beside is not None
    assert beside.rule == closed


def test_a_limit_that_boosts_raise_is_compared_as_it_is_with_them() -> None:
    own, wide = rule(CHANNEL, cap=2_000_000), rule(guild(5), cap=3_000_000)
    found = standings(CHANNEL, own, wide)
    boost = Boost(
        id=1,
        subject=CHANNEL,
        window=Window.DAY,
        amount=2_000_000,
        starts=0,
        ends=9,
        set_by=9,
        reason="x",
    )
    raised = [
        replace(one, limit=replace(one.limit, boosts=(boost,))) if one.limit.rule == own else one
        for one in found
    ]

    assert listing.beside(own, found) is None
    beside = listing.beside(own, raised)
    assert beside is not None
    assert beside.rule == wide


def test_where_a_rule_stands_is_told_unless_each_member_stands_elsewhere() -> None:
    for subject in (CHANNEL, ADA, guild(5)):
        own = rule(subject)
        found = listing.standing_of(own, standings(subject, own))
        assert found is not None
        assert found.limit.rule == own
    assert listing.standing_of(rule(ROLE), standings(ROLE, rule(ROLE))) is None
