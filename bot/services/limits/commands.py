"""Limits as moderators and the operator change them: each change in one transaction, and logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import BadLimit, LimitProblem, MissingKind, NothingToChange
from bot.domain.limits import listing, reading
from bot.domain.limits.rules import Buyer, Rule, RuleAuthor, Scope
from bot.services.limits import log
from bot.store.limits import alerts, rules
from bot.store.limits import changes as change_log

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.limits.rules import Boost, Limit, LimitSubject
    from bot.domain.limits.status import Explanation, LimitStatus
    from bot.domain.limits.windows import Window
    from bot.services.billing.terms import PricingTerms
    from bot.services.limits.guard import SpendGuard
    from bot.services.limits.log import Actor
    from bot.store.database import Database, Transaction
    from bot.store.limits.alerts import Alert
    from bot.store.limits.changes import LimitChange

MOST_RULES: Final = 200
"""Limits that the moderators of one guild may set: those of its roles are read at each purchase,
and all of them for `/limits list`."""
LATEST_CHANGES: Final = 10


@dataclass(frozen=True, slots=True)
class LimitSet:
    """A limit that was set, the one it took the place of, and where it stands.

    Of a role's limit each member has a standing of their own, and there is none here. `beside` is
    a lower limit that counts as well, for as long a window or a longer one. `boosts` raise the
    limit, or rest while it is closed.
    """

    rule: Rule
    former: Rule | None
    standing: LimitStatus | None
    beside: Limit | None
    boosts: tuple[Boost, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitRemoved:
    """A limit that was taken away, the boosts that ended with it, and what counts instead.

    `is_by_roles`: what counts instead may also be that of a role; which the member has is unknown.
    """

    rule: Rule
    boosts: tuple[Boost, ...]
    instead: Limit | None
    is_by_roles: bool = False


@dataclass(frozen=True, slots=True)
class LimitsExplained:
    """What a buyer may spend, at `price` micro-USD a picture."""

    explanation: Explanation
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildLimits:
    """All limits of a guild, widest first, where the wide ones stand, and the latest changes.

    `untold` are alerts that could not be posted in the log channel, of windows that are not over.
    """

    rules: tuple[Rule, ...]
    standings: tuple[LimitStatus, ...]
    boosts: tuple[Boost, ...]
    changes: tuple[LimitChange, ...]
    untold: tuple[Alert, ...] = ()


class LimitService:
    """Sets, removes, lists and explains limits. Whether somebody may is asked before."""

    def __init__(
        self,
        database: Database,
        guard: SpendGuard,
        terms: PricingTerms,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._guard = guard
        self._terms = terms
        self._clock = clock

    async def explain(self, buyer: Buyer) -> LimitsExplained:
        """Every limit that counts for a buyer, and where it stands."""
        explanation = await self._database.transact(self._guard.explain, buyer)
        return LimitsExplained(explanation, self._terms.price)

    async def of_guild(self, guild_id: int) -> GuildLimits:
        """All limits of a guild."""
        return await self._database.transact(self._of_guild, guild_id)

    def _of_guild(self, tx: Transaction, guild_id: int) -> GuildLimits:
        now = self._clock()
        known = (*self._terms.caps.rules(guild_id), *rules.rules(tx, guild_id))
        wide = self._guard.explain(tx, Buyer(member_id=0, guild_id=guild_id), now=now).standings
        return GuildLimits(
            rules=tuple(listing.in_force(known)),
            standings=tuple(
                found for found in wide if found.limit.pot.scope in {Scope.GUILD, Scope.BOT}
            ),
            boosts=tuple(rules.boosts(tx, guild_id, now=now)),
            changes=tuple(change_log.changes(tx, guild_id, count=LATEST_CHANGES)),
            untold=tuple(alerts.kept_of_guild(tx, guild_id, now=now)),
        )

    async def of_moderators(self, guild_id: int) -> Sequence[Rule]:
        """The limits of a guild that its moderators set."""
        known = await self._database.transact(rules.rules, guild_id)
        return [rule for rule in known if rule.author is RuleAuthor.MODERATOR]

    async def set(
        self,
        actor: Actor,
        subject: LimitSubject,
        window: Window,
        cap: int,
        *,
        role_ids: tuple[int, ...] = (),
    ) -> LimitSet:
        """Set a limit of `cap` micro-USD; 0 closes. What is spent stays as it is.

        `role_ids` are the roles of a member it is for.

        Raises:
            BadLimit: there are too many, or the reason cannot be taken.
        """
        rule = Rule(
            subject=subject,
            window=window,
            cap=cap,
            author=actor.author,
            set_by=actor.member_id,
            set_at=self._clock(),
            reason=reading.clean_reason(actor.reason),
        )
        return await self._database.transact(self._set, actor, rule, role_ids)

    def _set(
        self, tx: Transaction, actor: Actor, rule: Rule, role_ids: tuple[int, ...]
    ) -> LimitSet:
        now, subject, window = rule.set_at, rule.subject, rule.window
        former = rules.put(tx, rule)
        own = [known for known in rules.rules(tx, subject.guild_id) if known.author is rule.author]
        is_of_moderators = rule.author is RuleAuthor.MODERATOR
        if is_of_moderators and former is None and len(own) > MOST_RULES:
            raise BadLimit(LimitProblem.TOO_MANY, limit=MOST_RULES)
        log.note_rule(tx, actor, subject, window, former=former, cap=rule.cap, now=now)
        buyer = listing.buyer_about(subject, role_ids)
        self._guard.count(tx, buyer, now=now)
        standings = self._guard.explain(tx, buyer, now=now).standings
        return LimitSet(
            rule,
            former,
            standing=listing.standing_of(rule, standings),
            beside=listing.beside(rule, standings),
            boosts=tuple(
                listing.boosts_of(rule, rules.boosts(tx, subject.guild_id, now=now), now=now)
            ),
        )

    async def remove(
        self,
        actor: Actor,
        subject: LimitSubject,
        window: Window | None,
        *,
        role_ids: tuple[int, ...] | None = (),
    ) -> LimitRemoved:
        """Take a limit away; without `window`, the only one there is.

        `role_ids` are the roles of a member it is of; None: they are not known.

        Raises:
            NothingToChange: there is none.
            BadLimit: there are several, or the reason cannot be taken.
        """
        return await self._database.transact(self._remove, actor, subject, window, role_ids)

    def _remove(
        self,
        tx: Transaction,
        actor: Actor,
        subject: LimitSubject,
        window: Window | None,
        role_ids: tuple[int, ...] | None,
    ) -> LimitRemoved:
        now = self._clock()
        known = rules.rules(tx, subject.guild_id)
        found = [
            rule
            for rule in known
            if rule.subject == subject
            and rule.author is actor.author
            and window in {None, rule.window}
        ]
        if not found:
            raise NothingToChange(MissingKind.LIMIT)
        if len(found) > 1:
            raise BadLimit(LimitProblem.WHICH_WINDOW)
        [rule] = found
        rules.remove(tx, subject, rule.window, actor.author)
        log.note_rule(tx, actor, subject, rule.window, former=rule, cap=None, now=now)
        buyer = listing.buyer_about(subject, role_ids or ())
        standings = self._guard.explain(tx, buyer, now=now).standings
        is_by_roles = (subject.scope, role_ids) == (Scope.MEMBER, None) and any(
            other.window is rule.window and listing.is_of_some_members(other) for other in known
        )
        ended: tuple[Boost, ...] = ()
        if not is_by_roles and not any(
            limit.rule.window is rule.window for limit in listing.raised(subject, standings)
        ):
            # Nothing is left for them to raise, and a later limit must not bring them back.
            ended = self._end_boosts(tx, actor, rule, now=now)
        instead = (
            found.limit
            for found in standings
            if found.limit.rule.window is rule.window
            and found.limit.pot.scope is listing.pot_scope(rule)
        )
        return LimitRemoved(rule, ended, next(instead, None), is_by_roles)

    def _end_boosts(
        self, tx: Transaction, actor: Actor, rule: Rule, *, now: float
    ) -> tuple[Boost, ...]:
        ended = tuple(
            boost
            for boost in rules.boosts(tx, rule.subject.guild_id, now=now)
            if boost.subject == rule.subject and boost.window is rule.window
        )
        for boost in ended:
            rules.end_boost(tx, boost.id, guild_id=boost.subject.guild_id, now=now)
            log.note_boost(tx, actor, boost, is_over=True, now=now)
        return ended
