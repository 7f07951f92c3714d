"""Names for limits, the same wherever one is spoken of: which it is, whence it comes, what is left.

They stand inside a sentence; `begun` makes one begin with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import RuleAuthor, Scope
from bot.domain.limits.windows import Window
from bot.ui.messages.places import Place, moment, moment_in_full

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.limits.rules import Boost, Limit, LimitSubject, Pot, Rule
    from bot.domain.limits.status import LimitStatus

_KINDS: Final = {
    Window.HOUR: "hourly",
    Window.DAY: "daily",
    Window.WEEK: "weekly",
    Window.MONTH: "monthly",
    Window.EVER: "all-time",
}
_EACH: Final = {
    Window.HOUR: "an hour",
    Window.DAY: "a day",
    Window.WEEK: "a week",
    Window.MONTH: "a month",
    Window.EVER: "in all",
}
_NOW: Final = {
    Window.HOUR: "this hour",
    Window.DAY: "today",
    Window.WEEK: "this week",
    Window.MONTH: "this month",
    Window.EVER: "so far",
}


def pot_name(pot: Pot, window: Window, place: Place = Place.DISCORD, *, whose: str = "your") -> str:
    """A limit by whose spending it caps: "your daily limit"."""
    kind = _KINDS[window]
    match pot.scope:
        case Scope.MEMBER | Scope.ROLE:
            return f"{whose} {kind} limit"
        case Scope.CHANNEL if place is Place.DISCORD:
            return f"the {kind} limit of <#{pot.subject}>"
        case Scope.CHANNEL:
            return f"the {kind} limit of channel {pot.subject}"
        case Scope.GUILD:
            return f"this server's {kind} limit"
        case Scope.BOT:
            return f"the whole bot's {kind} limit"


def limit_name(limit: Limit, place: Place = Place.DISCORD, *, whose: str = "your") -> str:
    """A limit that counts for a member; of another member, `whose` is "their"."""
    return pot_name(limit.pot, limit.window, place, whose=whose)


def heading(limit: Limit, *, whose: str = "your") -> str:
    """A limit at the head of a line; the operator's may stand beside the moderators'."""
    name = begun(limit_name(limit, whose=whose))
    of_operator = limit.pot.scope is Scope.GUILD and limit.rule.is_the_operators
    return f"{name}, from the operator" if of_operator else name


def begun(said: str) -> str:
    """The same at the beginning of a sentence."""
    return f"{said[:1].upper()}{said[1:]}"


def window_now(window: Window) -> str:
    """The present window: "today"."""
    return _NOW[window]


def window_kind(window: Window) -> str:
    """A window as an adjective: "daily"."""
    return _KINDS[window]


def each(window: Window) -> str:
    """How often an amount comes anew: "a day"."""
    return _EACH[window]


def amount(cap: int, window: Window) -> str:
    """What may be spent (micro-USD): "$3.00 a day", or that it is closed."""
    if cap == 0:
        return f"closed ({_KINDS[window]})"
    return f"{usd(cap)} {_EACH[window]}"


def raised(boosts: Sequence[Boost]) -> str:
    """What boosts add to an amount it is said after; nothing where there are none."""
    if not boosts:
        return ""
    extra = usd(sum(boost.amount for boost in boosts))
    by = f"{len(boosts)} boosts"
    if len(boosts) == 1:
        by = f"a boost until {moment_in_full(boosts[0].ends)}"
    return f", and {extra} more by {by}"


def resting(boosts: Sequence[Boost]) -> str:
    """What becomes of boosts while a limit is closed."""
    extra = usd(sum(boost.amount for boost in boosts))
    if len(boosts) == 1:
        return f"A boost of {extra} until {moment_in_full(boosts[0].ends)} rests meanwhile"
    return f"{len(boosts)} boosts of {extra} together rest meanwhile"


def cap_name(cap: int) -> str:
    """The amount of a limit, in micro-USD: 0 is closed."""
    return usd(cap) if cap else "closed"


def subject_name(subject: LimitSubject) -> str:
    """Whom a rule is about. It mentions, so the message it stands in must notify nobody."""
    match subject.scope:
        case Scope.MEMBER:
            return f"<@{subject.id}>"
        case Scope.ROLE if subject.id == subject.guild_id:
            return "everyone"
        case Scope.ROLE:
            return f"<@&{subject.id}>"
        case Scope.CHANNEL:
            return f"<#{subject.id}>"
        case Scope.GUILD:
            return "this server"
        case Scope.BOT:
            return "the whole bot"


def origin(rule: Rule, *, whose: str = "your") -> str:
    """Where a limit comes from: "from the role @Booster"."""
    subject = rule.subject
    match rule.author:
        case RuleAuthor.SETTING:
            return "the bot's setting for everyone" if _is_of_members(rule) else "the bot's setting"
        case RuleAuthor.OPERATOR:
            return "set by the operator"
        case RuleAuthor.MODERATOR if subject.scope is Scope.MEMBER:
            return f"{whose} own, set by <@{rule.set_by}>"
        case RuleAuthor.MODERATOR if subject.scope is Scope.ROLE and subject.id != subject.guild_id:
            return f"from the role <@&{subject.id}>"
        case RuleAuthor.MODERATOR if subject.scope is Scope.ROLE:
            return "for everyone in this server"
        case RuleAuthor.MODERATOR:
            return f"set by <@{rule.set_by}>"


def renewal(standing: LimitStatus, place: Place) -> str:
    """When what is spent counts no longer."""
    if standing.renews_at is None:
        return "never renews"
    return f"renews {moment(standing.renews_at, place)}"


def left(standing: LimitStatus, place: Place) -> str:
    """What may still be spent under the limit that binds, and when it renews."""
    limit = standing.limit
    about = f"{limit_name(limit, place)}, {renewal(standing, place)}"
    if limit.cap == 0:
        return f"nothing left: {limit_name(limit, place)} is closed"
    over = f", over by {usd(standing.over)}" if standing.over else ""
    return f"{usd(standing.left)} of {usd(limit.cap)} left{over} ({about})"


def spent(standing: LimitStatus) -> str:
    """What is spent in the present window, what is set aside, what is left or over."""
    parts = [f"{usd(standing.spent)} spent"]
    if standing.held:
        parts.append(f"{usd(standing.held)} set aside")
    if standing.limit.cap:
        rest = f"over by {usd(standing.over)}" if standing.over else f"{usd(standing.left)} left"
        parts.append(rest)
    return " · ".join(parts)


def _is_of_members(rule: Rule) -> bool:
    return rule.subject.scope in {Scope.MEMBER, Scope.ROLE}


def level(standing: LimitStatus) -> str:
    """A line about one limit: its amount, what is spent and left of it, and when it renews."""
    limit = standing.limit
    parts = [cap_name(limit.cap), spent(standing)]
    if limit.cap:  # what is closed stays so
        parts.append(renewal(standing, Place.DISCORD))
    return f"**{heading(limit)}:** {'; '.join(parts)}"
