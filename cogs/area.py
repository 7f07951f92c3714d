"""`/area`: see what an area means, for free, and take its mask along."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.domain.edits import EditKind
from bot.ui.edits.options import Attached, complete_area
from bot.ui.interactions import BotInteraction
from bot.ui.orders import Order, Orders


class AreaCog(commands.Cog):
    """Looking costs nothing, and nobody else sees it."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

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
        await self._orders.take(
            interaction,
            Order(
                picture=image.url,
                prompt="",
                kind=EditKind.AREA,
                mask=mask.url if mask else None,
                area=area,
            ),
        )
