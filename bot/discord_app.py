"""The bot on Discord: its connection, its cogs and what it sends, wired to the services."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_type_hints

import discord

import cogs
from bot.services.courier import Courier
from bot.services.edits.gallery import Gallery
from bot.services.limits.alerts import Alerts
from bot.services.notices import Notices
from bot.store.database import Database
from bot.ui.alerts import DiscordAnnounces
from bot.ui.bot.client import TouchupBot, point_at, talk
from bot.ui.edits import buttons, cards, modals
from bot.ui.edits.attachments import AttachmentDownloader
from bot.ui.edits.start import EditStarter
from bot.ui.interactions.callbacks import InteractionCallbacks, TokenCipher
from bot.ui.interactions.registry import ComponentRegistry
from bot.ui.interactions.responder import InteractionResponder
from bot.ui.languages import GuildLanguages
from bot.ui.notices import DiscordTells
from bot.ui.replies import DiscordReplies
from cogs.menus import MenusCog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from discord.ext import commands

    from bot.app import Services


log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class DiscordApp:
    """The bot on Discord: its connection, and who brings its cards and its warnings."""

    bot: TouchupBot
    courier: Courier
    notices: Notices
    alerts: Alerts


@asynccontextmanager
async def open_discord_app(app: Services, token: str) -> AsyncIterator[DiscordApp]:
    """Wire the bot to Discord. Nothing is connected before `serve`."""
    settings = app.settings
    point_at(settings.discord_api_url, settings.discord_gateway_url)
    # For the whole process, as discord.py keeps it on a class: no voice is wanted, so there is
    # nothing to warn about that its libraries are missing.
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False
    async with AsyncExitStack() as stack:
        cipher = TokenCipher(token)
        callbacks = InteractionCallbacks(app.database, cipher, clock=app.clock)
        stack.push_async_callback(callbacks.aclose)
        downloads = AttachmentDownloader(
            app.folder.desk,
            max_bytes=settings.picture_limits.max_bytes,
            origins=settings.discord_cdn_hosts,
        )
        stack.push_async_callback(downloads.aclose)
        gallery = Gallery(app.database, app.folder, app.gate, app.edits)
        responder = InteractionResponder(callbacks, app.database, app.edits, app.drafts, cards)
        starter = EditStarter(responder, app.database, app.drafts, app.edits, downloads)
        contexts = modals.ModalContexts(app.database, cipher, clock=app.clock)
        components = [
            *buttons.components(responder, callbacks, app.database, app.edits, app.drafts),
            *modals.components(responder, app.drafts, starter, contexts),
        ]
        ready = [
            *(app.edits, app.spend, app.reports, app.limits, app.boosts, app.guilds, app.operating),
            *(*components, responder, starter, gallery),
        ]
        parts: dict[object, object] = {Database: app.database} | {
            type(part): part for part in ready
        }
        own_cogs = [_made(kind, parts) for kind in cogs.ALL]
        menus = [menu for cog in own_cogs if isinstance(cog, MenusCog) for menu in cog.menus()]
        registry = ComponentRegistry(responder, components)
        languages = GuildLanguages()
        bot = TouchupBot(responder, registry, own_cogs, menus, languages)
        stack.push_async_callback(bot.close)
        courier = Courier(
            app.database,
            gallery,
            DiscordReplies(bot, cipher, languages),
            clock=app.clock,
        )
        app.settled.append(courier.wake)
        tells = DiscordTells(bot, cipher, languages)
        notices = Notices(app.database, tells, provider=app.edits.terms.provider, clock=app.clock)
        app.settled.append(notices.wake)
        alerts = Alerts(
            app.database, DiscordAnnounces(bot, cipher, tells, languages), clock=app.clock
        )
        app.settled.append(alerts.wake)
        yield DiscordApp(bot=bot, courier=courier, notices=notices, alerts=alerts)


def _made(kind: type[commands.Cog], parts: Mapping[object, object]) -> commands.Cog:
    """A cog, made of what its `__init__` asks for; `parts` has it by its type."""
    wanted = get_type_hints(kind.__init__)
    return kind(**{name: parts[of] for name, of in wanted.items() if name != "return"})


async def serve(app: Services, discord_app: DiscordApp, token: str) -> None:
    """Stay connected and work until cancelled, then stop gracefully.

    Raises:
        DiscordRefused: Discord does not let the bot in.
    """
    parts = {
        asyncio.create_task(app.worker.run(), name="worker"),
        asyncio.create_task(discord_app.courier.run(), name="courier"),
        asyncio.create_task(discord_app.notices.run(), name="notices"),
        asyncio.create_task(discord_app.alerts.run(), name="alerts"),
        asyncio.create_task(app.pricing.run(), name="pricing"),
        asyncio.create_task(talk(discord_app.bot, token), name="discord"),
    }
    try:
        ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        for part in ended:
            part.result()
    finally:
        await _stop(app, discord_app, parts)


async def _stop(app: Services, discord_app: DiscordApp, parts: set[asyncio.Task[None]]) -> None:
    """Take nothing new in, finish what is at hand, then close the connection."""
    responder = discord_app.bot.responder
    responder.close()
    app.worker.stop()
    discord_app.courier.stop()
    discord_app.notices.stop()
    discord_app.alerts.stop()
    app.pricing.stop()
    parts.add(asyncio.create_task(responder.finish(), name="responder"))
    working = {part for part in parts if part.get_name() != "discord"}
    _, late = await asyncio.wait(working, timeout=app.timeouts.stop)
    for part in late:
        log.warning("%s did not stop in time; its work goes on at the next start", part.get_name())
    await discord_app.bot.close()
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
