"""The bot as Discord sees it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.domain.errors import DiscordAway, DiscordRefused, LoginRefusal, UserError
from bot.i18n import LOCALES
from bot.ui.bot.gateway_dedupe import GatewayDedupe
from bot.ui.interactions.permissions import owner_ids
from bot.ui.interactions.registry import ComponentItem
from bot.ui.languages import CommandTranslator
from bot.ui.texts import edits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.ui.interactions.registry import ComponentRegistry
    from bot.ui.interactions.responder import InteractionResponder
    from bot.ui.languages import GuildLanguages


log = logging.getLogger(__name__)

REFUSED_EXIT_CODE: Final = 78
"""EX_CONFIG of sysexits.h: a supervisor told so (RestartPreventExitStatus=78) does not try again,
which matters because Discord resets the token of a bot that knocks too often."""

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-close-event-codes
_REFUSALS: Final = {
    4004: LoginRefusal.TOKEN,
    4010: LoginRefusal.SHARDING,
    4011: LoginRefusal.SHARDING,
    4013: LoginRefusal.INTENTS,
    4014: LoginRefusal.INTENTS,
}


_AWAY: Final = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError)


class TouchupCommandTree(app_commands.CommandTree["TouchupBot"]):
    """Answers commands; whatever goes wrong is told to the member."""

    def _from_interaction(self, interaction: discord.Interaction[TouchupBot]) -> None:
        # discord.py's own keeps no reference to the asyncio task, which may then be collected in
        # the middle, and lets out what a malformed payload raises before the command begins.
        self.client.responder.keep(
            asyncio.create_task(self._answer(interaction), name=f"command-{interaction.id}")
        )

    async def _answer(self, interaction: discord.Interaction[TouchupBot]) -> None:
        try:
            await self._call(interaction)
        except app_commands.AppCommandError as error:
            await self.on_error(interaction, error)
        except Exception as error:  # noqa: BLE001 - `report` decides what is logged
            await self.client.responder.report(interaction, error)

    async def on_error(
        self, interaction: discord.Interaction[TouchupBot], error: app_commands.AppCommandError, /
    ) -> None:
        """Tell the member."""
        cause = getattr(error, "original", None) or error.__cause__ or error
        stale = isinstance(
            error,
            (
                app_commands.CommandNotFound,
                app_commands.CommandSignatureMismatch,
                app_commands.TransformerError,
            ),
        )
        if stale and not isinstance(cause, UserError):
            log.info("interaction %d does not fit the command: %s", interaction.id, error)
            if interaction.type is not discord.InteractionType.autocomplete:
                await self.client.responder.tell(interaction, edits.STALE_COMMAND())
            return
        await self.client.responder.report(
            interaction, cause if isinstance(cause, Exception) else error
        )


class TouchupBot(commands.AutoShardedBot):
    """Commands, buttons, modals: no privileged intent, no messages read, nobody mentioned."""

    def __init__(
        self,
        responder: InteractionResponder,
        components: ComponentRegistry,
        cogs: Sequence[commands.Cog],
        menus: Sequence[app_commands.ContextMenu],
        languages: GuildLanguages,
    ) -> None:
        # discord.py warns of a missing guild intent; we keep no guilds, and need none.
        with _quiet("discord.state"):
            super().__init__(
                command_prefix=commands.when_mentioned,
                help_command=None,
                tree_cls=TouchupCommandTree,
                # Of every command and menu: the bot has to be a member where pictures are posted.
                allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
                allowed_contexts=app_commands.AppCommandContext(
                    guild=True, dm_channel=True, private_channel=False
                ),
                intents=discord.Intents.none(),
                allowed_mentions=discord.AllowedMentions.none(),
                member_cache_flags=discord.MemberCacheFlags.none(),
                max_messages=None,
                # Without the guild intent no guild is ever announced: there is none to wait for.
                guild_ready_timeout=0,
            )
        self.responder = responder
        self.components = components
        self._own_cogs = tuple(cogs)
        self._menus = tuple(menus)
        parsers: dict[str, Any] = self._connection.parsers
        parsers["INTERACTION_CREATE"] = GatewayDedupe(
            parsers["INTERACTION_CREATE"], languages
        ).pass_on

    async def setup_hook(self) -> None:
        """Add the commands, menus and buttons. Discord is not told: see `sync`."""
        if LOCALES.is_dir():  # else every command would be told with empty translations
            await self.tree.set_translator(CommandTranslator())
        self.add_dynamic_items(ComponentItem)
        for cog in self._own_cogs:
            await self.add_cog(cog)
        for menu in self._menus:
            self.tree.add_command(menu)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take submitted modals; commands and buttons come in by themselves."""
        if interaction.type is discord.InteractionType.modal_submit:
            await self.components.dispatch(interaction)

    async def is_owner(self, user: discord.abc.User, /) -> bool:
        """Whether they own the bot at this moment.

        discord.py's own asks Discord once and never again, and counts who is only invited.
        """
        return user.id in owner_ids(await self.application_info())

    async def close(self) -> None:
        """Disconnect."""
        await self.responder.cut_short()
        # Before a log-in there is nothing to close, and discord.py stumbles over it.
        if isinstance(self.loop, asyncio.AbstractEventLoop):
            await super().close()

    async def on_message(self, message: discord.Message) -> None:
        """Read no messages."""


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Let one of discord.py's loggers pass no warning for a moment."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def point_at(api_url: str, gateway_url: str) -> None:
    """Let discord.py talk to another Discord than discord.com, for this whole process.

    `api_url` ends in /api/v10.
    """
    Route.BASE = api_url.rstrip("/")
    # Used with a fixed number of shards, and after an invalid session; else Discord names it.
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    if yarl.URL(api_url).host != "discord.com":
        discord.Asset.BASE = str(yarl.URL(api_url).origin())


