"""The channel where a guild's moderators are told: tried out before it is chosen."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import discord

from bot.domain.errors import BadLimit, LimitProblem
from bot.ui.interactions.responder import NOT_SHOWN
from bot.ui.texts import guilds

if TYPE_CHECKING:
    from bot.ui.interactions import BotInteraction


log = logging.getLogger(__name__)

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
MISSING_ACCESS: Final = 50001
_PERMISSIONS: Final = {MISSING_ACCESS: guilds.VIEW_CHANNEL, 50013: guilds.SEND_MESSAGES}


async def try_out(interaction: BotInteraction, channel_id: int) -> None:
    """Post a line in a channel.

    Raises:
        BadLimit: it could not be posted; `missing` names the permission, where that is why.
    """
    channel = interaction.client.get_partial_messageable(channel_id)
    try:
        await channel.send(guilds.LOG_TEST(), allowed_mentions=discord.AllowedMentions.none())
    except discord.NotFound:
        raise BadLimit(LimitProblem.FOREIGN) from None
    except discord.Forbidden as refused:
        missing = _PERMISSIONS.get(refused.code, guilds.SEND_MESSAGES)()
        raise BadLimit(LimitProblem.NO_LOG, channel_id=channel_id, missing=missing) from None
    except NOT_SHOWN as failure:
        log.warning("channel %d could not be tried out: %s", channel_id, type(failure).__name__)
        raise BadLimit(LimitProblem.NO_LOG, channel_id=channel_id) from None
