"""`/spend`: what a server's members spent, for its moderators."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.domain.reports.charts import ChartTheme
from bot.domain.reports.spend import ReportGrouping, ReportPeriod
from bot.services.reports.service import ReportService
from bot.store.interactions.pending import InteractionKind
from bot.ui.interactions import BotInteraction
from bot.ui.interactions.callbacks import DeferMode
from bot.ui.interactions.permissions import require_moderator
from bot.ui.interactions.responder import InteractionResponder
from bot.ui.reports import cards
from bot.ui.reports.options import GroupingOption, PeriodOption, ThemeOption
from bot.ui.texts import reports


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class SpendCog(
    commands.GroupCog,
    group_name="spend",
    group_description="What this server spent: for moderators.",
):
    """Every answer is private, and is about the server where it is asked."""

    def __init__(self, responder: InteractionResponder, reports: ReportService) -> None:
        self._responder = responder
        self._reports = reports

    @app_commands.command()
    async def report(
        self,
        interaction: BotInteraction,
        period: PeriodOption = ReportPeriod.MONTH,
        by: GroupingOption = ReportGrouping.MEMBER,
        theme: ThemeOption = ChartTheme.DARK,
    ) -> None:
        """See what this server spent, day by day, with its limits and where it is heading.

        Args:
            interaction: who asks, and where.
            period: Which time. Without it: this month.
            by: Group by member or channel.
            theme: Dark or light chart.
        """
        guild_id = require_moderator(interaction)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        report = await self._reports.of_guild(guild_id, period, by)
        card = await cards.of_guild(interaction, self._reports, report, theme)
        await self._responder.present(interaction, card)

    @app_commands.command()
    async def top(
        self,
        interaction: BotInteraction,
        period: PeriodOption = ReportPeriod.MONTH,
        by: GroupingOption = ReportGrouping.MEMBER,
    ) -> None:
        """See who spent most, or in which channels most was spent.

        Args:
            interaction: who asks, and where.
            period: Which time. Without it: this month.
            by: Group by member or channel.
        """
        guild_id = require_moderator(interaction)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        report = await self._reports.of_guild(guild_id, period, by)
        await self._responder.present(interaction, cards.words(reports.top(report)))

    @app_commands.command()
    async def export(
        self,
        interaction: BotInteraction,
        period: PeriodOption = ReportPeriod.MONTH,
    ) -> None:
        """Get every picture that was bought here as a table (CSV), for your accounts.

        Args:
            interaction: who asks, and where.
            period: Which time. Without it: this month.
        """
        guild_id = require_moderator(interaction)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        # What the provider bills is the operator's own affair.
        for_owner = await interaction.client.is_owner(interaction.user)
        data = await self._reports.table_of_guild(guild_id, period, for_owner=for_owner)
        name = reports.table_name("server", period, now=interaction.created_at.timestamp())
        await self._responder.present(interaction, cards.table(period, name, data))
