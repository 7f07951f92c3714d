"""`touchup demo`: the real bot, a local Discord and the embedded engine make one real edit.

Everything talks over sockets on this computer: the member's slash command reaches the bot through
a gateway, the bot's files travel to a content server, the engine is asked over HTTP.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.app import open_services
from bot.cli.terminal import say
from bot.cli.texts import commands
from bot.discord_app import open_discord_app, serve
from bot.engine.samples import street, street_sign_mask
from bot.sandbox import LocalDiscord, Upload
from bot.ui.bot.touchup_bot import sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from bot.app import Services
    from bot.domain.edits.edit import Outcome
    from bot.sandbox import Message, Person
    from bot.settings.model import Settings

DONE: Final = 0
PROMPT: Final = 'a shop sign that says "TOUCHUP"'
SEED: Final = 8
PATIENCE_SECONDS: Final = 50.0


async def run(settings: Settings, *, out: Path) -> int:
    """Make one edit by slash command and write before, mask, preview and after into `out`."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="touchup-demo-") as folder:
        async with LocalDiscord() as discord:
            here = settings.model_copy(
                update={
                    "data_dir": Path(folder),
                    "engine": "embedded",
                    "engine_url": None,
                    "discord_api_url": discord.api_url,
                    "discord_gateway_url": discord.gateway_url,
                    "discord_cdn_hosts": (discord.cdn_url,),
                }
            )
            async with (
                open_services(here) as app,
                open_discord_app(app, discord.bot_token) as discord_app,
            ):
                serving = asyncio.create_task(
                    serve(app, discord_app, discord.bot_token), name="serving"
                )
                try:
                    await discord.gateway.ready(timeout=PATIENCE_SECONDS)
                    await sync(discord_app.bot)
                    ada = discord.person("ada")
                    card, outcome = await _edit(app, ada)
                    with app.folder.workspace() as workspace:
                        drawn = await app.images.preview(
                            outcome.source,
                            app.folder.path(outcome.edit.mask),
                            feather=outcome.edit.feather,
                            out=workspace,
                        )
                        files = _pictures(outcome, drawn.path, out)
                    spend = await _spend(ada)
                finally:
                    serving.cancel()
                    await asyncio.gather(serving, return_exceptions=True)
    _print(card, files, spend, seconds=time.monotonic() - began)
    return DONE


async def _edit(app: Services, ada: Person) -> tuple[Message, Outcome]:
    """Ada marks the sign on her photo and asks for another one."""
    interaction = await ada.slash(
        "edit",
        image=Upload("street.png", _png(street())),
        mask=Upload("sign.png", _png(street_sign_mask())),
        prompt=PROMPT,
        seed=SEED,
    )
    await interaction.wait(
        lambda seen: seen.response is not None and bool(seen.response.files), PATIENCE_SECONDS
    )
    card = interaction.response
    if card is None:
        raise AssertionError("the wait above ends with a card")
    return card, await app.edits.outcome(1)


def _pictures(outcome: Outcome, preview: Path, out: Path) -> list[Path]:
    """Write the four pictures that show what happened."""
    out.mkdir(parents=True, exist_ok=True)
    street().save(out / "before.png")
    street_sign_mask().save(out / "mask.png")
    shutil.copyfile(preview, out / "preview.png")
    for receipt in outcome.pictures:
        if receipt.picture is not None:
            shutil.copyfile(receipt.picture, out / "after.png")
    return [out / f"{name}.png" for name in ("before", "mask", "preview", "after")]


async def _spend(ada: Person) -> str:
    interaction = await ada.slash("mine spend")
    await interaction.wait(lambda seen: bool(seen.answered), PATIENCE_SECONDS)
    return interaction.answered[0].text


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _print(card: Message, files: list[Path], spend: str, *, seconds: float) -> None:
    say(*_report(card, files, spend, seconds))


def _report(card: Message, files: list[Path], spend: str, seconds: float) -> Iterator[str]:
    yield commands.demo_began(PROMPT)
    yield ""
    yield commands.DEMO_CARD()
    yield from (f"  | {line}" for line in commands.plain_markdown(card.text))
    yield ""
    yield commands.DEMO_SPEND()
    yield from (f"  | {line}" for line in commands.plain_markdown(spend))
    yield ""
    yield commands.DEMO_FILES()
    yield from (f"  {file}" for file in files)
    yield ""
    yield commands.demo_ended(seconds)
