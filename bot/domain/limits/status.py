"""Where limits stand, and which one binds: the one value behind a hold and all that is said of it.

`Explanation` decides a hold, and refusals, previews, receipts and `/limits explain` are made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.limits.rules import Buyer, Limit, OverriddenRule
    from bot.domain.limits.windows import Span


@dataclass(frozen=True, slots=True)
class LimitStatus:
    """Where a limit stands in its present window. Amounts in micro-USD."""

    limit: Limit
    span: Span
    spent: int
    held: int

    @property
    def left(self) -> int:
        """What may still be held; 0 when the cap was lowered below what is spent and held."""
        return max(0, self.limit.cap - self.spent - self.held)

    @property
    def over(self) -> int:
        """How far spent and held are above a cap that was lowered; mostly 0."""
        return max(0, self.spent + self.held - self.limit.cap)

    @property
    def renews_at(self) -> int | None:
        """When the window ends (unix seconds); None: never."""
        return None if self.span.is_endless else self.span.end

    def opens_at(self, amount: int) -> int | None:
        """When `amount` micro-USD has room if nothing is bought meanwhile, once it is full.

        That is when the window ends (unix seconds); None: never, unless somebody changes the limit.
        """
        opens = self.renews_at
        if opens is None or self.limit.is_closed:
            return None
        lasting = (boost.amount for boost in self.limit.boosts if boost.is_active(opens))
        return opens if amount <= self.limit.rule.cap + sum(lasting) else None

    def opening(self, amount: int) -> tuple[bool, bool, int, int]:
        """A key by which limits that are full stand in order: the one that opens last is first."""
        opens = self.opens_at(amount)
        return (not self.limit.is_closed, opens is not None, -(opens or 0), self.left)

    def has_room_for(self, amount: int) -> bool:
        """Whether `amount` micro-USD more stays within the cap; a closed limit has none at all.

        For what is free there is room under any other, also one that is over.
        """
        if self.limit.is_closed:
            return False
        return amount == 0 or self.spent + self.held + amount <= self.limit.cap


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is to say about what a buyer may spend at one moment.

    `standings` are the limits that count, narrowest first; there is always the bot's.
    """

    buyer: Buyer
    standings: tuple[LimitStatus, ...]
    overridden: tuple[OverriddenRule, ...]

    def binding(self, amount: int) -> LimitStatus:
        """The limit that decides about `amount` micro-USD: what refuses it, or the least left.

        Of limits with as little left it is the one that opens last, and of those the narrower.
        """
        return self.refusing(amount) or min(
            self.standings, key=lambda standing: (standing.left, *standing.opening(amount))
        )

    def refusing(self, amount: int) -> LimitStatus | None:
        """Of the limits without room for `amount` micro-USD the one that opens last: who comes
        back then is refused by no other. None: it may be bought.
        """
        full = [standing for standing in self.standings if not standing.has_room_for(amount)]
        return min(full, key=lambda standing: standing.opening(amount), default=None)

    def affords(self, price: int) -> int | None:
        """How many pictures of `price` micro-USD there is room for; None: as many as one likes."""
        if self.refusing(0):
            return 0
        return min(standing.left for standing in self.standings) // price if price else None
