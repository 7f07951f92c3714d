"""What every command that starts an edit has in common, from the interaction to the card."""

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
from bot.ui.interactions.callbacks import DeferMode
from bot.ui.interactions.responder import origin_of

if TYPE_CHECKING:
    from bot.domain.extending import Extension
    from bot.services.edits import Edits
    from bot.services.preferences import Preferences
    from bot.ui.edits.attachments import AttachmentDownloader
    from bot.ui.interactions import BotInteraction
    from bot.ui.interactions.callbacks import DeferredInteraction
    from bot.ui.interactions.responder import InteractionResponder

log = logging.getLogger(__name__)

PREFERENCE_SECONDS: Final = 0.25
"""How long the books may take to say what a member prefers, before the member is answered without:
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
        self,
        responder: InteractionResponder,
        edits: Edits,
        preferences: Preferences,
        downloads: AttachmentDownloader,
    ) -> None:
        self._responder = responder
        self._edits = edits
        self._preferences = preferences
        self._downloads = downloads

    async def take(self, interaction: BotInteraction, order: Order) -> None:
        """Acknowledge, prepare and quote what was ordered; then run it, or show it first.

        Raises:
            UserError: something is wrong with it, or a limit has no room. Nothing was bought.
        """
        deferred = await self.acknowledge(interaction, order.kind, is_guessed=_is_guessed(order))
        await self.fulfil(interaction, deferred, order)

    async def acknowledge(
        self, interaction: BotInteraction, kind: EditKind, *, is_guessed: bool
    ) -> DeferredInteraction:
        """Let Discord know that an order was heard, before it is looked at.

        `is_guessed`: it is certain that the member must see the area, unless they never want to.

        Raises:
            InteractionGone, Restarting: as `InteractionResponder.defer`.
        """
        mode = await self._mode(interaction, kind, is_guessed=is_guessed)
        look = ReplyKind.LOOK if kind is EditKind.AREA else ReplyKind.EDIT
        return await self._responder.defer(interaction, mode, look)

    async def fulfil(
        self, interaction: BotInteraction, deferred: DeferredInteraction, order: Order
    ) -> None:
        """Prepare and quote what was ordered, after `acknowledge`; then run it, or show it first.

        Raises:
            UserError: as `take`.
        """
        if order.kind is not EditKind.AREA:
            await self._edits.require_room(deferred.buyer, count=order.count)
        async with self._downloads.pair(order.picture, order.mask) as (source, mask):
            quote = await self._edits.prepare(
                Draft(
                    origin=origin_of(interaction),
                    buyer=deferred.buyer,
                    channel_id=deferred.reply.channel_id,
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
                    reply_id=deferred.reply.id,
                )
            )
        await self._responder.proceed(interaction, quote)

    async def _mode(
        self, interaction: BotInteraction, kind: EditKind, *, is_guessed: bool
    ) -> DeferMode:
        """In private where a preview is certain to come; the result of an edit is for everybody."""
        if kind is EditKind.AREA:
            return DeferMode.PRIVATE
        match await self._preference(interaction.user.id):
            case Previewing.ALWAYS:
                return DeferMode.PRIVATE
            case Previewing.NEVER:
                return DeferMode.PUBLIC
            case Previewing.AUTO:
                return DeferMode.PRIVATE if is_guessed else DeferMode.PUBLIC

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
