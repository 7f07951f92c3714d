"""Buttons, menus and modals that outlive a restart: all of them are found by their custom_id.

A component is one class: its `verb`, which stands in the custom_id, how it looks, and `act`, which
does what it says. What a number in a custom_id is about stands in the books; who may use it is
decided by the services, at that moment.

A feature's `components` function makes its classes, where they are, and `bot.discord_app` hands
them to the one registry: what is not handed over does not work, and no import decides that unseen.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import discord
from discord import ButtonStyle, ui

from bot.ui.texts import edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.i18n import Deferred
    from bot.ui.interactions import BotInteraction
    from bot.ui.interactions.responder import InteractionResponder

CUSTOM_ID: Final = re.compile(
    r"tu1:(?P<verb>[a-z]{1,20}(?::[a-z]{1,20})?):(?P<number>[1-8]?[0-9]{1,18})"
)
LARGEST_EDIT: Final = 10**18 - 1
LARGEST_INTERACTION: Final = 2**63 - 1
"""Whatever fits into a row's id; Discord's own ids reach the end of it in 2080."""

# https://docs.discord.com/developers/components/reference#string-select and #text-input
MOST_OPTIONS: Final = 25
LONGEST_TEXT: Final = 4000
_DEEPEST: Final = 4
"""How deep a field lies in a modal at most: Discord puts it into one label or one row."""
_INDEX: Final = re.compile("[0-9]{1,2}")

Field = ui.Label[Any]


@dataclass(frozen=True, slots=True)
class ModalValues:
    """What a member filled in or chose, by the custom_ids of the fields. Nothing of it was checked.

    A menu on a card is read in the same way: as one field.
    """

    _given: Mapping[str, tuple[str, ...]]
    _addresses: Mapping[str, str]
    """Of attached files, by their ids."""

    def text(self, name: str) -> str:
        """What was typed, or the first thing that was chosen; empty if nothing."""
        return next(iter(self.choices(name)), "")

    def choice(self, name: str) -> str | None:
        """The one thing that was chosen, or None."""
        return next(iter(self.choices(name)), None)

    def choices(self, name: str) -> tuple[str, ...]:
        """Everything that was chosen."""
        return self._given.get(name, ())

    def files(self, name: str) -> tuple[str, ...]:
        """The addresses of the files that were attached."""
        return tuple(self._addresses[one] for one in self.choices(name) if one in self._addresses)


def custom_id(verb: str, number: int) -> str:
    """How Discord knows a component; `number` says what it is about."""
    return f"tu1:{verb}:{number}"


class Component:
    """Something that Discord shows and sends back."""

    verb: str
    """Lower-case letters, for a modal after `form:`. It never changes: buttons live for a month."""
    largest: ClassVar[int] = LARGEST_EDIT

    async def act(self, interaction: BotInteraction, number: int, values: ModalValues, /) -> None:
        """Do what it says. It answers by itself; what it raises is told to the member."""
        raise NotImplementedError


class Button(Component):
    """A button that looks the same wherever it stands, but for its label."""

    label: ClassVar[Deferred]
    style: ClassVar[ButtonStyle] = ButtonStyle.secondary

    @classmethod
    def item(cls, number: int, *, label: str | None = None) -> ComponentItem:
        """The button, as a card holds it."""
        name = custom_id(cls.verb, number)
        return ComponentItem(ui.Button(label=label or cls.label(), style=cls.style, custom_id=name))


class Modal(Component):
    """A modal, built of `ask_text`, `ask_choice` and `ask_files`.

    discord.py keeps opened modals in memory and drops what comes for others.
    """

    largest = LARGEST_INTERACTION

    @classmethod
    def build(cls, number: int, *, title: str, fields: Sequence[Field]) -> dict[str, Any]:
        """The modal as Discord takes it: at most five fields, a title of at most 45 characters."""
        built = ui.Modal(title=title, custom_id=custom_id(cls.verb, number))
        for asked in fields:
            built.add_item(asked)
        return built.to_dict()


class ComponentItem(ui.DynamicItem[ui.Item[Any]], template=re.compile(r".*", re.DOTALL)):
    """How discord.py hands on whatever was pressed, ours or not: nothing is kept in memory, and
    nothing but the custom_id is believed.
    """

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - discord.py's signature
        item: ui.Item[Any],
        match: re.Match[str],  # noqa: ARG003
        /,
    ) -> Self:
        """Take it as it is."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Let the registry find it."""
        await interaction.client.components.dispatch(interaction)


