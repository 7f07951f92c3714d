"""The words on a guild's limits, boosts and changes, listed page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import RuleAuthor, Scope
from bot.i18n import N_, _
from bot.store.limits.changes import LimitAction
from bot.ui.texts.labels import TextTarget, moment, moment_in_full, quoted
from bot.ui.texts.limits import alerts
from bot.ui.texts.limits.listing import CARD_LENGTH
from bot.ui.texts.limits.names import (
    amount,
    begun,
    cap_name,
    each,
    origin,
    renewal,
    set_by,
    spent,
    subject_name,
    window_kind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.limits.rules import Boost, Rule
    from bot.services.limits.commands import GuildLimits
    from bot.store.limits.changes import LimitChange

_GROUPS: Final = {
    Scope.GUILD: N_("All of this server together"),
    Scope.BOT: N_("All servers of this bot together"),
    Scope.ROLE: N_("Each member"),
    Scope.CHANNEL: N_("All in one channel together"),
    Scope.MEMBER: N_("Single members"),
}


def pages(found: GuildLimits) -> list[str]:
    """All limits of a guild, its boosts and the latest changes, a card's text each."""
    cards: list[str] = []
    heading = ""
    for line in _listed(found):
        if line.startswith("**"):
            heading = line
        if cards and len(cards[-1]) + 1 + len(line) <= CARD_LENGTH:
            cards[-1] += f"\n{line}"
        else:
            cards.append(line if line.startswith(("#", "**")) else f"{heading}\n{line}")
    return cards


def page_of(number: int, total: int) -> str:
    """Which page it is, and how to see the next."""
    said = _("-# Page {number} of {total}").format(number=number, total=total)
    if number < total:
        said += _(" · `/limits list page:{number}` shows more").format(number=number + 1)
    return said


def _listed(found: GuildLimits) -> Iterator[str]:
    yield _("### Limits of this server")
    scope = None
    for rule in found.rules:
        if rule.subject.scope is not scope:
            scope = rule.subject.scope
            yield f"**{_GROUPS[scope]}**"
        yield _rule(rule)
        for standing in found.standings:
            if standing.limit.rule == rule:
                yield f"-# {spent(standing)} · {renewal(standing, TextTarget.DISCORD)}"
    if found.untold:
        yield _("**What I could not post in the log channel**")
        yield from map(alerts.kept, found.untold)
    if found.boosts:
        yield _("**Boosts**")
        yield from map(_given, found.boosts)
    if found.changes:
        yield _("**Latest changes**")
        yield from map(change, found.changes)


def _rule(rule: Rule) -> str:
    said = amount(rule.cap, rule.window)
    if rule.subject.scope in {Scope.GUILD, Scope.BOT}:
        line = f"- **{said}** · {origin(rule)}"
    else:
        by = set_by(rule.set_by) if rule.set_by else origin(rule)
        line = f"- {begun(subject_name(rule.subject))}: **{said}** · {by}"
    if rule.set_by:
        line += f" {moment(rule.set_at, TextTarget.DISCORD)}"
    return line + _because(rule.reason, rule.author)


def _given(boost: Boost) -> str:
    return _(
        "- {id}: {subject}, **{amount} more {each}** until {when} · given by {who}{because}"
    ).format(
        id=boost.id,
        subject=subject_name(boost.subject),
        amount=usd(boost.amount),
        each=each(boost.window),
        when=moment_in_full(boost.ends),
        who=f"<@{boost.set_by}>",
        because=_because(boost.reason, RuleAuthor.MODERATOR),
    )


def change(found: LimitChange) -> str:
    """One line of the log: who did what, when and why."""
    who = _("the operator") if found.author is RuleAuthor.OPERATOR else f"<@{found.actor_id}>"
    return (
        f"-# {moment(found.created_at, TextTarget.DISCORD)} {who} {_done(found)}"
        f"{_because(found.reason, found.author)}"
    )


def _done(found: LimitChange) -> str:
    about = ""
    if found.subject is not None and found.window is not None:
        kind, name = window_kind(found.window), subject_name(found.subject)
        about = _("the {kind} limit of {subject}").format(kind=kind, subject=name)
    before, after = found.before, found.after
    match found.action:
        case LimitAction.SET:
            former = _(", before {before}").format(before=_sum(before)) if before else ""
            return _("set {about} to {after}{former}").format(
                about=about, after=_sum(after), former=former
            )
        case LimitAction.REMOVE:
            return _("removed {about}, {before}").format(about=about, before=_sum(before))
        case LimitAction.BOOST:
            return _("raised {about} by {after} until {when}").format(
                about=about, after=_sum(after), when=moment_in_full(found.ends or 0)
            )
        case LimitAction.END_BOOST:
            return _("ended a boost of {before} of {about}").format(
                before=_sum(before), about=about
            )
        case LimitAction.TIME_ZONE:
            return _("set the time zone to {after}").format(after=after or _("that of the bot"))
        case LimitAction.LOG_CHANNEL:
            if not after:
                return _("switched the log channel off")
            return _("set the log channel to {channel}").format(channel=f"<#{after}>")


def _sum(micro: str | None) -> str:
    return cap_name(int(micro or 0))


def _because(reason: str, author: RuleAuthor) -> str:
    """Why, in its author's words; what the operator wrote is for no server to read."""
    if not reason or author is RuleAuthor.OPERATOR:
        return ""
    return f" · {quoted(reason, TextTarget.DISCORD)}"
