"""Spending limits: who may spend how much in which window, and how much of it is left."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.windows import Window


class Scope(StrEnum):
    """Whose spending a limit counts."""

    MEMBER = "member"
    GUILD = "guild"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap in micro-USD on what one subject of `scope` may spend in one window."""

    scope: Scope
    window: Window
    cap: int


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps in force, in micro-USD. They are generous enough to try, and too low to hurt."""

    member_day: int = 1_000_000
    guild_month: int = 20_000_000
    bot_month: int = 50_000_000

    def for_place(self, guild_id: int | None) -> tuple[Limit, ...]:
        """The limits that count for an edit, narrowest first: the first one without room binds."""
        limits = [Limit(Scope.MEMBER, Window.DAY, self.member_day)]
        if guild_id is not None:
            limits.append(Limit(Scope.GUILD, Window.MONTH, self.guild_month))
        limits.append(Limit(Scope.BOT, Window.MONTH, self.bot_month))
        return tuple(limits)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one subject stands under one limit. Amounts in micro-USD, `renews_at` unix seconds."""

    limit: Limit
    spent: int
    held: int
    renews_at: int

    @property
    def left(self) -> int:
        """What may still be held; 0 when the cap was lowered below what is spent and held."""
        return max(0, self.limit.cap - self.spent - self.held)

    def has_room_for(self, amount: int) -> bool:
        """Whether `amount` micro-USD more stays within the cap."""
        return self.spent + self.held + amount <= self.limit.cap