class ComponentRegistry:
    """Finds what was pressed or sent, and lets it act."""

    def __init__(self, responder: InteractionResponder, components: Iterable[Component]) -> None:
        """Raise ValueError if two components have the same verb."""
        self._responder = responder
        self._components: dict[str, Component] = {}
        for component in components:
            if self._components.setdefault(component.verb, component) is not component:
                raise ValueError(f"two components are called {component.verb}")

    def find(self, received: str) -> tuple[Component, int] | None:
        """The component with this custom_id and its number, or None if it is none of ours."""
        match = CUSTOM_ID.fullmatch(received)
        component = self._components.get(match["verb"]) if match else None
        if component is None or match is None or int(match["number"]) > component.largest:
            return None
        return component, int(match["number"])

    async def dispatch(self, interaction: BotInteraction) -> None:
        """Let a component act, and tell the member when it cannot: because it is of another
        version, or because of what it raised, which discord.py would only log.
        """
        self._responder.keep(asyncio.current_task())
        data: Any = interaction.data or {}
        is_modal = interaction.type is discord.InteractionType.modal_submit
        found = self.find(str(data.get("custom_id")))
        try:
            # A button that pretends to be a modal is neither.
            if found is None or isinstance(found[0], Modal) is not is_modal:
                stale = edits.STALE_FORM() if is_modal else edits.STALE_BUTTON()
                await self._responder.tell(interaction, stale)
            else:
                component, number = found
                await component.act(interaction, number, read(data))
        except Exception as error:  # noqa: BLE001 - `report` decides what is logged
            await self._responder.report(interaction, error)


# ---- the fields of a modal ---------------------------------------------------------------------


def ask_text(
    name: str,
    label: str,
    *,
    hint: str | None = None,
    required: bool = True,
    long: bool = True,
    limit: int = LONGEST_TEXT,
    given: str | None = None,
    about: str | None = None,
) -> Field:
    """Ask for text; `given` stands there already, `hint` only as long as nothing does."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    text: ui.TextInput[Any] = ui.TextInput(
        custom_id=name,
        style=style,
        placeholder=hint,
        required=required,
        max_length=min(limit, LONGEST_TEXT),
        default=given,
    )
    return ui.Label(text=label, description=about, component=text)


def ask_choice(
    name: str,
    label: str,
    options: Sequence[discord.SelectOption],
    *,
    hint: str | None = None,
    required: bool = True,
    about: str | None = None,
) -> Field:
    """Ask for one of several things."""
    menu: ui.Select[Any] = ui.Select(
        custom_id=name, placeholder=hint, options=list(options), required=required
    )
    return ui.Label(text=label, description=about, component=menu)


def ask_files(
    name: str, label: str, *, most: int = 1, required: bool = False, about: str | None = None
) -> Field:
    """Ask for files."""
    upload: ui.FileUpload[Any] = ui.FileUpload(
        custom_id=name, min_values=int(required), max_values=most, required=required
    )
    return ui.Label(text=label, description=about, component=upload)


# ---- what came back ----------------------------------------------------------------------------


def read(data: Mapping[str, Any]) -> ModalValues:
    """Read a submitted modal, or a menu that was used; what does not look like one is left out."""
    given: dict[str, tuple[str, ...]] = {}
    for part in _filled([data], depth=_DEEPEST + 1):
        # One choice among radio buttons comes as a text does.
        if isinstance(part.get("value"), str):
            given[str(part.get("custom_id"))] = (part["value"],)
        elif isinstance(part.get("values"), list):
            given[str(part.get("custom_id"))] = tuple(map(str, part["values"]))
    attached = _mapping(_mapping(data.get("resolved")).get("attachments"))
    urls = {identity: _mapping(file).get("url") for identity, file in attached.items()}
    return ModalValues(given, {key: url for key, url in urls.items() if isinstance(url, str)})


def index_of(value: str | None) -> int | None:
    """What was chosen of several things by its place among them; None: that is no place."""
    return int(value) if value is not None and _INDEX.fullmatch(value) else None


def _filled(components: object, *, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every field, in a label or in a row."""
    if not depth:
        return
    for component in components if isinstance(components, list) else ():
        outer = _mapping(component)
        if "custom_id" in outer:
            yield outer
        if "component" in outer:
            yield from _filled([outer["component"]], depth=depth - 1)
        yield from _filled(outer.get("components"), depth=depth - 1)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
