"""What moderators and the operator reach, on books of their own: for tests about limits."""

from __future__ import annotations

from bot.domain.limits.rules import Buyer, DefaultLimits, LimitSubject, RuleAuthor, Scope
from bot.domain.limits.status import Explanation
from bot.services.limits.boosts import BoostService, NewBoost
from bot.services.limits.commands import LimitService
from bot.services.limits.guard import SpendGuard
from bot.services.limits.guilds import GuildService
from bot.services.limits.log import Actor
from bot.store.database import Database
from bot.store.limits import changes
from tests.support import books

GUILD = 5
DAY = 86_400
MO = Actor(member_id=9, reason="because")
OPERATOR = Actor(member_id=1, author=RuleAuthor.OPERATOR, reason="the bill")
ADA = LimitSubject(Scope.MEMBER, GUILD, 42)
BOOSTER = LimitSubject(Scope.ROLE, GUILD, 77)
SHOWCASE = LimitSubject(Scope.CHANNEL, GUILD, 50)
BUYER = Buyer(member_id=42, guild_id=GUILD, channel_id=50, role_ids=(77,))


class Office:
    """What moderators and the operator reach, on books of their own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = books.NOW
        terms = books.usual_terms(DefaultLimits())
        guard = SpendGuard(terms, clock=self.clock)
        self.limits = LimitService(database, guard, terms, clock=self.clock)
        self.boosts = BoostService(database, guard, clock=self.clock)
        self.guilds = GuildService(database, guard, clock=self.clock, news=lambda: None)

    def clock(self) -> float:
        return self.now

    async def explanation(self, buyer: Buyer = BUYER) -> Explanation:
        return (await self.limits.explain(buyer)).explanation

    async def log(
        self, guild_id: int = GUILD
    ) -> list[tuple[str, str | None, str | None, int, str]]:
        """Every change, oldest first."""
        found = await self.database.transact(changes.changes, guild_id, count=500)
        return [
            (line.action.value, line.before, line.after, line.actor_id, line.reason)
            for line in reversed(found)
        ]

    async def boost(
        self, subject: LimitSubject, amount: int = 1_000_000, until: str = "7d"
    ) -> None:
        await self.boosts.give(
            MO, NewBoost(subject=subject, window=None, amount=amount, until=until)
        )


async def bought(office: Office, count: int, buyer: Buyer = BUYER) -> None:
    """Ada has this many pictures in line, each with its price held."""
    await office.database.transact(
        books.put_in_line,
        member_id=42,
        guild_id=GUILD,
        channel_id=50,
        role_ids=buyer.role_ids,
        count=count,
        caps=DefaultLimits(),
        now=office.now,
    )
