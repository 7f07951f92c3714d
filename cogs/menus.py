"""The message menus: start from a picture that is in the chat already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.domain.edits import EditKind
from bot.ui.client import TouchupBot
from bot.ui.messages import on_forms

if TYPE_CHECKING:
    from bot.ui.menu_forms import MenuForms


class Menus:
    """What can be done with the pictures of a message. (A cog of discord.py cannot hold menus.)"""

    def __init__(self, forms: MenuForms) -> None:
        self._forms = forms

    def all(self) -> list[app_commands.ContextMenu]:
        """The menus, as Discord is told of them."""
        return [
            app_commands.ContextMenu(name=on_forms.EDIT_MENU, callback=self.edit),
            app_commands.ContextMenu(name=on_forms.RELETTER_MENU, callback=self.reletter),
        ]

    async def edit(
        self, interaction: discord.Interaction[TouchupBot], message: discord.Message
    ) -> None:
        """Ask what should change, and where."""
        await self._forms.open(interaction, message, EditKind.EDIT)

    async def reletter(
        self, interaction: discord.Interaction[TouchupBot], message: discord.Message
    ) -> None:
        """Ask for the new words."""
        await self._forms.open(interaction, message, EditKind.RELETTER)
