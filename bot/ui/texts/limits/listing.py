"""The words on limits as they stand: one member's, explained, and a guild's, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import RuleAuthor, Scope
from bot.i18n import N_, _, ngettext
from bot.store.limits.rules import LimitAction
from bot.ui.texts.labels import TextTarget, moment, moment_in_full, picture_count, quoted
from bot.ui.texts.limits import alerts
from bot.ui.texts.limits.names import (
    amount,
    begun,
    cap_name,
    each,
    heading,
    limit_name,
    origin,
    renewal,
    rest,
    resting,
    set_by,
    spent,
    subject_name,
    window_kind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.domain.limits.rules import Boost, Limit, OverriddenRule, Rule
    from bot.domain.limits.status import LimitStatus
    from bot.services.limits.commands import GuildLimits, LimitsExplained
    from bot.store.limits.rules import LimitChange

BAR_CELLS: Final = 12
"""As wide as a phone shows in one line, with room to spare."""
_SPENT, _HELD, _LEFT = "█", "▒", "░"
MOST_BOOSTS_SHOWN: Final = 3

CARD_LENGTH: Final = 3_600
"""Discord takes 4,000 characters of text in one message; some are for what stands around."""

_GROUPS: Final = {
    Scope.GUILD: N_("All of this server together"),
    Scope.BOT: N_("All servers of this bot together"),
    Scope.ROLE: N_("Each member"),
    Scope.CHANNEL: N_("All in one channel together"),
    Scope.MEMBER: N_("Single members"),
}


def whose(explained: LimitsExplained, *, reader_id: int) -> str:
    """How a member's own limits are called to whom reads of them."""
    return _("your") if explained.explanation.buyer.member_id == reader_id else _("their")


def headline(explained: LimitsExplained, *, reader_id: int) -> str:
    """Who may spend, and where."""
    buyer = explained.explanation.buyer
    who = _("you") if buyer.member_id == reader_id else f"<@{buyer.member_id}>"
    if buyer.channel_id and buyer.guild_id:
        where = f"<#{buyer.channel_id}>"
        return _("### What {who} may spend in {channel}").format(who=who, channel=where)
    return _("### What {who} may spend").format(who=who)


def binding(explained: LimitsExplained, *, reader_id: int) -> str:
    """Which limit decides, and what that leaves."""
    standing = explained.explanation.binding(explained.price)
    name = limit_name(standing.limit, whose=whose(explained, reader_id=reader_id))
    return _("**{name} decides: {leaves}.**").format(name=begun(name), leaves=_leaves(explained))


def _leaves(explained: LimitsExplained) -> str:
    standing = explained.explanation.binding(explained.price)
    count = explained.explanation.affords(explained.price)
    if standing.limit.cap == 0:
        return _("editing is switched off here")
    if count is None:
        return _("pictures cost nothing here, so any number")
    if count:
        return _("{left} left ({pictures})").format(
            left=usd(standing.left), pictures=picture_count(count)
        )
    none = _("{rest}, too little for a picture at {price}").format(
        rest=rest(standing), price=usd(explained.price)
    )
    return _("{none}; it {renewal}").format(
        none=none, renewal=renewal(standing, TextTarget.DISCORD)
    )


def standings(explained: LimitsExplained, *, reader_id: int) -> Iterator[str]:
    """Each limit that counts: the one that decides first, then from the narrowest to the widest."""
    first = explained.explanation.binding(explained.price)
    others = [found for found in explained.explanation.standings if found is not first]
    name = whose(explained, reader_id=reader_id)
    for found in (first, *others):
        yield _standing(found, whose=name)


def _standing(standing: LimitStatus, *, whose: str) -> str:
    limit = standing.limit
    lines = [f"**{heading(limit, whose=whose)}: {cap_name(limit.cap)}**"]
    if limit.cap:
        lines.append(f"`{bar(standing)}`")
    lines.append(spent(standing))
    about = [origin(limit.rule, whose=whose), renewal(standing, TextTarget.DISCORD)]
    lines.append(f"-# {begun(' · '.join(about))}")
    lines += [f"-# {_boost(boost, limit)}" for boost in limit.boosts[:MOST_BOOSTS_SHOWN]]
    if (more := len(limit.boosts) - MOST_BOOSTS_SHOWN) > 0:
        lines.append(
            _("-# and {more}").format(
                more=ngettext("{count:,} more boost", "{count:,} more boosts", more)
            )
        )
    return "\n".join(lines)


def _boost(boost: Boost, limit: Limit) -> str:
    said = _("{amount} of it is a boost until {when}").format(
        amount=usd(boost.amount), when=moment_in_full(boost.ends)
    )
    if limit.is_closed:
        said = resting([boost])
    return f"{said}: {quoted(boost.reason, TextTarget.DISCORD)}"


def bar(standing: LimitStatus) -> str:
    """What is spent, set aside and left, as a row of blocks; nothing of it is rounded away."""
    cap = standing.limit.cap
    taken = [0, 0]
    for index, part in enumerate((standing.spent, standing.held)):
        cells = part * BAR_CELLS // cap if cap else 0
        taken[index] = min(max(cells, 1 if part else 0), BAR_CELLS - sum(taken))
    if standing.left and sum(taken) == BAR_CELLS:
        taken[taken.index(max(taken))] -= 1
    return _SPENT * taken[0] + _HELD * taken[1] + _LEFT * (BAR_CELLS - sum(taken))


def beaten(found: Sequence[OverriddenRule], *, whose: str) -> str:
    """Limits that do not count, and what counts instead."""
    lines = [_("**Overridden by a more specific limit**")]
    lines += [
        _("-# {amount}, {origin}: {nearer} counts instead").format(
            amount=begun(amount(one.limit.cap, one.limit.rule.window)),
            origin=origin(one.limit.rule, whose=whose),
            nearer=_nearer(one.by, whose=whose),
        )
        for one in found
    ]
    return "\n".join(lines)


def _nearer(rule: Rule, *, whose: str) -> str:
    match rule.subject.scope:
        case Scope.MEMBER:
            return _("{whose} own limit").format(whose=whose)
        case _ if rule.subject.id == rule.subject.guild_id:
            return _("the limit for everyone")
        case _:
            return _("the role {role}").format(role=subject_name(rule.subject))


def more_limits(number: int) -> str:
    """Limits that did not fit on the card."""
    return _("-# and {more}; the one that decides is above").format(
        more=ngettext("{count:,} more limit", "{count:,} more limits", number)
    )


# ---- a guild's limits ----------------------------------------------------------------------


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


def fitting(lines: Iterable[str], *, room: int, most: int) -> tuple[list[str], int]:
    """The first of `lines`, `most` of them, that have `room` (characters); how many are left."""
    kept: list[str] = []
    left_out = 0
    for line in lines:
        room -= len(line)
        if room >= 0 and len(kept) < most and not left_out:
            kept.append(line)
        else:
            left_out += 1
    return kept, left_out
