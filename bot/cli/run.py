"""`touchup run` and `touchup sync`: the bot on Discord."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.app import open_services
from bot.cli.terminal import say
from bot.cli.texts import commands, doctor
from bot.discord_app import open_discord_app, serve
from bot.ui.bot.touchup_bot import log_in
from bot.ui.bot.touchup_bot import sync as tell_commands

if TYPE_CHECKING:
    from bot.settings.model import Settings


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
    async with open_services(settings) as app, open_discord_app(app, token) as discord_app:
        if app.engine is not None:
            log.warning(doctor.PLAY_MONEY())
        await serve(app, discord_app, token)
    return DONE


async def sync(settings: Settings, *, guild_id: int | None) -> int:
    """Tell Discord the bot's commands, everywhere or in one guild.

    Raises:
        ConfigError: there is no token.
        DiscordRefused: Discord does not let the bot in.
    """
    token = settings.require_discord_token()
    # The commands are told, the books are not opened: the bot may be running.
    with tempfile.TemporaryDirectory(prefix="touchup-sync-") as folder:
        apart = settings.model_copy(update={"data_dir": Path(folder)})
        async with open_services(apart) as app, open_discord_app(app, token) as discord_app:
            await log_in(discord_app.bot, token)
            count = await tell_commands(discord_app.bot, guild_id=guild_id)
    say(commands.synced(count, guild_id))
    return DONE
