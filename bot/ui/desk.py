"""The front desk: what commands and buttons have in common between a click and its answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import aiohttp
import discord

from bot.domain.errors import ReplyGone, Restarting, StoreFailed
from bot.store.replies import ReplyKind
from bot.ui import cards, messages
from bot.ui.acknowledging import NothingToAnswer, acknowledged
from bot.ui.messages import Place, on_cards
from bot.ui.replies import mapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.edits import Edit, Quote
    from bot.services.edits import Edits
    from bot.services.gallery import Gallery, PastEdit, ResultCard
    from bot.services.inbox import Inbox
    from bot.store.replies import Reply
    from bot.ui.acknowledging import Door
    from bot.ui.cards import Layout
    from bot.ui.client import TouchupBot

log = logging.getLogger(__name__)

NOT_SHOWN: Final = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""What showing something on Discord may raise."""

Click: TypeAlias = "discord.Interaction[TouchupBot]"


class Desk:
    """Acknowledges, starts, cancels and refuses. Every answer here closes its entry in the inbox,
    except the card of an edit that runs: that one is the courier's.
    """

    def __init__(self, door: Door, inbox: Inbox, edits: Edits, gallery: Gallery) -> None:
        self._door = door
        self._inbox = inbox
        self._edits = edits
        self._gallery = gallery
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

    async def acknowledge(self, click: Click, *, private: bool, kind: ReplyKind) -> Reply:
        """Show "is thinking…" at once; nothing slow may come before it.

        `kind` decides what the member is told should we die before the answer.

        Raises:
            NothingToAnswer: there is nothing left to answer; stop without a word.
            Restarting: the bot is stopping.
        """
        if self._closing:
            raise Restarting
        return await self._door.acknowledge(click, private=private, kind=kind)

    # ---- what buttons do ---------------------------------------------------------------------

    async def run(self, click: Click, edit_id: int) -> None:
        """Yes: buy the draft. Its card appears where everybody sees it."""
        reply = await self.acknowledge(click, private=False, kind=ReplyKind.EDIT)
        edit = await self.start(click, reply, edit_id)
        await self._close_question(click, edit)

    async def drop(self, click: Click, edit_id: int) -> None:
        """No: put the draft away."""
        await self.acknowledge(click, private=True, kind=ReplyKind.CHANGE)
        await self._edits.drop(edit_id, member_id=click.user.id)
        await self.say(click, on_cards.DROPPED)

    async def cancel(self, click: Click, edit_id: int) -> None:
        """Stop an edit that was accepted."""
        await self.acknowledge(click, private=True, kind=ReplyKind.CHANGE)
        result = await self._edits.cancel(edit_id, member_id=click.user.id)
        await self.say(click, on_cards.cancelled(result))

    async def tell(self, click: Click, sentence: str) -> None:
        """Answer a click with one private sentence."""
        try:
            await self.acknowledge(click, private=True, kind=ReplyKind.LOOK)
            await self.say(click, sentence)
        except Exception as error:  # noqa: BLE001 - `report` decides what is logged
            await self.report(click, error)

    # ---- answers -----------------------------------------------------------------------------

    async def start(self, click: Click, reply: Reply, edit_id: int) -> Edit:
        """Buy the edit and show its place in line.

        Raises:
            UserError: as `Edits.run`; nothing was bought.
        """
        edit = await self._edits.run(edit_id, member_id=click.user.id, reply_id=reply.id)
        # From here on the edit is bought: whatever fails is no reason to tell otherwise.
        try:
            in_line = await self._edits.in_line(member_id=click.user.id)
            found = next((entry for entry in in_line if entry.edit.id == edit.id), None)
            if found is not None:
                # No await in between: the courier's card of a fast edit must come after this one.
                # discord.py keeps the order of calls to one interaction.
                await click.edit_original_response(view=cards.accepted(edit, ahead=found.ahead))
        except (*NOT_SHOWN, StoreFailed):
            log.info("edit %d runs, but its place in line could not be shown", edit.id)
        return edit

    async def _close_question(self, click: Click, edit: Edit) -> None:
        """Take the buttons off the question that was answered, if its token still lives."""
        if click.message is None or edit.reply_id is None:
            return
        try:
            asked = await self._inbox.find(edit.reply_id)
            if asked is not None:
                # Only the token of the command that asked may change a private answer to it.
                webhook = self._door.webhook(click, asked)
                await webhook.edit_message(click.message.id, view=cards.answered())
        except (*NOT_SHOWN, StoreFailed, ReplyGone) as error:
            log.info("edit %d: its question stays: %s", edit.id, type(error).__name__)

    async def ask(self, click: Click, quote: Quote, prompt: str) -> None:
        """Ask the member in private before money moves; the public "is thinking…" goes away."""
        await self._show(click, cards.question(quote, prompt))

    async def show(self, click: Click, layout: Layout) -> None:
        """Answer with a card that only the member sees."""
        await self._show(click, layout)

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
        if state.private:
            said: dict[str, Any] = {"content" if isinstance(what, str) else "view": what}
            await click.edit_original_response(**said)
        else:
            # A follow-up to a message that still "is thinking" would fill it, in public.
            await _delete_original(click)
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
        try:
            await self._show(click, messages.explain(error, Place.DISCORD))
        except (*NOT_SHOWN, StoreFailed) as failure:
            # Its entry in the inbox stays open: the next start says a word.
            log.warning("interaction %d could not be told: %s", click.id, type(failure).__name__)


def _private(what: Layout | str) -> dict[str, Any]:
    if isinstance(what, str):
        return {"content": what, "ephemeral": True, "suppress_embeds": True}
    return {"view": what, "ephemeral": True}


async def _delete_original(click: Click) -> None:
    with contextlib.suppress(discord.NotFound):  # somebody was quicker
        await click.delete_original_response()
