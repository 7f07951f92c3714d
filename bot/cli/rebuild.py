"""`touchup rebuild`: make every counter again from the ledger."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.app import books_file
from bot.cli.terminal import StatusLine, say
from bot.cli.texts import audit, commands
from bot.store.limits import rebuild
from bot.store.sqlite import open_sqlite, read_sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings.model import Settings

DONE: Final = 0
STUCK: Final = 1


async def run(settings: Settings) -> int:
    """Set what is wrong, and say what it was; the books as they were are copied first.

    The exit code is 1 when counters stay wrong, because the ledger is.

    Raises:
        StoreError: the books cannot be opened or written, or are another version's; stop the bot
            first.
    """
    file = books_file(settings)
    if not file.exists():
        say(audit.NOTHING_TO_REBUILD())
        return DONE
    async with read_sqlite(file):
        pass  # older books are refused: to migrate them is not what was asked for
    line = StatusLine()
    line.show(commands.REBUILDING())
    try:
        async with open_sqlite(file) as database:
            wrong = await database.transact(rebuild.wrong)
            said = [audit.stuck(counter_id) for counter_id in wrong.stuck]
            if wrong.settable:
                copy = _free(file.with_name(f"{file.name}.before-rebuild"))
                await asyncio.to_thread(rebuild.copy_books, file, copy)
                changed = await database.transact(rebuild.rebuild)
                said += map(audit.rebuilt, changed)
                said += [audit.rebuilt_count(len(changed)), audit.copied(copy)]
    finally:
        line.clear()
    say(*(said or [audit.COUNTERS_RIGHT()]))
    return STUCK if wrong.stuck else DONE


def _free(copy: Path) -> Path:
    """A name that nothing has yet: an earlier copy may be the only one from before the damage."""
    found, number = copy, 1
    while found.exists():
        number += 1
        found = copy.with_name(f"{copy.name}-{number}")
    return found
