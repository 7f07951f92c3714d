"""`touchup run` with a pulse in its event loop: `python -m tests.load.probed run`.

Where `PULSE_FILE` says, the figures are written when the bot stops.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

from bot import discord_app
from bot.app import Services
from bot.cli import arguments, run
from bot.discord_app import DiscordApp

BEAT_SECONDS = 0.01


class Pulse:
    """How late each beat came (seconds), and how much of that our own process was computing.

    The rest is the machine's: other processes had the processor.
    """

    def __init__(self) -> None:
        self.late: list[float] = []
        self.own: list[float] = []

    async def beat(self) -> None:
        while True:
            began, computed = time.monotonic(), time.process_time()
            await asyncio.sleep(BEAT_SECONDS)
            late = time.monotonic() - began - BEAT_SECONDS
            self.late.append(late)
            self.own.append(min(late, time.process_time() - computed))


async def serve(opened: Services, place: DiscordApp, token: str) -> None:
    """As `bot.discord_app.serve`, with a pulse."""
    pulse = Pulse()
    beating = asyncio.create_task(pulse.beat(), name="pulse")
    try:
        await discord_app.serve(opened, place, token)
    finally:
        beating.cancel()
        figures = {"late": pulse.late, "own": pulse.own}
        Path(os.environ["PULSE_FILE"]).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    vars(run)["serve"] = serve
    arguments.main()
