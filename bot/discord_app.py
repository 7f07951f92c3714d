"""The bot on Discord: its connection, its cogs and what it sends, wired to the services."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import discord

from bot.services.background import run_together
from bot.services.billing.notices import in_line_card, pause_card
from bot.services.delivery.interrupted import interrupted_card
from bot.services.delivery.outbox import PAUSES, Outbox, OutboxPauses, from_books
from bot.services.edits.gallery import Gallery
from bot.services.limits.alerts import alert_renderer, log_broken_card
from bot.store.delivery.outbox import OwedKind
from bot.ui.bot.touchup_bot import TouchupBot, point_at, talk
from bot.ui.delivery.sender import DiscordSender
from bot.ui.edits import buttons, cards, modals
from bot.ui.edits.attachments import AttachmentDownloader
from bot.ui.edits.start import EditStarter
from bot.ui.interactions.callbacks import InteractionCallbacks, TokenCipher
from bot.ui.interactions.registry import ComponentRegistry
from bot.ui.interactions.responder import InteractionResponder
from bot.ui.languages import GuildLanguages
from cogs.area import AreaCog
from cogs.edit import EditCog
from cogs.limits import LimitsCog
from cogs.menus import MenusCog
from cogs.mine import MineCog
from cogs.owner import OwnerCog
from cogs.recipes import RecipesCog
from cogs.settings import SettingsCog
from cogs.spend import SpendCog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from discord.ext import commands

    from bot.app import Services
    from bot.services.background import BackgroundPart
    from bot.services.delivery.outbox import Render


@dataclass(slots=True, kw_only=True)
class DiscordApp:
    """The bot on Discord: its connection, and what brings its cards and its warnings."""

    bot: TouchupBot
    outbox: Outbox


@asynccontextmanager
async def open_discord_app(
    app: Services, token: str, *, pauses: OutboxPauses = PAUSES
) -> AsyncIterator[DiscordApp]:
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
            app.folder.workspace,
            max_bytes=settings.picture_limits.max_bytes,
            origins=settings.discord_cdn_hosts,
        )
        stack.push_async_callback(downloads.aclose)
        gallery = Gallery(app.database, app.folder, app.images, app.edits)
        responder = InteractionResponder(callbacks, app.database, app.edits, app.drafts, cards)
        starter = EditStarter(responder, app.database, app.drafts, app.edits, downloads)
        contexts = modals.ModalContexts(app.database, cipher, clock=app.clock)
        registry = ComponentRegistry(
            responder,
            [
                *buttons.components(responder, callbacks, app.database, app.edits, app.drafts),
                *modals.components(responder, app.drafts, starter, contexts),
            ],
        )
        asked = (responder, starter, contexts)
        menus = MenusCog(modals.EditModal(*asked), modals.ReletterModal(*asked))
        own_cogs = [*_slash_commands(app, responder, starter, gallery), menus]
        languages = GuildLanguages()
        bot = TouchupBot(responder, registry, own_cogs, menus.menus(), languages)
        stack.push_async_callback(bot.close)
        outbox = Outbox(
            app.database,
            DiscordSender(bot, cipher, languages),
            renderers(app, gallery),
            clock=app.clock,
            pauses=pauses,
            wakeup=app.wakeup,
        )
        yield DiscordApp(bot=bot, outbox=outbox)


def renderers(app: Services, gallery: Gallery) -> Mapping[OwedKind, Render]:
    """What makes the card of each kind of message that may be owed."""
    provider = app.edits.terms.provider
    return {
        OwedKind.IN_LINE: from_books(app.database, in_line_card),
        OwedKind.RESULT: gallery.bring,
        OwedKind.INTERRUPTED: from_books(app.database, interrupted_card),
        OwedKind.ALERT: alert_renderer(app.database, clock=app.clock),
        OwedKind.PAUSE: from_books(app.database, partial(pause_card, provider=provider)),
        OwedKind.LOG_BROKEN: from_books(app.database, log_broken_card),
    }


class _Answers:
    """Interactions that are being answered, as a part that is stopped with the others."""

    def __init__(self, responder: InteractionResponder) -> None:
        self._responder = responder
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Return when everything that came before the stop is answered."""
        await self._stopped.wait()
        await self._responder.finish()

    def stop(self) -> None:
        """Take nothing new in."""
        self._responder.close()
        self._stopped.set()


def _slash_commands(
    app: Services, responder: InteractionResponder, starter: EditStarter, gallery: Gallery
) -> list[commands.Cog]:
    """Every cog of slash commands, with what it calls."""
    return [
        EditCog(starter),
        AreaCog(starter),
        RecipesCog(starter),
        MineCog(responder, app.edits, app.spend, app.limits, app.reports, gallery, app.database),
        SpendCog(responder, app.reports),
        LimitsCog(responder, app.limits, app.boosts),
        SettingsCog(responder, app.guilds),
        OwnerCog(responder, app.operating, app.limits),
    ]


async def serve(app: Services, discord_app: DiscordApp, token: str) -> None:
    """Stay connected and work until cancelled, then stop gracefully.

    Raises:
        DiscordRefused: Discord does not let the bot in.
    """
    connection = asyncio.create_task(talk(discord_app.bot, token), name="discord")
    parts: dict[str, BackgroundPart] = {
        "responder": _Answers(discord_app.bot.responder),
        "worker": app.worker,
        "outbox": discord_app.outbox.loop,
        "pricing": app.pricing.loop,
    }
    try:
        await run_together(parts, until=connection, stop_seconds=app.timeouts.stop)
    finally:
        await discord_app.bot.close()
        connection.cancel()
        await asyncio.gather(connection, return_exceptions=True)
