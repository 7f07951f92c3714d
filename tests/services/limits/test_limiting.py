"""Limits are changed in one transaction each, and every change is in the log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import BadLimit, LimitProblem, LimitReached, MissingKind, NothingToChange
from bot.domain.limits.rules import BOT, LimitSubject, RuleAuthor, Scope, everyone, guild
from bot.domain.limits.windows import Window
from bot.services.limits.boosts import MOST_BOOSTS, NewBoost
from bot.services.limits.commands import MOST_RULES
from bot.services.limits.log import Actor
from tests.services.limits.limit_office import (
    ADA,
    BOOSTER,
    BUYER,
    DAY,
    GUILD,
    MO,
    OPERATOR,
    SHOWCASE,
    Office,
    bought,
)
from tests.support import books


async def test_every_change_is_logged_with_who_made_it_and_why(office: Office) -> None:
    await office.limits.set(MO, ADA, Window.DAY, 2_000_000)
    await office.limits.set(Actor(member_id=8), ADA, Window.DAY, 1)
    await office.boost(ADA)
    [boost] = await office.boosts.active(GUILD)
    await office.boosts.end(MO, GUILD, boost.id)
    await office.limits.remove(MO, ADA, None)
    await office.guilds.set_time_zone(MO, GUILD, "asia/tokyo")
    await office.guilds.set_log_channel(MO, GUILD, 50)
    await office.limits.set(OPERATOR, BOT, Window.DAY, 7)

    assert await office.log() == [
        ("set", None, "2000000", 9, "because"),
        ("set", "2000000", "1", 8, ""),
        ("boost", None, "1000000", 9, "because"),
        ("end boost", "1000000", None, 9, "because"),
        ("remove", "1", None, 9, "because"),
        ("time zone", None, "Asia/Tokyo", 9, "because"),
        ("log channel", None, "50", 9, "because"),
    ]
    assert await office.log(guild_id=0) == [("set", None, "7", 1, "the bill")]


async def test_lowering_a_limit_keeps_what_is_held_and_says_how_far_it_is_over(
    office: Office,
) -> None:
    await bought(office, 4)

    found = await office.limits.set(MO, ADA, Window.DAY, 160_000)

    assert found.standing is not None
    assert (found.standing.held, found.standing.over, found.standing.left) == (
        *(320_000, 160_000),
        0,
    )
    explanation = await office.explanation()
    assert explanation.binding(80_000) == found.standing
    assert explanation.refusing(80_000) == found.standing
    with pytest.raises(LimitReached):
        await bought(office, 1)
    raised = await office.limits.set(MO, ADA, Window.DAY, 400_000)
    assert raised.former == found.rule
    assert (await office.explanation()).affords(80_000) == 1
    await bought(office, 1)


async def test_of_several_limits_the_one_to_remove_must_be_named(office: Office) -> None:
    await office.limits.set(MO, ADA, Window.DAY, 1)
    await office.limits.set(MO, ADA, Window.WEEK, 2)

    with pytest.raises(BadLimit) as refused:
        await office.limits.remove(MO, ADA, None)
    assert refused.value.problem is LimitProblem.WHICH_WINDOW
    removed = await office.limits.remove(MO, ADA, Window.WEEK)
    assert removed.rule.cap == 2
    assert removed.instead is None
    removed = await office.limits.remove(MO, ADA, None)
    assert removed.instead is not None
    assert removed.instead.rule.author is RuleAuthor.SETTING
    with pytest.raises(NothingToChange):
        await office.limits.remove(MO, ADA, None)


async def test_r52_a_moderator_touches_no_limit_of_the_operator(office: Office) -> None:
    await office.limits.set(OPERATOR, guild(GUILD), Window.MONTH, 1_000_000)

    with pytest.raises(NothingToChange):
        await office.limits.remove(MO, guild(GUILD), Window.MONTH)
    with pytest.raises(NothingToChange) as refused:
        await office.boost(guild(GUILD))
    assert refused.value.missing is MissingKind.OPERATORS
    found = await office.limits.set(MO, guild(GUILD), Window.MONTH, 5_000_000)
    assert found.beside is not None
    assert found.beside.rule.author is RuleAuthor.OPERATOR
    await office.boost(guild(GUILD), amount=9_000_000)
    caps = [
        (standing.limit.rule.author, standing.limit.cap)
        for standing in (await office.explanation()).standings
        if standing.limit.pot.scope is Scope.GUILD
    ]
    assert sorted(caps) == [(RuleAuthor.MODERATOR, 14_000_000), (RuleAuthor.OPERATOR, 1_000_000)]


async def test_n18_boosts_add_up_in_each_window_until_their_ends(office: Office) -> None:
    async def cap() -> int:
        standing, *_ = (await office.explanation()).standings
        return standing.limit.cap

    await office.limits.set(MO, BOOSTER, Window.DAY, 800_000)
    await office.boost(ADA, amount=100_000, until="2d")
    await office.boost(BOOSTER, amount=10_000, until="1h")

    assert await cap() == 910_000
    office.now += 3_601
    assert await cap() == 900_000
    office.now += DAY
    assert await cap() == 900_000
    office.now += DAY
    assert await cap() == 800_000
    assert list(await office.boosts.active(GUILD)) == []


@pytest.mark.parametrize(
    "subject",
    [ADA, BOOSTER, everyone(GUILD), SHOWCASE, guild(GUILD)],
    ids=lambda one: str(one.scope),
)
async def test_n18_closed_is_closed_while_a_boost_runs_and_the_boost_rests(
    office: Office, subject: LimitSubject
) -> None:
    buyer = BUYER if subject != everyone(GUILD) else replace(BUYER, role_ids=())
    await office.limits.set(MO, subject, Window.DAY, 1_000_000)
    await office.boost(subject)

    closed = await office.limits.set(MO, subject, Window.DAY, 0)

    assert [boost.subject for boost in closed.boosts] == [subject]
    assert (await office.explanation(buyer)).affords(80_000) == 0
    with pytest.raises(LimitReached) as refused:
        await bought(office, 1, buyer)
    assert refused.value.standing.limit.rule == closed.rule
    with pytest.raises(NothingToChange) as useless:
        await office.boost(subject)
    assert useless.value.missing is MissingKind.CLOSED
    opened_again = await office.limits.set(MO, subject, Window.DAY, 1)
    assert opened_again.boosts == closed.boosts
    assert (await office.explanation(buyer)).affords(80_000) == 12


async def test_removing_a_limit_ends_the_boosts_that_have_nothing_left_to_raise(
    office: Office,
) -> None:
    await office.limits.set(MO, SHOWCASE, Window.WEEK, 1_000_000)
    await office.limits.set(MO, ADA, Window.DAY, 1_000_000)
    await office.boost(SHOWCASE)
    await office.boost(ADA)

    channel = await office.limits.remove(MO, SHOWCASE, None)
    member = await office.limits.remove(MO, ADA, None)

    assert [boost.subject for boost in channel.boosts] == [SHOWCASE]
    assert member.boosts == ()  # it raises what counts for her now
    assert [boost.subject for boost in await office.boosts.active(GUILD)] == [ADA]
    assert [line[0] for line in await office.log()][-3:] == ["remove", "end boost", "remove"]
    await office.limits.set(MO, SHOWCASE, Window.WEEK, 1_000_000)
    channel_limit = (await office.explanation()).standings[1].limit
    assert (channel_limit.rule.subject, channel_limit.cap) == (SHOWCASE, 1_000_000)


async def test_removing_a_members_own_limit_tells_what_their_roles_leave_them(
    office: Office,
) -> None:
    for subject, cap in ((BOOSTER, 5_000_000), (ADA, 100_000)):
        await office.limits.set(MO, subject, Window.MONTH, cap)
    await office.boosts.give(
        MO, NewBoost(subject=ADA, window=Window.MONTH, amount=2_000_000, until="7d", role_ids=(77,))
    )

    removed = await office.limits.remove(MO, ADA, None, role_ids=(77,))

    assert removed.instead is not None
    assert removed.instead.rule.subject == BOOSTER
    assert removed.instead.cap == 7_000_000
    assert removed.boosts == ()
    assert not removed.is_by_roles
    assert (await office.explanation()).standings[1].limit == removed.instead


async def test_of_a_member_whose_roles_are_not_known_nothing_is_claimed_and_no_boost_ends(
    office: Office,
) -> None:
    """A limit that is removed from a list, by its member's number alone."""
    await office.limits.set(MO, ADA, Window.WEEK, 100_000)
    await office.limits.set(MO, BOOSTER, Window.WEEK, 5_000_000)
    await office.limits.set(MO, BOOSTER, Window.MONTH, 5_000_000)
    await office.limits.set(MO, ADA, Window.DAY, 100_000)
    for window in (Window.WEEK, Window.DAY):
        await office.boosts.give(
            MO, NewBoost(subject=ADA, window=window, amount=1, until="7d", role_ids=(77,))
        )

    week = await office.limits.remove(MO, ADA, Window.WEEK, role_ids=None)
    day = await office.limits.remove(MO, ADA, Window.DAY, role_ids=None)

    assert (week.instead, week.boosts, week.is_by_roles) == (None, (), True)
    assert day.instead is not None
    assert not day.is_by_roles  # no role has a daily limit
    await office.limits.set(MO, ADA, Window.WEEK, 100_000)
    await office.limits.remove(MO, BOOSTER, Window.WEEK)
    last = await office.limits.remove(MO, ADA, Window.WEEK, role_ids=None)
    assert [boost.window for boost in last.boosts] == [Window.WEEK]


