"""Preferences: how a member likes to work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store import preferences

if TYPE_CHECKING:
    from bot.domain.edits import Previewing
    from bot.store.database import Database


class Preferences:
    """Remembers what members chose."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def previewing(self, member_id: int) -> Previewing:
        """When a member wants to see the area before money moves."""
        return await self._database.transact(preferences.previewing, member_id)

    async def set_previewing(self, member_id: int, chosen: Previewing) -> None:
        """Remember when they want to.

        Raises:
            StoreFailed: it cannot be written.
        """
        await self._database.transact(preferences.set_previewing, member_id, chosen)
