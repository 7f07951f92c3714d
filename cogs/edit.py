"""`/edit`: change part of a picture."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import Style
from bot.domain.edits.draft import Attachments, Draft
from bot.ui.edits.options import Attached, Count, Seed, StyleOption, complete_area
from bot.ui.edits.start import EditStarter
from bot.ui.interactions import BotInteraction


class EditCog(commands.Cog):
    """The main job."""

    def __init__(self, starter: EditStarter) -> None:
        self._starter = starter

    @app_commands.command()
    @app_commands.autocomplete(area=complete_area)
    async def edit(
        self,
        interaction: BotInteraction,
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
            mask: A mask, or your picture with the part marked or erased.
            area: The part in words, such as: subject, text:"SALE", sky, top third - center 40%
            style: The look of what is painted.
            count: 1 to 4 versions; each has its price.
            seed: A number that makes a result repeatable.
            rewrite: Let the model rewrite your prompt first. Default off.
        """
        await self._starter.start(
            interaction,
            Draft(
                sources=Attachments(image.url, mask.url if mask else None),
                prompt=prompt,
                area=area,
                style=style,
                count=count,
                seed=seed,
                rewrite=rewrite,
            ),
        )
