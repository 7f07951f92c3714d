"""Cards about limits say what counts, fit into a message, and name a limit like everything else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.limits.rules import (
    BOT,
    Boost,
    Buyer,
    DefaultLimits,
    LimitSubject,
    Rule,
    RuleAuthor,
    Scope,
    applied,
    guild,
)
from bot.domain.limits.status import Explanation, LimitStatus
from bot.domain.limits.windows import FOREVER, Span, Window
from bot.services.limits.commands import GuildLimits, LimitsExplained
from bot.store.limits.changes import LimitAction, LimitChange
from bot.ui.limits import cards as limit_cards
from bot.ui.texts import TextTarget, explain
from bot.ui.texts.limits import guild_pages, listing, names
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


def explained(*standings: LimitStatus, price: int = 80_000) -> LimitsExplained:
    return LimitsExplained(specimens.explanation(*standings), price)


REASONS = st.text(max_size=200)
SUBJECTS = st.sampled_from(
    [
        LimitSubject(Scope.MEMBER, 1, LARGEST),
        LimitSubject(Scope.ROLE, 1, LARGEST),
        LimitSubject(Scope.ROLE, 1, 1),
        LimitSubject(Scope.CHANNEL, 1, LARGEST),
        guild(1),
    ]
)
WINDOWS = st.sampled_from(list(Window))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    author = draw(st.sampled_from([RuleAuthor.MODERATOR, RuleAuthor.OPERATOR]))
    subject = draw(st.sampled_from([guild(1), BOT]) if author is RuleAuthor.OPERATOR else SUBJECTS)
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
    found = applied(buyer, (*DefaultLimits().rules(1), *known), raised, now=1)
    standings = tuple(
        LimitStatus(limit, Span(0, FOREVER - 1), spent=spent, held=spent) for limit in found.limits
    )
    whole = LimitsExplained(Explanation(buyer, standings, found.overridden), 80_000)

    parts = limit_cards.explanation(whole, reader_id=1).to_components()  # type: ignore[no-untyped-call]

    said = texts(parts)
    assert sum(map(len, said)) <= MOST_CHARACTERS
    assert count(parts) <= MOST_COMPONENTS
    name = names.limit_name(whole.explanation.binding(whole.price).limit, whose="their")
    assert said[0].splitlines()[1].startswith(f"**{names.begun(name)} decides: ")
    assert said[1].startswith(f"**{names.begun(name)}")


@settings(max_examples=20)
@given(st.lists(rules(), max_size=200), st.lists(boosts(), max_size=100))
def test_a_list_of_any_length_is_paged_without_losing_a_line(
    known: list[Rule], raised: list[Boost]
) -> None:
    found = GuildLimits(rules=tuple(known), standings=(), boosts=tuple(raised), changes=())

    pages = guild_pages.pages(found)

    assert sum(page.count("\n- ") for page in pages) == len(known) + len(raised)
    for number in range(1, len(pages) + 2):
        parts = limit_cards.listing(found, number).to_components()  # type: ignore[no-untyped-call]
        assert sum(map(len, texts(parts))) <= MOST_CHARACTERS


def test_what_the_operator_wrote_is_shown_in_no_server() -> None:
    rules = tuple(
        Rule(
            subject=subject,
            window=Window.DAY,
            cap=1,
            author=RuleAuthor.OPERATOR,
            set_by=ADA,
            reason="they abused us",
        )
        for subject in (BOT, guild(1))
    )
    done = LimitChange(
        guild_id=1,
        action=LimitAction.SET,
        subject=guild(1),
        window=Window.DAY,
        author=RuleAuthor.OPERATOR,
        after="1",
        actor_id=ADA,
        reason="they abused us",
        created_at=0.0,
    )
    [page] = guild_pages.pages(GuildLimits(rules=rules, standings=(), boosts=(), changes=(done,)))

    assert page.count("set by whoever hosts the bot") == 2
    assert page.count("the operator") == 1
    assert "abused" not in page
    assert str(ADA) not in page


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_bar_shows_all_there_is_of_each_and_is_full_only_when_nothing_is_left(
    spent: int, held: int, cap: int
) -> None:
    standing = specimens.standing(cap=cap, spent=spent, held=held)

    bar = listing.bar(standing)

    assert len(bar) == listing.BAR_CELLS
    assert bar == "".join(sorted(bar, key="█▒░".index))
    assert ("░" in bar) == (standing.left > 0)
    assert "█" in bar or not spent
    assert "▒" not in bar or held


@pytest.mark.parametrize(
    ("standing", "price", "said"),
    [
        (
            specimens.standing(spent=360_000),
            80_000,
            "Your daily limit decides: $0.64 left (8 pictures).",
        ),
        (specimens.standing(cap=0), 80_000, "decides: editing is switched off here."),
        (
            specimens.standing(Scope.GUILD, Window.MONTH, spent=960_000),
            80_000,
            "monthly limit decides: $0.04 left, too little for a picture at $0.08; it renews <t:",
        ),
        (
            specimens.standing(spent=1_160_000),
            80_000,
            "decides: over by $0.16, too little for a picture at $0.08; it renews <t:",
        ),
        (
            specimens.standing(window=Window.EVER, spent=1_000_000),
            80_000,
            "decides: $0.00 left, too little for a picture at $0.08; it never renews.",
        ),
        (specimens.standing(), 0, "decides: pictures cost nothing here, so any number."),
    ],
    ids=["left", "closed", "too little", "over", "for ever", "free"],
)
def test_r57_what_binds_is_said_with_what_it_leaves(
    standing: LimitStatus, price: int, said: str
) -> None:
    whole = explained(standing, price=price)

    assert said in listing.binding(whole, reader_id=ADA)


EVERY = [(scope, window) for scope in Scope if scope is not Scope.ROLE for window in Window]


@pytest.mark.parametrize(("scope", "window"), EVERY, ids=lambda value: value.value)
def test_r57_refusal_receipt_and_explanation_name_a_limit_alike(
    scope: Scope, window: Window
) -> None:
    standing = specimens.standing(scope, window, spent=960_000)
    name = names.limit_name(standing.limit)
    refusal = specimens.refusal(standing)

    said = explain(refusal, TextTarget.DISCORD)

    assert f"{names.begun(name)} is $1.00, with $0.96 spent" in said
    assert "only $0.04 is left" in said
    assert said.endswith("Nothing was charged.")
    assert f"$0.04 of $1.00 left ({name}, " in names.left(standing, TextTarget.DISCORD)
    assert names.begun(name) in listing.binding(explained(standing), reader_id=ADA)
    renewal = "never renews" if window is Window.EVER else f"renews <t:{specimens.RENEWS_AT}:R>"
    assert renewal in said
    assert renewal in names.left(standing, TextTarget.DISCORD)


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

    [card] = listing.standings(explained(closed), reader_id=ADA)

    assert card.startswith("**Your daily limit: closed**")
    assert card.endswith("-# A boost of $2.00 until <t:1800000000:f> is paused: “won”")


@given(REASONS, REASONS)
def test_w42_a_reason_is_shown_as_it_was_typed_and_mentions_nobody(one: str, two: str) -> None:
    change = LimitChange(
        guild_id=1,
        action=LimitAction.TIME_ZONE,
        author=RuleAuthor.MODERATOR,
        after="Europe/Berlin",
        actor_id=9,
        reason=f"@everyone {one} **{two}** <@1> `x`",
        created_at=1e9,
    )

    said = guild_pages.change(change)

    assert "\n" not in said
    assert "@everyone" not in said
    assert "<@1>" not in said
