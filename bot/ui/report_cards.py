"""Cards of reports: what was spent in words, as a chart, and as a table to take away."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.ui.cards import Sheet
from bot.ui.messages import on_reports

if TYPE_CHECKING:
    from bot.domain.reports.spend import ReportPeriod

_CHART = "touchup-spending.png"


def report(
    text: str,
    *,
    chart: bytes | None,
    alt: str,
    after: str | None = None,
    table: tuple[str, bytes] | None = None,
) -> Sheet:
    """A report: its words, its chart, what is said after it, and a table with its file's name.

    Without `chart` it says that there is none.
    """
    files = []
    parts: list[ui.Item[Any]] = [ui.TextDisplay(text)]
    if chart is None:
        parts.append(ui.TextDisplay(on_reports.NO_CHART))
    else:
        drawn = discord.File(io.BytesIO(chart), filename=_CHART, description=alt[:1024])
        files.append(drawn)
        parts.append(ui.MediaGallery(discord.MediaGalleryItem(drawn, description=alt[:1024])))
    if after is not None:
        parts.append(ui.TextDisplay(after))
    if table is not None:
        files.append(_file(*table))
        parts.append(ui.File(files[-1]))
    return _sheet(parts, files)


def words(text: str) -> Sheet:
    """A report without a chart."""
    return _sheet([ui.TextDisplay(text)], [])


def table(period: ReportPeriod, name: str, data: bytes) -> Sheet:
    """A table to take away."""
    file = _file(name, data)
    return _sheet([ui.TextDisplay(on_reports.table(period)), ui.File(file)], [file])


def _file(name: str, data: bytes) -> discord.File:
    return discord.File(io.BytesIO(data), filename=name)


def _sheet(parts: list[ui.Item[Any]], files: list[discord.File]) -> Sheet:
    layout = ui.LayoutView(timeout=None)
    layout.add_item(ui.Container(*parts))
    return Sheet(layout, tuple(files))
