"""Limits as moderators and the operator change them: each change in one transaction, and logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import BadLimit, LimitProblem, Missing, NothingToChange
from bot.domain.money import limiting, rulebook
from bot.domain.money.limits import Author, Buyer, Rule, Scope
from bot.services.money import limit_log
from bot.store.money import alerts, limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.money.limits import Boost, Limit, Subject
    from bot.domain.money.standings import Explanation, Standing
    from bot.domain.money.windows import Window
    from bot.services.money.limit_log import Actor
    from bot.services.money.room import Room
    from bot.services.money.terms import Terms
    from bot.store.database import Database, Transaction
    from bot.store.money.alerts import Alert
    from bot.store.money.limits import Change

MOST_RULES: Final = 200
"""Limits that the moderators of one guild may set: those of its roles are read at each purchase,
and all of them for `/limits list`."""
LATEST_CHANGES: Final = 10


@dataclass(frozen=True, slots=True)
class Set:
    """A limit that was set, the one it took the place of, and where it stands.

    Of a role's limit each member has a standing of their own, and there is none here. `beside` is
    a lower limit that counts as well, for as long a window or a longer one. `boosts` raise the
    limit, or rest while it is closed.
    """

    rule: Rule
    former: Rule | None
    standing: Standing | None
    beside: Limit | None
    boosts: tuple[Boost, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A limit that was taken away, the boosts that ended with it, and what counts instead.

    `is_by_roles`: what counts instead may also be that of a role; which the member has is unknown.
    """

    rule: Rule
    boosts: tuple[Boost, ...]
    instead: Limit | None
    is_by_roles: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """What a buyer may spend, at `price` micro-USD a picture."""

    explanation: Explanation
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildLimits:
    """All limits of a guild, widest first, where the wide ones stand, and the latest changes.

    `untold` are alerts of windows that last still which could not be posted in the log channel.
    """

    rules: tuple[Rule, ...]
    standings: tuple[Standing, ...]
    boosts: tuple[Boost, ...]
    changes: tuple[Change, ...]
    untold: tuple[Alert, ...] = ()


class Limits:
    """Sets, removes, lists and explains limits. Whether somebody may is asked before."""

    def __init__(
        self, database: Database, room: Room, terms: Terms, *, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._room = room
        self._terms = terms
        self._clock = clock

    async def explain(self, buyer: Buyer) -> Explained:
        """Every limit that counts for a buyer, and where it stands."""
        explanation = await self._database.transact(self._room.explain, buyer)
        return Explained(explanation, self._terms.price)

    async def of_guild(self, guild_id: int) -> GuildLimits:
        """All limits of a guild."""
        return await self._database.transact(self._of_guild, guild_id)

    def _of_guild(self, tx: Transaction, guild_id: int) -> GuildLimits:
        now = self._clock()
        known = (*self._terms.caps.rules(guild_id), *limits.rules(tx, guild_id))
        wide = self._room.explain(tx, Buyer(member_id=0, guild_id=guild_id), now=now).standings
        return GuildLimits(
            rules=tuple(rulebook.in_force(known)),
            standings=tuple(
                found for found in wide if found.limit.pot.scope in {Scope.GUILD, Scope.BOT}
            ),
            boosts=tuple(limits.boosts(tx, guild_id, now=now)),
            changes=tuple(limits.changes(tx, guild_id, count=LATEST_CHANGES)),
            untold=tuple(alerts.kept_of_guild(tx, guild_id, now=now)),
        )

    async def of_moderators(self, guild_id: int) -> Sequence[Rule]:
        """The limits of a guild that its moderators set."""
        known = await self._database.transact(limits.rules, guild_id)
        return [rule for rule in known if rule.author is Author.MODERATOR]

    async def set(
        self,
        actor: Actor,
        subject: Subject,
        window: Window,
        cap: int,
        *,
        role_ids: tuple[int, ...] = (),
    ) -> Set:
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
            reason=limiting.clean_reason(actor.reason),
        )
        return await self._database.transact(self._set, actor, rule, role_ids)

    def _set(self, tx: Transaction, actor: Actor, rule: Rule, role_ids: tuple[int, ...]) -> Set:
        now, subject, window = rule.set_at, rule.subject, rule.window
        former = limits.put(tx, rule)
        own = [known for known in limits.rules(tx, subject.guild_id) if known.author is rule.author]
        is_of_moderators = rule.author is Author.MODERATOR
        if is_of_moderators and former is None and len(own) > MOST_RULES:
            raise BadLimit(LimitProblem.TOO_MANY, limit=MOST_RULES)
        limit_log.note_rule(tx, actor, subject, window, former=former, cap=rule.cap, now=now)
        buyer = rulebook.buyer_about(subject, role_ids)
        self._room.count(tx, buyer, now=now)
        standings = self._room.explain(tx, buyer, now=now).standings
        return Set(
            rule,
            former,
            standing=rulebook.standing_of(rule, standings),
            beside=rulebook.beside(rule, standings),
            boosts=tuple(
                rulebook.boosts_of(rule, limits.boosts(tx, subject.guild_id, now=now), now=now)
            ),
        )

    async def remove(
        self,
        actor: Actor,
        subject: Subject,
        window: Window | None,
        *,
        role_ids: tuple[int, ...] | None = (),
    ) -> Removed:
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
        subject: Subject,
        window: Window | None,
        role_ids: tuple[int, ...] | None,
    ) -> Removed:
        now = self._clock()
        known = limits.rules(tx, subject.guild_id)
        found = [
            rule
            for rule in known
            if rule.subject == subject
            and rule.author is actor.author
            and window in {None, rule.window}
        ]
        if not found:
            raise NothingToChange(Missing.LIMIT)
        if len(found) > 1:
            raise BadLimit(LimitProblem.WHICH_WINDOW)
        [rule] = found
        limits.remove(tx, subject, rule.window, actor.author)
        limit_log.note_rule(tx, actor, subject, rule.window, former=rule, cap=None, now=now)
        buyer = rulebook.buyer_about(subject, role_ids or ())
        standings = self._room.explain(tx, buyer, now=now).standings
        is_by_roles = (subject.scope, role_ids) == (Scope.MEMBER, None) and any(
            other.window is rule.window and rulebook.is_of_some_members(other) for other in known
        )
        ended: tuple[Boost, ...] = ()
        if not is_by_roles and not any(
            limit.window is rule.window for limit in rulebook.raised(subject, standings)
        ):
            # Nothing is left for them to raise, and a later limit shall not bring them back.
            ended = self._end_boosts(tx, actor, rule, now=now)
        instead = (
            found.limit
            for found in standings
            if found.limit.window is rule.window
            and found.limit.pot.scope is rulebook.pot_scope(rule)
        )
        return Removed(rule, ended, next(instead, None), is_by_roles)

    def _end_boosts(
        self, tx: Transaction, actor: Actor, rule: Rule, *, now: float
    ) -> tuple[Boost, ...]:
        ended = tuple(
            boost
            for boost in limits.boosts(tx, rule.subject.guild_id, now=now)
            if boost.subject == rule.subject and boost.window is rule.window
        )
        for boost in ended:
            limits.end_boost(tx, boost.id, guild_id=boost.subject.guild_id, now=now)
            limit_log.note_boost(tx, actor, boost, is_over=True, now=now)
        return ended
