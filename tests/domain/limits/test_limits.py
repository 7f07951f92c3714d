"""Limits: which of them count for a buyer."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.limits.rules import (
    BOT,
    AppliedLimits,
    Boost,
    Buyer,
    DefaultLimits,
    Limit,
    LimitSubject,
    OverriddenRule,
    Pot,
    Rule,
    RuleAuthor,
    Scope,
    applied,
    everyone,
    guild,
    pot,
)
from bot.domain.limits.windows import Window
from tests.domain.limits import limit_model as model
from tests.domain.limits.limit_examples import ADA, CAPS, applied_to, boost, rule
from tests.domain.limits.limit_model import NOW

OPERATOR = RuleAuthor.OPERATOR
HOUR, DAY, WEEK, MONTH, _ = Window
REST = ["guild 10 month 2000", "bot 0 month 5000"]
orders = st.randoms(use_true_random=False)


def told(found: AppliedLimits) -> list[str]:
    """Each limit that counts: whose rule it is, its window, its cap with boosts."""
    return [
        f"{limit.rule.subject.scope} {limit.rule.subject.id} {limit.rule.window} {limit.cap}"
        for limit in found.limits
    ]


Case: TypeAlias = tuple[list[Rule], list[Boost], list[str]]
BESIDE_THE_SETTINGS: dict[str, Case] = {
    "only settings": ([], [], ["role 10 day 100"]),
    "no boost opens what is closed": (
        [rule("member", 0), rule("guild", 0), rule("channel", 0)],
        [boost("member", 50), boost("guild", 60), boost("channel", 70)],
        ["member 1 day 0", "channel 31 day 0", "guild 10 day 0"],
    ),
    "a closed role is the least generous, whatever its boost": (
        [rule("role", 0, of=21), rule("role", 40, of=22)],
        [boost("role", 900, of=21)],
        ["role 22 day 40"],
    ),
    "a member's own boost opens nothing that is closed for everyone": (
        [rule("everyone", 0)],
        [boost("member", 50)],
        ["role 10 day 0"],
    ),
    "their own beats a role's though it is lower": (
        [rule("member", 50), rule("role", 900, of=21), rule("everyone", 800)],
        [],
        ["member 1 day 50"],
    ),
    "of two roles the more generous counts, and beats everyone's though it is lower": (
        [rule("role", 30, of=21), rule("role", 40, of=22), rule("everyone", 800)],
        [],
        ["role 22 day 40"],
    ),
    "of two equal roles the older is named": (
        [rule("role", 40, of=22), rule("role", 40, of=21)],
        [],
        ["role 21 day 40"],
    ),
    "everyone's takes the place of the setting though it is lower": (
        [rule("everyone", 30)],
        [],
        ["role 10 day 30"],
    ),
    "a role they do not have says nothing": ([rule("role", 900, of=23)], [], ["role 10 day 100"]),
    "a role that is closed closes those who have no better one": (
        [rule("role", 0, of=21)],
        [],
        ["role 21 day 0"],
    ),
    "a closed role closes nobody who has an open one": (
        [rule("role", 0, of=21), rule("role", 1, of=22)],
        [],
        ["role 22 day 1"],
    ),
    "each window is decided by itself": (
        [rule("member", 7, per=HOUR), rule("role", 9, of=21, per=HOUR), rule("role", 8, of=21)],
        [],
        ["member 1 hour 7", "role 21 day 8"],
    ),
    "all windows count at once": (
        [rule("member", 5, per=per) for per in reversed(Window)],
        [],
        [f"member 1 {per} 5" for per in Window],
    ),
    "a boost may make a role the most generous": (
        [rule("role", 30, of=21), rule("role", 40, of=22)],
        [boost("role", 11, of=21)],
        ["role 21 day 41"],
    ),
    "a boost on a role that stays behind gives nothing": (
        [rule("role", 30, of=21), rule("role", 40, of=22)],
        [boost("role", 9, of=21)],
        ["role 22 day 40"],
    ),
    "a boost on what does not count gives nothing": (
        [rule("role", 40, of=22)],
        [boost("role", 11, of=21), boost("everyone", 12)],
        ["role 22 day 40"],
    ),
    "a boost on everyone raises the setting for members": (
        [],
        [boost("everyone", 11)],
        ["role 10 day 111"],
    ),
    "their own boost comes on top of whichever counts for them": (
        [rule("role", 40, of=22)],
        [boost("member", 5), boost("role", 2, of=22)],
        ["role 22 day 47"],
    ),
    "their own boost is counted once on their own limit": (
        [rule("member", 40)],
        [boost("member", 5), boost("member", 2)],
        ["member 1 day 47"],
    ),
    "no boost of another member, another window or another time": (
        [],
        [boost("member", 5, of=2), boost("member", 6, per=WEEK), boost("member", 7, since=NOW + 1)],
        ["role 10 day 100"],
    ),
    "no boost raises the setting of a guild": (
        [],
        [boost("guild", 5, per=MONTH)],
        ["role 10 day 100"],
    ),
    "the moderators' limit and the setting of a guild both count": (
        [rule("guild", 300, per=MONTH)],
        [boost("guild", 5, per=MONTH)],
        ["role 10 day 100", "guild 10 month 305"],
    ),
    "the limit of the channel they are in counts, and boosts of it": (
        [rule("channel", 60), rule("channel", 61, of=32)],
        [boost("channel", 1)],
        ["role 10 day 100", "channel 31 day 61"],
    ),
    "what other guilds and members have is passed over": (
        [
            rule("member", 1, at=11),
            rule("role", 1, of=21, at=11),
            rule("everyone", 1, at=11),
            rule("channel", 1, at=11),
            rule("guild", 1, at=11),
            rule("guild", 1, at=11, by=OPERATOR),
            rule("member", 1, of=2),
        ],
        [],
        ["role 10 day 100"],
    ),
}
"""Rules, boosts and what they come to, beside the settings of the guild and the bot."""

ALL_THAT_COUNTS: dict[str, Case] = {
    "no boost raises what the operator set": (
        [rule("guild", 300, by=OPERATOR, per=MONTH)],
        [boost("guild", 5, per=MONTH)],
        ["role 10 day 100", "guild 10 month 300", "bot 0 month 5000"],
    ),
    "what the operator set for a guild replaces the setting only": (
        [rule("guild", 9_000, by=OPERATOR, per=MONTH), rule("guild", 300, per=MONTH)],
        [],
        ["role 10 day 100", "guild 10 month 300", "guild 10 month 9000", "bot 0 month 5000"],
    ),
    "the operator's other windows replace no setting": (
        [rule("guild", 60, by=OPERATOR), rule("bot", 70, by=OPERATOR, per=HOUR)],
        [],
        ["role 10 day 100", "guild 10 day 60", REST[0], "bot 0 hour 70", REST[1]],
    ),
    "the operator may set the bot's limit": (
        [rule("bot", 70, by=OPERATOR, per=MONTH)],
        [],
        ["role 10 day 100", REST[0], "bot 0 month 70"],
    ),
}
CASES = ALL_THAT_COUNTS | {
    name: (rules, boosts, [*found, *REST])
    for name, (rules, boosts, found) in BESIDE_THE_SETTINGS.items()
}


@pytest.mark.parametrize(("rules", "boosts", "expected"), CASES.values(), ids=CASES)
def test_r49_r50_r51_r52_n13_which_limits_count(
    rules: list[Rule], boosts: list[Boost], expected: list[str]
) -> None:
    assert told(applied_to(ADA, rules, boosts)) == expected


def test_outside_of_guilds_only_settings_and_the_bots_limit_count() -> None:
    alone = Buyer(member_id=1)

    found = applied_to(alone, [rule("member", 1), rule("everyone", 1), rule("guild", 1)])

    assert told(found) == ["role 0 day 100", "bot 0 month 5000"]
    assert [limit.pot for limit in found.limits] == [Pot(Scope.MEMBER, 0, 1), Pot(Scope.BOT, 0, 0)]


def test_boosts_are_told_in_the_order_they_were_given() -> None:
    given_out = [boost("member", amount) for amount in (3, 1, 2)]  # their ids are their amounts

    found = applied_to(ADA, [rule("member", 5)], given_out)

    assert [extra.amount for extra in found.limits[0].boosts] == [1, 2, 3]


def test_what_was_beaten_is_told_with_what_beat_it_the_nearest_first() -> None:
    own, high, low, rest = (
        rule("member", 5),
        rule("role", 90, of=21),
        rule("role", 70, of=22),
        rule("everyone", 800),
    )

    found = applied_to(ADA, [rest, low, own, high], [boost("role", 7, of=22)])

    setting = CAPS.rules(10)[0]
    assert [(overridden.limit.rule, overridden.by) for overridden in found.overridden] == [
        (high, own),
        (low, own),
        (rest, own),
        (setting, own),
    ]
    assert [overridden.limit.cap for overridden in found.overridden] == [90, 77, 800, 100]


def test_a_role_caps_each_of_its_members_by_themselves() -> None:
    """R50."""
    subject = LimitSubject(Scope.ROLE, 10, 21)

    pots = {pot(subject, replace(ADA, member_id=member)) for member in (1, 2)}

    assert pots == {Pot(Scope.MEMBER, 10, 1), Pot(Scope.MEMBER, 10, 2)}


@pytest.mark.parametrize("subject", [LimitSubject(Scope.CHANNEL, 10, 31), guild(10), BOT])
def test_a_wide_limit_counts_what_all_members_spend(subject: LimitSubject) -> None:
    """R51, R52."""
    pots = {pot(subject, replace(ADA, member_id=member)) for member in (1, 2)}

    assert pots == {Pot(subject.scope, subject.guild_id, subject.id)}


@settings(max_examples=300)
@given(
    buyer=model.buyers,
    rules=model.rules_as_set,
    boosts=model.boosts_as_given,
    caps=model.settings_of_the_bot,
)
def test_what_counts_is_what_the_plain_model_says(
    buyer: Buyer, rules: list[Rule], boosts: list[Boost], caps: DefaultLimits
) -> None:
    """N13."""
    found = applied_to(buyer, rules, boosts, caps)

    every = [*rules, *caps.rules(buyer.guild_id)]
    assert sorted(
        model.Cap(
            limit.pot.scope,
            limit.pot.guild_id,
            limit.pot.subject,
            limit.rule.window,
            limit.cap,
            limit.rule.is_the_operators,
        )
        for limit in found.limits
    ) == model.caps(buyer, every, boosts, now=NOW)
    assert len(found.overridden) + len(found.limits) <= len(every)


@given(buyer=model.buyers, rules=model.rules_as_set, boosts=model.boosts_as_given, dice=orders)
def test_the_order_of_rules_and_boosts_does_not_matter(
    buyer: Buyer, rules: list[Rule], boosts: list[Boost], dice: random.Random
) -> None:
    every = [*rules, *CAPS.rules(buyer.guild_id)]
    mixed, other_boosts = every.copy(), boosts.copy()
    dice.shuffle(mixed)
    dice.shuffle(other_boosts)

    assert applied(buyer, mixed, other_boosts, now=NOW) == applied(buyer, every, boosts, now=NOW)


@pytest.mark.parametrize(
    ("now", "active"), [(99.9, False), (100.0, True), (199.9, True), (200.0, False)]
)
def test_a_boost_counts_from_its_start_until_before_its_end(now: float, active: bool) -> None:
    extra = replace(boost("member", 1), starts=100.0, ends=200.0)

    assert extra.is_active(now) is active
    assert bool(applied(ADA, [rule("member", 1)], [extra], now=now).limits[0].boosts) is active


def test_a_boost_ended_in_the_moment_it_began_gives_nothing() -> None:
    ended = replace(boost("member", 1), starts=NOW, ends=NOW)

    assert not ended.is_active(NOW)


def test_the_settings_alone_hurt_nobody_much() -> None:
    """R49, R51, R52: $1.00 a member and day, $20 a guild and month, $50 for the bot."""
    assert [(found.subject, found.window, found.cap) for found in DefaultLimits().rules(10)] == [
        (everyone(10), DAY, 1_000_000),
        (guild(10), MONTH, 20_000_000),
        (BOT, MONTH, 50_000_000),
    ]
    assert DefaultLimits().rules(None) == (
        replace(DefaultLimits().rules(10)[0], subject=everyone(0)),
        DefaultLimits().rules(10)[2],
    )


def test_an_amount_that_beats_shows_where_it_comes_from() -> None:
    """What `/limits explain` tells: the rule, who set it, its boosts."""
    set_by_ada = replace(rule("role", 30, of=21), set_by=77, set_at=5.0, reason="a gift")

    found = applied_to(ADA, [set_by_ada], [boost("role", 4, of=21), boost("member", 3)])

    limit = found.limits[0]
    assert limit.rule == set_by_ada
    assert [extra.amount for extra in limit.boosts] == [4, 3]
    assert limit.cap == 37
    assert found.overridden == (
        OverriddenRule(Limit(CAPS.rules(10)[0], Pot(Scope.MEMBER, 10, 1)), by=set_by_ada),
    )
