"""Reports from the click to the card: who may see them, their names, their chart."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.domain.errors import StoreFailed
from bot.imaging.pool.pool import ProcessDied, WorkFailed
from bot.ui import names, report_cards
from bot.ui.messages import on_charts, on_lists, on_reports

if TYPE_CHECKING:
    from bot.domain.reports.charts import ChartTheme
    from bot.domain.reports.spend import SpendReport
    from bot.services.reports.member import SpendOverview
    from bot.services.reports.service import ReportService
    from bot.ui.cards import Sheet
    from bot.ui.desk import Click

log = logging.getLogger(__name__)


async def guild_sheet(
    click: Click, reports: ReportService, report: SpendReport, theme: ChartTheme
) -> Sheet:
    """A guild's report, with the names of those who have a colour of their own."""
    subjects = [share.subject for share in report.shares[: on_charts.NAMED]]
    known = await names.names_of(click, subjects, report.grouping)
    drawn = await _drawn(reports, report, known, theme)
    return report_cards.report(
        on_reports.of_guild(report), chart=drawn, alt=on_charts.alt(report, known)
    )


async def member_sheet(
    reports: ReportService,
    report: SpendReport,
    spending: SpendOverview,
    theme: ChartTheme,
    *,
    table: tuple[str, bytes] | None,
) -> Sheet:
    """A member's own report, with their limits and latest edits."""
    drawn = await _drawn(reports, report, {}, theme)
    return report_cards.report(
        on_reports.of_member(report),
        chart=drawn,
        alt=on_charts.alt(report, {}),
        after=on_lists.spending(spending),
        table=table,
    )


async def _drawn(
    reports: ReportService, report: SpendReport, known: dict[int, str], theme: ChartTheme
) -> bytes | None:
    """The chart; None where it cannot be drawn: the numbers are worth showing without it."""
    try:
        return await reports.draw(on_charts.chart(report, known, theme))
    except (ProcessDied, WorkFailed, StoreFailed, OSError):
        log.exception("a chart could not be drawn")
        return None
