"""The answers to people who set, remove, raise or look for a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import Scope
from bot.domain.limits.windows import Window
from bot.i18n import N_, _, ngettext
from bot.ui.texts.labels import TextTarget, moment_in_full, plain
from bot.ui.texts.limits.names import (
    amount,
    and_set_aside,
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

if TYPE_CHECKING:
    from bot.domain.limits.rules import Boost, Limit, LimitSubject, Rule
    from bot.domain.limits.status import LimitStatus
    from bot.services.limits.boosts import BoostAdded
    from bot.services.limits.commands import LimitRemoved, LimitSet

CHOICE_LENGTH: Final = 100
"""https://docs.discord.com/developers/interactions/application-commands"""

_WINDOW_LABELS: Final = {
    Window.HOUR: N_("hour"),
    Window.DAY: N_("day"),
    Window.WEEK: N_("week (Monday)"),
    Window.MONTH: N_("month"),
    Window.EVER: N_("never"),
}
DURATIONS: Final = {
    "1h": N_("an hour"),
    "12h": N_("twelve hours"),
    "1d": N_("a day"),
    "3d": N_("three days"),
    "7d": N_("a week"),
    "2w": N_("two weeks"),
    "1mo": N_("thirty days"),
}
"""How lengths of time are written, by example."""
_OF_ROLES: Final = N_(
    "-# Limits for a single member override this; of several roles the most generous counts."
)
_NOT_OPENED: Final = N_("-# A member's boost does not reopen it.")
_OF_EVERYONE: Final = N_("-# Limits for a role or a single member override this.")


def window_label(window: Window) -> str:
    """A window as a choice of an option."""
    return _WINDOW_LABELS[window]()


def was_set(found: LimitSet) -> str:
    """A limit that was set: what it means, where it stands, what else counts."""
    rule, subject = found.rule, found.rule.subject
    former = _(" (before: {cap})").format(cap=cap_name(found.former.cap)) if found.former else ""
    if rule.cap:
        said = _("{who} can now spend up to **{amount}**{former}{raised}.").format(
            who=begun(_spenders(subject)),
            amount=amount(rule.cap, rule.window),
            former=former,
            raised=raised(found.boosts),
        )
        lines = [said]
    else:
        kind = window_kind(rule.window)
        lines = [
            _("The {kind} limit of {subject} is **closed** now{former}.").format(
                kind=kind, subject=subject_name(subject), former=former
            )
        ]
        lines.append(
            _("{nothing}; what is in line already still comes.").format(nothing=_nothing(subject))
        )
    if found.standing is not None and rule.cap:
        lines.append(_stands(found.standing))
    if found.boosts and not rule.cap:
        lines.append(f"-# {resting(found.boosts)}.")
    if subject.scope is Scope.ROLE:
        if not rule.cap:
            lines.append(_NOT_OPENED())
        lines.append(_OF_EVERYONE() if subject.id == subject.guild_id else _OF_ROLES())
    if found.beside is not None:
        lines.append(_beside(found.beside, subject))
    return "\n".join(lines)


def _beside(lower: Limit, subject: LimitSubject) -> str:
    whose = _("each member's") if subject.scope is Scope.ROLE else _("their")
    name, source = begun(limit_name(lower, whose=whose)), origin(lower.rule, whose=_("their"))
    if lower.is_closed:
        return _("-# {name} is closed ({origin}), so editing stays switched off.").format(
            name=name, origin=source
        )
    return _("-# {name} of {cap} counts as well ({origin}), and is lower.").format(
        name=name, cap=usd(lower.cap), origin=source
    )


def _stands(standing: LimitStatus) -> str:
    now, renews = (
        begun(window_now(standing.limit.rule.window)),
        renewal(standing, TextTarget.DISCORD),
    )
    if standing.over:
        return _(
            "{now} it is over by {over}: what is spent stays spent, and nothing more can be "
            "bought. It {renews}."
        ).format(now=now, over=usd(standing.over), renews=renews)
    return _("{now} {spent} is spent{held}, which leaves {left}. It {renews}.").format(
        now=now,
        spent=usd(standing.spent),
        held=and_set_aside(standing),
        left=usd(standing.left),
        renews=renews,
    )


