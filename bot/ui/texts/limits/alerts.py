"""The words of alerts: how much of a limit is used, by whom, how it will end, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.catalog import EMBEDDED
from bot.domain.limits.alerts import USED_UP
from bot.domain.limits.rules import Scope
from bot.i18n import N_, _, ngettext
from bot.ui.texts.labels import BESIDE_SERVERS, TextTarget, moment, picture_count
from bot.ui.texts.limits.names import begun, pot_name, renews

if TYPE_CHECKING:
    from bot.services.limits.alerts import AlertCard
    from bot.store.billing.purchases import BuyerShare
    from bot.store.limits.alerts import Alert

_TO_MODERATORS: Final = N_(
    "`/limits list` shows every limit. `/limits boost` gives room for a while, `/limits set` "
    "for good; what the operator set, only the operator can change."
)
_TO_OWNER: Final = N_(
    "`/owner status` shows more. BOT_MONTHLY_LIMIT_USD is what counts where nothing else was set."
)
_TO_MEMBER: Final = N_("`/mine spend` shows all that counts for you.")


def alert(card: AlertCard) -> str:
    """A part of a limit is used: to whom it concerns."""
    if card.alert.pot.scope in {Scope.MEMBER, Scope.ROLE}:
        return _to_member(card.alert)
    found = card.alert
    pictures = picture_count(card.shares.pictures)
    lines = [
        f"### {_headline(found)}",
        _("{spent}, for {pictures}; it {renews}.{room}{foretold}").format(
            spent=_spent(found),
            pictures=pictures,
            renews=_renews(found),
            room=_room(found),
            foretold=_foretold(card),
        ),
        _("Most of it: {most}.").format(most=_most(card)),
        _TO_OWNER() if found.pot.scope is Scope.BOT else _TO_MODERATORS(),
    ]
    return "\n".join(lines)


def kept(found: Alert) -> str:
    """An alert that could not be posted, in a list."""
    when = moment(found.created_at, TextTarget.DISCORD)
    return f"- {_headline(found)}: {_spent(found)} · {when}"


def log_broken(guild_id: int, channel_id: int) -> str:
    """A guild's moderators cannot be told."""
    return _(
        "### A log channel is closed to me\nI cannot post in <#{channel_id}> of server "
        "{guild_id}, where its moderators want to be told of their limits: it is gone, or "
        "I may not write there. Edits go on, and `/limits list` shows there what could not "
        "be told. A moderator can name another channel with `/settings log`, or let me "
        "view that one and send messages in it."
    ).format(channel_id=channel_id, guild_id=guild_id)


def _to_member(found: Alert) -> str:
    limit = pot_name(found.pot, found.window)
    if found.threshold == USED_UP:
        said = _("With edit {edit_id}, {limit} is used up").format(
            edit_id=found.edit_id, limit=limit
        )
    else:
        said = _("With edit {edit_id}, {threshold}% of {limit} is used").format(
            edit_id=found.edit_id, threshold=found.threshold, limit=limit
        )
    return _("{said}: {spent}; it {renews}.{room} {to_member}").format(
        said=said,
        spent=_spent(found),
        renews=_renews(found),
        room=_room(found),
        to_member=_TO_MEMBER(),
    )


def _headline(found: Alert) -> str:
    limit = pot_name(found.pot, found.window)
    if found.threshold == USED_UP:
        return _("{limit} is used up").format(limit=begun(limit))
    return _("{threshold}% of {limit} is used").format(threshold=found.threshold, limit=limit)


def _spent(found: Alert) -> str:
    play = _(" of play money") if found.provider == EMBEDDED else ""
    return _("{spent} of {cap}{play} is spent").format(
        spent=usd(found.spent), cap=usd(found.cap), play=play
    )


def _renews(found: Alert) -> str:
    return renews(None if found.span.is_endless else found.span.end, TextTarget.DISCORD)


def _room(found: Alert) -> str:
    """How many pictures more of the latest price it has room for; what others hold is not known."""
    more = max(0, found.cap - found.spent) // found.price if found.price else 0
    if not more:
        return _(" There is no room for one more at {price}.").format(price=usd(found.price))
    pictures = ngettext("{count:,} more picture", "{count:,} more pictures", more)
    return _(" There is room for {pictures} at {price}.").format(
        pictures=pictures, price=usd(found.price)
    )


def _foretold(card: AlertCard) -> str:
    if card.forecast is None:
        return ""
    return _(" At this pace it would be {forecast} by then.").format(
        forecast=usd(_cents(card.forecast))
    )


def _cents(micro: int) -> int:
    """Rounded up to cents: a forecast is only an estimate."""
    return -(-micro // 10_000) * 10_000


def _most(card: AlertCard) -> str:
    return ", ".join(_share(share, card.alert.pot.scope) for share in card.shares.most)


def _share(share: BuyerShare, scope: Scope) -> str:
    pictures = picture_count(share.pictures)
    if scope is not Scope.BOT:
        who = f"<@{share.id}>"
    else:
        who = _("server {id}").format(id=share.id) if share.id else BESIDE_SERVERS()
    return f"{who} {usd(share.spent)} ({pictures})"
