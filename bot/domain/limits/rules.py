"""Spending limits: who may spend how much in which window, and which limit binds.

A rule is a limit as somebody set it. Which rules count for a purchase is decided here alone:

- Of a member's own rule, those of their roles, that of @everyone and the bot's setting, one counts
  for each window: their own; else the most generous of their roles; else @everyone's; else the
  setting. All of them cap what this member spends in this guild.
- Every wider limit must have room too: the channel's, the guild's (the moderators' and the
  operator's) and the whole bot's.

Where they stand is said in `bot.domain.limits.status`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.limits.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Scope(StrEnum):
    """Whom a rule is about."""

    MEMBER = "member"
    ROLE = "role"  # each member who has it, by themselves
    CHANNEL = "channel"
    GUILD = "guild"
    BOT = "bot"


class RuleAuthor(StrEnum):
    """On whose authority a rule stands."""

    SETTING = "setting"  # the bot's settings, where nobody said otherwise
    OPERATOR = "operator"
    MODERATOR = "moderator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who buys, and where. `role_ids` are the member's roles without @everyone.

    `channel_id` is the channel whose limits count: of a thread, the channel it is in.
    """

    member_id: int
    guild_id: int | None = None
    channel_id: int | None = None
    role_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitSubject:
    """Whom a rule or a boost is about. The role @everyone has the id of its guild.

    `guild_id` is 0 for what belongs to no guild.
    """

    scope: Scope
    guild_id: int
    id: int


BOT = LimitSubject(Scope.BOT, 0, 0)


def guild(guild_id: int) -> LimitSubject:
    """A whole guild."""
    return LimitSubject(Scope.GUILD, guild_id, guild_id)


