"""The forms behind the message menus: about the pictures of somebody's message.

What a form is about is written down, sealed, before it is shown: it can be sent after a restart,
and comes back with what was written in it when something in it was wrong.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

import discord

from bot.domain import areas, whereabouts
from bot.domain.edits import EditKind
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
from bot.ui import cards, forms, messages
from bot.ui.acknowledging import WRITE_SECONDS
from bot.ui.message_pictures import FoundPicture, pictures_of
from bot.ui.messages import Place, on_forms
from bot.ui.orders import Order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.services.forms import Forms
    from bot.ui.desk import Click, Desk
    from bot.ui.forms import Answers, Field
    from bot.ui.orders import Orders
    from bot.ui.sealing import Seal

log = logging.getLogger(__name__)

PROMPT: Final = "prompt"
WHERE: Final = "where"
WORDS: Final = "words"
COPY: Final = "copy"
PICTURE: Final = "picture"
KEPT: Final = (PROMPT, WHERE, WORDS, PICTURE)
"""What comes back with a form; a file has to be attached again."""

MOST_OPTIONS: Final = 25
"""https://docs.discord.com/developers/components/reference#string-select"""

MENDABLE: Final = (BadForm, BadMask, BadArea, BadPrompt, BadOption, BadPicture)
"""What another answer in the form may mend."""


@dataclass(frozen=True, slots=True)
class About:
    """What a form is about, and what was filled in before."""

    pictures: tuple[FoundPicture, ...]
    given: Mapping[str, str] = field(default_factory=dict)

    def chosen(self, answers: Answers) -> FoundPicture:
        """The picture that is meant.

        Raises:
            BadForm: GONE, no such picture was offered.
        """
        index = forms.index_of(answers.choice(PICTURE) or "0")
        if index is None or index >= len(self.pictures):
            raise BadForm(FormProblem.GONE)
        return self.pictures[index]


class MenuForms:
    """Opens the forms, and takes the orders that come of them."""

    def __init__(self, desk: Desk, kept: Forms, orders: Orders, seal: Seal) -> None:
        self._desk = desk
        self._kept = kept
        self._orders = orders
        self._seal = seal

    async def open(self, click: Click, message: discord.Message, kind: EditKind) -> None:
        """Ask what should be done with the pictures of a message.

        Raises:
            BadForm: NO_PICTURE.
            StoreFailed: it cannot be written down.
            NothingToAnswer, Restarting: as `Desk.open`.
        """
        pictures = pictures_of(message)[:MOST_OPTIONS]
        if not pictures:
            raise BadForm(FormProblem.NO_PICTURE)
        about = About(pictures)
        # Discord waits three seconds: slow books do not hold the form up.
        writing = asyncio.create_task(self._keep(click, kind, about), name=f"form-{click.id}")
        await asyncio.wait({writing}, timeout=WRITE_SECONDS)
        if writing.done():
            writing.result()
        await self._desk.open(click, _asked(kind, click.id, about))
        await writing

    async def reopen(self, click: Click, form_id: int) -> None:
        """Show a form again, with what was written in it.

        Raises:
            BadForm: GONE.
            NothingToAnswer, Restarting: as `Desk.open`.
        """
        kind, about = await self._find(click, form_id)
        await self._desk.open(click, _asked(kind, form_id, about))

    async def take(self, click: Click, form_id: int, kind: EditKind, answers: Answers) -> None:
        """Do what a form asks for, or give it back.

        Raises:
            UserError: no answer in the form mends it. Nothing was bought.
        """
        reply = await self._orders.acknowledge(click, kind, is_guessed=True)
        found, about = await self._find(click, form_id)
        if found is not kind:
            raise BadForm(FormProblem.GONE)
        try:
            await self._orders.fulfil(click, reply, _order(kind, about, answers))
        except MENDABLE as error:
            log.info("interaction %d gives its form back: %s", click.id, type(error).__name__)
            given = {name: said for name in KEPT if (said := _said(answers, name))}
            await self._keep(click, kind, About(about.pictures, given))
            sentence = messages.explain(_in_a_form(error), Place.DISCORD)
            await self._desk.show(click, cards.given_back(sentence, click.id))

    async def _keep(self, click: Click, kind: EditKind, about: About) -> None:
        """Write down what a form is about, under the click that it follows."""
        pictures = [[picture.url, picture.name] for picture in about.pictures]
        noted = json.dumps({"pictures": pictures, "given": dict(about.given)})
        await self._kept.open(
            click.id, member_id=click.user.id, kind=kind, sealed=self._seal.close(noted)
        )

    async def _find(self, click: Click, form_id: int) -> tuple[EditKind, About]:
        try:
            form = await self._kept.find(form_id, member_id=click.user.id)
            noted: dict[str, Any] = json.loads(self._seal.open(form.sealed))
        except (NotFound, InteractionExpired):  # or the bot's token is another now
            raise BadForm(FormProblem.GONE) from None
        pictures = tuple(FoundPicture(url, name) for url, name in noted["pictures"])
        return form.kind, About(pictures, noted["given"])


