"""What members and channels are called, asked of Discord where a picture has to name them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from bot.domain.reports.spend import ReportGrouping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.ui.interactions import BotInteraction

log = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 4.0
"""For all names together: a chart without them is better than one that comes late."""


async def names_of(
    interaction: BotInteraction, ids: Sequence[int], grouping: ReportGrouping
) -> dict[int, str]:
    """The names of some members or channels of an interaction's guild, as Discord tells them.

    Who left, what was deleted, and what Discord does not tell in time has none.
    """
    found: dict[int, str] = {}

    async def ask(subject: int) -> None:
        try:
            found[subject] = await _name(interaction, subject, grouping)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.info("%s %d has no name: %s", grouping, subject, type(error).__name__)

    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*(ask(subject) for subject in ids if subject))
    except TimeoutError:
        log.info("Discord was too slow to name everybody on a chart")
    return found


async def _name(interaction: BotInteraction, subject: int, grouping: ReportGrouping) -> str:
    if grouping is ReportGrouping.CHANNEL:
        channel = await interaction.client.fetch_channel(subject)
        return getattr(channel, "name", "")
    if interaction.guild is None:
        return ""
    member = await interaction.guild.fetch_member(subject)
    return member.display_name