def everyone(guild_id: int) -> LimitSubject:
    """Each member of a guild whose roles say nothing else."""
    return LimitSubject(Scope.ROLE, guild_id, guild_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A limit as somebody set it: `cap` in micro-USD a `window`; 0 is closed.

    `set_at` is unix seconds; it, `set_by` (a member's id) and `reason` say nothing of a setting.
    """

    subject: LimitSubject
    window: Window
    cap: int
    author: RuleAuthor
    set_by: int = 0
    set_at: float = 0.0
    reason: str = ""

    @property
    def is_the_operators(self) -> bool:
        """Whether moderators have no say in it: no boost raises it, and it counts by the bot's
        clock.
        """
        wide = self.subject.scope in {Scope.GUILD, Scope.BOT}
        return wide and self.author is not RuleAuthor.MODERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Boost:
    """Extra room in each window of a limit, `amount` in micro-USD, until `ends` (unix seconds)."""

    id: int
    subject: LimitSubject
    window: Window
    amount: int
    starts: float
    ends: float
    set_by: int
    reason: str

    def is_active(self, now: float) -> bool:
        """Whether it counts at `now` (unix seconds)."""
        return self.starts <= now < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultLimits:
    """The caps of the bot's settings, in micro-USD: enough to try, and too low to hurt."""

    member_day: int = 1_000_000
    guild_month: int = 20_000_000
    bot_month: int = 50_000_000

    def rules(self, guild_id: int | None) -> tuple[Rule, ...]:
        """What counts where nobody said otherwise."""
        caps = [(everyone(guild_id or 0), Window.DAY, self.member_day)]
        if guild_id is not None:
            caps.append((guild(guild_id), Window.MONTH, self.guild_month))
        caps.append((BOT, Window.MONTH, self.bot_month))
        return tuple(
            Rule(subject=subject, window=window, cap=cap, author=RuleAuthor.SETTING)
            for subject, window, cap in caps
        )


@dataclass(frozen=True, slots=True)
class Pot:
    """Whose spending a limit counts: a member's in one guild, a channel's, a guild's, the bot's.

    `guild_id` is 0 outside of guilds, and for the bot.
    """

    scope: Scope
    guild_id: int
    subject: int


def pot(subject: LimitSubject, buyer: Buyer) -> Pot:
    """The spending that a rule about `subject` caps when `buyer` buys."""
    match subject.scope:
        case Scope.MEMBER | Scope.ROLE:
            return Pot(Scope.MEMBER, buyer.guild_id or 0, buyer.member_id)
        case Scope.CHANNEL | Scope.GUILD | Scope.BOT:
            return Pot(subject.scope, subject.guild_id, subject.id)


@dataclass(frozen=True, slots=True)
class Limit:
    """A rule that counts for a purchase, with the boosts that raise it. `pot` is what it caps."""

    rule: Rule
    pot: Pot
    boosts: tuple[Boost, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be bought under it. No boost opens it; they rest meanwhile."""
        return self.rule.cap == 0

    @property
    def cap(self) -> int:
        """What may be spent in one window, in micro-USD."""
        if self.is_closed:
            return 0
        return self.rule.cap + sum(boost.amount for boost in self.boosts)


@dataclass(frozen=True, slots=True)
class OverriddenRule:
    """A rule about a member that does not count, because a nearer one does."""

    limit: Limit
    by: Rule


@dataclass(frozen=True, slots=True)
class AppliedLimits:
    """Which limits count for a buyer, narrowest first, and which were overridden."""

    limits: tuple[Limit, ...]
    overridden: tuple[OverriddenRule, ...]


def applied(
    buyer: Buyer, rules: Iterable[Rule], boosts: Iterable[Boost], *, now: float
) -> AppliedLimits:
    """Decide which of `rules` count for `buyer` at `now` (unix seconds), settings among them.

    Rules and boosts about others are passed over.
    """
    active = sorted((one for one in boosts if one.is_active(now)), key=lambda boost: boost.id)
    mine = [_limit(rule, buyer, active) for rule in rules if _is_about(rule.subject, buyer)]
    limits: list[Limit] = []
    overridden: list[OverriddenRule] = []
    for window in Window:
        near = [
            limit
            for limit in mine
            if limit.pot.scope is Scope.MEMBER and limit.rule.window is window
        ]
        near.sort(key=lambda limit: _precedence(limit, buyer), reverse=True)
        limits += [_raised(best, buyer, active) for best in near[:1]]
        overridden += [OverriddenRule(limit, by=near[0].rule) for limit in near[1:]]
    for scope in (Scope.CHANNEL, Scope.GUILD, Scope.BOT):
        wide = [limit for limit in mine if limit.pot.scope is scope]
        limits += sorted(_without_overruled(wide), key=_width)
    return AppliedLimits(tuple(limits), tuple(overridden))


def _is_about(subject: LimitSubject, buyer: Buyer) -> bool:
    if subject.scope is Scope.BOT:
        return True
    if subject.guild_id != (buyer.guild_id or 0):
        return False
    match subject.scope:
        case Scope.MEMBER:
            return subject.id == buyer.member_id
        case Scope.ROLE:
            return subject.id == subject.guild_id or subject.id in buyer.role_ids
        case Scope.CHANNEL:
            return subject.id == buyer.channel_id
        case Scope.GUILD:
            return True


def _limit(rule: Rule, buyer: Buyer, active: Sequence[Boost]) -> Limit:
    # What the operator set, no boost of a moderator raises.
    boosts = () if rule.is_the_operators else _boosts(rule.subject, rule.window, active)
    return Limit(rule, pot(rule.subject, buyer), boosts)


def _boosts(subject: LimitSubject, window: Window, active: Sequence[Boost]) -> tuple[Boost, ...]:
    return tuple(boost for boost in active if boost.subject == subject and boost.window is window)


def _raised(limit: Limit, buyer: Buyer, active: Sequence[Boost]) -> Limit:
    """A member's own boost raises whichever limit counts for them."""
    own = LimitSubject(Scope.MEMBER, limit.pot.guild_id, buyer.member_id)
    if limit.rule.subject == own:
        return limit
    return Limit(limit.rule, limit.pot, limit.boosts + _boosts(own, limit.rule.window, active))


def _precedence(limit: Limit, buyer: Buyer) -> tuple[int, int, int]:
    """Higher counts first: own, roles (the most generous), @everyone, the setting.

    Of two roles that are equally generous the older one is named.
    """
    subject = limit.rule.subject
    if subject.scope is Scope.MEMBER:
        return (3, limit.cap, 0)
    if subject.id != (buyer.guild_id or 0):
        return (2, limit.cap, -subject.id)
    return (0 if limit.rule.author is RuleAuthor.SETTING else 1, limit.cap, 0)


def _width(limit: Limit) -> tuple[int, bool]:
    """The shorter window first; of two, what the guild's own moderators set."""
    return list(Window).index(limit.rule.window), limit.rule.author is not RuleAuthor.MODERATOR


def _without_overruled(limits: Sequence[Limit]) -> list[Limit]:
    """What the operator said takes the place of the setting about the same."""
    said = {
        (limit.rule.subject, limit.rule.window)
        for limit in limits
        if limit.rule.author is RuleAuthor.OPERATOR
    }
    return [
        limit
        for limit in limits
        if limit.rule.author is not RuleAuthor.SETTING
        or (limit.rule.subject, limit.rule.window) not in said
    ]
