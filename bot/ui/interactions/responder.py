"""Answers interactions: what commands, buttons and modals have in common up to the answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import aiohttp
import discord
from discord import ui

from bot.domain.errors import (
    DeliveryError,
    DraftReplaced,
    PriceChanged,
    Restarting,
    StoreFailed,
    UserError,
)
from bot.services.edits.drafts import DraftChange
from bot.store.interactions import pending
from bot.store.interactions.pending import InteractionKind
from bot.ui import texts
from bot.ui.delivery.failures import mapped
from bot.ui.interactions.callbacks import DeferMode, InteractionGone, deferred
from bot.ui.texts import TextTarget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from bot.domain.edits.edit import Edit, Quote
    from bot.services.edits.drafts import DraftService
    from bot.services.edits.preparation import PreviewCard
    from bot.services.edits.service import EditService, QueuedEdit
    from bot.store.database import Database
    from bot.ui.interactions import BotInteraction
    from bot.ui.interactions.callbacks import DeferredInteraction, InteractionCallbacks

log = logging.getLogger(__name__)

NOT_SHOWN: Final = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""What showing something on Discord may raise."""

Layout = ui.LayoutView
Part = ui.Item[Any]


@dataclass(frozen=True, slots=True)
class CardMessage:
    """A card and the files it shows."""

    layout: Layout
    files: tuple[discord.File, ...] = ()


class EditCards(Protocol):
    """The cards of edits: `bot.ui.edits.cards`.

    They hold buttons, and a pressed button answers through the responder: so they are handed in,
    where an import would close a circle.
    """

    def accepted(self, entry: QueuedEdit, /) -> Layout:
        """An edit in line."""

    def preview(
        self, card: PreviewCard, /, *, saying: str | None = None
    ) -> AbstractContextManager[CardMessage]:
        """What will change; its files are open as long as the block runs."""


def layout_of(*parts: Part) -> Layout:
    """A card of these parts, one below the other."""
    layout = Layout(timeout=None)
    layout.add_item(ui.Container(*parts))
    return layout


def said(sentence: str) -> Layout:
    """What is left of a card that was answered: a sentence, and nothing to press."""
    return layout_of(ui.TextDisplay(sentence))


def origin_of(interaction: BotInteraction) -> str:
    """How the books call an interaction: the same one twice is one."""
    return f"discord:{interaction.id}"


def change_of(interaction: BotInteraction, edit_id: int) -> DraftChange:
    """The change to a draft that is asked for on its preview."""
    return DraftChange(
        edit_id=edit_id,
        member_id=interaction.user.id,
        origin=origin_of(interaction),
        reply_id=interaction.id,
    )


