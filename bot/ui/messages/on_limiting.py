"""What is answered to whom sets, removes, raises or looks for a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import Scope
from bot.domain.limits.windows import Window
from bot.ui.messages.limit_names import (
    amount,
    begun,
    cap_name,
    each,
    limit_name,
    origin,
    raised,
    renewal,
    resting,
    subject_name,
    window_kind,
    window_now,
)
from bot.ui.messages.member_text import plain
from bot.ui.messages.places import Place, moment_in_full
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from bot.domain.limits.rules import Boost, Limit, LimitSubject, Rule
    from bot.domain.limits.status import LimitStatus
    from bot.services.limits.boosts import BoostAdded
    from bot.services.limits.commands import LimitRemoved, LimitSet

CHOICE_LENGTH: Final = 100
"""https://docs.discord.com/developers/interactions/application-commands"""

_WINDOW_LABELS: Final = {
    Window.HOUR: "an hour",
    Window.DAY: "a day",
    Window.WEEK: "a week, from Monday",
    Window.MONTH: "a month",
    Window.EVER: "in all, for ever",
}
DURATIONS: Final = {
    "1h": "an hour",
    "12h": "twelve hours",
    "1d": "a day",
    "3d": "three days",
    "7d": "a week",
    "2w": "two weeks",
    "1mo": "thirty days",
}
"""How lengths of time are written, by example."""
_OF_ROLES: Final = (
    "-# A limit of a member's own comes before it; of several roles the most generous counts."
)
_NOT_OPENED: Final = "-# A boost of a member's own does not open it."
_OF_EVERYONE: Final = "-# A limit of a role or of a member's own comes before it."


def window_label(window: Window) -> str:
    """A window as a choice of an option."""
    return _WINDOW_LABELS[window]


def was_set(found: LimitSet) -> str:
    """A limit that was set: what it means, where it stands, what else counts."""
    rule, subject = found.rule, found.rule.subject
    former = f" (before: {cap_name(found.former.cap)})" if found.former else ""
    if rule.cap:
        cap = f"**{amount(rule.cap, rule.window)}** now{former}{raised(found.boosts)}"
        lines = [f"{_may(subject)} {cap}."]
    else:
        kind = window_kind(rule.window)
        lines = [f"The {kind} limit of {subject_name(subject)} is **closed** now{former}."]
        lines.append(f"{_nothing(subject)}; what is in line already still comes.")
    if found.standing is not None and rule.cap:
        lines.append(_stands(found.standing))
    if found.boosts and not rule.cap:
        lines.append(f"-# {resting(found.boosts)}.")
    if subject.scope is Scope.ROLE:
        if not rule.cap:
            lines.append(_NOT_OPENED)
        lines.append(_OF_EVERYONE if subject.id == subject.guild_id else _OF_ROLES)
    if found.beside is not None:
        lines.append(_beside(found.beside, subject))
    return "\n".join(lines)


def _beside(lower: Limit, subject: LimitSubject) -> str:
    whose = "each member's" if subject.scope is Scope.ROLE else "their"
    name, whence = begun(limit_name(lower, whose=whose)), origin(lower.rule, whose="their")
    if lower.is_closed:
        return f"-# {name} is closed ({whence}): nothing can be bought under it."
    return f"-# {name} of {usd(lower.cap)} counts as well ({whence}), and is lower."


def _stands(standing: LimitStatus) -> str:
    now, renews = begun(window_now(standing.limit.window)), renewal(standing, Place.DISCORD)
    if standing.over:
        return (
            f"{now} it is over by {usd(standing.over)}: what is spent stays, and nothing more is "
            f"bought under it. It {renews}."
        )
    held = f" and {usd(standing.held)} set aside" if standing.held else ""
    return (
        f"{now} {usd(standing.spent)} is spent{held}, which leaves {usd(standing.left)}. "
        f"It {renews}."
    )


