"""`touchup resume`: let purchases go on that were stopped."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bot.app import books_file, provider_name
from bot.cli.terminal import say, warn
from bot.cli.texts import commands
from bot.domain.errors import StoreBusy
from bot.store.billing import pauses
from bot.store.sqlite import open_sqlite
from bot.ui.texts import billing

if TYPE_CHECKING:
    from bot.settings.model import Settings

DONE: Final = 0
WHO: Final = "shell"


async def run(settings: Settings) -> int:
    """Lift every stop at the provider that is in use, and say what each was.

    Raises:
        StoreError: the books cannot be opened or written; stop the bot first.
    """
    if not books_file(settings).exists():
        say(billing.NOTHING_STOPPED())
        return DONE
    try:
        async with open_sqlite(books_file(settings)) as database:
            lifted = await database.transact(
                pauses.lift, provider=provider_name(settings), by=WHO, now=time.time()
            )
    except StoreBusy:
        warn(commands.RESUME_WHILE_RUNNING())
        raise
    say(*map(commands.resumed, lifted) if lifted else [billing.NOTHING_STOPPED()])
    return DONE
