"""Options of reports: which time, parted by what, on what ground the chart is looked at."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.domain.charts import Theme
from bot.domain.money.reports import Grouping, Period
from bot.ui.messages import on_reports

_Choices = list[app_commands.Choice[str | int | float]]


class _Period(app_commands.Transformer):
    @property
    def choices(self) -> _Choices:
        """Which time."""
        return [
            app_commands.Choice(name=on_reports.period_label(found), value=found.value)
            for found in Period
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> Period:
        """Read one of them."""
        return Period(value)


class _Grouping(app_commands.Transformer):
    @property
    def choices(self) -> _Choices:
        """Parted by what."""
        return [
            app_commands.Choice(name=on_reports.grouping_label(found), value=found.value)
            for found in Grouping
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> Grouping:
        """Read one of them."""
        return Grouping(value)


class _Theme(app_commands.Transformer):
    @property
    def choices(self) -> _Choices:
        """On what ground."""
        return [
            app_commands.Choice(name=on_reports.theme_label(found), value=found.value)
            for found in Theme
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> Theme:
        """Read one of them."""
        return Theme(value)


PeriodOption = app_commands.Transform[Period, _Period]
GroupingOption = app_commands.Transform[Grouping, _Grouping]
ThemeOption = app_commands.Transform[Theme, _Theme]
