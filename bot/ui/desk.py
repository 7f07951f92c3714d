"""The front desk: what commands and buttons have in common between a click and its answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import aiohttp
import discord

from bot.domain.errors import (
    DeliveryError,
    DraftReplaced,
    PriceChanged,
    Restarting,
    StoreFailed,
    UserError,
)
from bot.store.replies import ReplyKind
from bot.ui import cards, messages
from bot.ui.acknowledging import NothingToAnswer, Shown, acknowledged
from bot.ui.buyers import buyer_of
from bot.ui.messages import Place
from bot.ui.replies import mapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.edits import Edit, Quote
    from bot.services.edits import Edits
    from bot.services.gallery import Gallery, PastEdit, ResultCard
    from bot.services.inbox import Inbox
    from bot.services.previews import PreviewCard, Previews
    from bot.store.replies import Reply
    from bot.ui.acknowledging import Door
    from bot.ui.cards import Layout, Sheet
    from bot.ui.client import TouchupBot

log = logging.getLogger(__name__)

NOT_SHOWN: Final = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""What showing something on Discord may raise."""

Click: TypeAlias = "discord.Interaction[TouchupBot]"


def origin_of(click: Click) -> str:
    """How the books call a click: the same one twice is one."""
    return f"discord:{click.id}"


class Desk:
    """Acknowledges, shows, starts and refuses. Every answer here closes its entry in the inbox,
    except the card of an edit that runs: that one is the courier's.
    """

    def __init__(
        self, door: Door, inbox: Inbox, edits: Edits, gallery: Gallery, previews: Previews
    ) -> None:
        self._door = door
        self._inbox = inbox
        self._edits = edits
        self._gallery = gallery
        self._previews = previews
        self._closing = False
        self._answering: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Take nothing new in: the bot is about to stop."""
        self._closing = True

    def keep(self, answering: asyncio.Task[None] | None) -> None:
        """Hold on to the asyncio task that answers a click, until it is done."""
        if answering is not None:
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)

    async def finish(self) -> None:
        """Wait for the answers to clicks that are under way, and for refusals of later ones."""
        while self._answering:
            await asyncio.wait(self._answering)

    async def cut_short(self) -> None:
        """Cancel what is still at it: the inbox owes those members a word at the next start."""
        for answering in self._answering:
            answering.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    async def acknowledge(self, click: Click, *, shown: Shown, kind: ReplyKind) -> Reply:
        """Let Discord know at once that a click was heard; nothing slow may come before it.

        `kind` decides what the member is told should we die before the answer.

        Raises:
            NothingToAnswer: there is nothing left to answer; stop without a word.
            Restarting: the bot is stopping.
        """
        if self._closing:
            raise Restarting
        return await self._door.acknowledge(click, shown=shown, kind=kind)

    async def open(self, click: Click, form: Mapping[str, Any]) -> None:
        """Answer a click with a form, made by `forms.modal`; never after `acknowledge`.

        Raises:
            NothingToAnswer, Restarting: as `acknowledge`.
        """
        if self._closing:
            raise Restarting
        await self._door.open(click, form)

    async def tell(self, click: Click, sentence: str) -> None:
        """Answer a click with one private sentence."""
        try:
            await self.acknowledge(click, shown=Shown.PRIVATE, kind=ReplyKind.LOOK)
            await self.say(click, sentence)
        except Exception as error:  # noqa: BLE001 - `report` decides what is logged
            await self.report(click, error)

    # ---- answers -----------------------------------------------------------------------------

    async def proceed(self, click: Click, reply: Reply, quote: Quote) -> None:
        """Buy what was quoted, or show it first where the member must see it.

        Where the answer is private already, an edit is shown too: its card belongs to everybody.

        Raises:
            UserError: as `Edits.run`; nothing was bought.
        """
        state = acknowledged(click)
        if quote.is_shown_first or state is None or state.shown is not Shown.PUBLIC:
            await self.preview(click, quote.edit.id)
        else:
            await self.start(click, reply, quote.edit.id)

    async def start(self, click: Click, reply: Reply, edit_id: int) -> Edit:
        """Buy the edit and show its place in line.

        Raises:
            UserError: as `Edits.run`; nothing was bought.
        """
        edit = await self._edits.run(edit_id, buyer=buyer_of(click), reply_id=reply.id)
        # From here on the edit is bought: whatever fails is no reason to tell otherwise.
        try:
            in_line = await self._edits.in_line(member_id=click.user.id)
            found = next((entry for entry in in_line if entry.edit.id == edit.id), None)
            if found is not None:
                # No await in between: the courier's card of a fast edit must come after this one.
                # discord.py keeps the order of calls to one interaction.
                await click.edit_original_response(view=cards.accepted(found))
        except (*NOT_SHOWN, StoreFailed):
            log.info("edit %d runs, but its place in line could not be shown", edit.id)
        return edit

    async def preview(self, click: Click, edit_id: int, *, saying: str | None = None) -> None:
        """Answer with the preview of a draft, which only the member sees."""
        state = acknowledged(click)

        async def put(card: PreviewCard) -> int:
            with mapped(card), cards.preview(card, saying=saying) as sheet:
                return await self._put(click, sheet)

        await self._previews.show(edit_id, put=put)
        if state is not None:
            await self._inbox.answered(state.reply_id)

    async def _put(self, click: Click, sheet: Sheet) -> int:
        """Show a card with files where the answer to a click stands."""
        state = acknowledged(click)
        if state is None or state.shown is Shown.PUBLIC:
            await _delete_original(click)
            message: discord.Message = await click.followup.send(
                view=sheet.layout, files=list(sheet.files), ephemeral=True, wait=True
            )
        else:
            message = await click.edit_original_response(
                view=sheet.layout, attachments=list(sheet.files)
            )
        return message.id

    async def show(self, click: Click, layout: Layout) -> None:
        """Answer with a card that only the member sees."""
        await self._show(click, layout)

    async def present(self, click: Click, sheet: Sheet) -> None:
        """Answer a private command with a card and its files."""
        await click.edit_original_response(view=sheet.layout, attachments=list(sheet.files))
        await self._inbox.answered(click.id)

    async def replace(self, click: Click, layout: Layout) -> None:
        """Put a card without files in the place of the one that was pressed."""
        state = acknowledged(click)
        if state is None or state.shown is not Shown.UPDATE:
            await self._show(click, layout)
            return
        await click.edit_original_response(view=layout, attachments=[])
        await self._inbox.answered(state.reply_id)

    async def exhibit(
        self, click: Click, edit_id: int | None, *, among: Sequence[PastEdit] = ()
    ) -> None:
        """Answer a private command with edits in a list, and one in full with its pictures."""

        async def put(card: ResultCard) -> int:
            with mapped(card), cards.past(among, card) as sheet:
                message = await click.edit_original_response(
                    view=sheet.layout, attachments=list(sheet.files)
                )
            return message.id

        if edit_id is None:
            await self.show(click, cards.past_list(among))
            return
        await self._gallery.show(edit_id, limit_bytes=click.filesize_limit, put=put)
        await self._inbox.answered(click.id)

    async def say(self, click: Click, sentence: str) -> None:
        """Answer with a sentence that only the member reads."""
        await self._show(click, sentence)

    async def _show(self, click: Click, what: Layout | str) -> None:
        state = acknowledged(click)
        if state is None:
            await click.response.send_message(**_private(what))
            return
        match state.shown:
            case Shown.PRIVATE:
                said: dict[str, Any] = {"content" if isinstance(what, str) else "view": what}
                await click.edit_original_response(**said)
            case Shown.PUBLIC:
                # A follow-up to a message that still "is thinking" would fill it, in public.
                await _delete_original(click)
                await click.followup.send(**_private(what))
            case Shown.UPDATE:
                # What was pressed stays as it is.
                await click.followup.send(**_private(what))
        await self._inbox.answered(state.reply_id)

    # ---- refusals ----------------------------------------------------------------------------

    async def report(self, click: Click, error: Exception) -> None:
        """Tell the member in private what went wrong. One of the three places that catch."""
        if isinstance(error, NothingToAnswer):
            log.info("interaction %d is not answered: %s", click.id, error)
            return
        if messages.is_expected(error):
            log.info("interaction %d is refused: %s", click.id, type(error).__name__)
        else:
            log.error("interaction %d broke", click.id, exc_info=error)
        if click.type is discord.InteractionType.autocomplete:
            return
        sentence = messages.explain(error, Place.DISCORD)
        try:
            if isinstance(error, DraftReplaced | PriceChanged):
                await self._show_newest(click, error.edit_id, sentence)
            else:
                await self._show(click, sentence)
        except (*NOT_SHOWN, StoreFailed) as failure:
            # Its entry in the inbox stays open: the next start says a word.
            log.warning("interaction %d could not be told: %s", click.id, type(failure).__name__)

    async def _show_newest(self, click: Click, edit_id: int, sentence: str) -> None:
        """Say that a preview is stale, with the one that counts."""
        try:
            await self.preview(click, edit_id, saying=sentence)
        except (UserError, DeliveryError):
            # It is gone too, or cannot be shown.
            await self._show(click, sentence)


def _private(what: Layout | str) -> dict[str, Any]:
    if isinstance(what, str):
        return {"content": what, "ephemeral": True, "suppress_embeds": True}
    return {"view": what, "ephemeral": True}


async def _delete_original(click: Click) -> None:
    with contextlib.suppress(discord.NotFound):  # somebody was quicker
        await click.delete_original_response()
