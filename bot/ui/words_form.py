"""The form that asks what a looked-at area should show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from bot.domain.catalog import Style
from bot.store.replies import ReplyKind
from bot.ui import forms
from bot.ui.acknowledging import Shown
from bot.ui.desk import origin_of
from bot.ui.messages import on_previews
from bot.ui.options import style_of, style_options

if TYPE_CHECKING:
    from bot.services.edits import Edits
    from bot.ui.desk import Click, Desk
    from bot.ui.forms import Answers

VERB: Final = "word"
PROMPT: Final = "prompt"
STYLE: Final = "style"


def asked(edit_id: int) -> dict[str, Any]:
    """What is shown."""
    return forms.modal(
        VERB,
        edit_id,
        title=on_previews.WORD_TITLE,
        fields=[
            forms.ask_text(PROMPT, on_previews.WORD_PROMPT, hint=on_previews.WORD_PROMPT_HINT),
            forms.ask_choice(STYLE, on_previews.WORD_STYLE, style_options()),
        ],
    )


class WordsForm:
    """Gives a looked-at area its prompt: its card becomes the preview of an edit."""

    verb: ClassVar[str] = VERB

    def __init__(self, desk: Desk, edits: Edits) -> None:
        self._desk = desk
        self._edits = edits

    async def submitted(self, click: Click, number: int, answers: Answers) -> None:
        """Show what it will cost."""
        # A form that was opened from no message has none to change.
        shown = Shown.PRIVATE if click.message is None else Shown.UPDATE
        reply = await self._desk.acknowledge(click, shown=shown, kind=ReplyKind.LOOK)
        quote = await self._edits.word(
            number,
            answers.text(PROMPT),
            style_of(answers.choice(STYLE)) or Style.AUTO,
            member_id=click.user.id,
            origin=origin_of(click),
            reply_id=reply.id,
        )
        await self._desk.preview(click, quote.edit.id)
