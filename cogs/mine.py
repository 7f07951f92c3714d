"""`/mine`: a member's own edits and money."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.services.edits import Edits
from bot.services.spend import Spend
from bot.ui import cards
from bot.ui.client import TouchupBot
from bot.ui.desk import Desk


@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class Mine(commands.GroupCog, group_name="mine", group_description="Your own edits and spending."):
    """What concerns nobody but the member: every answer is private."""

    def __init__(self, desk: Desk, edits: Edits, spend: Spend) -> None:
        self._desk = desk
        self._edits = edits
        self._spend = spend

    @app_commands.command()
    async def spend(self, interaction: discord.Interaction[TouchupBot]) -> None:
        """See what you spent, what is set aside, and what is left."""
        await self._desk.acknowledge(interaction, private=True)
        found = await self._spend.of_member(
            member_id=interaction.user.id, guild_id=interaction.guild_id
        )
        await self._desk.show(interaction, cards.spending(found))

    @app_commands.command()
    async def queue(self, interaction: discord.Interaction[TouchupBot]) -> None:
        """See your edits in line, and cancel what you no longer want."""
        await self._desk.acknowledge(interaction, private=True)
        entries = await self._edits.in_line(member_id=interaction.user.id)
        await self._desk.show(interaction, cards.queue(entries))
