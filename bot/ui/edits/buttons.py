"""The buttons and the menu of previews and of edits in line, and what they do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import ButtonStyle, ui

from bot.domain.edits.options import Adjustment
from bot.domain.errors import InteractionExpired, NotFound, StoreFailed
from bot.store.interactions import pending
from bot.store.interactions.pending import InteractionKind
from bot.ui.edits.modals import PromptModal
from bot.ui.interactions.callbacks import DeferMode
from bot.ui.interactions.fields import MOST_OPTIONS, index_of
from bot.ui.interactions.registry import Button, Component, ComponentItem, custom_id
from bot.ui.interactions.responder import NOT_SHOWN, change_of, said
from bot.ui.texts import edits, previews

if TYPE_CHECKING:
    from bot.domain.edits.edit import Edit
    from bot.services.edits.drafts import DraftService
    from bot.services.edits.service import EditService
    from bot.store.database import Database
    from bot.ui.interactions import BotInteraction
    from bot.ui.interactions.callbacks import InteractionCallbacks
    from bot.ui.interactions.fields import ModalValues
    from bot.ui.interactions.responder import InteractionResponder

log = logging.getLogger(__name__)


class RunButton(Button):
    """Buys a draft as it was shown; its card appears where everybody sees it."""

    verb = "run"
    style = ButtonStyle.primary

    def __init__(
        self, responder: InteractionResponder, callbacks: InteractionCallbacks, database: Database
    ) -> None:
        self._responder = responder
        self._callbacks = callbacks
        self._database = database

    async def act(self, interaction: BotInteraction, number: int, _: ModalValues, /) -> None:
        """Start the edit, and take the buttons off its preview."""
        deferred = await self._responder.defer(interaction, DeferMode.PUBLIC, InteractionKind.EDIT)
        edit = await self._responder.start(interaction, deferred, number)
        if interaction.message is None:
            return
        pressed, origin = interaction.message.id, interaction.message.interaction_metadata
        closed = await self._close(interaction, edit, shown_by=edit.reply_id)
        # It may stand beside an older one, which was stale when pressed: then neither counts.
        if closed != pressed and origin is not None and origin.id != edit.reply_id:
            await self._close(interaction, edit, shown_by=origin.id)

    async def _close(
        self, interaction: BotInteraction, edit: Edit, *, shown_by: int | None
    ) -> int | None:
        """The id of the message that lost its buttons; None if its token is dead or has none."""
        if shown_by is None or interaction.message is None:
            return None
        try:
            asked = await self._database.transact(pending.get, shown_by)
            if asked is None:
                return None
            # Only a token that showed a private answer may change it.
            webhook = self._callbacks.webhook(interaction, asked)
            message: Any = "@original" if asked.updates else interaction.message.id
            running = said(edits.RUNNING())
            return (await webhook.edit_message(message, view=running, attachments=[])).id
        except (*NOT_SHOWN, StoreFailed, InteractionExpired) as error:
            log.info("edit %d: its preview stays: %s", edit.id, type(error).__name__)
            return None


class _EditComponent(Component):
    def __init__(
        self, responder: InteractionResponder, edits: EditService, drafts: DraftService
    ) -> None:
        self._responder = responder
        self._edits = edits
        self._drafts = drafts


class DropButton(_EditComponent, Button):
    """Drops a draft, and its preview with it; nothing was bought."""

    verb = "drop"
    label = edits.CANCEL

    async def act(self, interaction: BotInteraction, number: int, _: ModalValues, /) -> None:
        """Drop the draft."""
        await self._responder.defer(interaction, DeferMode.UPDATE, InteractionKind.CHANGE)
        await self._edits.drop(number, member_id=interaction.user.id)
        await self._responder.replace(interaction, edits.DROPPED())


class CancelButton(_EditComponent, Button):
    """Stops an edit that was bought: what was not submitted is given back."""

    verb = "cancel"
    label = edits.CANCEL

    async def act(self, interaction: BotInteraction, number: int, _: ModalValues, /) -> None:
        """Cancel the edit."""
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.CHANGE)
        result = await self._edits.cancel(number, member_id=interaction.user.id)
        await self._responder.answer(interaction, edits.cancelled(result))


class AddPromptButton(_EditComponent, Button):
    """Uses a looked-at area for an edit."""

    verb = "word"
    label = previews.WORD
    style = ButtonStyle.primary

    async def act(self, interaction: BotInteraction, number: int, _: ModalValues, /) -> None:
        """Ask what the area should show."""
        await self._responder.send_modal(interaction, PromptModal.of(number))


class AdjustButton(_EditComponent):
    """Changes the area of a preview by one step; there is one for each adjustment."""

    def __init__(
        self,
        adjustment: Adjustment,
        responder: InteractionResponder,
        edits: EditService,
        drafts: DraftService,
    ) -> None:
        super().__init__(responder, edits, drafts)
        self.verb = adjustment.value
        self._adjustment = adjustment

    @staticmethod
    def item(edit: Edit, adjustment: Adjustment) -> ComponentItem:
        """The button, as a preview holds it."""
        return ComponentItem(
            ui.Button(
                label=previews.adjust_label(adjustment, edit),
                custom_id=custom_id(adjustment, edit.id),
                disabled=not edit.has_step(adjustment),
            )
        )

    async def act(self, interaction: BotInteraction, number: int, _: ModalValues, /) -> None:
        """Adjust the area; the preview changes in its place."""
        await self._responder.defer(interaction, DeferMode.UPDATE, InteractionKind.LOOK)
        quote = await self._drafts.adjust(change_of(interaction, number), self._adjustment)
        await self._responder.preview(interaction, quote.edit.id)


class ChooseMenu(_EditComponent):
    """Picks one of several things that may have been meant; a value is an index into the choices,
    because the area that says it may be longer than a value may.
    """

    verb = "choose"

    @classmethod
    def item(cls, edit: Edit) -> ComponentItem:
        """The menu, as a preview holds it."""
        options = [
            discord.SelectOption(label=previews.choice_label(choice), value=str(index))
            for index, choice in enumerate(edit.choices[:MOST_OPTIONS])
        ]
        name, placeholder = custom_id(cls.verb, edit.id), previews.choose(edit)
        return ComponentItem(ui.Select(custom_id=name, placeholder=placeholder, options=options))

    async def act(self, interaction: BotInteraction, number: int, values: ModalValues, /) -> None:
        """Take the choice; the preview changes in its place."""
        await self._responder.defer(interaction, DeferMode.UPDATE, InteractionKind.LOOK)
        choices = (await self._edits.outcome(number)).edit.choices
        index = index_of(values.choice(custom_id(self.verb, number)))
        if index is None or index >= len(choices):
            raise NotFound
        quote = await self._drafts.choose(change_of(interaction, number), choices[index].area)
        await self._responder.preview(interaction, quote.edit.id)


def components(
    responder: InteractionResponder,
    callbacks: InteractionCallbacks,
    database: Database,
    edits: EditService,
    drafts: DraftService,
) -> list[Component]:
    """All of this file, for the registry."""
    return [
        RunButton(responder, callbacks, database),
        DropButton(responder, edits, drafts),
        CancelButton(responder, edits, drafts),
        AddPromptButton(responder, edits, drafts),
        *(AdjustButton(adjustment, responder, edits, drafts) for adjustment in Adjustment),
        ChooseMenu(responder, edits, drafts),
    ]
