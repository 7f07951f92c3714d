"""`touchup audit`: prove on the books that no money was lost and nobody was forgotten."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bot.app import books_file, picture_folder
from bot.cli.terminal import StatusLine, say
from bot.cli.texts import audit, commands
from bot.services.billing.audit import audit_books, audit_files
from bot.store.sqlite import read_sqlite

if TYPE_CHECKING:
    from bot.settings.model import Settings

CLEAN: Final = 0
FINDINGS: Final = 1

_PROGRESS_SECONDS: Final = 0.2


async def run(settings: Settings, *, quick: bool = False) -> int:
    """Print what the books and the pictures contradict; the exit code is 1 when they do.

    Changes nothing, and may look while the bot works. A `quick` one reads no picture.

    Raises:
        StoreError: the books cannot be read, or are another version's.
    """
    if not books_file(settings).exists():
        say(audit.NOTHING_TO_AUDIT())
        return CLEAN
    line = StatusLine()
    line.show(commands.AUDITING())
    try:
        async with read_sqlite(books_file(settings)) as database:
            found = await audit_books(database)
            if not quick:
                folder = picture_folder(settings)
                found += await audit_files(database, folder, looked=_Progress(line))
    finally:
        line.clear()
    if not found:
        say(audit.AUDIT_CLEAN_QUICK() if quick else audit.AUDIT_CLEAN())
        return CLEAN
    count = sum(1 + finding.more for finding in found)
    say(*audit.findings(found), audit.found_count(count))
    return FINDINGS


class _Progress:
    """Shows how many pictures were read, a few times a second."""

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._shown_at = 0.0

    def __call__(self, done: int, count: int) -> None:
        now = time.monotonic()
        if now - self._shown_at >= _PROGRESS_SECONDS:
            self._line.show(commands.reading_pictures(done, count))
            self._shown_at = now
