"""Cards of reports: what was spent in words, as a chart with names, and as a table to take away."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Final

import discord
from discord import ui

from bot.domain.errors import StoreFailed
from bot.imaging.pool.pool import ProcessDied, WorkFailed
from bot.ui.interactions import names
from bot.ui.interactions.responder import CardMessage, layout_of
from bot.ui.texts import charts, lists
from bot.ui.texts import reports as report_texts

if TYPE_CHECKING:
    from bot.domain.reports.charts import ChartTheme
    from bot.domain.reports.spend import ReportPeriod, SpendReport
    from bot.services.reports.member import SpendOverview
    from bot.services.reports.service import ReportService
    from bot.ui.interactions import BotInteraction
    from bot.ui.interactions.responder import Part

log = logging.getLogger(__name__)

_CHART: Final = "touchup-spending.png"


async def of_guild(
    interaction: BotInteraction, reports: ReportService, report: SpendReport, theme: ChartTheme
) -> CardMessage:
    """A guild's report, with the names of those who have a colour of their own."""
    subjects = [share.subject for share in report.shares[: charts.NAMED]]
    known = await names.names_of(interaction, subjects, report.grouping)
    drawn = await _drawn(reports, report, known, theme)
    return chart_card(report_texts.of_guild(report), chart=drawn, alt=charts.alt(report, known))


async def of_member(
    reports: ReportService,
    report: SpendReport,
    spending: SpendOverview,
    theme: ChartTheme,
    *,
    table: tuple[str, bytes] | None,
) -> CardMessage:
    """A member's own report, with their limits and latest edits."""
    drawn = await _drawn(reports, report, {}, theme)
    return chart_card(
        report_texts.of_member(report),
        chart=drawn,
        alt=charts.alt(report, {}),
        after=lists.spending(spending),
        table=table,
    )


def words(text: str) -> CardMessage:
    """A report without a chart."""
    return CardMessage(layout_of(ui.TextDisplay(text)))


def table(period: ReportPeriod, name: str, data: bytes) -> CardMessage:
    """A table to take away."""
    file = _file(name, data)
    return CardMessage(
        layout_of(ui.TextDisplay(report_texts.table(period)), ui.File(file)), (file,)
    )


def _file(name: str, data: bytes) -> discord.File:
    return discord.File(io.BytesIO(data), filename=name)


def chart_card(
    text: str,
    *,
    chart: bytes | None,
    alt: str,
    after: str | None = None,
    table: tuple[str, bytes] | None = None,
) -> CardMessage:
    """A report: its words, its chart, what is said after it, and a table with its file's name.

    Without `chart` it says that there is none.
    """
    files = []
    parts: list[Part] = [ui.TextDisplay(text)]
    if chart is None:
        parts.append(ui.TextDisplay(report_texts.NO_CHART()))
    else:
        drawn = discord.File(io.BytesIO(chart), filename=_CHART, description=alt[:1024])
        files.append(drawn)
        parts.append(ui.MediaGallery(discord.MediaGalleryItem(drawn, description=alt[:1024])))
    if after is not None:
        parts.append(ui.TextDisplay(after))
    if table is not None:
        files.append(_file(*table))
        parts.append(ui.File(files[-1]))
    return CardMessage(layout_of(*parts), tuple(files))


async def _drawn(
    reports: ReportService, report: SpendReport, known: dict[int, str], theme: ChartTheme
) -> bytes | None:
    """The chart; None where it cannot be drawn: the numbers are worth showing without it."""
    try:
        return await reports.draw(charts.chart(report, known, theme))
    except (ProcessDied, WorkFailed, StoreFailed, OSError):
        log.exception("a chart could not be drawn")
        return None