async def sync(bot: TouchupBot, *, guild_id: int | None = None) -> int:
    """Tell Discord our commands, everywhere or in one guild; how many. The bot must be logged in.

    Unchanged commands do not count towards Discord's 200 creations a day.

    Raises:
        DiscordRefused: the bot is not in that guild.
        DiscordAway: Discord cannot be reached.
    """
    guild = discord.Object(guild_id) if guild_id is not None else None
    if guild is not None:
        bot.tree.copy_global_to(guild=guild)
    try:
        return len(await bot.tree.sync(guild=guild))
    except discord.Forbidden:
        raise DiscordRefused(LoginRefusal.PLACE) from None
    except _AWAY as error:
        raise DiscordAway(type(error).__name__) from error


async def log_in(bot: TouchupBot, token: str) -> None:
    """Log in without connecting, which is enough to `sync`.

    Raises:
        DiscordRefused: Discord does not know this token.
        DiscordAway: Discord cannot be reached.
    """
    try:
        await bot.login(token)
    except discord.LoginFailure:
        raise DiscordRefused(LoginRefusal.TOKEN) from None
    except _AWAY as error:
        raise DiscordAway(type(error).__name__) from error


async def talk(bot: TouchupBot, token: str) -> None:
    """Log in and stay connected until the bot is closed.

    Raises:
        DiscordRefused: Discord does not let this bot in (D20, D21); do not try again.
        DiscordAway: Discord cannot be reached; once connected, it is waited for.
    """
    await log_in(bot, token)
    try:
        await bot.connect()
    except discord.GatewayNotFound as error:
        raise DiscordAway(type(error).__name__) from error
    except discord.PrivilegedIntentsRequired:
        raise DiscordRefused(LoginRefusal.INTENTS) from None
    except discord.ConnectionClosed as closed:
        refusal = _REFUSALS.get(closed.code)
        if refusal is None:
            raise
        raise DiscordRefused(refusal) from None
