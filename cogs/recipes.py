"""`/erase`, `/extend` and `/reletter`: wishes that say what they want by their name."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.domain.edits.draft import Attachments, Draft
from bot.domain.edits.extension import parse_extension
from bot.domain.edits.options import EditKind
from bot.ui.edits.options import (
    Attached,
    Overlap,
    SideOption,
    complete_amount,
    complete_area,
    complete_lettering,
)
from bot.ui.edits.start import EditStarter
from bot.ui.interactions import BotInteraction


class RecipesCog(commands.Cog):
    """What the model is told is written already, or all but a few words of it."""

    def __init__(self, starter: EditStarter) -> None:
        self._starter = starter

    @app_commands.command()
    @app_commands.autocomplete(area=complete_area)
    async def erase(
        self,
        interaction: BotInteraction,
        image: Attached,
        mask: Attached | None = None,
        area: str | None = None,
    ) -> None:
        """Remove something from a picture; the background goes on where it was.

        Args:
            interaction: who asks, and where.
            image: The picture to change (PNG, JPEG or WebP).
            mask: A mask, or your picture with the part marked or erased.
            area: What to remove, in words, such as: subject, text:"SALE", bottom right quarter
        """
        await self._starter.start(
            interaction,
            Draft(
                kind=EditKind.ERASE,
                sources=Attachments(image.url, mask.url if mask else None),
                area=area,
            ),
        )

    @app_commands.command()
    @app_commands.autocomplete(amount=complete_amount)
    async def extend(
        self,
        interaction: BotInteraction,
        image: Attached,
        side: SideOption,
        amount: str,
        prompt: str = "",
        overlap: Overlap = 0,
    ) -> None:
        """Continue a picture beyond its edge; every pixel it has stays as it is.

        Args:
            interaction: who asks, and where.
            image: The picture to extend (PNG, JPEG or WebP).
            side: Where the picture grows.
            amount: How much: a length such as 20% or 128px, or a format such as 16:9.
            prompt: What the new part should show. Without it, the picture simply goes on.
            overlap: How many pixels of the picture may change along the seam. Default 0.
        """
        extension = parse_extension(side, amount, overlap=overlap)
        await self._starter.start(
            interaction,
            Draft(
                kind=EditKind.EXTEND,
                sources=Attachments(image.url),
                prompt=prompt,
                extension=extension,
            ),
        )

    @app_commands.command()
    @app_commands.autocomplete(where=complete_lettering)
    async def reletter(
        self,
        interaction: BotInteraction,
        image: Attached,
        text: str,
        where: str | None = None,
    ) -> None:
        """Give the lettering in a picture new words, in its own style.

        Args:
            interaction: who asks, and where.
            image: The picture to change (PNG, JPEG or WebP).
            text: The new words, as they should stand there.
            where: Which lettering: its old words, or a place such as top half. Else all of it.
        """
        await self._starter.start(
            interaction,
            Draft(
                kind=EditKind.RELETTER,
                sources=Attachments(image.url),
                prompt=text,
                area=where,
            ),
        )
