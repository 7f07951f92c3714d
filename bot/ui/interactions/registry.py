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
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import discord
from discord import ButtonStyle, ui

from bot.ui.interactions.fields import Field, ModalValues, read
from bot.ui.texts import edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.i18n import Deferred
    from bot.ui.interactions import BotInteraction
    from bot.ui.interactions.responder import InteractionResponder

CUSTOM_ID: Final = re.compile(
    r"tu1:(?P<verb>[a-z]{1,20}(?::[a-z]{1,20})?):(?P<number>[1-8]?[0-9]{1,18})"
)
LARGEST_EDIT: Final = 10**18 - 1
LARGEST_INTERACTION: Final = 2**63 - 1
"""Whatever fits into a row's id; Discord's own ids reach the end of it in 2080."""


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
    """A modal, built of the fields of `bot.ui.interactions.fields`.

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
        """The component with this custom_id and its number, or None if it is not ours."""
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


# ---- what came back ----------------------------------------------------------------------------
