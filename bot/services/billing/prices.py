"""Watches whether the provider still lists the prices that members are quoted."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bot.domain.errors import ProviderError, StoreFailed
from bot.services.background import BackgroundLoop
from bot.services.billing import pauses

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.provider.client import FalClient
    from bot.services.billing.terms import PricingTerms
    from bot.store.database import Database

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 6 * 3600.0
"""How often the price list is read."""
AGAIN_SECONDS: Final = 300.0
"""How soon again when it could not be read."""


class PriceWatcher:
    """Stops a model whose price is another than what members are quoted, until they agree.

    A price of the operator's own (ENGINE_PRICE_USD) is on no list. A list that cannot be read
    says nothing. `news` is called when purchases were stopped, or go on.
    """

    def __init__(
        self,
        database: Database,
        provider: FalClient,
        terms: PricingTerms,
        *,
        clock: Callable[[], float],
        news: Callable[[], None],
    ) -> None:
        self._database = database
        self._provider = provider
        self._terms = terms
        self._clock = clock
        self._news = news
        self.loop = BackgroundLoop("pricing", self._step)

    @property
    def is_listed(self) -> bool:
        """Whether members are quoted the price of the catalogue."""
        return self._terms.unit_cost == self._terms.model.price_nano_usd

    async def _step(self) -> float | None:
        try:
            await self.look()
        except (ProviderError, StoreFailed) as error:
            log.info("the price list says nothing now: %s", type(error).__name__)
            return AGAIN_SECONDS
        except Exception:
            log.exception("the price could not be compared")
        return LOOK_SECONDS

    async def look(self) -> None:
        """Compare once, and stop the model or let it go on.

        Raises:
            ProviderError: the list cannot be read, or does not say.
            StoreFailed: what was seen cannot be written down.
        """
        if not self.is_listed:
            return
        model = self._terms.model
        listed = await self._provider.price(model)
        change = await self._database.transact(
            pauses.price_seen,
            provider=self._terms.provider,
            model=model.id,
            listed=listed,
            expected=self._terms.unit_cost,
            now=self._clock(),
        )
        if change is None:
            return
        if change:
            log.error(
                "the provider lists %s at %d nano-USD and members are quoted %d: nothing is bought",
                model.name,
                listed,
                self._terms.unit_cost,
            )
        self._news()
