"""The modals of edits: those behind the message menus, about the pictures of somebody's message,
and the one that asks what a looked-at area should show.

What a menu's modal is about is written down, encrypted, before it is shown: it can be sent after a
restart, and comes back with what was written in it when something in it was wrong.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

import discord
from discord import ButtonStyle, ui

from bot.domain import areas
from bot.domain.catalog import Style
from bot.domain.edits import options
from bot.domain.edits.draft import Attachments, Draft
from bot.domain.edits.options import EditKind
from bot.domain.errors import (
    BadArea,
    BadForm,
    BadMask,
    BadOption,
    BadPicture,
    BadPrompt,
    FormProblem,
    InteractionExpired,
    MaskProblem,
    NotFound,
    UserError,
)
from bot.store.interactions import modals
from bot.store.interactions.modals import PendingModal
from bot.store.interactions.pending import InteractionKind
from bot.ui import texts
from bot.ui.edits.message_pictures import FoundPicture, pictures_of
from bot.ui.edits.options import style_of, style_options
from bot.ui.interactions.callbacks import WRITE_SECONDS, DeferMode
from bot.ui.interactions.fields import MOST_OPTIONS, ask_choice, ask_files, ask_text, index_of
from bot.ui.interactions.registry import LARGEST_INTERACTION, Button, Modal
from bot.ui.interactions.responder import change_of, layout_of
from bot.ui.texts import TextTarget, previews

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.i18n import Deferred
    from bot.services.edits.drafts import DraftService
    from bot.store.database import Database
    from bot.ui.edits.start import EditStarter
    from bot.ui.interactions import BotInteraction
    from bot.ui.interactions.callbacks import TokenCipher
    from bot.ui.interactions.fields import Field, ModalValues
    from bot.ui.interactions.registry import Component
    from bot.ui.interactions.responder import InteractionResponder, Layout

log = logging.getLogger(__name__)

PROMPT: Final = "prompt"
STYLE: Final = "style"
WHERE: Final = "where"
WORDS: Final = "words"
COPY: Final = "copy"
PICTURE: Final = "picture"
KEPT: Final = (PROMPT, WHERE, WORDS, PICTURE)
"""What comes back with a modal; a file has to be attached again."""

FIXABLE: Final = (BadForm, BadMask, BadArea, BadPrompt, BadOption, BadPicture)
"""What another answer in the modal may fix."""


class PromptModal(Modal):
    """Gives a looked-at area its prompt: its card becomes the preview of an edit."""

    verb = "form:word"

    def __init__(self, responder: InteractionResponder, drafts: DraftService) -> None:
        self._responder = responder
        self._drafts = drafts

    @classmethod
    def of(cls, edit_id: int) -> dict[str, Any]:
        """What is shown for an area."""
        prompt = ask_text(PROMPT, previews.WORD_PROMPT(), hint=previews.PROMPT_HINT())
        style = ask_choice(STYLE, previews.WORD_STYLE(), style_options())
        return cls.build(edit_id, title=previews.WORD_TITLE(), fields=[prompt, style])

    async def act(self, interaction: BotInteraction, number: int, values: ModalValues, /) -> None:
        """Show what it will cost."""
        # A modal that was opened from no message has none to change.
        mode = DeferMode.PRIVATE if interaction.message is None else DeferMode.UPDATE
        await self._responder.defer(interaction, mode, InteractionKind.LOOK)
        style = style_of(values.choice(STYLE)) or Style.AUTO
        change = change_of(interaction, number)
        quote = await self._drafts.set_prompt(change, values.text(PROMPT), style)
        await self._responder.preview(interaction, quote.edit.id)


# ---- behind the message menus ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModalContext:
    """What a modal is about, and what was filled in before."""

    pictures: tuple[FoundPicture, ...]
    given: Mapping[str, str] = field(default_factory=dict)


class ModalContexts:
    """Remembers for a day what modals are about; links to pictures are secrets, so encrypted."""

    def __init__(
        self, database: Database, cipher: TokenCipher, *, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._clock = clock

    async def keep(
        self, interaction: BotInteraction, kind: EditKind, context: ModalContext
    ) -> None:
        """Write down what a modal is about, under the interaction that it follows.

        Raises:
            StoreFailed: it cannot be written.
        """
        pictures = [[picture.url, picture.name] for picture in context.pictures]
        noted = json.dumps({"pictures": pictures, "given": dict(context.given)})
        pending = PendingModal(
            id=interaction.id,
            member_id=interaction.user.id,
            kind=kind,
            sealed=self._cipher.encrypt(noted),
            created_at=self._clock(),
        )
        await self._database.transact(modals.add, pending)

    async def find(
        self, interaction: BotInteraction, modal_id: int
    ) -> tuple[EditKind, ModalContext]:
        """What a modal is about that this member was shown.

        Raises:
            BadForm: GONE.
        """
        try:
            pending = await self._database.transact(
                modals.find, modal_id, member_id=interaction.user.id, now=self._clock()
            )
            noted: dict[str, Any] = json.loads(self._cipher.decrypt(pending.sealed))
        except (NotFound, InteractionExpired):  # or the bot's token is another now
            raise BadForm(FormProblem.GONE) from None
        pictures = tuple(FoundPicture(url, name) for url, name in noted["pictures"])
        return pending.kind, ModalContext(pictures, noted["given"])


class MenuModal(Modal):
    """A modal about the pictures of a message: the one of a menu, or a refilled one."""

    kind: ClassVar[EditKind]
    title: ClassVar[Deferred]

    def __init__(
        self, responder: InteractionResponder, starter: EditStarter, contexts: ModalContexts
    ) -> None:
        self._responder = responder
        self._starter = starter
        self._contexts = contexts

    @classmethod
    def of(cls, modal_id: int, context: ModalContext) -> dict[str, Any]:
        """What is shown for these pictures; which of them is asked only where there are several."""
        fields = cls.fields(context.given)
        if len(context.pictures) > 1:
            names = {
                str(index): previews.picture_label(index + 1, picture.name)
                for index, picture in enumerate(context.pictures)
            }
            choices = _options(names, context.given.get(PICTURE))
            which = ask_choice(PICTURE, previews.PICTURE(), choices, hint=previews.PICTURE_HINT())
            fields.insert(0, which)
        return cls.build(modal_id, title=cls.title(), fields=fields)

    @classmethod
    def fields(cls, given: Mapping[str, str]) -> list[Field]:
        """What is asked about a picture, with what was filled in before."""
        raise NotImplementedError

    @classmethod
    def draft(cls, picture: str, values: ModalValues) -> Draft:
        """What a filled-in modal asks for, of the picture at an address.

        Raises:
            BadForm: its answers contradict each other.
            BadArea: the place in words was not understood.
        """
        raise NotImplementedError

    async def open(self, interaction: BotInteraction, message: discord.Message) -> None:
        """Ask what should be done with the pictures of a message.

        Raises:
            BadForm: NO_PICTURE.
            StoreFailed: it cannot be written down.
            InteractionGone, Restarting: as `InteractionResponder.send_modal`.
        """
        context = ModalContext(pictures_of(message)[:MOST_OPTIONS])
        if not context.pictures:
            raise BadForm(FormProblem.NO_PICTURE)
        # Discord waits three seconds: slow books do not hold the modal up.
        keeping = self._contexts.keep(interaction, self.kind, context)
        writing = asyncio.create_task(keeping, name=f"modal-{interaction.id}")
        await asyncio.wait({writing}, timeout=WRITE_SECONDS)
        if writing.done():
            writing.result()
        await self._responder.send_modal(interaction, self.of(interaction.id, context))
        await writing

    async def act(self, interaction: BotInteraction, number: int, values: ModalValues, /) -> None:
        """Show what would change and what it costs, or give the modal back to be fixed."""
        deferred = await self._starter.defer(interaction, self.kind, is_guessed=True)
        kind, context = await self._contexts.find(interaction, number)
        if kind is not self.kind:
            raise BadForm(FormProblem.GONE)
        try:
            draft = self.draft(_chosen(context, values), values)
            await self._starter.fulfil(interaction, deferred, draft)
        except FIXABLE as error:
            log.info(
                "interaction %d gives its modal back: %s", interaction.id, type(error).__name__
            )
            given = {name: value for name in KEPT if (value := values.text(name))}
            again = ModalContext(context.pictures, given)
            await self._contexts.keep(interaction, self.kind, again)
            await self._responder.answer(interaction, given_back(_explained(error), interaction.id))


class EditModal(MenuModal):
    """“Edit this picture”: without a prompt, what is there is erased."""

    verb = "form:edit"
    kind = EditKind.EDIT
    title = previews.EDIT_MENU

    @classmethod
    def fields(cls, given: Mapping[str, str]) -> list[Field]:
        """Ask what, and where: a place, words, or a marked copy."""
        places = _options(
            {value: name() for value, name in previews.PLACES.items()}, given.get(WHERE)
        )
        prompt, words = given.get(PROMPT), given.get(WORDS)
        return [
            ask_text(
                PROMPT,
                previews.PROMPT(),
                hint=previews.PROMPT_HINT(),
                about=previews.PROMPT_ABOUT(),
                required=False,
                given=prompt,
            ),
            ask_choice(WHERE, previews.WHERE(), places, hint=previews.WHERE_HINT(), required=False),
            _ask_words(previews.WORDS(), previews.WORDS_HINT(), words),
            ask_files(COPY, previews.COPY(), about=previews.COPY_ABOUT()),
        ]

    @classmethod
    def draft(cls, picture: str, values: ModalValues) -> Draft:
        """An edit of what was said, or of what was marked on the copy."""
        prompt, words = values.text(PROMPT), values.text(WORDS)
        copy = next(iter(values.files(COPY)), None)
        area = options.area_of(values.choice(WHERE), words, has_copy=copy is not None)
        kind = EditKind.EDIT if prompt.strip() else EditKind.ERASE
        return Draft(sources=Attachments(picture, copy), prompt=prompt, kind=kind, area=area)


class ReletterModal(MenuModal):
    """“Re-letter this picture”."""

    verb = "form:reletter"
    kind = EditKind.RELETTER
    title = previews.RELETTER_MENU

    @classmethod
    def fields(cls, given: Mapping[str, str]) -> list[Field]:
        """Ask for the new words, and which lettering."""
        new, hint = previews.NEW_WORDS(), previews.NEW_WORDS_HINT()
        which, example = previews.LETTERING(), previews.LETTERING_HINT()
        return [
            ask_text(PROMPT, new, hint=hint, long=False, given=given.get(PROMPT)),
            _ask_words(which, example, given.get(WORDS), about=previews.LETTERING_ABOUT()),
        ]

    @classmethod
    def draft(cls, picture: str, values: ModalValues) -> Draft:
        """New words for the lettering that was said; else for all of it."""
        prompt, where = values.text(PROMPT), values.text(WORDS) or None
        return Draft(sources=Attachments(picture), prompt=prompt, kind=cls.kind, area=where)


class RefillButton(Button):
    """Gives a modal back to the member who filled it in, with what they wrote."""

    verb = "refill"
    label = previews.REFILL
    style = ButtonStyle.primary
    largest = LARGEST_INTERACTION

    def __init__(self, responder: InteractionResponder, contexts: ModalContexts) -> None:
        self._responder = responder
        self._contexts = contexts

    async def act(self, interaction: BotInteraction, number: int, _: ModalValues, /) -> None:
        """Open the modal again."""
        kind, context = await self._contexts.find(interaction, number)
        modal = ReletterModal if kind is EditKind.RELETTER else EditModal
        await self._responder.send_modal(interaction, modal.of(number, context))


def given_back(sentence: str, modal_id: int) -> Layout:
    """What was wrong with a modal, and the modal with what was written in it."""
    return layout_of(ui.TextDisplay(sentence), ui.ActionRow(RefillButton.item(modal_id)))


def components(
    responder: InteractionResponder,
    drafts: DraftService,
    starter: EditStarter,
    contexts: ModalContexts,
) -> list[Component]:
    """All of this file, for the registry."""
    return [
        PromptModal(responder, drafts),
        EditModal(responder, starter, contexts),
        ReletterModal(responder, starter, contexts),
        RefillButton(responder, contexts),
    ]


def _chosen(context: ModalContext, values: ModalValues) -> str:
    """The address of the picture that is meant.

    Raises:
        BadForm: GONE, no such picture was offered.
    """
    index = index_of(values.choice(PICTURE) or "0")
    if index is None or index >= len(context.pictures):
        raise BadForm(FormProblem.GONE)
    return context.pictures[index].url


def _ask_words(label: str, hint: str, given: str | None, *, about: str | None = None) -> Field:
    """Ask for a place in words."""
    return ask_text(
        WORDS,
        label,
        hint=hint,
        about=about,
        required=False,
        long=False,
        limit=areas.MAX_LENGTH,
        given=given,
    )


def _options(names: Mapping[str, str], chosen: str | None) -> Sequence[discord.SelectOption]:
    return [
        discord.SelectOption(label=name, value=value, default=value == chosen)
        for value, name in names.items()
    ]


def _explained(error: UserError) -> str:
    """What is wrong, in the words of a modal."""
    if isinstance(error, BadMask) and error.problem is MaskProblem.MISSING:
        error = BadForm(FormProblem.NOWHERE)
    return texts.explain(error, TextTarget.DISCORD)
