"""What `touchup audit` costs on large books, and what it costs a bot that works meanwhile.

Run it as `python -m benchmarks.audit [rows]`. Pictures are not read: that takes as long as the
disk needs. The bot is stood in for by purchases, one after the other, each durable before the next.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.books import HOT_MEMBER, NOW, PRICE, PROVIDER, WIDE, home, write_books
from bot.services.billing.audit import STEPS, audit_books
from bot.store.sqlite import open_sqlite, read_sqlite
from tests.support.books import put_in_line

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.store.database import Database

ROWS: Final = 1_000_000
PAUSE_SECONDS: Final = 0.01
ALONE_SECONDS: Final = 5.0
GOAL_SECONDS: Final = 10.0
HOME: Final = home(HOT_MEMBER)


async def main(rows: int) -> None:
    with tempfile.TemporaryDirectory(prefix="touchup-books-") as folder:
        file = Path(folder) / "touchup.sqlite3"
        write_books(file, rows)
        print(f"{rows:,} ledger rows, {file.stat().st_size / 1e6:,.0f} MB")
        await each_question(file)
        await beside_a_bot(file)


async def each_question(file: Path) -> None:
    """Seconds of each question by itself: on the clock, and of CPU."""
    print(f"\n{'':24}{'seconds':>9}{'of CPU':>9}{'found':>7}")
    total_wall = total_cpu = 0.0
    async with read_sqlite(file) as database:
        for name, step in STEPS.items():
            wall, cpu = time.perf_counter(), time.process_time()
            found = await database.transact(step)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            total_wall, total_cpu = total_wall + wall, total_cpu + cpu
            print(f"{name:24}{wall:9.2f}{cpu:9.2f}{len(found):7}")
    print(f"{'together':24}{total_wall:9.2f}{total_cpu:9.2f}   goal {GOAL_SECONDS:.0f}")


async def beside_a_bot(file: Path) -> None:
    """How long purchases take while the audit looks, and how far the write-ahead log grows."""
    async with open_sqlite(file) as bot:
        alone, log_alone = await purchases_during(bot, file, asyncio.sleep(ALONE_SECONDS))
        async with read_sqlite(file) as reader:
            beside, log_beside = await purchases_during(bot, file, audit_books(reader))
    print(f"\n{'purchases':24}{'count':>7}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'log MB':>9}")
    for name, took, log in (("alone", alone, log_alone), ("beside the audit", beside, log_beside)):
        p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
        print(
            f"{name:24}{len(took):7}{p50 * 1e3:9.1f}{p99 * 1e3:9.1f}"
            f"{max(took) * 1e3:9.1f}{log / 1e6:9.1f}"
        )


_seconds = itertools.count(1)


async def purchases_during(
    bot: Database, file: Path, work: Coroutine[Any, Any, object]
) -> tuple[list[float], int]:
    """Buy until `work` is done: how long each purchase took, and the largest write-ahead log."""
    doing = asyncio.create_task(work)
    log = file.with_name(f"{file.name}-wal")
    took, largest = [], 0
    while not doing.done():
        began = time.perf_counter()
        await bot.transact(
            put_in_line,
            member_id=HOME.member_id,
            guild_id=HOME.guild_id,
            channel_id=HOME.channel_id,
            price=PRICE,
            caps=WIDE,
            provider=PROVIDER,
            now=NOW + next(_seconds),
        )
        took.append(time.perf_counter() - began)
        largest = max(largest, log.stat().st_size)
        await asyncio.sleep(PAUSE_SECONDS)
    await doing
    return took, largest


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
