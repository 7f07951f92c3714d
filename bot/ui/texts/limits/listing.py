"""The words on limits as they stand: one member's, explained, and a guild's, listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.limits.rules import Scope
from bot.i18n import _, ngettext
from bot.ui.texts.labels import TextTarget, moment_in_full, picture_count, quoted
from bot.ui.texts.limits.names import (
    amount,
    begun,
    cap_name,
    heading,
    limit_name,
    origin,
    renewal,
    rest,
    resting,
    spent,
    subject_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.domain.limits.rules import Boost, Limit, OverriddenRule, Rule
    from bot.domain.limits.status import LimitStatus
    from bot.services.limits.commands import LimitsExplained

BAR_CELLS: Final = 12
"""As wide as a phone shows in one line, with room to spare."""
_SPENT, _HELD, _LEFT = "█", "▒", "░"
MOST_BOOSTS_SHOWN: Final = 3

CARD_LENGTH: Final = 3_600
"""Discord takes 4,000 characters of text in one message; some are for what stands around."""


def whose(explained: LimitsExplained, *, reader_id: int) -> str:
    """The names of a member's own limits, depending on who reads them."""
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


def overridden(found: Sequence[OverriddenRule], *, whose: str) -> str:
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
