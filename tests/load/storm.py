"""Many commands at once, while large pictures are being worked on."""

from __future__ import annotations

import asyncio
import io
import json
import signal
from dataclasses import dataclass
from typing import Final

from PIL import Image

from bot.sandbox import Upload
from tests.crash.stage import Stage

MEGAPIXELS_12: Final = (4000, 3000)
RICH: Final = {
    "MEMBER_DAILY_LIMIT_USD": "1000",
    "GUILD_MONTHLY_LIMIT_USD": "1000",
    "BOT_MONTHLY_LIMIT_USD": "1000",
}
PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Seconds: from each click to its acknowledgement, and how late each beat of the loop came.

    `own` is the part of that lateness in which the bot itself was computing.
    """

    clicks: int
    acknowledged: list[float]
    late: list[float]
    own: list[float]


def share(values: list[float], part: float) -> float:
    """The value below which this part of all values lies."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]


def photo() -> Upload:
    """Twelve megapixels that compress well: it is their number that costs."""
    gradient = Image.linear_gradient("L").resize(MEGAPIXELS_12)
    file = io.BytesIO()
    Image.merge("RGB", (gradient, gradient.rotate(180), gradient)).save(file, "JPEG", quality=85)
    return Upload("photo.jpg", file.getvalue())


async def storm(stage: Stage, *, clicks: int, longer: float = 3.0) -> Figures:
    """Let `clicks` members ask at once, while both picture processes have work for minutes."""
    file = stage.home / "pulse.json"
    bot = await stage.start(
        entry=("-m", "tests.load.probed", "run"),
        PICTURE_PROCESSES="2",
        PULSE_FILE=str(file),
        **RICH,
    )
    large = photo()
    for number in range(4):
        await stage.edit(f"first-{number}", image=large)
    await stage.until(lambda: len(bot.children) == 2)
    people = [stage.discord.person(f"member-{number}") for number in range(clicks)]

    asked = [await stage.ask(person, image=large) for person in people]
    await stage.until(
        lambda: all(
            click.acknowledged is not None or click.age > PATIENCE_SECONDS for click in asked
        )
    )
    await asyncio.sleep(longer)
    assert len(bot.children) == 2
    bot.send(signal.SIGTERM)
    assert await bot.ended() == 0, bot.log

    pulse = json.loads(file.read_text(encoding="utf-8"))
    taken = [click.acknowledged for click in asked if click.acknowledged is not None]
    return Figures(clicks=clicks, acknowledged=taken, late=pulse["late"], own=pulse["own"])