async def test_what_counts_beside_a_members_new_limit_is_what_their_roles_leave_them(
    office: Office,
) -> None:
    await office.limits.set(MO, everyone(GUILD), Window.MONTH, 2_000_000)
    await office.limits.set(MO, BOOSTER, Window.MONTH, 9_000_000)

    found = await office.limits.set(MO, ADA, Window.DAY, 5_000_000, role_ids=(77,))

    assert found.beside is None


async def test_w49_another_guilds_moderators_end_no_boost_and_remove_no_limit(
    office: Office,
) -> None:
    await office.limits.set(MO, ADA, Window.DAY, 1)
    await office.boost(ADA)
    [boost] = await office.boosts.active(GUILD)

    with pytest.raises(NothingToChange):
        await office.boosts.end(MO, 6, boost.id)
    with pytest.raises(NothingToChange):
        await office.limits.remove(MO, LimitSubject(Scope.MEMBER, 6, 42), None)
    assert len(await office.log()) == 2
    assert await office.log(guild_id=6) == []


async def test_a_guild_has_only_so_many_limits_and_boosts(office: Office) -> None:
    """Those of roles, and all boosts, are read at each purchase."""
    for number in range(MOST_RULES):
        await office.limits.set(MO, LimitSubject(Scope.MEMBER, GUILD, 100 + number), Window.DAY, 1)
    for _ in range(MOST_BOOSTS):
        await office.boost(everyone(GUILD), amount=1)

    with pytest.raises(BadLimit) as refused:
        await office.limits.set(MO, ADA, Window.DAY, 1)
    assert refused.value.problem is LimitProblem.TOO_MANY
    with pytest.raises(BadLimit):
        await office.boost(everyone(GUILD))
    # What exists can be changed, and the whole bot's limit is not a guild's.
    await office.limits.set(MO, LimitSubject(Scope.MEMBER, GUILD, 100), Window.DAY, 2)
    await office.limits.set(OPERATOR, BOT, Window.DAY, 5)
    # Nor do moderators keep the operator from closing their server.
    await office.limits.set(OPERATOR, guild(GUILD), Window.DAY, 0)
    found = await office.limits.of_guild(GUILD)
    assert len(found.rules) == MOST_RULES + 5  # a setting for each level, and the operator's
    assert len(await office.log()) == MOST_RULES + MOST_BOOSTS + 2
    with pytest.raises(BadLimit):
        await office.limits.set(MO, ADA, Window.DAY, 1)


