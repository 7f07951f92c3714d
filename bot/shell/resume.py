"""`touchup resume`: let purchases go on that were stopped."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bot.app import books_file, provider_name
from bot.domain.errors import StoreBusy
from bot.shell import words
from bot.shell.terminal import say, warn
from bot.store.money import pauses
from bot.store.sqlite import open_sqlite

if TYPE_CHECKING:
    from bot.settings import Settings

DONE: Final = 0
WHO: Final = "shell"


async def run(settings: Settings) -> int:
    """Lift every stop at the provider that is in use, and say what each was.

    Raises:
        StoreError: the books cannot be opened or written; stop the bot first.
    """
    if not books_file(settings).exists():
        say(words.NOTHING_STOPPED)
        return DONE
    try:
        async with open_sqlite(books_file(settings)) as database:
            lifted = await database.transact(
                pauses.lift, provider=provider_name(settings), by=WHO, now=time.time()
            )
    except StoreBusy:
        warn(words.RESUME_WHILE_RUNNING)
        raise
    say(*map(words.resumed, lifted) if lifted else [words.NOTHING_STOPPED])
    return DONE
