"""`touchup rebuild`: make every counter anew from the ledger."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.app import books_file
from bot.shell import audit_words, words
from bot.shell.terminal import StatusLine, say
from bot.store import rebuild
from bot.store.sqlite import open_sqlite

if TYPE_CHECKING:
    from bot.settings import Settings

DONE: Final = 0


async def run(settings: Settings) -> int:
    """Set what is wrong, and say what it was; the books as they were are copied first.

    Raises:
        StoreError: the books cannot be opened or written; stop the bot first.
    """
    file = books_file(settings)
    if not file.exists():
        say(audit_words.NOTHING_TO_REBUILD)
        return DONE
    copy = file.with_name(f"{file.name}.before-rebuild")
    line = StatusLine()
    line.show(words.REBUILDING)
    try:
        async with open_sqlite(file) as database:
            if not await database.transact(rebuild.is_needed):
                line.clear()
                say(audit_words.COUNTERS_RIGHT)
                return DONE
            await asyncio.to_thread(rebuild.copy_books, file, copy)
            changed = await database.transact(rebuild.rebuild)
    finally:
        line.clear()
    say(
        *map(audit_words.rebuilt, changed),
        audit_words.rebuilt_count(len(changed)),
        audit_words.copied(copy),
    )
    return DONE
