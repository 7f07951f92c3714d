"""Options of reports: which time, divided by what, on what ground the chart is looked at."""

from __future__ import annotations

from discord import app_commands

from bot.domain.reports.charts import ChartTheme
from bot.domain.reports.spend import ReportGrouping, ReportPeriod
from bot.ui.interactions import EnumOption
from bot.ui.texts import reports

PeriodOption = app_commands.Transform[ReportPeriod, EnumOption(ReportPeriod, reports.period_label)]
GroupingOption = app_commands.Transform[
    ReportGrouping, EnumOption(ReportGrouping, reports.grouping_label)
]
ThemeOption = app_commands.Transform[ChartTheme, EnumOption(ChartTheme, reports.theme_label)]
