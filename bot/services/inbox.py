"""The inbox: every interaction is written down, so that none is left unanswered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.failpoints import reach
from bot.store import replies

if TYPE_CHECKING:
    from bot.store.database import Database
    from bot.store.replies import Reply


class Inbox:
    """Remembers which interactions are owed an answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def opened(self, reply: Reply) -> bool:
        """Write down an interaction that is about to be acknowledged. False: it was known."""
        fresh = await self._database.transact(replies.open_reply, reply)
        reach("acknowledge.before")
        return fresh

    async def find(self, reply_id: int) -> Reply | None:
        """The interaction with this id."""
        return await self._database.transact(replies.get, reply_id)

    async def answered(self, reply_id: int) -> None:
        """The member has seen an answer (a refusal or a question), or can see none any more."""
        await self._database.transact(replies.answered, reply_id)