class InteractionResponder:
    """Defers, shows, starts and refuses. Every answer here closes what the books say is owed,
    except the card of an edit that runs: that one is delivered when the edit has ended.
    """

    def __init__(
        self,
        callbacks: InteractionCallbacks,
        database: Database,
        edits: EditService,
        drafts: DraftService,
        cards: EditCards,
    ) -> None:
        self._callbacks = callbacks
        self._database = database
        self._edits = edits
        self._drafts = drafts
        self._cards = cards
        self._closing = False
        self._answering: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Take nothing new in: the bot is about to stop."""
        self._closing = True

    def keep(self, answering: asyncio.Task[None] | None) -> None:
        """Hold on to the asyncio task that answers an interaction, until it is done."""
        if answering is not None:
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)

    async def finish(self) -> None:
        """Wait for the answers that are under way, and for refusals of what comes later."""
        while self._answering:
            await asyncio.wait(self._answering)

    async def cut_short(self) -> None:
        """Cancel what is being answered: those members are owed an apology at the next start."""
        for answering in self._answering:
            answering.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    async def defer(
        self, interaction: BotInteraction, mode: DeferMode, kind: InteractionKind
    ) -> DeferredInteraction:
        """Acknowledge it at once; nothing slow may come before that.

        `kind` decides what the member is told should we die before the answer.

        Raises:
            InteractionGone: there is nothing left to answer; stop silently.
            Restarting: the bot is stopping.
        """
        if self._closing:
            raise Restarting
        return await self._callbacks.defer(interaction, mode, kind)

    async def send_modal(self, interaction: BotInteraction, modal: Mapping[str, Any]) -> None:
        """Answer with a modal, made by `Modal.build`; never after `defer`.

        Raises:
            InteractionGone, Restarting: as `defer`.
        """
        if self._closing:
            raise Restarting
        await self._callbacks.send_modal(interaction, modal)

    async def tell(self, interaction: BotInteraction, sentence: str) -> None:
        """Answer with one private sentence what was not deferred yet."""
        try:
            await self.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
            await self.answer(interaction, sentence)
        except Exception as error:  # noqa: BLE001 - `report` decides what is logged
            await self.report(interaction, error)

    # ---- answers -----------------------------------------------------------------------------

    async def proceed(self, interaction: BotInteraction, quote: Quote) -> None:
        """Buy what was quoted, or show it first where the member must see it.

        Where the answer is private already, an edit is shown too: its card belongs to everybody.

        Raises:
            UserError: as `EditService.run`; nothing was bought.
        """
        state = deferred(interaction)
        if quote.is_shown_first or state is None or state.mode is not DeferMode.PUBLIC:
            await self.preview(interaction, quote.edit.id)
        else:
            await self.start(interaction, state, quote.edit.id)

    async def start(
        self, interaction: BotInteraction, state: DeferredInteraction, edit_id: int
    ) -> Edit:
        """Buy the edit and show its place in line.

        Raises:
            UserError: as `EditService.run`; nothing was bought.
        """
        queued = await self._edits.run(edit_id, buyer=state.buyer, reply_id=state.reply.id)
        # From here on the edit is bought: no failure is a reason to say otherwise.
        try:
            # No await in between: the last card of a fast edit must come after this one.
            # discord.py keeps the order of calls to one interaction.
            await interaction.edit_original_response(view=self._cards.accepted(queued))
        except NOT_SHOWN:
            log.info("edit %d runs, but its place in line could not be shown", queued.edit.id)
        return queued.edit

    async def preview(
        self, interaction: BotInteraction, edit_id: int, *, saying: str | None = None
    ) -> None:
        """Answer with the preview of a draft, which only the member sees."""
        state = deferred(interaction)

        async def put(card: PreviewCard) -> int:
            with mapped(card), self._cards.preview(card, saying=saying) as message:
                return await _put(interaction, message)

        await self._drafts.show(edit_id, put=put)
        if state is not None:
            await self._answered(state.reply.id)

    async def present(self, interaction: BotInteraction, message: CardMessage) -> int:
        """Answer a private command with a card and its files; the id of the message."""
        sent = await interaction.edit_original_response(
            view=message.layout, attachments=list(message.files)
        )
        await self._answered(interaction.id)
        return sent.id

    async def replace(self, interaction: BotInteraction, sentence: str) -> None:
        """Leave a sentence in the place of the card that was pressed."""
        state = deferred(interaction)
        if state is None or state.mode is not DeferMode.UPDATE:
            await self.answer(interaction, said(sentence))
            return
        await interaction.edit_original_response(view=said(sentence), attachments=[])
        await self._answered(state.reply.id)

    async def answer(self, interaction: BotInteraction, what: Layout | str) -> None:
        """Answer with a sentence or a card that only the member sees."""
        state = deferred(interaction)
        if state is None:
            await interaction.response.send_message(**_private(what))
            return
        match state.mode:
            case DeferMode.PRIVATE:
                shown: dict[str, Any] = {"content" if isinstance(what, str) else "view": what}
                await interaction.edit_original_response(**shown)
            case DeferMode.PUBLIC:
                # A follow-up to a message that still "is thinking" would fill it, in public.
                await _delete_original(interaction)
                await interaction.followup.send(**_private(what))
            case DeferMode.UPDATE:
                # What was pressed stays as it is.
                await interaction.followup.send(**_private(what))
        await self._answered(state.reply.id)

    async def _answered(self, reply_id: int) -> None:
        """Write down that the member has their answer."""
        await self._database.transact(pending.answered, reply_id)

    # ---- refusals ----------------------------------------------------------------------------

    async def report(self, interaction: BotInteraction, error: Exception) -> None:
        """Tell the member in private what went wrong. One of the three catch-all places."""
        if isinstance(error, InteractionGone):
            log.info("interaction %d is not answered: %s", interaction.id, error)
            return
        if texts.is_expected(error):
            log.info("interaction %d is refused: %s", interaction.id, type(error).__name__)
        else:
            log.error("interaction %d broke", interaction.id, exc_info=error)
        if interaction.type is discord.InteractionType.autocomplete:
            return
        sentence = texts.explain(error, TextTarget.DISCORD)
        try:
            if isinstance(error, DraftReplaced | PriceChanged):
                await self._show_newest(interaction, error.edit_id, sentence)
            else:
                await self.answer(interaction, sentence)
        except (*NOT_SHOWN, StoreFailed) as failure:
            # The books still owe an answer: the next start apologises.
            log.warning(
                "interaction %d could not be told: %s", interaction.id, type(failure).__name__
            )

    async def _show_newest(self, interaction: BotInteraction, edit_id: int, sentence: str) -> None:
        """Say that a preview is stale, with the one that counts."""
        try:
            await self.preview(interaction, edit_id, saying=sentence)
        except (UserError, DeliveryError):
            # It is gone too, or cannot be shown.
            await self.answer(interaction, sentence)


async def _put(interaction: BotInteraction, message: CardMessage) -> int:
    """Show a card with files where the answer to an interaction stands, in private."""
    state = deferred(interaction)
    if state is None or state.mode is DeferMode.PUBLIC:
        await _delete_original(interaction)
        sent: discord.Message = await interaction.followup.send(
            view=message.layout, files=list(message.files), ephemeral=True, wait=True
        )
        return sent.id
    changed = await interaction.edit_original_response(
        view=message.layout, attachments=list(message.files)
    )
    return changed.id


def _private(what: Layout | str) -> dict[str, Any]:
    if isinstance(what, str):
        return {"content": what, "ephemeral": True, "suppress_embeds": True}
    return {"view": what, "ephemeral": True}


async def _delete_original(interaction: BotInteraction) -> None:
    with contextlib.suppress(discord.NotFound):  # somebody was quicker
        await interaction.delete_original_response()
