"""Room: whether something may be bought now, by the limits and by the stops in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from bot.domain.errors import LimitReached, Paused
from bot.store import ledger, pauses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

    from bot.domain.limits import Limit, Standing
    from bot.services.terms import Terms
    from bot.store.database import Transaction


class Place(TypedDict):
    """Where something is bought, as the ledger wants to know it."""

    limits: Sequence[Limit]
    provider: str
    member_id: int
    guild_id: int | None
    zone: ZoneInfo
    now: float


class Room:
    """What may still be spent on these terms. Each method is part of a transaction."""

    def __init__(self, terms: Terms, *, clock: Callable[[], float]) -> None:
        self._terms = terms
        self._clock = clock

    def place(self, member_id: int, guild_id: int | None) -> Place:
        """The limits that count for this member in this guild, now."""
        return {
            "limits": self._terms.caps.for_place(guild_id),
            "provider": self._terms.provider,
            "member_id": member_id,
            "guild_id": guild_id,
            "zone": self._terms.zone,
            "now": self._clock(),
        }

    def standing(self, tx: Transaction, member_id: int, guild_id: int | None) -> Standing:
        """The limit that binds."""
        return ledger.tightest(ledger.standings(tx, **self.place(member_id, guild_id)))

    def require(self, tx: Transaction, member_id: int, guild_id: int | None, count: int) -> None:
        """Refuse what would be refused anyway when it is bought.

        Raises:
            Paused: a safety check stopped purchases.
            LimitReached: there is no room for `count` pictures.
        """
        self.require_open(tx, self._terms.model.id)
        needed = self._terms.price * count
        for standing in ledger.standings(tx, **self.place(member_id, guild_id)):
            if not standing.has_room_for(needed):
                raise LimitReached(needed=needed, standing=standing)

    def require_open(self, tx: Transaction, model: str) -> None:
        """Refuse to buy from a model that a safety check stopped.

        Raises:
            Paused: so it is.
        """
        if pauses.is_paused(tx, provider=self._terms.provider, model=model):
            raise Paused
