"""On what terms edits are bought."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.billing.breaker import Breaker
from bot.domain.catalog import MODELS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.domain.catalog import Model
    from bot.domain.limits.rules import DefaultLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingTerms:
    """What is bought, from whom, and what members may spend.

    `price` is micro-USD for one picture, `unit_cost` nano-USD; `is_for_all`: of any model, not of
    `model` alone. `provider` keeps the books of real and play money apart.
    """

    provider: str
    model: Model
    price: int
    unit_cost: int
    caps: DefaultLimits
    zone: ZoneInfo
    max_waiting: int
    breaker: Breaker = field(default_factory=Breaker)
    is_for_all: bool = False

    def listed(self, model_id: str) -> tuple[int, int] | None:
        """What a picture of a model costs today: the member, and the owner; None: not sold."""
        model = MODELS.get(model_id)
        if model_id == self.model.id or (model and self.is_for_all):
            return self.price, self.unit_cost
        return (model.price_micro_usd, model.price_nano_usd) if model else None