def _may(subject: LimitSubject) -> str:
    name = subject_name(subject)
    match subject.scope:
        case Scope.MEMBER:
            return f"{name} may spend"
        case Scope.ROLE if subject.id == subject.guild_id:
            return "Each member may, by themselves, spend"
        case Scope.ROLE:
            return f"Each member with {name} may, by themselves, spend"
        case Scope.CHANNEL:
            return f"All members together may, in {name}, spend"
        case Scope.GUILD:
            return "All members of this server together may spend"
        case Scope.BOT:
            return "All servers of this bot together may spend"


def _nothing(subject: LimitSubject) -> str:
    match subject.scope:
        case Scope.MEMBER:
            return "They can buy nothing in this server"
        case Scope.ROLE:
            return "Who it counts for can buy nothing in this server"
        case Scope.CHANNEL:
            return "Nobody can buy anything there"
        case Scope.GUILD:
            return "Nobody can buy anything in this server"
        case Scope.BOT:
            return "Nobody can buy anything, in any server"


def about_server(subject: LimitSubject, said: str) -> str:
    """What is said of a guild, to an operator who may be in another one."""
    return f"-# Server {subject.id}\n{said}" if subject.scope is Scope.GUILD else said


def was_removed(found: LimitRemoved) -> str:
    """A limit that was taken away, and what counts instead."""
    rule = found.rule
    kind, name = window_kind(rule.window), subject_name(rule.subject)
    lines = [f"The {kind} limit of {name}, {cap_name(rule.cap)}, is removed."]
    unless = ", unless a role of theirs has another" if found.is_by_roles else ""
    if found.instead is not None:
        instead = found.instead
        more = "" if instead.is_closed else raised(instead.boosts)
        lines.append(
            f"What counts now: {amount(instead.rule.cap, instead.window)} "
            f"({origin(instead.rule, whose='their')}){more}{unless}."
        )
        if instead.is_closed and instead.boosts:
            lines.append(f"-# {resting(instead.boosts)}.")
    else:
        lines.append(f"No {kind} limit counts there any more{unless}; all the others do.")
    if found.boosts:
        lines.append(f"{count_of(len(found.boosts), 'boost', 'boosts')} of it ended, too.")
    return "\n".join(lines)


def was_boosted(found: BoostAdded) -> str:
    """A boost that was given: exactly what may be spent until when."""
    boost, limit = found.boost, found.limit
    return (
        f"Until {moment_in_full(boost.ends)} {_lowered(_may(boost.subject))} "
        f"**{usd(boost.amount)} more {each(boost.window)}** than the limit: "
        f"**{amount(limit.cap, limit.window)}**.\n"
        f"-# It is boost {boost.id}: `/limits remove which:` ends it earlier."
    )


def _lowered(said: str) -> str:
    return f"{said[:1].lower()}{said[1:]}"


def boost_ended(boost: Boost) -> str:
    """A boost that was ended before its time."""
    return (
        f"Boost {boost.id} has ended: {subject_name(boost.subject)} had {usd(boost.amount)} more "
        f"{each(boost.window)} until {moment_in_full(boost.ends)}. What was spent stays spent."
    )


def boost_choice(boost: Boost) -> str:
    """A boost among the choices of an option, where Discord knows no names of members."""
    extra = f"{usd(boost.amount)} more {each(boost.window)}"
    said = f"boost {boost.id}: {extra} for {_plainly(boost.subject)}: {boost.reason}"
    return plain(said, limit=CHOICE_LENGTH)


def rule_choice(rule: Rule) -> str:
    """A limit among the choices of an option."""
    because = f": {rule.reason}" if rule.reason else ""
    said = f"{amount(rule.cap, rule.window)} for {_plainly(rule.subject)}{because}"
    return plain(said, limit=CHOICE_LENGTH)


def _plainly(subject: LimitSubject) -> str:
    match subject.scope:
        case Scope.GUILD:
            return "this server"
        case Scope.ROLE if subject.id == subject.guild_id:
            return "everyone"
        case scope:
            return f"{scope} {subject.id}"
