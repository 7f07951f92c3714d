"""Names for limits, the same everywhere: which it is, where it comes from, what is left.

They stand inside a sentence; `begun` makes one begin with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import RuleAuthor, Scope
from bot.domain.limits.windows import Window
from bot.i18n import N_, _
from bot.ui.texts.labels import TextTarget, moment, moment_in_full

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.limits.rules import Boost, Limit, LimitSubject, Pot, Rule
    from bot.domain.limits.status import LimitStatus

_KINDS: Final = {
    Window.HOUR: N_("hourly"),
    Window.DAY: N_("daily"),
    Window.WEEK: N_("weekly"),
    Window.MONTH: N_("monthly"),
    Window.EVER: N_("all-time"),
}
_EACH: Final = {
    Window.HOUR: N_("an hour"),
    Window.DAY: N_("a day"),
    Window.WEEK: N_("a week"),
    Window.MONTH: N_("a month"),
    Window.EVER: N_("in all"),
}
_NOW: Final = {
    Window.HOUR: N_("this hour"),
    Window.DAY: N_("today"),
    Window.WEEK: N_("this week"),
    Window.MONTH: N_("this month"),
    Window.EVER: N_("so far"),
}


def pot_name(
    pot: Pot, window: Window, place: TextTarget = TextTarget.DISCORD, *, whose: str = ""
) -> str:
    """A limit by whose spending it caps: "your daily limit"."""
    kind = _KINDS[window]()
    match pot.scope:
        case Scope.MEMBER | Scope.ROLE:
            return _("{whose} {kind} limit").format(whose=whose or _("your"), kind=kind)
        case Scope.CHANNEL if place is TextTarget.DISCORD:
            return _("the {kind} limit of {subject}").format(kind=kind, subject=f"<#{pot.subject}>")
        case Scope.CHANNEL:
            return _("the {kind} limit of channel {id}").format(kind=kind, id=pot.subject)
        case Scope.GUILD:
            return _("this server's {kind} limit").format(kind=kind)
        case Scope.BOT:
            return _("the whole bot's {kind} limit").format(kind=kind)


def limit_name(limit: Limit, place: TextTarget = TextTarget.DISCORD, *, whose: str = "") -> str:
    """A limit that counts for a member; of another member, `whose` is "their"."""
    return pot_name(limit.pot, limit.rule.window, place, whose=whose)


def heading(limit: Limit, *, whose: str = "") -> str:
    """A limit at the head of a line; the operator's may stand beside the moderators'."""
    name = begun(limit_name(limit, whose=whose))
    of_operator = limit.pot.scope is Scope.GUILD and limit.rule.is_the_operators
    return _("{name}, set by whoever hosts the bot").format(name=name) if of_operator else name


def begun(said: str) -> str:
    """The same at the beginning of a sentence."""
    return f"{said[:1].upper()}{said[1:]}"


def window_now(window: Window) -> str:
    """The present window: "today"."""
    return _NOW[window]()


def window_kind(window: Window) -> str:
    """A window as an adjective: "daily"."""
    return _KINDS[window]()


def each(window: Window) -> str:
    """How often an amount comes again: "a day"."""
    return _EACH[window]()


def amount(cap: int, window: Window) -> str:
    """What may be spent (micro-USD): "$3.00 a day", or that it is closed."""
    if cap == 0:
        return _("closed ({kind})").format(kind=_KINDS[window]())
    return f"{usd(cap)} {_EACH[window]}"


def raised(boosts: Sequence[Boost]) -> str:
    """What boosts add to an amount it is said after; nothing where there are none."""
    if not boosts:
        return ""
    extra = usd(sum(boost.amount for boost in boosts))
    by = _("{count} boosts").format(count=len(boosts))
    if len(boosts) == 1:
        by = _("a boost until {when}").format(when=moment_in_full(boosts[0].ends))
    return _(", and {extra} more by {by}").format(extra=extra, by=by)


def resting(boosts: Sequence[Boost]) -> str:
    """What becomes of boosts while a limit is closed."""
    extra = usd(sum(boost.amount for boost in boosts))
    if len(boosts) == 1:
        return _("A boost of {extra} until {when} is paused").format(
            extra=extra, when=moment_in_full(boosts[0].ends)
        )
    return _("{count} boosts of {extra} together are paused").format(count=len(boosts), extra=extra)


def cap_name(cap: int) -> str:
    """The amount of a limit, in micro-USD: 0 is closed."""
    return usd(cap) if cap else _("closed")


def subject_name(subject: LimitSubject) -> str:
    """Whom a rule is about. It mentions, so the message it stands in must notify nobody."""
    match subject.scope:
        case Scope.MEMBER:
            return f"<@{subject.id}>"
        case Scope.ROLE if subject.id == subject.guild_id:
            return _("everyone")
        case Scope.ROLE:
            return f"<@&{subject.id}>"
        case Scope.CHANNEL:
            return f"<#{subject.id}>"
        case Scope.GUILD:
            return _("this server")
        case Scope.BOT:
            return _("the whole bot")


def origin(rule: Rule, *, whose: str = "") -> str:
    """Where a limit comes from: "from the role @Booster"."""
    subject = rule.subject
    match rule.author:
        case RuleAuthor.SETTING:
            for_members = _("the bot's setting for everyone")
            return for_members if _is_of_members(rule) else _("the bot's setting")
        case RuleAuthor.OPERATOR:
            return _("set by whoever hosts the bot")
        case RuleAuthor.MODERATOR if subject.scope is Scope.MEMBER:
            return _("{whose} own, set by {who}").format(
                whose=whose or _("your"), who=f"<@{rule.set_by}>"
            )
        case RuleAuthor.MODERATOR if subject.scope is Scope.ROLE and subject.id != subject.guild_id:
            return _("from the role {role}").format(role=subject_name(subject))
        case RuleAuthor.MODERATOR if subject.scope is Scope.ROLE:
            return _("for everyone in this server")
        case RuleAuthor.MODERATOR:
            return set_by(rule.set_by)


def set_by(member_id: int) -> str:
    """Who set a limit."""
    return _("set by {who}").format(who=f"<@{member_id}>")


def renewal(standing: LimitStatus, place: TextTarget) -> str:
    """When what is spent no longer counts."""
    return renews(standing.renews_at, place)


def renews(when: float | None, place: TextTarget) -> str:
    """The same of a moment; None is never."""
    if when is None:
        return _("never renews")
    return _("renews {when}").format(when=moment(when, place))


def left(standing: LimitStatus, place: TextTarget) -> str:
    """What may still be spent under the limit that decides, and when it renews."""
    limit = standing.limit
    about = f"{limit_name(limit, place)}, {renewal(standing, place)}"
    if limit.cap == 0:
        return _("nothing left: {limit} is closed").format(limit=limit_name(limit, place))
    over = _(", over by {over}").format(over=usd(standing.over)) if standing.over else ""
    return _("{left} of {cap} left{over} ({about})").format(
        left=usd(standing.left), cap=usd(limit.cap), over=over, about=about
    )


def rest(standing: LimitStatus) -> str:
    """What is left under a limit, or how far it is passed."""
    if standing.over:
        return _("over by {over}").format(over=usd(standing.over))
    return _("{left} left").format(left=usd(standing.left))


def set_aside(held: int) -> str:
    """What pictures that are on their way hold (micro-USD)."""
    return _("{held} set aside").format(held=usd(held))


def and_set_aside(standing: LimitStatus) -> str:
    """The same behind what is spent; nothing where nothing is held."""
    return _(" and {held} set aside").format(held=usd(standing.held)) if standing.held else ""


def spent(standing: LimitStatus) -> str:
    """What is spent in the present window, what is set aside, what is left or over."""
    parts = [_("{spent} spent").format(spent=usd(standing.spent))]
    if standing.held:
        parts.append(set_aside(standing.held))
    if standing.limit.cap:
        parts.append(rest(standing))
    return " · ".join(parts)


def _is_of_members(rule: Rule) -> bool:
    return rule.subject.scope in {Scope.MEMBER, Scope.ROLE}


def level(standing: LimitStatus) -> str:
    """A line about one limit: its amount, what is spent and left of it, and when it renews."""
    limit = standing.limit
    parts = [cap_name(limit.cap), spent(standing)]
    if limit.cap:  # what is closed stays so
        parts.append(renewal(standing, TextTarget.DISCORD))
    return f"**{heading(limit)}:** {'; '.join(parts)}"
