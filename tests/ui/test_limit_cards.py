"""Cards about limits say what counts, fit into a message, and name a limit like everything else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.limits import (
    BOT,
    Author,
    Boost,
    Buyer,
    Caps,
    Explanation,
    Limit,
    Pot,
    Rule,
    Scope,
    Standing,
    Subject,
    applied,
    guild,
)
from bot.domain.windows import FOREVER, Span, Window
from bot.services.boosting import Boosted
from bot.services.limiting import Explained, GuildLimits, Removed, Set
from bot.store.limits import Action, Change
from bot.ui import limit_cards
from bot.ui.messages import Place, explain, limit_names, on_limiting, on_limits
from tests.ui import specimens

MOST_CHARACTERS = 4_000
MOST_COMPONENTS = 40
LARGEST = 18_446_744_073_709_551_615
ADA = 42


def texts(parts: list[dict[str, Any]]) -> list[str]:
    found = []
    for part in parts:
        found += [part["content"]] if "content" in part else []
        found += texts(part.get("components", []))
    return found


def count(parts: list[dict[str, Any]]) -> int:
    return sum(1 + count(part.get("components", [])) for part in parts)


def explained(*standings: Standing, price: int = 80_000) -> Explained:
    return Explained(specimens.explanation(*standings), price)


REASONS = st.text(max_size=200)
SUBJECTS = st.sampled_from(
    [
        Subject(Scope.MEMBER, 1, LARGEST),
        Subject(Scope.ROLE, 1, LARGEST),
        Subject(Scope.ROLE, 1, 1),
        Subject(Scope.CHANNEL, 1, LARGEST),
        guild(1),
    ]
)
WINDOWS = st.sampled_from(list(Window))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    author = draw(st.sampled_from([Author.MODERATOR, Author.OPERATOR]))
    subject = draw(st.sampled_from([guild(1), BOT]) if author is Author.OPERATOR else SUBJECTS)
    return Rule(
        subject=subject,
        window=draw(WINDOWS),
        cap=draw(st.sampled_from([0, 80_000, 10**12])),
        author=author,
        set_by=LARGEST,
        set_at=1e9,
        reason=draw(REASONS),
    )


@st.composite
def boosts(draw: st.DrawFn) -> Boost:
    return Boost(
        id=draw(st.integers(1, 10**9)),
        subject=draw(SUBJECTS),
        window=draw(WINDOWS),
        amount=10**12,
        starts=0,
        ends=2e9,
        set_by=LARGEST,
        reason=draw(REASONS),
    )


@settings(max_examples=40)
@given(
    st.lists(rules(), max_size=60, unique_by=lambda rule: (rule.subject, rule.window, rule.author)),
    st.lists(boosts(), max_size=40),
    st.integers(0, 10**13),
)
def test_an_explanation_of_any_length_fits_and_begins_with_what_binds(
    known: list[Rule], raised: list[Boost], spent: int
) -> None:
    buyer = Buyer(member_id=LARGEST, guild_id=1, channel_id=LARGEST, role_ids=(LARGEST,))
    found = applied(buyer, (*Caps().rules(1), *known), raised, now=1)
    standings = tuple(
        Standing(limit, Span(0, FOREVER - 1), spent=spent, held=spent) for limit in found.limits
    )
    whole = Explained(Explanation(buyer, standings, found.beaten), 80_000)

    parts = limit_cards.explanation(whole, reader_id=1).to_components()  # type: ignore[no-untyped-call]

    said = texts(parts)
    assert sum(map(len, said)) <= MOST_CHARACTERS
    assert count(parts) <= MOST_COMPONENTS
    name = limit_names.limit_name(whole.explanation.binding(whole.price).limit, whose="their")
    assert said[0].splitlines()[1].startswith(f"**What binds: {name}. ")
    assert said[1].startswith(f"**{limit_names.begun(name)}")


@settings(max_examples=20)
@given(st.lists(rules(), max_size=200), st.lists(boosts(), max_size=100))
def test_a_list_of_any_length_is_paged_without_losing_a_line(
    known: list[Rule], raised: list[Boost]
) -> None:
    found = GuildLimits(rules=tuple(known), standings=(), boosts=tuple(raised), changes=())

    pages = on_limits.pages(found)

    assert sum(page.count("\n- ") for page in pages) == len(known) + len(raised)
    for number in range(1, len(pages) + 2):
        parts = limit_cards.listing(found, number).to_components()  # type: ignore[no-untyped-call]
        assert sum(map(len, texts(parts))) <= MOST_CHARACTERS


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_bar_shows_all_there_is_of_each_and_is_full_only_when_nothing_is_left(
    spent: int, held: int, cap: int
) -> None:
    standing = specimens.standing(cap=cap, spent=spent, held=held)

    bar = on_limits.bar(standing)

    assert len(bar) == on_limits.BAR_CELLS
    assert bar == "".join(sorted(bar, key="█▒░".index))
    assert ("░" in bar) == (standing.left > 0)
    assert "█" in bar or not spent
    assert "▒" not in bar or held


@pytest.mark.parametrize(
    ("standing", "price", "said"),
    [
        (specimens.standing(spent=360_000), 80_000, "your daily limit. $0.64 left: 8 pictures."),
        (specimens.standing(cap=0), 80_000, "It is closed: nothing can be bought under it."),
        (
            specimens.standing(Scope.GUILD, Window.MONTH, spent=960_000),
            80_000,
            "this server's monthly limit. $0.04 left: no picture at $0.08 before it renews <t:",
        ),
        (
            specimens.standing(spent=1_160_000),
            80_000,
            "Over by $0.16: no picture at $0.08 before it renews <t:",
        ),
        (
            specimens.standing(window=Window.EVER, spent=1_000_000),
            80_000,
            "your all-time limit. $0.00 left: no picture at $0.08, and it never renews.",
        ),
        (specimens.standing(), 0, "Pictures cost nothing here, so any number."),
    ],
    ids=["left", "closed", "too little", "over", "for ever", "free"],
)
def test_r57_what_binds_is_said_with_what_it_leaves(
    standing: Standing, price: int, said: str
) -> None:
    whole = explained(standing, price=price)

    assert said in on_limits.binding(whole, reader_id=ADA)


EVERY = [(scope, window) for scope in Scope if scope is not Scope.ROLE for window in Window]


@pytest.mark.parametrize(("scope", "window"), EVERY, ids=lambda value: value.value)
def test_r57_refusal_receipt_and_explanation_name_a_limit_alike(
    scope: Scope, window: Window
) -> None:
    standing = specimens.standing(scope, window, spent=960_000)
    name = limit_names.limit_name(standing.limit)
    refusal = specimens.refusal(standing)

    said = explain(refusal, Place.DISCORD)

    assert f"{limit_names.begun(name)} is $1.00, with $0.96 spent" in said
    assert "only $0.04 is left" in said
    assert said.endswith("Nothing was charged.")
    assert f"$0.04 of $1.00 left ({name}, " in limit_names.left(standing, Place.DISCORD)
    assert name in on_limits.binding(explained(standing), reader_id=ADA)
    renewal = "never renews" if window is Window.EVER else f"renews <t:{specimens.RENEWS_AT}:R>"
    assert renewal in said
    assert renewal in limit_names.left(standing, Place.DISCORD)


def test_r57_a_closed_limit_says_who_can_open_it() -> None:
    def said(standing: Standing) -> str:
        return explain(
            specimens.refusal(standing),
            Place.DISCORD,
        )

    assert said(specimens.standing(Scope.CHANNEL, cap=0)) == (
        "This costs $0.08, and the daily limit of <#2> is closed: nothing can be bought under it. "
        "Only a moderator can change that. Nothing was charged."
    )
    assert "Only the operator can change that." in said(specimens.standing(Scope.BOT, cap=0))
    assert limit_names.left(specimens.standing(cap=0), Place.DISCORD) == (
        "nothing left: your daily limit is closed"
    )
    assert "over by $0.16 (" in limit_names.left(specimens.standing(spent=1_160_000), Place.DISCORD)


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
    standings: list[Standing], count: int, advice: str
) -> None:
    said = explain(specimens.refusal(*standings, count=count), Place.DISCORD)

    assert f" {advice}" in said
    assert ("instead" in said) == ("instead" in advice)


def test_a_limit_that_is_over_blames_nobody_in_a_refusal() -> None:
    held = specimens.standing(cap=100_000, spent=0, held=320_000)
    spent = specimens.standing(spent=1_160_000)

    assert explain(specimens.refusal(held, count=4), Place.DISCORD) == (
        "This costs $0.32, and more is spent and set aside than your daily limit allows now: it is "
        "over by $0.22. Your daily limit is $0.10, with $0.00 spent and $0.32 set aside; it renews "
        f"<t:{specimens.RENEWS_AT}:R>. It is too low for this at any time. Only a moderator can "
        "change that. Nothing was charged."
    )
    assert explain(specimens.refusal(spent), Place.DISCORD).startswith(
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

    was_set = on_limiting.was_set(Set(rule, replace(rule, cap=800_000), day, None))
    assert was_set == (
        "<@42> may spend **$1.00 a day** now (before: $0.80).\n"
        "Today $0.16 is spent and $0.08 set aside, which leaves $0.76. It renews "
        f"<t:{specimens.RENEWS_AT}:R>."
    )
    closed = on_limiting.was_set(Set(CLOSED.limit.rule, None, CLOSED, None))
    assert closed == (
        "The daily limit of <@42> is **closed** now.\n"
        "They can buy nothing in this server; what is in line already still comes."
    )
    assert on_limiting.was_set(Set(rule, None, None, None, (boost,))) == (
        "<@42> may spend **$1.00 a day** now, and $2.00 more by a boost until <t:1800000000:f>."
    )
    twice = on_limiting.was_set(Set(rule, rule, None, None, (boost, boost)))
    assert twice == (
        "<@42> may spend **$1.00 a day** now (before: $1.00), and $4.00 more by 2 boosts."
    )
    resting = on_limiting.was_set(Set(CLOSED.limit.rule, None, CLOSED, None, (boost,)))
    assert resting == f"{closed}\n-# A boost of $2.00 until <t:1800000000:f> rests meanwhile."
    raised = Limit(rule, Pot(Scope.MEMBER, 1, 42), (boost,))
    assert on_limiting.was_boosted(Boosted(boost, raised)) == (
        "Until <t:1800000000:f> <@42> may spend **$2.00 more a day** than the limit: "
        "**$3.00 a day**.\n-# It is boost 3: `/limits remove which:` ends it earlier."
    )
    assert on_limiting.was_removed(Removed(rule, (boost,), None)) == (
        "The daily limit of <@42>, $1.00, is removed.\n"
        "No daily limit counts there any more; all the others do.\n1 boost of it ended, too."
    )


def test_what_counts_instead_is_told_with_what_boosts_add_and_what_is_not_known() -> None:
    rule = replace(specimens.standing(cap=100_000).limit.rule, window=Window.DAY)
    setting = Rule(
        subject=Subject(Scope.ROLE, 1, 1), window=Window.DAY, cap=10**6, author=Author.SETTING
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
        return on_limiting.was_removed(Removed(rule, (), limit, is_by_roles)).splitlines()[1:]

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
        "-# A boost of $2.00 until <t:1800000000:f> rests meanwhile.",
    ]
    assert said(None, is_by_roles=True) == [
        (
            "No daily limit counts there any more, unless a role of theirs has another; all "
            "the others do."
        )
    ]


def test_n18_a_boost_of_what_is_closed_is_shown_as_resting() -> None:
    shown = specimens.standing(cap=0)
    boost = Boost(
        id=3,
        subject=shown.limit.rule.subject,
        window=Window.DAY,
        amount=2_000_000,
        starts=0,
        ends=1_800_000_000,
        set_by=9,
        reason="won",
    )
    closed = replace(shown, limit=replace(shown.limit, boosts=(boost,)))

    [card] = on_limits.standings(explained(closed), reader_id=ADA)

    assert card.startswith("**Your daily limit: closed**")
    assert card.endswith("-# A boost of $2.00 until <t:1800000000:f> rests meanwhile: “won”")


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
            "This server's daily limit is closed (set by <@0>): nothing can be bought under it.",
        ),
    ],
    ids=["member", "role", "closed"],
)
def test_what_counts_beside_a_limit_is_said_of_whom_it_is_about(
    about: Scope, lower: Standing, said: str
) -> None:
    rule = specimens.standing(about, cap=5_000_000).limit.rule

    assert on_limiting.was_set(Set(rule, None, None, lower.limit)).endswith(f"\n-# {said}")


@pytest.mark.parametrize("scope", list(Scope))
def test_every_kind_of_limit_can_be_set_closed_and_told(scope: Scope) -> None:
    for cap in (0, 5_000_000):
        found = specimens.standing(scope, cap=cap, spent=6_000_000)
        said = on_limiting.was_set(Set(found.limit.rule, None, found, None))
        assert ("closed" in said) == (cap == 0)
        assert ("it is over by $1.00" in said) == (cap > 0)


@given(REASONS, REASONS)
def test_w42_a_reason_is_shown_as_it_was_typed_and_mentions_nobody(one: str, two: str) -> None:
    change = Change(
        guild_id=1,
        action=Action.TIME_ZONE,
        author=Author.MODERATOR,
        after="Europe/Berlin",
        actor_id=9,
        reason=f"@everyone {one} **{two}** <@1> `x`",
        created_at=1e9,
    )

    said = on_limits.change(change)

    assert "\n" not in said
    assert "@everyone" not in said
    assert "<@1>" not in said
