"""Buttons and menus that outlive a restart: the edit's number stands in the custom_id, the rest in
the books.

Who may press is decided by the services, at the moment of the press.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import discord

from bot.domain.adjusting import Adjustment
from bot.ui.forms import NUMBER, index_of
from bot.ui.messages import on_cards, on_forms, on_previews

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.pictures import AreaChoice
    from bot.ui.desk import Click
    from bot.ui.presses import Presses

_ID: Final = r"(?P<edit_id>[0-9]{1,18})"
_NEVER: Final = r"(?!)"

# https://docs.discord.com/developers/components/reference#string-select
MOST_OPTIONS: Final = 25

ButtonStyle = discord.ButtonStyle


class Part(discord.ui.DynamicItem[discord.ui.Item[Any]], template=_NEVER):
    """Something to press. discord.py only logs what it raises: here it is told.

    `number` says what it is about: an edit, or a form.
    """

    verb: ClassVar[str]

    def __init__(self, item: discord.ui.Item[Any], number: int) -> None:
        super().__init__(item)
        self.number = number

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - discord.py's signature
        item: discord.ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> Self:
        """Read what was pressed; nothing but its custom_id is believed."""
        return cls.read(match)

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Make it from its custom_id."""
        raise NotImplementedError

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it, and tell the member when it cannot be done."""
        presses: Presses = interaction.client.presses
        presses.desk.keep(asyncio.current_task())
        try:
            await self.press(presses, interaction)
        except Exception as error:  # noqa: BLE001 - `report` decides what is logged
            await presses.desk.report(interaction, error)

    async def press(self, presses: Presses, click: Click) -> None:
        """Do what it says."""
        raise NotImplementedError


class Press(Part, template=_NEVER):
    """A button of one edit."""

    label: ClassVar[str] = on_cards.CANCEL
    style: ClassVar[ButtonStyle] = ButtonStyle.secondary

    def __init__(self, edit_id: int, *, label: str | None = None) -> None:
        super().__init__(
            discord.ui.Button(
                label=label or self.label,
                style=self.style,
                custom_id=f"tu1:{self.verb}:{edit_id}",
            ),
            edit_id,
        )

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Read the edit's number."""
        return cls(int(match["edit_id"]))


class RunButton(Press, template=f"tu1:run:{_ID}"):
    """Yes, buy it."""

    verb = "run"
    label = "Run"
    style = ButtonStyle.primary

    async def press(self, presses: Presses, click: Click) -> None:
        """Start the edit."""
        await presses.run(click, self.number)


class DropButton(Press, template=f"tu1:drop:{_ID}"):
    """No, put it away."""

    verb = "drop"

    async def press(self, presses: Presses, click: Click) -> None:
        """Put the draft away."""
        await presses.drop(click, self.number)


class CancelButton(Press, template=f"tu1:cancel:{_ID}"):
    """Stop an edit that was accepted."""

    verb = "cancel"

    async def press(self, presses: Presses, click: Click) -> None:
        """Cancel the edit."""
        await presses.cancel(click, self.number)


class WordButton(Press, template=f"tu1:word:{_ID}"):
    """Use a looked-at area for an edit: asks for the prompt."""

    verb = "word"
    label = on_previews.WORD
    style = ButtonStyle.primary

    async def press(self, presses: Presses, click: Click) -> None:
        """Open the form."""
        await presses.word(click, self.number)


class AdjustButton(Part, template=rf"tu1:(?P<verb>{'|'.join(Adjustment)}):{_ID}"):
    """Change the area of a preview by one step."""

    def __init__(
        self,
        edit_id: int,
        adjustment: Adjustment,
        *,
        label: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(
            discord.ui.Button(
                label=label or on_previews.adjust_label(adjustment),
                style=ButtonStyle.secondary,
                custom_id=f"tu1:{adjustment}:{edit_id}",
                disabled=disabled,
            ),
            edit_id,
        )
        self.adjustment = adjustment

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Read the edit's number and what is wanted."""
        return cls(int(match["edit_id"]), Adjustment(match["verb"]))

    async def press(self, presses: Presses, click: Click) -> None:
        """Adjust the area."""
        await presses.adjust(click, self.number, self.adjustment)


class ChooseMenu(Part, template=f"tu1:choose:{_ID}"):
    """Pick one of several things that may have been meant; a value is an index into the choices,
    because the area that says it may be longer than a value may.
    """

    def __init__(self, edit_id: int, placeholder: str, choices: Sequence[AreaChoice]) -> None:
        options = [
            discord.SelectOption(label=on_previews.choice_label(choice), value=str(index))
            for index, choice in enumerate(choices[:MOST_OPTIONS])
        ]
        super().__init__(
            discord.ui.Select(
                custom_id=f"tu1:choose:{edit_id}", placeholder=placeholder, options=options
            ),
            edit_id,
        )

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Read the edit's number."""
        return cls(int(match["edit_id"]), "", ())

    async def press(self, presses: Presses, click: Click) -> None:
        """Take the choice."""
        data: Any = click.data or {}
        value = str(next(iter(data.get("values") or ()), ""))
        await presses.choose(click, self.number, index_of(value))


class RefillButton(Part, template=rf"tu1:refill:(?P<form_id>{NUMBER})"):
    """Give a form back to whoever filled it in, with what they wrote."""

    def __init__(self, form_id: int) -> None:
        super().__init__(
            discord.ui.Button(
                label=on_forms.REFILL,
                style=ButtonStyle.primary,
                custom_id=f"tu1:refill:{form_id}",
            ),
            form_id,
        )

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Read the form's number."""
        return cls(int(match["form_id"]))

    async def press(self, presses: Presses, click: Click) -> None:
        """Open the form."""
        await presses.refill(click, self.number)


OURS: Final[tuple[type[Part], ...]] = (
    RunButton,
    DropButton,
    CancelButton,
    WordButton,
    RefillButton,
    AdjustButton,
    ChooseMenu,
)

_KNOWN: Final = "|".join(
    re.sub(r"\(\?P<\w+>", "(?:", part.__discord_ui_compiled_template__.pattern) for part in OURS
)


class StaleButton(
    discord.ui.DynamicItem[discord.ui.Item[Any]],
    template=rf"(?!(?:{_KNOWN})$).*",
):
    """What no version of ours made, or a version that is gone: answered all the same."""

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - discord.py's signature
        item: discord.ui.Item[Any],
        match: re.Match[str],  # noqa: ARG003
        /,
    ) -> Self:
        """Take it as it is."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Say that it no longer works."""
        presses: Presses = interaction.client.presses
        presses.desk.keep(asyncio.current_task())
        await presses.desk.tell(interaction, on_cards.STALE_BUTTON)


ALL: Final = (*OURS, StaleButton)
