"""What is left: where limits stand, which one binds, and what a buyer is told about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.domain.errors import LimitReached
from bot.domain.limits.rules import Boost, Buyer, DefaultLimits, Limit, Pot, Rule, Scope
from bot.domain.limits.status import Explanation, LimitStatus
from bot.domain.limits.windows import FOREVER, Span, Window
from tests.domain.limits import limit_model as model
from tests.domain.limits.limit_examples import ADA, CAPS, applied_to, boost, rule

amounts = st.integers(0, 10**12)
SPANS = {
    Window.HOUR: Span(0, 3_600),
    Window.DAY: Span(0, 86_400),
    Window.WEEK: Span(0, 7 * 86_400),
    Window.MONTH: Span(0, 30 * 86_400),
    Window.EVER: Span(0, FOREVER),
}
wide_scopes = st.sampled_from(["channel", "guild"])


def explained(
    buyer: Buyer,
    rules: Sequence[Rule],
    boosts: Sequence[Boost] = (),
    used: int = 0,
    caps: DefaultLimits = CAPS,
) -> Explanation:
    """Where everything stands; what each pot has used is drawn from its name and `used`."""
    found = applied_to(buyer, rules, boosts, caps)
    standings = []
    for limit in found.limits:
        some = (used * (limit.pot.subject + 7 * list(Window).index(limit.rule.window) + 1)) % 3_001
        standings.append(LimitStatus(limit, SPANS[limit.rule.window], some // 3, some - some // 3))
    return Explanation(buyer, tuple(standings), found.overridden)


def most(explanation: Explanation) -> int:
    """The largest amount that fits under every cap; -1: not even nothing, as it is closed."""
    return min(
        max(0, one.limit.cap - one.spent - one.held) if one.limit.cap else -1
        for one in explanation.standings
    )


world = {
    "buyer": model.buyers,
    "rules": model.rules_as_set,
    "boosts": model.boosts_as_given,
    "caps": model.settings_of_the_bot,
    "used": st.integers(0, 3_000),
}
explanations = st.builds(explained, **world)
unboosted = st.builds(explained, **{**world, "boosts": st.just(())})


@given(**world, cap=model.amounts, window=st.sampled_from(Window), scope=wide_scopes)
def test_another_wide_limit_never_gives_more_room(
    buyer: Buyer,
    rules: list[Rule],
    boosts: list[Boost],
    caps: DefaultLimits,
    used: int,
    cap: int,
    window: Window,
    scope: str,
) -> None:
    """Of moderators; what the operator says may replace a setting, and be more generous."""
    added = rule(scope, cap, per=window)
    others = [one for one in rules if (one.subject, one.window) != (added.subject, added.window)]

    before = explained(buyer, others, boosts, used, caps)
    after = explained(buyer, [*others, added], boosts, used, caps)

    assert most(after) <= most(before)


@given(**world, which=st.integers(0, 50), more=st.integers(1, 3_000))
def test_a_raised_cap_never_gives_less_room(
    buyer: Buyer,
    rules: list[Rule],
    boosts: list[Boost],
    caps: DefaultLimits,
    used: int,
    which: int,
    more: int,
) -> None:
    """Also where a role overrides another by it: it is the more generous one then."""
    assume(rules)
    chosen = rules[which % len(rules)]
    raised = [replace(one, cap=one.cap + more) if one is chosen else one for one in rules]

    before = explained(buyer, rules, boosts, used, caps)
    after = explained(buyer, raised, boosts, used, caps)

    assert most(after) >= most(before)


@given(**world, which=st.integers(0, 50))
def test_the_end_of_a_boost_never_gives_more_room(
    buyer: Buyer, rules: list[Rule], boosts: list[Boost], caps: DefaultLimits, used: int, which: int
) -> None:
    assume(boosts)
    rest = [one for index, one in enumerate(boosts) if index != which % len(boosts)]

    assert most(explained(buyer, rules, rest, used, caps)) <= most(
        explained(buyer, rules, boosts, used, caps)
    )


@given(explanation=explanations, amount=st.integers(0, 5_000))
@example(explanation=explained(ADA, [rule("channel", 0)]), amount=0)
def test_n13_what_is_refused_is_refused_by_the_limit_that_binds(
    explanation: Explanation, amount: int
) -> None:
    refusing = explanation.refusing(amount)

    every_one = all(standing.has_room_for(amount) for standing in explanation.standings)
    assert (refusing is None) == every_one == (most(explanation) >= amount)
    binding = explanation.binding(amount)
    if refusing:
        assert not refusing.has_room_for(amount)
        assert refusing is binding
        error = LimitReached(count=1, price=amount, explanation=explanation)
        assert (error.needed, error.standing) == (amount, refusing)
    else:
        assert binding.left == min(standing.left for standing in explanation.standings)


@given(explanation=unboosted, amount=st.integers(0, 5_000))
def test_n13_who_comes_back_when_the_limit_that_refuses_renews_is_not_refused_again(
    explanation: Explanation, amount: int
) -> None:
    """If nobody bought anything meanwhile."""
    refusing = explanation.refusing(amount)
    assume(refusing)
    assert refusing

    back = refusing.opens_at(amount)

    if back is None:
        renewed = replace(refusing, spent=0, held=0)
        assert refusing.renews_at is None or not renewed.has_room_for(amount)
        return
    assert back == refusing.renews_at
    later = [
        replace(one, spent=0, held=0) if (one.renews_at or FOREVER) <= back else one
        for one in explanation.standings
    ]
    assert replace(explanation, standings=tuple(later), overridden=()).refusing(amount) is None


@given(explanation=explanations, price=st.integers(0, 900))
@example(explanation=explained(ADA, [rule("channel", 0)]), price=0)
@example(explanation=explained(ADA, [rule("channel", 1)], used=1_234), price=0)
def test_a_buyer_affords_as_many_pictures_as_are_not_refused(
    explanation: Explanation, price: int
) -> None:
    count = explanation.affords(price)

    if count is None:
        assert price == 0
        assert explanation.refusing(0) is None
    else:
        assert count == 0 or explanation.refusing(price * count) is None
        assert explanation.refusing(price * (count + 1)) is not None


@given(explanation=explanations, price=st.integers(1, 900), count=st.integers(1, 4))
def test_what_may_be_bought_instead_has_room_and_one_more_has_not(
    explanation: Explanation, price: int, count: int
) -> None:
    assume(explanation.refusing(price * count))

    fewer = LimitReached(count=count, price=price, explanation=explanation).fewer

    assert 0 <= fewer < count
    assert fewer == 0 or explanation.refusing(price * fewer) is None
    assert explanation.refusing(price * (fewer + 1)) is not None


def standing(cap: int, *, spent: int = 0, held: int = 0, span: Span | None = None) -> LimitStatus:
    limit = Limit(rule("member", cap), Pot(Scope.MEMBER, 10, 1))
    return LimitStatus(limit, span or Span(0, 86_400), spent=spent, held=held)


@given(cap=st.integers(1, 10**12), spent=amounts, held=amounts, amount=amounts)
@example(cap=1_000_000, spent=880_000, held=40_000, amount=80_000)
@example(cap=1_000_000, spent=880_000, held=40_001, amount=80_000)
def test_there_is_room_exactly_for_what_is_left(
    cap: int, spent: int, held: int, amount: int
) -> None:
    found = standing(cap, spent=spent, held=held)

    room = found.has_room_for(amount)

    assert room == (amount == 0 or spent + held + amount <= cap)
    assert not amount or room == (amount <= found.left)
    assert found.left >= 0
    assert cap == spent + held + found.left - found.over
    assert not (found.left and found.over)


def test_n18_a_cap_of_nothing_is_closed_even_for_what_is_free() -> None:
    explanation = Explanation(ADA, (standing(0),), ())

    assert explanation.refusing(0) is explanation.standings[0]
    assert explanation.affords(0) == 0
    assert explanation.affords(80_000) == 0


def test_a_cap_lowered_below_what_is_used_says_by_how_much_it_is_over() -> None:
    """C4, N18."""
    found = standing(240_000, spent=320_000, held=80_000)

    assert (found.left, found.over) == (0, 160_000)
    assert not found.has_room_for(1)
    assert found.has_room_for(0)  # what is free


def test_where_two_limits_have_as_little_left_the_narrower_binds() -> None:
    explanation = Explanation(ADA, (standing(90, spent=10), standing(180, held=100)), ())

    assert explanation.binding(80) is explanation.standings[0]
    assert explanation.refusing(81) is explanation.standings[0]
    assert explanation.refusing(80) is None


HOUR, DAY, EVER = SPANS[Window.HOUR], SPANS[Window.DAY], SPANS[Window.EVER]


@pytest.mark.parametrize(
    "standings",
    [
        [standing(200, spent=160), standing(160, spent=160, span=HOUR)],
        [standing(160, held=160), standing(160, spent=160, span=HOUR)],
        [standing(0, span=HOUR), standing(160, spent=160)],
        [standing(0, span=HOUR), standing(160, spent=160, span=EVER)],
        [standing(200, spent=160, span=EVER), standing(160, spent=160)],
        [standing(50, span=HOUR), standing(160, spent=160)],
        [standing(170, spent=110), standing(160, spent=90)],
    ],
    ids=["opens later", "as full", "closed", "closed for ever", "never", "too low", "fuller"],
)
@pytest.mark.parametrize("turned", [False, True])
def test_n13_of_several_full_limits_the_one_that_opens_last_refuses_and_binds(
    standings: list[LimitStatus], turned: bool
) -> None:
    explanation = Explanation(ADA, tuple(standings[::-1] if turned else standings), ())

    assert explanation.refusing(80) is standings[0]
    assert explanation.binding(80) is standings[0]


def test_of_limits_with_room_and_as_little_left_the_one_that_opens_last_binds() -> None:
    hour, day = standing(80, span=HOUR), standing(80)

    assert Explanation(ADA, (hour, day), ()).binding(80) is day


def test_a_limit_that_a_boost_raises_no_longer_when_it_renews_does_not_open_by_itself() -> None:
    found = standing(50, spent=60)
    raised = replace(found, limit=replace(found.limit, boosts=(boost("member", 40),)))

    assert raised.opens_at(50) == raised.renews_at
    assert raised.opens_at(51) is None


def test_r55_a_standing_says_when_it_begins_anew_or_that_it_never_does() -> None:
    assert standing(1, span=Span(5, 77)).renews_at == 77
    assert standing(1, span=Span(0, FOREVER)).renews_at is None
