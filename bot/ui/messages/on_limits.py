"""The words on limits as they stand: one member's, explained, and a guild's, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import RuleAuthor, Scope
from bot.store.limits.rules import LimitAction
from bot.ui.messages import on_alerts
from bot.ui.messages.limit_names import (
    amount,
    begun,
    cap_name,
    each,
    heading,
    limit_name,
    origin,
    renewal,
    resting,
    spent,
    subject_name,
    window_kind,
)
from bot.ui.messages.places import Place, moment, moment_in_full, quoted
from bot.ui.messages.words import count_of

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
    Scope.GUILD: "All of this server together",
    Scope.BOT: "All servers of this bot together",
    Scope.ROLE: "Each member by themselves",
    Scope.CHANNEL: "All in one channel together",
    Scope.MEMBER: "Single members",
}


def whose(explained: LimitsExplained, *, reader_id: int) -> str:
    """How a member's own limits are called to whom reads of them."""
    return "your" if explained.explanation.buyer.member_id == reader_id else "their"


def headline(explained: LimitsExplained, *, reader_id: int) -> str:
    """Who may spend, and where."""
    buyer = explained.explanation.buyer
    who = "you" if buyer.member_id == reader_id else f"<@{buyer.member_id}>"
    where = f" in <#{buyer.channel_id}>" if buyer.channel_id and buyer.guild_id else ""
    return f"### What {who} may spend{where}"


def binding(explained: LimitsExplained, *, reader_id: int) -> str:
    """Which limit binds, and what that leaves."""
    standing = explained.explanation.binding(explained.price)
    name = limit_name(standing.limit, whose=whose(explained, reader_id=reader_id))
    return f"**What binds: {name}. {begun(_leaves(explained))}.**"


def _leaves(explained: LimitsExplained) -> str:
    standing = explained.explanation.binding(explained.price)
    count = explained.explanation.affords(explained.price)
    if standing.limit.cap == 0:
        return "it is closed: nothing can be bought under it"
    if count is None:
        return "pictures cost nothing here, so any number"
    if count:
        return f"{usd(standing.left)} left: {count_of(count, 'picture', 'pictures')}"
    rest = f"over by {usd(standing.over)}" if standing.over else f"{usd(standing.left)} left"
    none = f"{rest}: no picture at {usd(explained.price)}"
    if standing.renews_at is None:
        return f"{none}, and it never renews"
    return f"{none} before it {renewal(standing, Place.DISCORD)}"


def standings(explained: LimitsExplained, *, reader_id: int) -> Iterator[str]:
    """Each limit that counts: the one that binds first, then from the narrowest to the widest."""
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
    about = [origin(limit.rule, whose=whose), renewal(standing, Place.DISCORD)]
    lines.append(f"-# {begun(' · '.join(about))}")
    lines += [f"-# {_boost(boost, limit)}" for boost in limit.boosts[:MOST_BOOSTS_SHOWN]]
    if (more := len(limit.boosts) - MOST_BOOSTS_SHOWN) > 0:
        lines.append(f"-# and {count_of(more, 'more boost', 'more boosts')}")
    return "\n".join(lines)


def _boost(boost: Boost, limit: Limit) -> str:
    said = f"{usd(boost.amount)} of it is a boost until {moment_in_full(boost.ends)}"
    if limit.is_closed:
        said = resting([boost])
    return f"{said}: {quoted(boost.reason, Place.DISCORD)}"


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
    lines = ["**Not counted, because a nearer one counts**"]
    lines += [
        f"-# {begun(amount(one.limit.cap, one.limit.window))}, "
        f"{origin(one.limit.rule, whose=whose)}: {_nearer(one.by, whose=whose)} counts instead"
        for one in found
    ]
    return "\n".join(lines)


def _nearer(rule: Rule, *, whose: str) -> str:
    match rule.subject.scope:
        case Scope.MEMBER:
            return f"{whose} own limit"
        case _ if rule.subject.id == rule.subject.guild_id:
            return "the limit for everyone"
        case _:
            return f"the role {subject_name(rule.subject)}"


def more_limits(number: int) -> str:
    """Limits that did not fit on the card."""
    return f"-# and {count_of(number, 'more limit', 'more limits')}; what binds is above"


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
    following = f" · `/limits list page:{number + 1}` shows more" if number < total else ""
    return f"-# Page {number} of {total}{following}"


def _listed(found: GuildLimits) -> Iterator[str]:
    yield "### Limits of this server"
    scope = None
    for rule in found.rules:
        if rule.subject.scope is not scope:
            scope = rule.subject.scope
            yield f"**{_GROUPS[scope]}**"
        yield _rule(rule)
        for standing in found.standings:
            if standing.limit.rule == rule:
                yield f"-# {spent(standing)} · {renewal(standing, Place.DISCORD)}"
    if found.untold:
        yield "**What I could not post in the log channel**"
        yield from map(on_alerts.kept, found.untold)
    if found.boosts:
        yield "**Boosts**"
        yield from map(_given, found.boosts)
    if found.changes:
        yield "**Latest changes**"
        yield from map(change, found.changes)


def _rule(rule: Rule) -> str:
    said = amount(rule.cap, rule.window)
    if rule.subject.scope in {Scope.GUILD, Scope.BOT}:
        line = f"- **{said}** · {origin(rule)}"
    elif rule.set_by:
        line = f"- {begun(subject_name(rule.subject))}: **{said}** · set by <@{rule.set_by}>"
    else:
        line = f"- {begun(subject_name(rule.subject))}: **{said}** · {origin(rule)}"
    if rule.set_by:
        line += f" {moment(rule.set_at, Place.DISCORD)}"
    return line + _because(rule.reason, rule.author)


def _given(boost: Boost) -> str:
    return (
        f"- {boost.id}: {subject_name(boost.subject)}, **{usd(boost.amount)} more "
        f"{each(boost.window)}** until {moment_in_full(boost.ends)} · given by <@{boost.set_by}>"
        f"{_because(boost.reason, RuleAuthor.MODERATOR)}"
    )


def change(found: LimitChange) -> str:
    """One line of the log: who did what, when and why."""
    who = "the operator" if found.author is RuleAuthor.OPERATOR else f"<@{found.actor_id}>"
    return (
        f"-# {moment(found.created_at, Place.DISCORD)} {who} {_done(found)}"
        f"{_because(found.reason, found.author)}"
    )


def _done(found: LimitChange) -> str:
    about = ""
    if found.subject is not None and found.window is not None:
        about = f"the {window_kind(found.window)} limit of {subject_name(found.subject)}"
    before, after = found.before, found.after
    match found.action:
        case LimitAction.SET:
            former = f", before {_sum(before)}" if before else ""
            return f"set {about} to {_sum(after)}{former}"
        case LimitAction.REMOVE:
            return f"removed {about}, {_sum(before)}"
        case LimitAction.BOOST:
            return f"raised {about} by {_sum(after)} until {moment_in_full(found.ends or 0)}"
        case LimitAction.END_BOOST:
            return f"ended a boost of {_sum(before)} of {about}"
        case LimitAction.TIME_ZONE:
            return f"set the time zone to {after or 'that of the bot'}"
        case LimitAction.LOG_CHANNEL:
            return f"set the log channel to <#{after}>" if after else "switched the log channel off"


def _sum(micro: str | None) -> str:
    return cap_name(int(micro or 0))


def _because(reason: str, author: RuleAuthor) -> str:
    """Why, in its author's words; what the operator wrote is for no server to read."""
    if not reason or author is RuleAuthor.OPERATOR:
        return ""
    return f" · {quoted(reason, Place.DISCORD)}"


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
