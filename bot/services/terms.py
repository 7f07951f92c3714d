"""On what terms edits are bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.domain.catalog import Model
    from bot.domain.limits import Caps


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is bought, from whom, and what members may spend.

    `price` is micro-USD for one picture, `unit_cost` nano-USD. `provider` keeps the books of real
    and play money apart.
    """

    provider: str
    model: Model
    price: int
    unit_cost: int
    caps: Caps
    zone: ZoneInfo
    max_waiting: int
