"""A guild's limits as those see them who set them: which there are, and which can be raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import MissingKind, NothingToChange
from bot.domain.limits.rules import Buyer, RuleAuthor, Scope
from bot.domain.limits.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain.limits.rules import Boost, Limit, LimitSubject, Rule
    from bot.domain.limits.status import LimitStatus

_WIDEST_FIRST = (Scope.GUILD, Scope.BOT, Scope.ROLE, Scope.CHANNEL, Scope.MEMBER)


def buyer_about(subject: LimitSubject, role_ids: tuple[int, ...] = ()) -> Buyer:
    """A buyer for whom the rules about `subject` count; `role_ids` are a member's roles.

    Member 0 is nobody, who has spent nothing.
    """
    guild_id = subject.guild_id or None
    match subject.scope:
        case Scope.MEMBER:
            return Buyer(member_id=subject.id, guild_id=guild_id, role_ids=role_ids)
        case Scope.ROLE:
            worn = () if subject.id == subject.guild_id else (subject.id,)
            return Buyer(member_id=0, guild_id=guild_id, role_ids=worn)
        case Scope.CHANNEL:
            return Buyer(member_id=0, guild_id=guild_id, channel_id=subject.id)
        case Scope.GUILD | Scope.BOT:
            return Buyer(member_id=0, guild_id=guild_id)


def in_force(rules: Iterable[Rule]) -> list[Rule]:
    """All but the settings that a rule replaced; widest first."""
    known = list(rules)
    said = {
        (rule.subject, rule.window)
        for rule in known
        if rule.author is RuleAuthor.OPERATOR
        or (rule.author is RuleAuthor.MODERATOR and rule.subject.scope is Scope.ROLE)
    }
    kept = [
        rule
        for rule in known
        if rule.author is not RuleAuthor.SETTING or (rule.subject, rule.window) not in said
    ]
    return sorted(kept, key=_order)


def _order(rule: Rule) -> tuple[int, bool, int, int]:
    subject = rule.subject
    window = list(Window).index(rule.window)
    return (_WIDEST_FIRST.index(subject.scope), is_of_some_members(rule), subject.id, window)


def is_of_some_members(rule: Rule) -> bool:
    """Whether a rule is about the members with a role other than @everyone."""
    return rule.subject.scope is Scope.ROLE and rule.subject.id != rule.subject.guild_id


def pot_scope(rule: Rule) -> Scope:
    """Whose spending a rule caps: a role's caps each member's."""
    return Scope.MEMBER if rule.subject.scope is Scope.ROLE else rule.subject.scope


def standing_of(rule: Rule, standings: Iterable[LimitStatus]) -> LimitStatus | None:
    """Where a rule stands that caps one pot; a role's caps each member by themselves."""
    if rule.subject.scope is Scope.ROLE:
        return None
    return next((found for found in standings if _is_same(found.limit.rule, rule)), None)


def _is_same(one: Rule, other: Rule) -> bool:
    return (one.subject, one.window, one.author) == (other.subject, other.window, other.author)


def beside(rule: Rule, standings: Sequence[LimitStatus]) -> Limit | None:
    """The lowest limit that counts beside a rule, for as long a window or longer, and is lower.

    A closed one of any window is. A limit of each member alone is not compared with one of all.
    """
    windows, scopes = list(Window), list(Scope)
    cap = next((one.limit.cap for one in standings if _is_same(one.limit.rule, rule)), rule.cap)
    lower = [
        limit
        for limit in (found.limit for found in standings)
        if limit.cap < cap
        and scopes.index(limit.pot.scope) >= scopes.index(pot_scope(rule))
        and (limit.is_closed or windows.index(limit.rule.window) >= windows.index(rule.window))
        and not _is_same(limit.rule, rule)
    ]
    return min(lower, key=lambda limit: limit.cap, default=None)


def raised(subject: LimitSubject, standings: Iterable[LimitStatus]) -> list[Limit]:
    """The limits that a boost for `subject` raises: of a member, whichever count for them."""
    return [
        found.limit
        for found in standings
        if (
            found.limit.pot.scope is Scope.MEMBER
            if subject.scope is Scope.MEMBER
            else found.limit.rule.subject == subject
            and (
                subject.scope is not Scope.GUILD or found.limit.rule.author is RuleAuthor.MODERATOR
            )
        )
    ]


def boosts_of(rule: Rule, boosts: Iterable[Boost], *, now: float) -> list[Boost]:
    """The boosts given to whom a rule is about: they raise it, or rest while it is closed."""
    if rule.is_the_operators:
        return []
    return [
        boost
        for boost in boosts
        if (boost.subject, boost.window) == (rule.subject, rule.window) and boost.is_active(now)
    ]


def to_raise(
    subject: LimitSubject, window: Window | None, standings: Sequence[LimitStatus]
) -> Limit:
    """The limit that a boost for `subject` raises; without `window`, the one of the day or else
    of the shortest window.

    Raises:
        NothingToChange: there is none, or only the operator's, or it is closed.
    """
    found = [limit for limit in raised(subject, standings) if window in {None, limit.rule.window}]
    if not found:
        operators = subject.scope is Scope.GUILD and any(
            standing.limit.rule.subject == subject and window in {None, standing.limit.rule.window}
            for standing in standings
        )
        raise NothingToChange(MissingKind.OPERATORS if operators else MissingKind.NOTHING_TO_RAISE)
    chosen = next((limit for limit in found if limit.rule.window is Window.DAY), found[0])
    if chosen.is_closed:
        raise NothingToChange(MissingKind.CLOSED)
    return chosen
