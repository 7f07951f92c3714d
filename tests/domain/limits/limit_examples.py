"""Rules and boosts in few words, for tests about limits: all about Ada, in the channel 31."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.limits.rules import (
    AppliedLimits,
    Boost,
    Buyer,
    DefaultLimits,
    LimitSubject,
    Rule,
    RuleAuthor,
    Scope,
    applied,
)
from bot.domain.limits.windows import Window
from tests.domain.limits.limit_model import NOW

CAPS = DefaultLimits(member_day=100, guild_month=2_000, bot_month=5_000)
ADA = Buyer(member_id=1, guild_id=10, channel_id=31, role_ids=(21, 22))


def rule(
    scope: str,
    cap: int,
    *,
    of: int = 0,
    by: RuleAuthor = RuleAuthor.MODERATOR,
    per: Window = Window.DAY,
    at: int = 10,
) -> Rule:
    subjects = {"member": 1, "everyone": at, "channel": 31, "guild": at, "bot": 0}
    named = Scope.ROLE if scope == "everyone" else Scope(scope)
    place = 0 if named is Scope.BOT else at
    return Rule(
        subject=LimitSubject(named, place, of or subjects[scope]), window=per, cap=cap, author=by
    )


def boost(
    scope: str, amount: int, *, of: int = 0, per: Window = Window.DAY, since: float = 0
) -> Boost:
    subject = rule(scope, 0, of=of).subject
    return Boost(
        id=amount,
        subject=subject,
        window=per,
        amount=amount,
        starts=since,
        ends=NOW + 1,
        set_by=9,
        reason="a contest",
    )


def applied_to(
    buyer: Buyer, rules: Sequence[Rule], boosts: Sequence[Boost] = (), caps: DefaultLimits = CAPS
) -> AppliedLimits:
    return applied(buyer, [*rules, *caps.rules(buyer.guild_id)], boosts, now=NOW)
