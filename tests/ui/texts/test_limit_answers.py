"""What is answered about limits: why nothing is bought under one, and what a change means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.limits.rules import Boost, Limit, LimitSubject, Pot, Rule, RuleAuthor, Scope
from bot.domain.limits.status import LimitStatus
from bot.domain.limits.windows import Window
from bot.services.limits.boosts import BoostAdded
from bot.services.limits.commands import LimitRemoved, LimitSet
from bot.ui.texts import TextTarget, explain
from bot.ui.texts.limits import changes, names
from tests.ui import specimens


def test_r57_a_closed_limit_says_who_can_open_it() -> None:
    def said(standing: LimitStatus) -> str:
        return explain(
            specimens.refusal(standing),
            TextTarget.DISCORD,
        )

    assert said(specimens.standing(Scope.CHANNEL, cap=0)) == (
        "Editing is switched off here: the daily limit of <#2> is closed. "
        "Only a moderator can change that. Nothing was charged."
    )
    assert "Only whoever hosts the bot can change that." in said(
        specimens.standing(Scope.BOT, cap=0)
    )
    assert names.left(specimens.standing(cap=0), TextTarget.DISCORD) == (
        "nothing left: your daily limit is closed"
    )
    assert "over by $0.16 (" in names.left(specimens.standing(spent=1_160_000), TextTarget.DISCORD)


HOURLY = specimens.standing(window=Window.HOUR, spent=840_000)
SHARED = specimens.standing(Scope.GUILD, spent=840_000)
FOR_EVER = specimens.standing(window=Window.EVER, spent=840_000)


@pytest.mark.parametrize(
    ("standings", "count", "advice"),
    [
        ([HOURLY], 4, "Ask for 2 instead, or come back then."),
        ([HOURLY], 3, "Ask for 2 instead, or come back then."),
        ([specimens.standing(spent=930_000)], 1, "Come back then."),
        ([specimens.standing(spent=930_000)], 4, "Come back then."),
        ([SHARED], 4, "It is shared by everybody. Ask for 2 instead, or come back then."),
        ([specimens.standing(Scope.GUILD, spent=1_000_000)], 4, "Come back then."),
        ([FOR_EVER], 4, "Ask for 2 instead. Only a moderator can change that."),
        (
            [specimens.standing(cap=50_000, spent=0)],
            1,
            "It is too low for this at any time. Only a moderator can change that.",
        ),
        (
            [specimens.standing(cap=170_000, spent=0)],
            4,
            "It is too low for this at any time. Ask for 2 instead. Only a moderator can",
        ),
        ([HOURLY, specimens.standing(spent=1_000_000)], 4, "Come back then."),
    ],
    ids=str,
)
def test_a_refusal_advises_only_what_can_be_done(
    standings: list[LimitStatus], count: int, advice: str
) -> None:
    said = explain(specimens.refusal(*standings, count=count), TextTarget.DISCORD)

    assert f" {advice}" in said
    assert ("instead" in said) == ("instead" in advice)


def test_a_limit_that_is_over_blames_nobody_in_a_refusal() -> None:
    held = specimens.standing(cap=100_000, spent=0, held=320_000)
    spent = specimens.standing(spent=1_160_000)

    assert explain(specimens.refusal(held, count=4), TextTarget.DISCORD) == (
        "This costs $0.32, and more is spent and set aside than your daily limit allows now: it is "
        "over by $0.22. Your daily limit is $0.10, with $0.00 spent and $0.32 set aside; it renews "
        f"<t:{specimens.RENEWS_AT}:R>. It is too low for this at any time. Only a moderator can "
        "change that. Nothing was charged."
    )
    assert explain(specimens.refusal(spent), TextTarget.DISCORD).startswith(
        "This costs $0.08, and more is spent than your daily limit allows now: it is over by $0.16."
    )


CLOSED = specimens.standing(cap=0)


def test_each_answer_says_what_may_be_spent_now() -> None:
    day = specimens.standing(spent=160_000, held=80_000)
    rule = day.limit.rule
    boost = Boost(
        id=3,
        subject=rule.subject,
        window=Window.DAY,
        amount=2_000_000,
        starts=0,
        ends=1_800_000_000,
        set_by=9,
        reason="x",
    )

    was_set = changes.was_set(LimitSet(rule, replace(rule, cap=800_000), day, None))
    assert was_set == (
        "<@42> can now spend up to **$1.00 a day** (before: $0.80).\n"
        "Today $0.16 is spent and $0.08 set aside, which leaves $0.76. It renews "
        f"<t:{specimens.RENEWS_AT}:R>."
    )
    closed = changes.was_set(LimitSet(CLOSED.limit.rule, None, CLOSED, None))
    assert closed == (
        "The daily limit of <@42> is **closed** now.\n"
        "They can buy nothing in this server; what is in line already still comes."
    )
    assert changes.was_set(LimitSet(rule, None, None, None, (boost,))) == (
        "<@42> can now spend up to **$1.00 a day**, and $2.00 more by a boost until "
        "<t:1800000000:f>."
    )
    twice = changes.was_set(LimitSet(rule, rule, None, None, (boost, boost)))
    assert twice == (
        "<@42> can now spend up to **$1.00 a day** (before: $1.00), and $4.00 more by 2 boosts."
    )
    resting = changes.was_set(LimitSet(CLOSED.limit.rule, None, CLOSED, None, (boost,)))
    assert resting == f"{closed}\n-# A boost of $2.00 until <t:1800000000:f> is paused."
    raised = Limit(rule, Pot(Scope.MEMBER, 1, 42), (boost,))
    assert changes.was_boosted(BoostAdded(boost, raised)) == (
        "Until <t:1800000000:f>, <@42> can spend **$3.00 a day**: $1.00 + $2.00 boost.\n"
        "-# To end it early: `/limits remove`, option `which` (boost 3)."
    )
    assert changes.was_removed(LimitRemoved(rule, (boost,), None)) == (
        "The daily limit of <@42>, $1.00, is removed.\n"
        "No daily limit counts there any more; all the others do.\n1 boost of it ended, too."
    )


def test_what_counts_instead_is_told_with_what_boosts_add_and_what_is_not_known() -> None:
    rule = replace(specimens.standing(cap=100_000).limit.rule, window=Window.DAY)
    setting = Rule(
        subject=LimitSubject(Scope.ROLE, 1, 1),
        window=Window.DAY,
        cap=10**6,
        author=RuleAuthor.SETTING,
    )
    boost = Boost(
        id=3,
        subject=rule.subject,
        window=Window.DAY,
        amount=2_000_000,
        starts=0,
        ends=1_800_000_000,
        set_by=9,
        reason="won",
    )
    pot = Pot(Scope.MEMBER, 1, 42)

    def said(instead: Rule | None, *, is_by_roles: bool = False) -> list[str]:
        limit = Limit(instead, pot, (boost,)) if instead else None
        return changes.was_removed(LimitRemoved(rule, (), limit, is_by_roles)).splitlines()[1:]

    assert said(setting) == [
        (
            "What counts now: $1.00 a day (the bot's setting for everyone), and $2.00 more by a "
            "boost until <t:1800000000:f>."
        )
    ]
    assert said(setting, is_by_roles=True)[0].endswith(
        "until <t:1800000000:f>, unless a role of theirs has another."
    )
    assert said(replace(setting, cap=0)) == [
        "What counts now: closed (daily) (the bot's setting for everyone).",
        "-# A boost of $2.00 until <t:1800000000:f> is paused.",
    ]
    assert said(None, is_by_roles=True) == [
        (
            "No daily limit counts there any more, unless a role of theirs has another; all "
            "the others do."
        )
    ]


@pytest.mark.parametrize(
    ("about", "lower", "said"),
    [
        (
            Scope.MEMBER,
            specimens.standing(window=Window.MONTH),
            "Their monthly limit of $1.00 counts as well (their own, set by <@0>), and is lower.",
        ),
        (
            Scope.ROLE,
            specimens.standing(Scope.ROLE, Window.MONTH),
            (
                "Each member's monthly limit of $1.00 counts as well (from the role <@&77>), and "
                "is lower."
            ),
        ),
        (
            Scope.CHANNEL,
            specimens.standing(Scope.GUILD, cap=0),
            "This server's daily limit is closed (set by <@0>), so editing stays switched off.",
        ),
    ],
    ids=["member", "role", "closed"],
)
def test_what_counts_beside_a_limit_is_said_of_whom_it_is_about(
    about: Scope, lower: LimitStatus, said: str
) -> None:
    rule = specimens.standing(about, cap=5_000_000).limit.rule

    assert changes.was_set(LimitSet(rule, None, None, lower.limit)).endswith(f"\n-# {said}")


@pytest.mark.parametrize("scope", list(Scope))
def test_every_kind_of_limit_can_be_set_closed_and_told(scope: Scope) -> None:
    for cap in (0, 5_000_000):
        found = specimens.standing(scope, cap=cap, spent=6_000_000)
        said = changes.was_set(LimitSet(found.limit.rule, None, found, None))
        assert ("closed" in said) == (cap == 0)
        assert ("it is over by $1.00" in said) == (cap > 0)
