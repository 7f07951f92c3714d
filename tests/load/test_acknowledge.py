"""Every click is answered within Discord's three seconds, whatever the bot does (P rows)."""

from __future__ import annotations

from pathlib import Path

from tests.crash.stage import open_stage
from tests.load.storm import share, storm

CLICKS = 200
LONGEST_STALL_SECONDS = 0.25
"""Two hundred frames are read in one go, which takes some 80 ms of a slow processor."""


async def test_two_hundred_clicks_at_once_are_heard_while_large_pictures_are_worked_on(
    tmp_path: Path,
) -> None:
    """The local Discord refuses what comes after three seconds."""
    async with open_stage(tmp_path) as stage:
        figures = await storm(stage, clicks=CLICKS)

    assert len(figures.acknowledged) == CLICKS
    assert max(figures.acknowledged) < 3
    assert max(figures.own) < LONGEST_STALL_SECONDS
    assert share(figures.own, 0.99) < 0.1