def _spenders(subject: LimitSubject) -> str:
    name = subject_name(subject)
    match subject.scope:
        case Scope.MEMBER:
            return name
        case Scope.ROLE if subject.id == subject.guild_id:
            return _("each member")
        case Scope.ROLE:
            return _("each member with {role}").format(role=name)
        case Scope.CHANNEL:
            return _("all members in {channel} together").format(channel=name)
        case Scope.GUILD:
            return _("all members of this server together")
        case Scope.BOT:
            return _("all servers of this bot together")


def _nothing(subject: LimitSubject) -> str:
    match subject.scope:
        case Scope.MEMBER:
            return _("They can buy nothing in this server")
        case Scope.ROLE:
            return _("Everyone it counts for can buy nothing in this server")
        case Scope.CHANNEL:
            return _("Nobody can buy anything there")
        case Scope.GUILD:
            return _("Nobody can buy anything in this server")
        case Scope.BOT:
            return _("Nobody can buy anything, in any server")


def about_server(subject: LimitSubject, said: str) -> str:
    """What is said of a guild, to an operator who may be in another one."""
    if subject.scope is not Scope.GUILD:
        return said
    return _("-# Server {id}").format(id=subject.id) + f"\n{said}"


def was_removed(found: LimitRemoved) -> str:
    """A limit that was taken away, and what counts instead."""
    rule = found.rule
    kind, name = window_kind(rule.window), subject_name(rule.subject)
    cap = cap_name(rule.cap)
    lines = [
        _("The {kind} limit of {name}, {cap}, is removed.").format(kind=kind, name=name, cap=cap)
    ]
    unless = _(", unless a role of theirs has another") if found.is_by_roles else ""
    if found.instead is not None:
        instead = found.instead
        more = "" if instead.is_closed else raised(instead.boosts)
        lines.append(
            _("What counts now: {amount} ({origin}){more}{unless}.").format(
                amount=amount(instead.rule.cap, instead.rule.window),
                origin=origin(instead.rule, whose=_("their")),
                more=more,
                unless=unless,
            )
        )
        if instead.is_closed and instead.boosts:
            lines.append(f"-# {resting(instead.boosts)}.")
    else:
        lines.append(
            _("No {kind} limit counts there any more{unless}; all the others do.").format(
                kind=kind, unless=unless
            )
        )
    if found.boosts:
        lines.append(
            ngettext(
                "{count:,} boost of it ended, too.",
                "{count:,} boosts of it ended, too.",
                len(found.boosts),
            )
        )
    return "\n".join(lines)


def was_boosted(found: BoostAdded) -> str:
    """A boost that was given: exactly what may be spent until when."""
    boost, limit = found.boost, found.limit
    said = _("Until {when}, {who} can spend **{amount}**: {cap} + {extra} boost.").format(
        when=moment_in_full(boost.ends),
        who=_spenders(boost.subject),
        amount=amount(limit.cap, limit.rule.window),
        cap=usd(limit.cap - boost.amount),
        extra=usd(boost.amount),
    )
    early = _("To end it early: `/limits remove`, option `which` (boost {id}).").format(id=boost.id)
    return f"{said}\n-# {early}"


def boost_ended(boost: Boost) -> str:
    """A boost that was ended before its time."""
    return _(
        "Boost {id} has ended: {subject} had {amount} more {each} until {when}. "
        "What was spent stays spent."
    ).format(
        id=boost.id,
        subject=subject_name(boost.subject),
        amount=usd(boost.amount),
        each=each(boost.window),
        when=moment_in_full(boost.ends),
    )


def boost_choice(boost: Boost) -> str:
    """A boost among the choices of an option, where Discord knows no names of members."""
    extra = _("{amount} more {each}").format(amount=usd(boost.amount), each=each(boost.window))
    said = _("boost {id}: {extra} for {whom}: {reason}").format(
        id=boost.id, extra=extra, whom=_plainly(boost.subject), reason=boost.reason
    )
    return plain(said, limit=CHOICE_LENGTH)


def rule_choice(rule: Rule) -> str:
    """A limit among the choices of an option."""
    because = f": {rule.reason}" if rule.reason else ""
    said = _("{amount} for {whom}{because}").format(
        amount=amount(rule.cap, rule.window), whom=_plainly(rule.subject), because=because
    )
    return plain(said, limit=CHOICE_LENGTH)


def _plainly(subject: LimitSubject) -> str:
    match subject.scope:
        case Scope.GUILD:
            return _("this server")
        case Scope.ROLE if subject.id == subject.guild_id:
            return _("everyone")
        case scope:
            return f"{scope} {subject.id}"
