"""`/area`: see what an area means, for free, and take its mask along."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.domain.edits.draft import Attachments, Draft
from bot.domain.edits.options import EditKind
from bot.ui.edits.options import Attached, complete_area
from bot.ui.edits.start import EditStarter
from bot.ui.interactions import BotInteraction


class AreaCog(commands.Cog):
    """Looking costs nothing, and nobody else sees it."""

    def __init__(self, starter: EditStarter) -> None:
        self._starter = starter

    @app_commands.command()
    @app_commands.autocomplete(area=complete_area)
    async def area(
        self,
        interaction: BotInteraction,
        image: Attached,
        mask: Attached | None = None,
        area: str | None = None,
    ) -> None:
        """See which part of a picture a mask or some words mean. Free.

        Args:
            interaction: who asks, and where.
            image: The picture to look at (PNG, JPEG or WebP).
            mask: A mask, or your picture with the part marked or erased.
            area: The part in words, such as: subject, text:"SALE", sky, top third - center 40%
        """
        await self._starter.start(
            interaction,
            Draft(
                sources=Attachments(image.url, mask.url if mask else None),
                kind=EditKind.AREA,
                area=area,
            ),
        )
