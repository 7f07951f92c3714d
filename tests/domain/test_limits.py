"""Limits: which ones count, and how much of each is left."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.limits import Caps, Limit, Scope, Standing
from bot.domain.windows import Window

amounts = st.integers(0, 10**12)


@given(cap=amounts, spent=amounts, held=amounts, amount=amounts)
def test_there_is_room_exactly_for_what_is_left(
    cap: int, spent: int, held: int, amount: int
) -> None:
    standing = Standing(Limit(Scope.MEMBER, Window.DAY, cap), spent=spent, held=held, renews_at=0)

    room = standing.has_room_for(amount)

    assert room == (spent + held + amount <= cap)
    assert not amount or room == (amount <= standing.left)
    assert standing.left >= 0


@given(spent=amounts, held=amounts)
def test_a_cap_lowered_below_what_is_used_leaves_nothing_and_no_debt(spent: int, held: int) -> None:
    """C4."""
    limit = Limit(Scope.BOT, Window.MONTH, max(0, spent + held - 1))
    standing = Standing(limit, spent=spent, held=held, renews_at=0)

    assert standing.left == 0
    assert not standing.has_room_for(1)


def test_a_guild_adds_its_limit_between_the_members_and_the_bots() -> None:
    caps = Caps(member_day=1, guild_month=2, bot_month=3)

    in_guild, in_private = caps.for_place(7), caps.for_place(None)

    assert [(limit.scope, limit.window, limit.cap) for limit in in_guild] == [
        (Scope.MEMBER, Window.DAY, 1),
        (Scope.GUILD, Window.MONTH, 2),
        (Scope.BOT, Window.MONTH, 3),
    ]
    assert in_private == (in_guild[0], in_guild[2])
