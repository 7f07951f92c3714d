"""A member of a local Discord, and the real bot with the embedded engine to answer them."""

from __future__ import annotations

import asyncio
import io
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from bot.app import open_services
from bot.discord_app import open_discord_app, serve
from bot.sandbox import Clock, LocalDiscord
from bot.settings.model import Settings
from bot.ui.bot.touchup_bot import sync

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox import Message, Person

PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Member:
    """Says what should change, sees it, and buys it."""

    discord: LocalDiscord
    person: Person

    async def ask(self, command: str, **options: object) -> Message:
        """The preview that a command is answered with."""
        said = await self.person.slash(command, **options)
        await said.wait(lambda seen: bool(seen.answered), PATIENCE_SECONDS)
        return said.answered[0]

    async def buy(self, preview: Message) -> Message:
        """The card with the result, after a press on Run."""
        run = next(button.label for button in preview.buttons if button.label.startswith("Run"))
        press = await self.person.click(preview, run)
        await press.wait(
            lambda seen: bool(seen.response and not seen.response.buttons and seen.response.files),
            PATIENCE_SECONDS,
        )
        assert press.response is not None
        return press.response


@asynccontextmanager
async def at_discord(clock: Clock | None = None) -> AsyncIterator[Member]:
    """Ada, with a dollar of play money for today."""
    clock = clock or Clock()
    with tempfile.TemporaryDirectory(prefix="touchup-pictures-") as folder:
        async with LocalDiscord(clock=clock) as discord:
            settings = Settings(
                engine="embedded",
                data_dir=Path(folder),
                discord_api_url=discord.api_url,
                discord_gateway_url=discord.gateway_url,
                discord_cdn_hosts=(discord.cdn_url,),
            )
            async with (
                open_services(settings, clock=clock) as app,
                open_discord_app(app, discord.bot_token) as discord_app,
            ):
                serving = asyncio.create_task(serve(app, discord_app, discord.bot_token))
                try:
                    await discord.gateway.ready(timeout=PATIENCE_SECONDS)
                    await sync(discord_app.bot)
                    yield Member(discord, discord.person("ada"))
                finally:
                    serving.cancel()
                    await asyncio.gather(serving, return_exceptions=True)


def shown(message: Message, number: int = -1) -> Image.Image:
    """One of the pictures on a card; the last one unless said."""
    return Image.open(io.BytesIO(message.files[number].data)).convert("RGB")
