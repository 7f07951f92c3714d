"""The bot on Discord: its connection, its cogs and what it sends, wired to the services."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.services.courier import Courier
from bot.services.gallery import Gallery
from bot.services.limits.alerts import Alerts
from bot.services.notices import Notices
from bot.ui.acknowledging import Door
from bot.ui.alerts import DiscordAnnounces
from bot.ui.client import TouchupBot, point_at, talk
from bot.ui.desk import Desk
from bot.ui.downloads import Downloads
from bot.ui.menu_forms import EditForm, MenuForms, ReletterForm
from bot.ui.notices import DiscordTells
from bot.ui.orders import Orders
from bot.ui.presses import Presses
from bot.ui.replies import DiscordReplies
from bot.ui.sealing import Seal
from bot.ui.words_form import WordsForm
from cogs.area import Area
from cogs.edit import Edit
from cogs.limits import Limits as LimitCommands
from cogs.menus import Menus
from cogs.mine import Mine
from cogs.owner import Owner
from cogs.recipes import Recipes
from cogs.settings import Settings as SettingCommands
from cogs.spend import Spend as SpendCommands

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
    async with AsyncExitStack() as stack:
        seal = Seal(token)
        door = Door(app.inbox, seal, clock=app.clock)
        stack.push_async_callback(door.aclose)
        downloads = Downloads(
            app.folder.desk,
            max_bytes=settings.picture_limits.max_bytes,
            origins=settings.discord_cdn_hosts,
        )
        stack.push_async_callback(downloads.aclose)
        gallery = Gallery(app.database, app.folder, app.gate, app.edits)
        desk = Desk(door, app.inbox, app.edits, gallery, app.previews)
        orders = Orders(desk, app.edits, app.preferences, downloads)
        menus = MenuForms(desk, app.forms, orders, seal)
        bot = TouchupBot(
            Presses(desk, door, app.inbox, app.edits, menus),
            [
                Edit(orders),
                Area(orders),
                Recipes(orders),
                Mine(desk, app.edits, app.spend, app.limits, app.reports, gallery, app.preferences),
                SpendCommands(desk, app.reports),
                LimitCommands(desk, app.limits, app.boosts),
                SettingCommands(desk, app.guilds),
                Owner(desk, app.operating, app.limits),
            ],
            Menus(menus).all(),
            [WordsForm(desk, app.edits), EditForm(menus), ReletterForm(menus)],
        )
        stack.push_async_callback(bot.close)
        courier = Courier(
            app.database,
            gallery,
            DiscordReplies(bot, seal),
            clock=app.clock,
        )
        app.settled.append(courier.wake)
        tells = DiscordTells(bot, seal)
        notices = Notices(app.database, tells, provider=app.edits.terms.provider, clock=app.clock)
        app.settled.append(notices.wake)
        alerts = Alerts(app.database, DiscordAnnounces(bot, seal, tells), clock=app.clock)
        app.settled.append(alerts.wake)
        yield DiscordApp(bot=bot, courier=courier, notices=notices, alerts=alerts)


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
    desk = discord_app.bot.desk
    desk.close()
    app.worker.stop()
    discord_app.courier.stop()
    discord_app.notices.stop()
    discord_app.alerts.stop()
    app.pricing.stop()
    parts.add(asyncio.create_task(desk.finish(), name="the front desk"))
    working = {part for part in parts if part.get_name() != "discord"}
    _, late = await asyncio.wait(working, timeout=app.timeouts.stop)
    for part in late:
        log.warning("%s did not stop in time; its work goes on at the next start", part.get_name())
    await discord_app.bot.close()
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
