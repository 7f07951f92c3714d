"""What a member spent, holds and has left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.store import edits, ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from bot.domain.edits import Edit
    from bot.domain.limits import Caps, Standing
    from bot.store.database import Database, Transaction

RECENT_EDITS: Final = 5


@dataclass(frozen=True, slots=True)
class Spending:
    """A member's spending. `recent` pairs each edit with what it cost them, in micro-USD."""

    standings: tuple[Standing, ...]
    tightest: Standing
    recent: tuple[tuple[Edit, int], ...]


class Spend:
    """Answers questions about money; changes nothing."""

    def __init__(
        self,
        database: Database,
        *,
        provider: str,
        caps: Caps,
        zone: ZoneInfo,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._provider = provider
        self._caps = caps
        self._zone = zone
        self._clock = clock

    async def of_member(self, *, member_id: int, guild_id: int | None) -> Spending:
        """Where a member stands under every limit that counts in this place."""
        return await self._database.transact(self._of_member, member_id, guild_id)

    def _of_member(self, tx: Transaction, member_id: int, guild_id: int | None) -> Spending:
        standings = ledger.standings(
            tx,
            self._caps.for_place(guild_id),
            provider=self._provider,
            member_id=member_id,
            guild_id=guild_id,
            zone=self._zone,
            now=self._clock(),
        )
        recent = edits.recent(tx, member_id=member_id, count=RECENT_EDITS)
        return Spending(
            standings=tuple(standings),
            tightest=ledger.tightest(standings),
            recent=tuple((edit, edits.charged(tx, edit.id)) for edit in recent),
        )
