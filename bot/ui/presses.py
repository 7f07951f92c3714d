"""What buttons and menus do, from the press to its answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bot.domain.errors import InteractionExpired, NotFound, StoreFailed
from bot.store.replies import ReplyKind
from bot.ui import cards, words_form
from bot.ui.acknowledging import Shown
from bot.ui.desk import NOT_SHOWN, origin_of
from bot.ui.messages import on_cards

if TYPE_CHECKING:
    from bot.domain.adjusting import Adjustment
    from bot.domain.edits import Edit
    from bot.services.edits import Edits
    from bot.services.inbox import Inbox
    from bot.ui.acknowledging import Door
    from bot.ui.desk import Click, Desk
    from bot.ui.menu_forms import MenuForms

log = logging.getLogger(__name__)


class Presses:
    """Who may press is decided by the services."""

    def __init__(
        self, desk: Desk, door: Door, inbox: Inbox, edits: Edits, forms: MenuForms
    ) -> None:
        self.desk = desk
        self._door = door
        self._inbox = inbox
        self._edits = edits
        self._forms = forms

    async def run(self, click: Click, edit_id: int) -> None:
        """Yes: buy the draft. Its card appears where everybody sees it."""
        reply = await self.desk.acknowledge(click, shown=Shown.PUBLIC, kind=ReplyKind.EDIT)
        edit = await self.desk.start(click, reply, edit_id)
        await self._close_preview(click, edit)

    async def drop(self, click: Click, edit_id: int) -> None:
        """No: put the draft away, and its preview with it."""
        await self.desk.acknowledge(click, shown=Shown.UPDATE, kind=ReplyKind.CHANGE)
        await self._edits.drop(edit_id, member_id=click.user.id)
        await self.desk.replace(click, cards.said(on_cards.DROPPED))

    async def cancel(self, click: Click, edit_id: int) -> None:
        """Stop an edit that was accepted."""
        await self.desk.acknowledge(click, shown=Shown.PRIVATE, kind=ReplyKind.CHANGE)
        result = await self._edits.cancel(edit_id, member_id=click.user.id)
        await self.desk.say(click, on_cards.cancelled(result))

    async def adjust(self, click: Click, edit_id: int, adjustment: Adjustment) -> None:
        """Change the area by one step; the preview changes in its place."""
        reply = await self.desk.acknowledge(click, shown=Shown.UPDATE, kind=ReplyKind.LOOK)
        quote = await self._edits.adjust(
            edit_id,
            adjustment,
            member_id=click.user.id,
            origin=origin_of(click),
            reply_id=reply.id,
        )
        await self.desk.preview(click, quote.edit.id)

    async def choose(self, click: Click, edit_id: int, index: int | None) -> None:
        """Take another of the things that may have been meant."""
        reply = await self.desk.acknowledge(click, shown=Shown.UPDATE, kind=ReplyKind.LOOK)
        choices = (await self._edits.outcome(edit_id)).edit.choices
        if index is None or index >= len(choices):
            raise NotFound
        quote = await self._edits.choose(
            edit_id,
            choices[index].area,
            member_id=click.user.id,
            origin=origin_of(click),
            reply_id=reply.id,
        )
        await self.desk.preview(click, quote.edit.id)

    async def word(self, click: Click, edit_id: int) -> None:
        """Ask what a looked-at area should show."""
        await self.desk.open(click, words_form.asked(edit_id))

    async def refill(self, click: Click, form_id: int) -> None:
        """Show a form again, with what was written in it."""
        await self._forms.reopen(click, form_id)

    async def _close_preview(self, click: Click, edit: Edit) -> None:
        """Take the buttons off the preview that was answered, if its token still lives.

        It may lie beside an older one, which was stale when it was pressed: then off both.
        """
        if click.message is None:
            return
        closed = await self._close(click, click.message.id, edit, shown_by=edit.reply_id)
        origin = click.message.interaction_metadata
        if closed != click.message.id and origin is not None and origin.id != edit.reply_id:
            await self._close(click, click.message.id, edit, shown_by=origin.id)

    async def _close(
        self, click: Click, message_id: int, edit: Edit, *, shown_by: int | None
    ) -> int | None:
        """The id of the message that lost its buttons, or None."""
        try:
            asked = await self._inbox.find(shown_by) if shown_by is not None else None
            if asked is None:
                return None
            # Only a token that showed a private answer may change it.
            webhook = self._door.webhook(click, asked)
            message: Any = "@original" if asked.updates else message_id
            said = cards.said(on_cards.RUNNING)
            return (await webhook.edit_message(message, view=said, attachments=[])).id
        except (*NOT_SHOWN, StoreFailed, InteractionExpired) as error:
            log.info("edit %d: its preview stays: %s", edit.id, type(error).__name__)
            return None
