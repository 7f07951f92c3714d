"""How soon clicks are acknowledged while 12-megapixel pictures are worked on.

Run it as `python -m benchmarks.acknowledge [clicks]`. Discord, the members and the engine run in
this process, the bot in its own, its two picture processes beside it: on a small machine they
share the processors, which is why lateness is told apart from what the bot itself computed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.crash.stage import open_stage
from tests.load.storm import Figures, share, storm

CLICKS = 200
MS = 1000


async def main(clicks: int) -> None:
    with tempfile.TemporaryDirectory(prefix="touchup-storm-") as home:
        async with open_stage(Path(home)) as stage:
            figures = await storm(stage, clicks=clicks)
    report(figures)


def report(figures: Figures) -> None:
    busy, count = os.getloadavg()[0], os.cpu_count()
    print(f"{count} processors, load {busy:.1f}; {figures.clicks} clicks at once")
    print(f"acknowledged in time     {len(figures.acknowledged)} of {figures.clicks}")
    line("click to acknowledgement", figures.acknowledged)
    line("loop late", figures.late)
    line("  of it our own work", figures.own)


def line(name: str, values: list[float]) -> None:
    p50, p99, most = share(values, 0.5) * MS, share(values, 0.99) * MS, max(values) * MS
    print(f"{name:<24} p50 {p50:7.1f}   p99 {p99:7.1f}   max {most:7.1f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else CLICKS))
