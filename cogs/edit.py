"""`/edit`: change part of a picture."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import Style
from bot.domain.edits import Draft
from bot.services.edits import Edits
from bot.store.replies import ReplyKind
from bot.ui.client import TouchupBot
from bot.ui.desk import Desk
from bot.ui.downloads import Downloads
from bot.ui.options import Attached, Count, Seed, StyleOption, complete_area


class Edit(commands.Cog):
    """The main job."""

    def __init__(self, desk: Desk, edits: Edits, downloads: Downloads) -> None:
        self._desk = desk
        self._edits = edits
        self._downloads = downloads

    @app_commands.command()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    @app_commands.autocomplete(area=complete_area)
    async def edit(
        self,
        interaction: discord.Interaction[TouchupBot],
        image: Attached,
        prompt: str,
        mask: Attached | None = None,
        area: str | None = None,
        style: StyleOption = Style.AUTO,
        count: Count = 1,
        seed: Seed | None = None,
        rewrite: bool = False,
    ) -> None:
        """Change the marked part of a picture, and nothing else.

        Args:
            interaction: who asks, and where.
            image: The picture to change (PNG, JPEG or WebP).
            prompt: What the marked part should show.
            mask: A black and white picture of the same size: white changes.
            area: The part in words instead of a mask, such as: top third - center 40%
            style: The look of what is painted.
            count: How many versions, 1 to 4. Each has its price.
            seed: A number that makes a result repeatable.
            rewrite: Let the model rewrite your prompt first. Off unless you say so.
        """
        reply = await self._desk.acknowledge(interaction, private=False, kind=ReplyKind.EDIT)
        await self._edits.require_room(
            member_id=interaction.user.id, guild_id=interaction.guild_id, count=count
        )
        async with self._downloads.pair(image.url, mask.url if mask else None) as (source, painted):
            quote = await self._edits.prepare(
                Draft(
                    origin=f"discord:{interaction.id}",
                    member_id=interaction.user.id,
                    guild_id=interaction.guild_id,
                    channel_id=reply.channel_id,
                    source=source,
                    prompt=prompt,
                    mask=painted,
                    area=area,
                    style=style,
                    count=count,
                    seed=seed,
                    rewrite=rewrite,
                    reply_id=reply.id,
                )
            )
        if quote.question is not None:
            await self._desk.ask(interaction, quote, prompt)
        else:
            await self._desk.start(interaction, reply, quote.edit_id)
