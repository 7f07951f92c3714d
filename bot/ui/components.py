"""Buttons that outlive a restart: the edit's number stands in the custom_id, the rest in the books.

Who may press is decided by the services, at the moment of the press.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import discord

from bot.ui.messages import on_cards

if TYPE_CHECKING:
    from bot.ui.desk import Click, Desk

_ID: Final = r"(?P<edit_id>\d{1,18})"
_NEVER: Final = r"(?!)"


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_NEVER):
    """A button of one edit. discord.py only logs what a dynamic item raises: here it is told."""

    verb: ClassVar[str]
    label: ClassVar[str] = on_cards.CANCEL
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, edit_id: int, *, label: str | None = None) -> None:
        super().__init__(
            discord.ui.Button(
                label=label or self.label,
                style=self.style,
                custom_id=f"tu1:{self.verb}:{edit_id}",
            )
        )
        self.edit_id = edit_id

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - discord.py's signature
        item: discord.ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> Self:
        """Read the edit's number; nothing else of the button is believed."""
        return cls(int(match["edit_id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it, and tell the member when it cannot be done."""
        desk: Desk = interaction.client.desk
        desk.keep(asyncio.current_task())
        try:
            await self.press(desk, interaction)
        except Exception as error:  # noqa: BLE001 - `report` decides what is logged
            await desk.report(interaction, error)

    async def press(self, desk: Desk, click: Click) -> None:
        """Do what the button says."""
        raise NotImplementedError


class RunButton(Press, template=f"tu1:run:{_ID}"):
    """Yes, buy it."""

    verb = "run"
    label = "Run"
    style = discord.ButtonStyle.primary

    async def press(self, desk: Desk, click: Click) -> None:
        """Start the edit."""
        await desk.run(click, self.edit_id)


class DropButton(Press, template=f"tu1:drop:{_ID}"):
    """No, put it away."""

    verb = "drop"

    async def press(self, desk: Desk, click: Click) -> None:
        """Put the draft away."""
        await desk.drop(click, self.edit_id)


class CancelButton(Press, template=f"tu1:cancel:{_ID}"):
    """Stop an edit that was accepted."""

    verb = "cancel"

    async def press(self, desk: Desk, click: Click) -> None:
        """Cancel the edit."""
        await desk.cancel(click, self.edit_id)


class StaleButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"(?!tu1:(?:run|drop|cancel):\d{1,18}$).*",
):
    """A button that no version of ours made, or a version that is gone: answered all the same."""

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - discord.py's signature
        item: discord.ui.Item[Any],  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> Self:
        """Take the button as it is."""
        return cls(discord.ui.Button(custom_id=match.string))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Say that it no longer works."""
        desk: Desk = interaction.client.desk
        desk.keep(asyncio.current_task())
        await desk.tell(interaction, on_cards.STALE_BUTTON)


ALL: Final = (RunButton, DropButton, CancelButton, StaleButton)
