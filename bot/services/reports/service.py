"""Reports of what was spent, their charts, and the tables behind them. Changes nothing."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Final

from bot.domain.errors import ExportTooLong
from bot.domain.limits.rules import Buyer
from bot.domain.limits.rules import Scope as Level
from bot.domain.limits.windows import Span
from bot.domain.reports import tables as cells
from bot.domain.reports.spend import ReportGrouping, SpendReport, columns, shares
from bot.services.reports import export
from bot.store.reports import spend
from bot.store.reports.spend import ReportScope

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from bot.domain.reports.charts import Chart
    from bot.domain.reports.spend import ReportPeriod, SpendCell
    from bot.imaging.pool.pool import ImagePool
    from bot.services.billing.terms import PricingTerms
    from bot.services.limits.guard import SpendGuard
    from bot.store.database import Database, Transaction
    from bot.store.edits.pictures import PictureFolder
    from bot.store.reports.spend import PurchaseRow

MOST_ROWS: Final = 20_000
"""Of a table on Discord: 4 MB, where 10 MB may be uploaded, and far more than one month's."""

_BATCH: Final = 2_000


class ReportService:
    """Looks into the books in small steps, so that nobody who buys has to wait for a report."""

    def __init__(
        self,
        database: Database,
        folder: PictureFolder,
        images: ImagePool,
        terms: PricingTerms,
        guard: SpendGuard,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._folder = folder
        self._images = images
        self._terms = terms
        self._guard = guard
        self._clock = clock

    async def of_guild(
        self, guild_id: int, period: ReportPeriod, grouping: ReportGrouping
    ) -> SpendReport:
        """What everybody in a guild spent. Whether somebody may know is asked before."""
        # The guild's own limits are the same for every buyer.
        buyer = Buyer(member_id=0, guild_id=guild_id)
        return await self._report(buyer, period, grouping, of_member=False)

    async def of_member(self, buyer: Buyer, period: ReportPeriod) -> SpendReport:
        """What a member spent in this guild, or outside of guilds."""
        return await self._report(buyer, period, ReportGrouping.MEMBER, of_member=True)

    async def _report(
        self, buyer: Buyer, period: ReportPeriod, grouping: ReportGrouping, *, of_member: bool
    ) -> SpendReport:
        now = self._clock()
        explanation = await self._database.transact(self._guard.explain, buyer, now=now)
        level = Level.MEMBER if of_member else Level.GUILD
        zone = await self._zone(buyer)
        scope = self._scope(buyer, of_member=of_member)
        found: list[SpendCell] = []
        shown = columns(period, now=now, zone=zone)
        for index, column in enumerate(shown):
            if column.start <= now:
                found += await self._database.transact(
                    spend.spent, scope, column, grouping=grouping, column=index
                )
        return SpendReport(
            provider=self._terms.provider,
            guild_id=buyer.guild_id,
            member_id=scope.member_id,
            period=period,
            grouping=grouping,
            zone=zone,
            now=now,
            columns=shown,
            shares=shares(found, len(shown)),
            held=sum(part.held for part in found),
            limits=tuple(
                standing for standing in explanation.standings if standing.limit.pot.scope is level
            ),
        )

    async def draw(self, chart: Chart) -> bytes:
        """A chart as a PNG.

        Raises:
            ProcessDied, WorkFailed, StoreFailed: it cannot be drawn now.
        """
        with self._folder.workspace() as workspace:
            drawn = await self._images.chart(chart, out=workspace)
            return await asyncio.to_thread(drawn.path.read_bytes)

    async def table_of_guild(
        self, guild_id: int, period: ReportPeriod, *, for_owner: bool
    ) -> bytes:
        """All that was bought in a guild, as CSV; `for_owner`: with what the provider bills.

        Raises:
            ExportTooLong: there are more than MOST_ROWS.
        """
        buyer = Buyer(member_id=0, guild_id=guild_id)
        return await self._table(buyer, period, of_member=False, for_owner=for_owner)

    async def table_of_member(self, buyer: Buyer, period: ReportPeriod) -> bytes:
        """All that a member bought in this guild, or outside of guilds, as CSV.

        Raises:
            ExportTooLong: there is more than MOST_ROWS.
        """
        return await self._table(buyer, period, of_member=True, for_owner=False)

    async def _table(
        self, buyer: Buyer, period: ReportPeriod, *, of_member: bool, for_owner: bool
    ) -> bytes:
        zone = await self._zone(buyer)
        shown = columns(period, now=self._clock(), zone=zone)
        window = Span(shown[0].start, shown[-1].end)
        scope = self._scope(buyer, of_member=of_member)
        jobs: list[PurchaseRow] = []
        while batch := await self._database.transact(
            spend.bought, scope, window, after=jobs[-1] if jobs else None, count=_BATCH
        ):
            jobs += batch
            if len(jobs) > MOST_ROWS:
                raise ExportTooLong(most=MOST_ROWS)
        return await asyncio.to_thread(_written, jobs, zone, for_owner=for_owner)

    def _scope(self, buyer: Buyer, *, of_member: bool) -> ReportScope:
        return ReportScope(
            provider=self._terms.provider,
            guild_id=buyer.guild_id or 0,
            member_id=buyer.member_id if of_member else None,
        )

    async def _zone(self, buyer: Buyer) -> ZoneInfo:
        def look(tx: Transaction) -> ZoneInfo:
            return self._guard.guild_zone(tx, buyer.guild_id)

        return await self._database.transact(look)


def _written(jobs: list[PurchaseRow], zone: ZoneInfo, *, for_owner: bool) -> bytes:
    names = export.BOUGHT_FOR_OWNER if for_owner else export.BOUGHT
    row = export.bought_for_owner if for_owner else export.bought
    written = io.StringIO(newline="")
    cells.write(written, [names, *(row(job, zone=zone) for job in jobs)])
    return written.getvalue().encode("ascii")
