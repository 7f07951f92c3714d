"""The guard: whether something may be bought now, by the limits and by the pauses in force."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.errors import LimitReached, Paused
from bot.domain.limits.rules import Scope, applied
from bot.domain.limits.status import Explanation, LimitStatus
from bot.domain.limits.windows import span
from bot.store.billing import ledger, pauses
from bot.store.limits import counters, guilds
from bot.store.limits import rules as rule_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.billing.breaker import PauseReason
    from bot.domain.limits.rules import AppliedLimits, Buyer
    from bot.domain.limits.windows import Span
    from bot.services.billing.terms import PricingTerms
    from bot.store.database import Transaction


class SpendGuard:
    """What may still be spent on these terms. Each method is part of a transaction."""

    def __init__(self, terms: PricingTerms, *, clock: Callable[[], float]) -> None:
        self._terms = terms
        self._clock = clock

    def explain(self, tx: Transaction, buyer: Buyer, *, now: float | None = None) -> Explanation:
        """Every limit that counts for `buyer`, where it comes from, and where it stands."""
        found, windows = self._windows(tx, buyer, now)
        standings = []
        for limit, window in zip(found.limits, windows, strict=True):
            spent, held = counters.sums(
                tx, self._terms.provider, limit.pot, limit.rule.window, window
            )
            standings.append(LimitStatus(limit, window, spent=spent, held=held))
        return Explanation(buyer, tuple(standings), found.overridden)

    def count(self, tx: Transaction, buyer: Buyer, *, now: float | None = None) -> None:
        """Make the counters of limits under which nothing may be held for long, as it is refused.

        Without them what was bought in their windows would be added up again at each press. Nobody,
        who is member 0, has none.
        """
        found, windows = self._windows(tx, buyer, now)
        for limit, window in zip(found.limits, windows, strict=True):
            if limit.pot.scope is not Scope.MEMBER or limit.pot.subject:
                counters.make(tx, self._terms.provider, limit.pot, limit.rule.window, window)

    def _windows(
        self, tx: Transaction, buyer: Buyer, now: float | None
    ) -> tuple[AppliedLimits, list[Span]]:
        """The limits that count for `buyer`, and the present window of each."""
        now = self._clock() if now is None else now
        rules = (*self._terms.caps.rules(buyer.guild_id), *rule_store.rules_for(tx, buyer))
        found = applied(buyer, rules, rule_store.boosts(tx, buyer.guild_id, now=now), now=now)
        own, bots = self.guild_zone(tx, buyer.guild_id), self._terms.zone
        # By moving their clock, moderators must not begin the operator's month twice.
        zones = [bots if limit.rule.is_the_operators else own for limit in found.limits]
        windows = [
            span(limit.rule.window, now=now, zone=zone)
            for limit, zone in zip(found.limits, zones, strict=True)
        ]
        return found, windows

    def guild_zone(self, tx: Transaction, guild_id: int | None) -> ZoneInfo:
        """The time zone in which a guild's days begin: its own, else the bot's."""
        own = guilds.get(tx, guild_id).time_zone if guild_id is not None else None
        return ZoneInfo(own) if own else self._terms.zone

    def require(self, tx: Transaction, buyer: Buyer, count: int) -> Explanation:
        """Refuse what would be refused anyway when it is bought.

        Raises:
            Paused: purchases are stopped.
            LimitReached: there is no room for `count` pictures.
        """
        self.require_open(tx, self._terms.model.id)
        price = self._terms.price
        explanation = self.explain(tx, buyer)
        if explanation.refusing(price * count) is not None:
            raise LimitReached(count=count, price=price, explanation=explanation)
        return explanation

    def hold(
        self, tx: Transaction, buyer: Buyer, job_ids: Sequence[int], price: int, *, now: float
    ) -> None:
        """Set the price of each of an edit's jobs aside, or of none; `now` is when they were made.

        Raises:
            LimitReached: a limit has no room for all of them.
        """
        explanation = self.explain(tx, buyer, now=now)
        ledger.hold(tx, job_ids, price, explanation, provider=self._terms.provider, now=now)

    def require_open(self, tx: Transaction, model: str) -> PauseReason | None:
        """Refuse to buy while purchases from a model are stopped.

        Returns why what is bought now will wait in line, where something holds it up.

        Raises:
            Paused: they are stopped.
        """
        pause = pauses.met(tx, provider=self._terms.provider, model=model)
        if pause is None:
            return None
        if pause.reason.refuses:
            raise Paused(pause.reason)
        return pause.reason