class EditForm:
    """“Edit this picture”."""

    verb: ClassVar[str] = "edit"

    def __init__(self, menus: MenuForms) -> None:
        self._menus = menus

    async def submitted(self, click: Click, number: int, answers: Answers) -> None:
        """Show what would change, and what it costs."""
        await self._menus.take(click, number, EditKind.EDIT, answers)


class ReletterForm:
    """“Re-letter this picture”."""

    verb: ClassVar[str] = "reletter"

    def __init__(self, menus: MenuForms) -> None:
        self._menus = menus

    async def submitted(self, click: Click, number: int, answers: Answers) -> None:
        """Show which lettering would change, and what it costs."""
        await self._menus.take(click, number, EditKind.RELETTER, answers)


# ---- what is asked -----------------------------------------------------------------------------


def _asked(kind: EditKind, form_id: int, about: About) -> dict[str, Any]:
    which = _ask_picture(about)
    if kind is EditKind.RELETTER:
        fields = [*which, *_ask_lettering(about.given)]
        return forms.modal(ReletterForm.verb, form_id, title=on_forms.RELETTER_MENU, fields=fields)
    fields = [*which, *_ask_edit(about.given)]
    return forms.modal(EditForm.verb, form_id, title=on_forms.EDIT_MENU, fields=fields)


def _ask_picture(about: About) -> list[Field]:
    if len(about.pictures) == 1:
        return []
    names = {
        str(index): on_forms.picture_label(index + 1, picture.name)
        for index, picture in enumerate(about.pictures)
    }
    options = _options(names, about.given.get(PICTURE))
    return [forms.ask_choice(PICTURE, on_forms.PICTURE, options, hint=on_forms.PICTURE_HINT)]


def _ask_edit(given: Mapping[str, str]) -> list[Field]:
    return [
        forms.ask_text(
            PROMPT,
            on_forms.PROMPT,
            hint=on_forms.PROMPT_HINT,
            about=on_forms.PROMPT_ABOUT,
            required=False,
            given=given.get(PROMPT),
        ),
        forms.ask_choice(
            WHERE,
            on_forms.WHERE,
            _options(on_forms.PLACES, given.get(WHERE)),
            hint=on_forms.WHERE_HINT,
            required=False,
        ),
        forms.ask_text(
            WORDS,
            on_forms.WORDS,
            hint=on_forms.WORDS_HINT,
            required=False,
            long=False,
            limit=areas.MAX_LENGTH,
            given=given.get(WORDS),
        ),
        forms.ask_files(COPY, on_forms.COPY, about=on_forms.COPY_ABOUT),
    ]


def _ask_lettering(given: Mapping[str, str]) -> list[Field]:
    return [
        forms.ask_text(
            PROMPT,
            on_forms.NEW_WORDS,
            hint=on_forms.NEW_WORDS_HINT,
            long=False,
            given=given.get(PROMPT),
        ),
        forms.ask_text(
            WORDS,
            on_forms.LETTERING,
            hint=on_forms.LETTERING_HINT,
            about=on_forms.LETTERING_ABOUT,
            required=False,
            long=False,
            limit=areas.MAX_LENGTH,
            given=given.get(WORDS),
        ),
    ]


def _options(names: Mapping[str, str], chosen: str | None) -> Sequence[discord.SelectOption]:
    return [
        discord.SelectOption(label=name, value=value, default=value == chosen)
        for value, name in names.items()
    ]


# ---- what was answered -------------------------------------------------------------------------


def _order(kind: EditKind, about: About, answers: Answers) -> Order:
    """What a filled-in form orders.

    Raises:
        BadForm: its answers contradict each other.
        BadArea: the place in words was not understood.
    """
    picture, prompt, written = about.chosen(answers), answers.text(PROMPT), answers.text(WORDS)
    if kind is EditKind.RELETTER:
        return Order(kind=kind, picture=picture.url, prompt=prompt, area=written or None)
    copy = next(iter(answers.files(COPY)), None)
    area = whereabouts.area_of(answers.choice(WHERE), written, has_copy=copy is not None)
    wish = EditKind.EDIT if prompt.strip() else EditKind.ERASE
    return Order(kind=wish, picture=picture.url, prompt=prompt, mask=copy, area=area)


def _said(answers: Answers, name: str) -> str:
    """What was typed or chosen."""
    return answers.choice(name) or ""


def _in_a_form(error: UserError) -> UserError:
    """What is wrong, in the words of a form."""
    if isinstance(error, BadMask) and error.problem is MaskProblem.MISSING:
        return BadForm(FormProblem.NOWHERE)
    return error
