"""`/settings`: how one server counts, and where its moderators are told."""

from __future__ import annotations

import asyncio

from discord import ChannelType, app_commands
from discord.ext import commands

from bot.services.limits.guilds import GuildService, time_zones
from bot.services.limits.log import Actor
from bot.store.interactions.pending import InteractionKind
from bot.ui.interactions import BotInteraction
from bot.ui.interactions.callbacks import DeferMode
from bot.ui.interactions.permissions import require_moderator
from bot.ui.interactions.responder import InteractionResponder
from bot.ui.limits import log_channel
from bot.ui.limits.options import ChannelOption, complete_time_zone
from bot.ui.texts import guilds

LogChannel = app_commands.Transform[
    int,
    ChannelOption(
        ChannelType.text,
        ChannelType.news,
        ChannelType.voice,
        of_threads=False,
    ),
]


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.default_permissions(manage_guild=True)
class SettingsCog(
    commands.GroupCog,
    group_name="settings",
    group_description="How this server counts, and where its moderators are told.",
):
    """Every answer is private, and every change is logged."""

    def __init__(self, responder: InteractionResponder, guilds: GuildService) -> None:
        self._responder = responder
        self._guilds = guilds

    @app_commands.command()
    async def show(self, interaction: BotInteraction) -> None:
        """See what is chosen for this server."""
        guild_id = require_moderator(interaction)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        found = await self._guilds.of(guild_id)
        await self._responder.answer(interaction, guilds.shown(found))

    @app_commands.command()
    async def timezone(self, interaction: BotInteraction, zone: str) -> None:
        """Choose by which clock the days and months of this server's limits begin.

        Args:
            interaction: who asks, and where.
            zone: Such as Europe/Berlin: type the name of a large city near you.
        """
        guild_id = require_moderator(interaction)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.CHANGE)
        actor = Actor(member_id=interaction.user.id)
        own = None if zone == guilds.BOTS_ZONE() else zone
        found = await self._guilds.set_time_zone(actor, guild_id, own)
        await self._responder.answer(interaction, guilds.zone_changed(found))

    @app_commands.command()
    async def log(self, interaction: BotInteraction, channel: LogChannel | None = None) -> None:
        """Choose where moderators are told, such as when a limit runs out.

        Args:
            interaction: who asks, and where.
            channel: I post a line there at once, to try it out. Without it: nowhere.
        """
        guild_id = require_moderator(interaction)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.CHANGE)
        if channel is not None:
            await log_channel.try_out(interaction, channel)
        await self._guilds.set_log_channel(Actor(member_id=interaction.user.id), guild_id, channel)
        said = guilds.LOG_OFF() if channel is None else guilds.log_changed(channel)
        await self._responder.answer(interaction, said)

    @timezone.autocomplete("zone")
    async def _complete_zone(
        self,
        interaction: BotInteraction,
        current: str,
    ) -> list[app_commands.Choice[str]]:
        return complete_time_zone(await asyncio.to_thread(time_zones), current)
