"""Boosts: extra room under a limit, with an end and a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.domain.errors import BadLimit, LimitProblem, MissingKind, NothingToChange
from bot.domain.limits import listing, reading
from bot.domain.limits.rules import Boost
from bot.services.limits import log
from bot.store.limits import rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.limits.rules import Limit, LimitSubject
    from bot.domain.limits.windows import Window
    from bot.services.limits.guard import SpendGuard
    from bot.services.limits.log import Actor
    from bot.store.database import Database, Transaction

MOST_BOOSTS: Final = 100
"""Boosts of one guild at a time: all of them are read at each purchase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBoost:
    """A boost as it is asked for: `amount` micro-USD more in each window, `until` a length of
    time from now or a date. Without `window`, the limit of the day is raised, or else the shortest.

    `role_ids` are the roles of a member it is for.
    """

    subject: LimitSubject
    window: Window | None
    amount: int
    until: str
    role_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BoostAdded:
    """A boost that was given, and the limit it raises, as it is with it."""

    boost: Boost
    limit: Limit


class BoostService:
    """Gives and ends boosts. Whether somebody may is asked before."""

    def __init__(
        self, database: Database, guard: SpendGuard, *, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._guard = guard
        self._clock = clock

    async def active(self, guild_id: int) -> Sequence[Boost]:
        """The boosts of a guild that have not ended, the first to end first."""
        return await self._database.transact(
            lambda tx: rules.boosts(tx, guild_id, now=self._clock())
        )

    async def give(self, actor: Actor, wish: NewBoost) -> BoostAdded:
        """Raise a limit for a while.

        Raises:
            NothingToChange: no limit counts there, or only the operator's, or it is closed.
            BadLimit: the end or the reason cannot be taken, or there are too many boosts.
        """
        return await self._database.transact(self._give, actor, wish)

    def _give(self, tx: Transaction, actor: Actor, wish: NewBoost) -> BoostAdded:
        now = self._clock()
        guild_id = wish.subject.guild_id
        zone = self._guard.guild_zone(tx, guild_id)
        buyer = listing.buyer_about(wish.subject, wish.role_ids)
        before = self._guard.explain(tx, buyer, now=now).standings
        boost = Boost(
            id=0,
            subject=wish.subject,
            window=listing.to_raise(wish.subject, wish.window, before).rule.window,
            amount=wish.amount,
            starts=now,
            ends=reading.parse_end(wish.until, now=now, zone=zone),
            set_by=actor.member_id,
            reason=reading.clean_reason(actor.reason, required=True),
        )
        if len(rules.boosts(tx, guild_id, now=now)) >= MOST_BOOSTS:
            raise BadLimit(LimitProblem.TOO_MANY, limit=MOST_BOOSTS)
        boost = replace(boost, id=rules.add_boost(tx, boost))
        log.note_boost(tx, actor, boost, now=now)
        after = self._guard.explain(tx, buyer, now=now).standings
        return BoostAdded(boost, listing.to_raise(wish.subject, boost.window, after))

    async def end(self, actor: Actor, guild_id: int, boost_id: int) -> Boost:
        """End a boost of this guild now, and return it as it was.

        Raises:
            NothingToChange: none is active under this number.
            BadLimit: the reason cannot be taken.
        """
        return await self._database.transact(self._end, actor, guild_id, boost_id)

    def _end(self, tx: Transaction, actor: Actor, guild_id: int, boost_id: int) -> Boost:
        now = self._clock()
        boost = rules.end_boost(tx, boost_id, guild_id=guild_id, now=now)
        if boost is None:
            raise NothingToChange(MissingKind.BOOST)
        log.note_boost(tx, actor, boost, is_over=True, now=now)
        return boost
