"""What every command that starts an edit has in common, from the click to the card."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain import previews
from bot.domain.catalog import Style
from bot.domain.edits import Draft, EditKind, Previewing
from bot.domain.errors import BadArea, StoreFailed
from bot.store.replies import ReplyKind
from bot.ui.acknowledging import Shown
from bot.ui.buyers import buyer_of
from bot.ui.desk import origin_of

if TYPE_CHECKING:
    from bot.domain.extending import Extension
    from bot.services.edits import Edits
    from bot.services.preferences import Preferences
    from bot.store.replies import Reply
    from bot.ui.desk import Click, Desk
    from bot.ui.downloads import Downloads

log = logging.getLogger(__name__)

PREFERENCE_SECONDS: Final = 0.25
"""How long the books may take to say what a member prefers, before the click is answered without:
Discord waits three seconds in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a member asks for. `picture` and `mask` are addresses that Discord gave."""

    picture: str
    prompt: str
    kind: EditKind = EditKind.EDIT
    mask: str | None = None
    area: str | None = None
    extension: Extension | None = None
    style: Style = Style.AUTO
    count: int = 1
    seed: int | None = None
    rewrite: bool = False


class Orders:
    """Takes orders."""

    def __init__(
        self, desk: Desk, edits: Edits, preferences: Preferences, downloads: Downloads
    ) -> None:
        self._desk = desk
        self._edits = edits
        self._preferences = preferences
        self._downloads = downloads

    async def take(self, click: Click, order: Order) -> None:
        """Acknowledge, prepare and quote what was ordered; then run it, or show it first.

        Raises:
            UserError: something is wrong with it, or a limit has no room. Nothing was bought.
        """
        reply = await self.acknowledge(click, order.kind, is_guessed=_is_guessed(order))
        await self.fulfil(click, reply, order)

    async def acknowledge(self, click: Click, kind: EditKind, *, is_guessed: bool) -> Reply:
        """Let Discord know that an order was heard, before it is looked at.

        `is_guessed`: it is certain that the member must see the area, unless they never want to.

        Raises:
            NothingToAnswer, Restarting: as `Desk.acknowledge`.
        """
        return await self._desk.acknowledge(
            click,
            shown=await self._shown(click, kind, is_guessed=is_guessed),
            kind=ReplyKind.LOOK if kind is EditKind.AREA else ReplyKind.EDIT,
        )

    async def fulfil(self, click: Click, reply: Reply, order: Order) -> None:
        """Prepare and quote what was ordered, after `acknowledge`; then run it, or show it first.

        Raises:
            UserError: as `take`.
        """
        if order.kind is not EditKind.AREA:
            await self._edits.require_room(buyer_of(click), count=order.count)
        async with self._downloads.pair(order.picture, order.mask) as (source, mask):
            quote = await self._edits.prepare(
                Draft(
                    origin=origin_of(click),
                    buyer=buyer_of(click),
                    channel_id=reply.channel_id,
                    source=source,
                    prompt=order.prompt,
                    kind=order.kind,
                    mask=mask,
                    area=order.area,
                    extension=order.extension,
                    style=order.style,
                    count=order.count,
                    seed=order.seed,
                    rewrite=order.rewrite,
                    reply_id=reply.id,
                )
            )
        await self._desk.proceed(click, reply, quote)

    async def _shown(self, click: Click, kind: EditKind, *, is_guessed: bool) -> Shown:
        """In private where a preview is certain to come; the result of an edit is for everybody."""
        if kind is EditKind.AREA:
            return Shown.PRIVATE
        match await self._preference(click.user.id):
            case Previewing.ALWAYS:
                return Shown.PRIVATE
            case Previewing.NEVER:
                return Shown.PUBLIC
            case Previewing.AUTO:
                return Shown.PRIVATE if is_guessed else Shown.PUBLIC

    async def _preference(self, member_id: int) -> Previewing:
        try:
            async with asyncio.timeout(PREFERENCE_SECONDS):
                return await self._preferences.previewing(member_id)
        except (TimeoutError, StoreFailed):
            return Previewing.AUTO


def _is_guessed(order: Order) -> bool:
    """Whether it is certain, before the picture is seen, that the member must see the area."""
    try:
        return order.kind in previews.ALWAYS_GUESSED or previews.is_guessed(order.area)
    except BadArea:
        return False  # it will be refused
