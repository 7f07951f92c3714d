"""The message menus: start from a picture that is in the chat already."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.ui.edits.modals import EditModal, ReletterModal
from bot.ui.interactions import BotInteraction
from bot.ui.texts import previews


class MenusCog(commands.Cog):
    """What can be done with the pictures of a message. (discord.py wants menus apart from cogs.)"""

    def __init__(self, edit: EditModal, reletter: ReletterModal) -> None:
        self._edit = edit
        self._reletter = reletter

    def menus(self) -> list[app_commands.ContextMenu]:
        """The menus, as Discord is told of them."""
        return [
            app_commands.ContextMenu(name=previews.EDIT_MENU(), callback=self.edit),
            app_commands.ContextMenu(name=previews.RELETTER_MENU(), callback=self.reletter),
        ]

    async def edit(self, interaction: BotInteraction, message: discord.Message) -> None:
        """Ask what should change, and where."""
        await self._edit.open(interaction, message)

    async def reletter(self, interaction: BotInteraction, message: discord.Message) -> None:
        """Ask for the new words."""
        await self._reletter.open(interaction, message)
