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

if TYPE_CHECKING:
    from bot.domain.extending import Extension
    from bot.services.edits import Edits
    from bot.services.preferences import Preferences
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
        looks = order.kind is EditKind.AREA
        reply = await self._desk.acknowledge(
            click,
            shown=await self._shown(click, order),
            kind=ReplyKind.LOOK if looks else ReplyKind.EDIT,
        )
        if not looks:
            await self._edits.require_room(
                member_id=click.user.id, guild_id=click.guild_id, count=order.count
            )
        async with self._downloads.pair(order.picture, order.mask) as (source, mask):
            quote = await self._edits.prepare(
                Draft(
                    origin=f"discord:{click.id}",
                    member_id=click.user.id,
                    guild_id=click.guild_id,
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

    async def _shown(self, click: Click, order: Order) -> Shown:
        """In private where a preview is certain to come; the result of an edit is for everybody."""
        if order.kind is EditKind.AREA:
            return Shown.PRIVATE
        match await self._preference(click.user.id):
            case Previewing.ALWAYS:
                return Shown.PRIVATE
            case Previewing.NEVER:
                return Shown.PUBLIC
            case Previewing.AUTO:
                return Shown.PRIVATE if _is_guessed(order) else Shown.PUBLIC

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
