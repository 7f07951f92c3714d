"""Options of reports: which time, divided by what, on what ground the chart is looked at."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.domain.reports.charts import ChartTheme
from bot.domain.reports.spend import ReportGrouping, ReportPeriod
from bot.ui.texts import reports

_Choices = list[app_commands.Choice[str | int | float]]


class _Period(app_commands.Transformer):
    @property
    def choices(self) -> _Choices:
        """Which time."""
        return [
            app_commands.Choice(name=reports.period_label(found), value=found.value)
            for found in ReportPeriod
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> ReportPeriod:
        """Read one of them."""
        return ReportPeriod(value)


class _Grouping(app_commands.Transformer):
    @property
    def choices(self) -> _Choices:
        """Divided by what."""
        return [
            app_commands.Choice(name=reports.grouping_label(found), value=found.value)
            for found in ReportGrouping
        ]

    async def transform(
        self, interaction: discord.Interaction[Any], value: str, /
    ) -> ReportGrouping:
        """Read one of them."""
        return ReportGrouping(value)


class _Theme(app_commands.Transformer):
    @property
    def choices(self) -> _Choices:
        """On what ground."""
        return [
            app_commands.Choice(name=reports.theme_label(found), value=found.value)
            for found in ChartTheme
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> ChartTheme:
        """Read one of them."""
        return ChartTheme(value)


PeriodOption = app_commands.Transform[ReportPeriod, _Period]
GroupingOption = app_commands.Transform[ReportGrouping, _Grouping]
ThemeOption = app_commands.Transform[ChartTheme, _Theme]
