"""Reading the provider's bill: as much of it as the requests of some days need."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from bot.store.billing import bills

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from bot.domain.billing.bills import BillingEvent
    from bot.domain.catalog import Model
    from bot.provider.client import FalClient
    from bot.provider.platform.billing import BillingPages
    from bot.store.database import Database

EARLIER_SECONDS: Final = 3600.0
"""How much further back than the submits the provider is read: clocks differ."""
BEFORE_BOOKED_SECONDS: Final = 31 * 24 * 3600.0
"""How long before its first correction a request may have been billed: a comparison reads 30 days
of the bill where nobody says otherwise."""


class Bill:
    """The bill from the first of the days until now: an event belongs to its request, whenever it
    is dated. Where a request was billed in these days and may have been before, that is read too.
    """

    def __init__(
        self,
        database: Database,
        provider: FalClient,
        models: Mapping[str, Model],
        *,
        since: float,
        until: float,
        now: float,
    ) -> None:
        self.read_from: float = math.floor(since - EARLIER_SECONDS)
        self.requests: frozenset[str] = frozenset()  # what was billed in these days
        self._database = database
        self._provider = provider
        self._models = models
        self._since = since
        self._until = until
        self._now = now

    async def read(self) -> BillingPages[BillingEvent]:
        """Every event.

        Raises:
            ProviderBlocked: there is no admin key, or it is refused.
            Busy, Broken: the bill could not be read to its end.
        """
        found = await self._events(self.read_from, self._now + 1)
        self.requests = frozenset(
            row.request_id for row in found.rows if self._since <= row.at < self._until
        )
        begun = await self._begun()
        if begun < self.read_from:
            earlier = await self._events(begun, self.read_from)
            # What is dated on the border, both parts may have.
            found.rows += [row for row in earlier.rows if row.at < self.read_from]
            found.unreadable += earlier.unreadable
            found.again += earlier.again
            self.read_from = begun
        return found

    async def _begun(self) -> float:
        """From when on the bill may show these requests."""
        oldest = await self._database.transact(
            bills.oldest, provider=self._provider.name, requests=self.requests
        )
        bought = self._now if oldest.bought is None else oldest.bought - EARLIER_SECONDS
        booked = self._now if oldest.booked is None else oldest.booked - BEFORE_BOOKED_SECONDS
        return math.floor(min(bought, booked))

    def _events(self, since: float, until: float) -> Awaitable[BillingPages[BillingEvent]]:
        return self._provider.billing_events(self._models.values(), since=since, until=until)
