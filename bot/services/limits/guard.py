"""Room: whether something may be bought now, by the limits and by the pauses in force."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.errors import LimitReached, Paused
from bot.domain.limits.rules import applied
from bot.store import guilds
from bot.store.billing import ledger, pauses
from bot.store.limits import rules as rule_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.limits.rules import AppliedLimits, Buyer, Limit
    from bot.domain.limits.status import Explanation
    from bot.services.billing.terms import PricingTerms
    from bot.store.database import Transaction


class SpendGuard:
    """What may still be spent on these terms. Each method is part of a transaction."""

    def __init__(self, terms: PricingTerms, *, clock: Callable[[], float]) -> None:
        self._terms = terms
        self._clock = clock

    def explain(self, tx: Transaction, buyer: Buyer, *, now: float | None = None) -> Explanation:
        """Every limit that counts for `buyer`, where it comes from, and where it stands."""
        now = self._clock() if now is None else now
        found, zone_of = self._applied(tx, buyer, now=now)
        return ledger.explain(
            tx, buyer, found, provider=self._terms.provider, zone_of=zone_of, now=now
        )

    def count(self, tx: Transaction, buyer: Buyer, *, now: float | None = None) -> None:
        """Begin to count for each limit of `buyer`, also where nothing can be bought under it."""
        now = self._clock() if now is None else now
        found, zone_of = self._applied(tx, buyer, now=now)
        ledger.count(tx, found, provider=self._terms.provider, zone_of=zone_of, now=now)

    def _applied(
        self, tx: Transaction, buyer: Buyer, *, now: float
    ) -> tuple[AppliedLimits, Callable[[Limit], ZoneInfo]]:
        """The limits that count for `buyer`, and by which clock each does."""
        rules = (*self._terms.caps.rules(buyer.guild_id), *rule_store.rules_for(tx, buyer))
        boosts = rule_store.boosts(tx, buyer.guild_id, now=now)
        guild_zone = self.guild_zone(tx, buyer.guild_id)

        def zone_of(limit: Limit) -> ZoneInfo:
            # By moving their clock to and fro, moderators must not begin the operator's month anew.
            return self._terms.zone if limit.rule.is_the_operators else guild_zone

        return applied(buyer, rules, boosts, now=now), zone_of

    def guild_zone(self, tx: Transaction, guild_id: int | None) -> ZoneInfo:
        """The time zone in which a guild's days begin: its own, else the bot's."""
        own = guilds.get(tx, guild_id).time_zone if guild_id is not None else None
        return ZoneInfo(own) if own else self._terms.zone

    def require(self, tx: Transaction, buyer: Buyer, count: int) -> None:
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

    def hold(
        self, tx: Transaction, buyer: Buyer, job_ids: Sequence[int], price: int, *, now: float
    ) -> None:
        """Set the price of each of an edit's jobs aside, or of none; `now` is when they were made.

        Raises:
            LimitReached: a limit has no room for all of them.
        """
        explanation = self.explain(tx, buyer, now=now)
        ledger.hold(tx, job_ids, price, explanation, provider=self._terms.provider, now=now)

    def require_open(self, tx: Transaction, model: str) -> None:
        """Refuse to buy while purchases from a model are stopped.

        Raises:
            Paused: so it is.
        """
        reason = pauses.is_paused(tx, provider=self._terms.provider, model=model)
        if reason is not None:
            raise Paused(reason)
