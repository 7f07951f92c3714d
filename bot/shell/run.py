"""`touchup run` and `touchup sync`: the bot on Discord."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final

from bot.app import open_app, open_station, serve
from bot.shell import words
from bot.ui.client import sync as tell_commands

if TYPE_CHECKING:
    from bot.settings import Settings

DONE: Final = 0

log = logging.getLogger(__name__)


async def run(settings: Settings) -> int:
    """Connect to Discord and serve until stopped.

    Raises:
        ConfigError: there is no token.
        DiscordRefused: Discord does not let the bot in.
        StoreError: the books cannot be opened.
    """
    token = settings.require_discord_token()
    async with open_app(settings) as app, open_station(app, token) as station:
        if app.engine is not None:
            log.warning(words.PLAY_MONEY)
        await serve(app, station, token)
    return DONE


async def sync(settings: Settings, *, guild_id: int | None) -> int:
    """Tell Discord the bot's commands, everywhere or in one guild.

    Raises:
        ConfigError: there is no token.
        DiscordRefused: Discord does not let the bot in.
    """
    token = settings.require_discord_token()
    async with open_app(settings) as app, open_station(app, token) as station:
        await station.bot.login(token)
        count = await tell_commands(station.bot, guild_id=guild_id)
    sys.stdout.write(words.synced(count, guild_id) + "\n")
    return DONE
