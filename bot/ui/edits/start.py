"""What every command that starts an edit has in common, from the interaction to the card."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.domain.edits.draft import ALWAYS_GUESSED, Attachments, DraftOrigin, LocalFiles, is_guessed
from bot.domain.edits.options import EditKind, Previewing
from bot.domain.errors import BadArea, StoreFailed
from bot.store.edits import preferences
from bot.store.interactions.pending import InteractionKind
from bot.ui.interactions.callbacks import DeferMode
from bot.ui.interactions.responder import origin_of

if TYPE_CHECKING:
    from bot.domain.edits.draft import Draft
    from bot.services.edits.drafts import DraftService
    from bot.services.edits.service import EditService
    from bot.store.database import Database
    from bot.ui.edits.attachments import AttachmentDownloader
    from bot.ui.interactions import BotInteraction
    from bot.ui.interactions.callbacks import DeferredInteraction
    from bot.ui.interactions.responder import InteractionResponder

PREFERENCE_SECONDS: Final = 0.25
"""How long the books may take to say what a member prefers, before the click is answered without:
Discord waits three seconds in all."""


class EditStarter:
    """Starts the edits that are asked for on Discord."""

    def __init__(
        self,
        responder: InteractionResponder,
        database: Database,
        drafts: DraftService,
        edits: EditService,
        downloads: AttachmentDownloader,
    ) -> None:
        self._responder = responder
        self._database = database
        self._drafts = drafts
        self._edits = edits
        self._downloads = downloads

    async def start(self, interaction: BotInteraction, draft: Draft) -> None:
        """Defer, prepare and quote what was asked for; then run it, or show it first.

        Raises:
            UserError: something is wrong with it, or a limit has no room. Nothing was bought.
        """
        try:
            guessed = draft.kind in ALWAYS_GUESSED or is_guessed(draft.area)
        except BadArea:
            guessed = False  # it will be refused
        deferred = await self.defer(interaction, draft.kind, is_guessed=guessed)
        await self.fulfil(interaction, deferred, draft)

    async def defer(
        self, interaction: BotInteraction, kind: EditKind, *, is_guessed: bool
    ) -> DeferredInteraction:
        """Acknowledge that an edit was asked for, before anything is looked at.

        In private where a preview is certain to come; the result of an edit is for everybody.
        `is_guessed`: it is certain that the member must see the area, unless they never want to.

        Raises:
            InteractionGone, Restarting: as `InteractionResponder.defer`.
        """
        looks = kind is EditKind.AREA
        chosen = Previewing.AUTO
        if not looks:
            try:
                async with asyncio.timeout(PREFERENCE_SECONDS):
                    chosen = await self._database.transact(
                        preferences.previewing, interaction.user.id
                    )
            except (TimeoutError, StoreFailed):
                pass  # nobody waits for what can be asked again when the draft is recorded
        sees_first = looks or chosen is Previewing.ALWAYS
        is_private = sees_first or (chosen is Previewing.AUTO and is_guessed)
        return await self._responder.defer(
            interaction,
            DeferMode.PRIVATE if is_private else DeferMode.PUBLIC,
            InteractionKind.LOOK if looks else InteractionKind.EDIT,
        )

    async def fulfil(
        self, interaction: BotInteraction, deferred: DeferredInteraction, draft: Draft
    ) -> None:
        """Prepare and quote what was asked for, after `defer`; then run it, or show it first.

        Raises:
            UserError: as `start`.
        """
        if not isinstance(draft.sources, Attachments):
            raise TypeError("Discord gives addresses, not files")
        origin = DraftOrigin(
            id=origin_of(interaction),
            buyer=deferred.buyer,
            channel_id=deferred.reply.channel_id,
            reply_id=deferred.reply.id,
        )
        explanation = None
        if draft.kind is not EditKind.AREA:
            explanation = await self._edits.require_room(origin.buyer, count=draft.count)
        async with self._downloads.pair(draft.sources.picture, draft.sources.mask) as files:
            local = replace(draft, sources=LocalFiles(*files))
            quote = await self._drafts.prepare(local, origin, explanation=explanation)
        await self._responder.proceed(interaction, quote)
