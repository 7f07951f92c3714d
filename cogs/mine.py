"""`/mine`: a member's own edits and money."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.reports.charts import ChartTheme
from bot.domain.reports.spend import ReportPeriod
from bot.services.edits import Edits
from bot.services.gallery import Gallery
from bot.services.limits.commands import LimitService
from bot.services.preferences import Preferences
from bot.services.reports.member import SpendService
from bot.services.reports.service import ReportService
from bot.store.replies import ReplyKind
from bot.ui import cards, limit_cards, reporting
from bot.ui.acknowledging import Shown
from bot.ui.buyers import buyer_of
from bot.ui.client import TouchupBot
from bot.ui.desk import Desk
from bot.ui.messages import on_previews, on_reports
from bot.ui.options import MOST_CHOICES, EditNumber, PreviewingOption, complete_edit
from bot.ui.report_options import PeriodOption, ThemeOption


class Mine(commands.GroupCog, group_name="mine", group_description="Your own edits and wishes."):
    """What concerns nobody but the member: every answer is private."""

    def __init__(
        self,
        desk: Desk,
        edits: Edits,
        spend: SpendService,
        limits: LimitService,
        reports: ReportService,
        gallery: Gallery,
        preferences: Preferences,
    ) -> None:
        self._desk = desk
        self._preferences = preferences
        self._edits = edits
        self._spend = spend
        self._limits = limits
        self._reports = reports
        self._gallery = gallery

    @app_commands.command()
    async def spend(
        self,
        interaction: discord.Interaction[TouchupBot],
        period: PeriodOption = ReportPeriod.MONTH,
        table: bool = False,
        theme: ThemeOption = ChartTheme.DARK,
    ) -> None:
        """See what you spent, day by day, what is set aside, and what is left.

        Args:
            interaction: who asks, and where.
            period: Which time. Without it: this month.
            table: Attach all of it as a table (CSV).
            theme: What the chart should fit: your Discord in dark, or in light.
        """
        await self._desk.acknowledge(interaction, shown=Shown.PRIVATE, kind=ReplyKind.LOOK)
        buyer = buyer_of(interaction)
        report = await self._reports.of_member(buyer, period)
        file = None
        if table:
            name = on_reports.table_name("mine", period, now=report.now)
            file = (name, await self._reports.table_of_member(buyer, period))
        sheet = await reporting.member_sheet(
            self._reports, report, await self._spend.of_member(buyer), theme, table=file
        )
        await self._desk.present(interaction, sheet)

    @app_commands.command()
    async def limits(self, interaction: discord.Interaction[TouchupBot]) -> None:
        """See every limit that counts for you here, what is left of it, and which one binds."""
        await self._desk.acknowledge(interaction, shown=Shown.PRIVATE, kind=ReplyKind.LOOK)
        found = await self._limits.explain(buyer_of(interaction))
        card = limit_cards.explanation(found, reader_id=interaction.user.id)
        await self._desk.show(interaction, card)

    @app_commands.command()
    async def queue(self, interaction: discord.Interaction[TouchupBot]) -> None:
        """See your edits in line, and cancel what you no longer want."""
        await self._desk.acknowledge(interaction, shown=Shown.PRIVATE, kind=ReplyKind.LOOK)
        entries = await self._edits.in_line(member_id=interaction.user.id)
        await self._desk.show(interaction, cards.queue(entries))

    @app_commands.command()
    async def edits(
        self, interaction: discord.Interaction[TouchupBot], edit: EditNumber | None = None
    ) -> None:
        """See your latest edits, and one of them with its pictures.

        Args:
            interaction: who asks, and where.
            edit: The number of one of your edits. Without it: the latest that is finished.
        """
        await self._desk.acknowledge(interaction, shown=Shown.PRIVATE, kind=ReplyKind.LOOK)
        member_id = interaction.user.id
        if edit is not None:
            await self._gallery.require_own(edit, member_id=member_id)
            await self._desk.exhibit(interaction, edit)
            return
        entries = await self._gallery.recent(member_id=member_id)
        latest = await self._gallery.latest(member_id=member_id)
        await self._desk.exhibit(interaction, latest, among=entries)

    @app_commands.command()
    async def preview(
        self, interaction: discord.Interaction[TouchupBot], when: PreviewingOption | None = None
    ) -> None:
        """Say when you want to see the area before an edit starts.

        Args:
            interaction: who asks, and where.
            when: auto, always or never. Without it: what it is now.
        """
        kind = ReplyKind.LOOK if when is None else ReplyKind.CHANGE
        await self._desk.acknowledge(interaction, shown=Shown.PRIVATE, kind=kind)
        member_id = interaction.user.id
        if when is not None:
            await self._preferences.set_previewing(member_id, when)
        found = when or await self._preferences.previewing(member_id)
        await self._desk.say(interaction, on_previews.previewing(found, changed=when is not None))

    @edits.autocomplete("edit")
    async def _complete_edit(
        self, interaction: discord.Interaction[TouchupBot], current: str
    ) -> list[app_commands.Choice[int]]:
        entries = await self._gallery.recent(member_id=interaction.user.id, count=MOST_CHOICES)
        return complete_edit(entries, current)
