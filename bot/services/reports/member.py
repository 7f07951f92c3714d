"""What a member spent, and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.store.edits import edits

if TYPE_CHECKING:
    from bot.domain.edits.edit import Edit
    from bot.domain.limits.rules import Buyer
    from bot.domain.limits.status import Explanation
    from bot.services.limits.guard import SpendGuard
    from bot.store.database import Database, Transaction

RECENT_EDITS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendOverview:
    """A member's standing. `recent` pairs each edit with what it cost them, in micro-USD."""

    explanation: Explanation
    recent: tuple[tuple[Edit, int], ...]


class SpendService:
    """Answers questions about a member's money; changes nothing."""

    def __init__(self, database: Database, guard: SpendGuard) -> None:
        self._database = database
        self._guard = guard

    async def of_member(self, buyer: Buyer) -> SpendOverview:
        """Where a member stands under every limit that counts in this place."""
        return await self._database.transact(self._of_member, buyer)

    def _of_member(self, tx: Transaction, buyer: Buyer) -> SpendOverview:
        recent = edits.recent(tx, member_id=buyer.member_id, count=RECENT_EDITS)
        return SpendOverview(
            explanation=self._guard.explain(tx, buyer),
            recent=tuple((edit, edits.charged(tx, edit.id)) for edit in recent),
        )
