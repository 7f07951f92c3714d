"""`touchup audit`: prove on the books that no money was lost and nobody was forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app import books_file, picture_folder
from bot.services.audit import audit, audit_files
from bot.shell import checks, words
from bot.shell.terminal import StatusLine, say
from bot.store.sqlite import read_sqlite

if TYPE_CHECKING:
    from bot.settings import Settings

CLEAN: Final = 0
FINDINGS: Final = 1


async def run(settings: Settings) -> int:
    """Print what the books and the pictures contradict; the exit code is 1 when they do.

    Changes nothing, and may look while the bot works.

    Raises:
        StoreError: the books cannot be read, or are another version's.
    """
    if not books_file(settings).exists():
        say(checks.NOTHING_TO_AUDIT)
        return CLEAN
    line = StatusLine()
    line.show(words.AUDITING)
    try:
        async with read_sqlite(books_file(settings)) as database:
            found = await database.transact(audit)
            found += await audit_files(database, picture_folder(settings))
    finally:
        line.clear()
    if not found:
        say(checks.AUDIT_CLEAN)
        return CLEAN
    say(*map(checks.finding, found), checks.found_count(len(found)))
    return FINDINGS