async def test_what_is_refused_leaves_no_trace(office: Office) -> None:
    for actor, until, problem in (
        (Actor(member_id=9), "1d", LimitProblem.NO_REASON),
        (Actor(member_id=9, reason="x" * 201), "1d", LimitProblem.LONG_REASON),
        (MO, "soon", LimitProblem.NO_DURATION),
        (MO, "2026-02-01", LimitProblem.PAST),
    ):
        with pytest.raises(BadLimit) as refused:
            await office.boosts.give(
                actor, NewBoost(subject=ADA, window=None, amount=5, until=until)
            )
        assert refused.value.problem is problem
    with pytest.raises(BadLimit):
        await office.limits.set(Actor(member_id=9, reason="x" * 201), ADA, Window.DAY, 5)
    with pytest.raises(NothingToChange):
        await office.boosts.give(MO, NewBoost(subject=BOOSTER, window=None, amount=5, until="1d"))
    assert await office.log() == []
    assert list(await office.boosts.active(GUILD)) == []


async def test_n13_one_value_is_behind_the_hold_and_what_is_told(office: Office) -> None:
    """Explained, held and refused by the same numbers, whichever limit binds."""
    for subject, cap in ((ADA, 240_000), (SHOWCASE, 160_000), (guild(GUILD), 80_000)):
        await office.limits.set(MO, subject, Window.DAY, cap)
        told = await office.explanation()
        count = told.affords(books.PRICE)
        assert count is not None
        assert told.binding(books.PRICE).limit.rule.subject == subject
        with pytest.raises(LimitReached) as refused:
            await bought(office, count + 1)
        assert refused.value.explanation == told
        assert refused.value.standing == told.binding(books.PRICE * (count + 1))
