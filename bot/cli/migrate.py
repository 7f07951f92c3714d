"""`touchup migrate`: bring the books to this version's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app import books_file
from bot.cli.terminal import say
from bot.cli.texts import commands
from bot.store.sqlite import open_sqlite

if TYPE_CHECKING:
    from bot.settings.model import Settings
    from bot.store.database import Transaction

DONE: Final = 0


async def run(settings: Settings) -> int:
    """Open the books, which migrates them, and say which version they have.

    Raises:
        StoreError: they cannot be opened, or are newer than this version.
    """
    async with open_sqlite(books_file(settings)) as database:
        version = await database.transact(_version)
    say(commands.migrated(version))
    return DONE


def _version(tx: Transaction) -> int:
    row = tx.fetch_one("PRAGMA user_version")
    return int(row["user_version"]) if row else 0
