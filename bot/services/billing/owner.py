"""What the person who runs the bot sees at a glance, and can let go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.limits.rules import Buyer, Scope
from bot.services.billing.pauses import BY_OPERATOR
from bot.store.billing import pauses, purchases
from bot.store.jobs import jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.domain.billing.breaker import PauseReason
    from bot.domain.jobs.states import JobState
    from bot.domain.limits.status import LimitStatus
    from bot.services.billing.terms import PricingTerms
    from bot.services.jobs.worker import Worker
    from bot.services.limits.guard import SpendGuard
    from bot.store.billing.pauses import Pause
    from bot.store.billing.purchases import BuyerShares
    from bot.store.database import Database, Transaction

MOST_GUILDS: Final = 10
"""How many guilds are listed by what they spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerStatus:
    """What matters at the moment. `standings` are the whole bot's limits, `guilds` who spent what
    of the first of them. `line` counts the jobs that have not ended; `closed_until` (unix seconds)
    is when the provider is tried again, None: it is open.
    """

    provider: str
    pauses: Sequence[Pause]
    unknown: int
    standings: tuple[LimitStatus, ...]
    guilds: BuyerShares
    line: Mapping[JobState, int]
    closed_until: float | None


class OwnerService:
    """What only the operator may do. `news` is called when purchases go on."""

    def __init__(
        self,
        database: Database,
        terms: PricingTerms,
        guard: SpendGuard,
        worker: Worker,
        *,
        clock: Callable[[], float],
        news: Callable[[], None],
    ) -> None:
        self._database = database
        self._terms = terms
        self._guard = guard
        self._worker = worker
        self._clock = clock
        self._news = news

    async def status(self) -> OwnerStatus:
        """What is stopped and why, what is in doubt, in line and spent."""
        return await self._database.transact(self._status)

    async def resume(self, reason: PauseReason | None, *, member_id: int) -> Sequence[Pause]:
        """Lift every stop in force, or those for one reason; returns them.

        Raises:
            StoreFailed: it cannot be written down.
        """
        lifted = await self._database.transact(
            pauses.lift,
            provider=self._terms.provider,
            by=f"{BY_OPERATOR} {member_id}",
            now=self._clock(),
            reason=reason,
        )
        if lifted:
            self._worker.go_on()
            self._news()
        return lifted

    def _status(self, tx: Transaction) -> OwnerStatus:
        now = self._clock()
        # Nobody in particular, in no guild: what is left are the limits of the whole bot.
        explanation = self._guard.explain(tx, Buyer(member_id=0), now=now)
        standings = tuple(
            found for found in explanation.standings if found.limit.pot.scope is Scope.BOT
        )
        closed_until = self._worker.line_closed_until
        return OwnerStatus(
            provider=self._terms.provider,
            pauses=pauses.in_force(tx, provider=self._terms.provider),
            unknown=len(jobs.unknown(tx, provider=self._terms.provider)),
            standings=standings,
            guilds=purchases.shares(
                tx,
                provider=self._terms.provider,
                pot=standings[0].limit.pot,
                span=standings[0].span,
                until=now,
                most=MOST_GUILDS,
            ),
            line=purchases.line(tx, provider=self._terms.provider),
            closed_until=closed_until if closed_until > now else None,
        )
