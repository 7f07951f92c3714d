"""The words of alerts: how much of a limit is used, by whom, how it will end, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.catalog import EMBEDDED
from bot.domain.limits.alerts import USED_UP
from bot.domain.limits.rules import Scope
from bot.ui.messages.limit_names import begun, pot_name
from bot.ui.messages.places import Place, moment
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from bot.services.limits.alerts import AlertCard
    from bot.store.billing.purchases import BuyerShare
    from bot.store.limits.alerts import Alert

_TO_MODERATORS: Final = (
    "`/limits list` shows every limit. `/limits boost` gives room for a while, `/limits set` for "
    "good; what the operator set, only the operator can change."
)
_TO_OWNER: Final = (
    "`/owner status` shows more. BOT_MONTHLY_LIMIT_USD is what counts where nothing else was set."
)
_TO_MEMBER: Final = "`/mine spend` shows all that counts for you."


def alert(card: AlertCard) -> str:
    """A part of a limit is used: to whom it concerns."""
    if card.alert.pot.scope in {Scope.MEMBER, Scope.ROLE}:
        return _to_member(card.alert)
    found = card.alert
    pictures = count_of(card.shares.pictures, "picture", "pictures")
    lines = [
        f"### {_headline(found)}",
        f"{_spent(found)}, for {pictures}; it {_renews(found)}.{_room(found)}{_foretold(card)}",
        f"Most of it: {_most(card)}.",
        _TO_OWNER if found.pot.scope is Scope.BOT else _TO_MODERATORS,
    ]
    return "\n".join(lines)


def kept(found: Alert) -> str:
    """An alert that could not be posted, in a list."""
    when = moment(found.created_at, Place.DISCORD)
    return f"- {_headline(found)}: {_spent(found)} · {when}"


def log_broken(guild_id: int, channel_id: int) -> str:
    """A guild's moderators cannot be told."""
    return (
        "### A log channel is closed to me\n"
        f"I cannot post in <#{channel_id}> of server {guild_id}, where its moderators want to be "
        "told of their limits: it is gone, or I may not write there. Edits go on, and `/limits "
        "list` shows there what could not be told. A moderator can name another channel with "
        "`/settings log`, or let me view that one and send messages in it."
    )


def _to_member(found: Alert) -> str:
    limit = pot_name(found.pot, found.window)
    if found.threshold == USED_UP:
        said = f"With edit {found.edit_id}, {limit} is used up"
    else:
        said = f"With edit {found.edit_id}, {found.threshold} % of {limit} is used"
    return f"{said}: {_spent(found)}; it {_renews(found)}.{_room(found)} {_TO_MEMBER}"


def _headline(found: Alert) -> str:
    limit = pot_name(found.pot, found.window)
    if found.threshold == USED_UP:
        return f"{begun(limit)} is used up"
    return f"{found.threshold} % of {limit} is used"


def _spent(found: Alert) -> str:
    play = " of play money" if found.provider == EMBEDDED else ""
    return f"{usd(found.spent)} of {usd(found.cap)}{play} is spent"


def _renews(found: Alert) -> str:
    if found.span.is_endless:
        return "never renews"
    return f"renews {moment(found.span.end, Place.DISCORD)}"


def _room(found: Alert) -> str:
    """How many pictures more of the latest price it has room for; what others hold is not known."""
    more = max(0, found.cap - found.spent) // found.price if found.price else 0
    if not more:
        return f" There is no room for one more at {usd(found.price)}."
    pictures = count_of(more, "more picture", "more pictures")
    return f" There is room for {pictures} at {usd(found.price)}."


def _foretold(card: AlertCard) -> str:
    if card.forecast is None:
        return ""
    return f" At this pace it would be {usd(_cents(card.forecast))} by then."


def _cents(micro: int) -> int:
    """Rounded up to cents: a forecast is no account."""
    return -(-micro // 10_000) * 10_000


def _most(card: AlertCard) -> str:
    return ", ".join(_share(share, card.alert.pot.scope) for share in card.shares.most)


def _share(share: BuyerShare, scope: Scope) -> str:
    pictures = count_of(share.pictures, "picture", "pictures")
    if scope is not Scope.BOT:
        who = f"<@{share.id}>"
    else:
        who = f"server {share.id}" if share.id else "direct messages and the shell"
    return f"{who} {usd(share.spent)} ({pictures})"
