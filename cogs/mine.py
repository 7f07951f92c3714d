"""`/mine`: a member's own edits and money."""

from __future__ import annotations

from collections.abc import Sequence

from discord import app_commands
from discord.ext import commands

from bot.domain.reports.charts import ChartTheme
from bot.domain.reports.spend import ReportPeriod
from bot.services.edits.gallery import Gallery, PastEdit, ResultCard
from bot.services.edits.service import EditService
from bot.services.limits.commands import LimitService
from bot.services.reports.member import SpendService
from bot.services.reports.service import ReportService
from bot.store.database import Database
from bot.store.edits import preferences
from bot.store.interactions.pending import InteractionKind
from bot.ui.delivery.failures import mapped
from bot.ui.edits import cards
from bot.ui.edits.options import EditNumber, PreviewingOption, complete_edit
from bot.ui.interactions import MOST_CHOICES, BotInteraction
from bot.ui.interactions.callbacks import DeferMode
from bot.ui.interactions.responder import InteractionResponder
from bot.ui.limits import cards as limit_cards
from bot.ui.reports import cards as report_cards
from bot.ui.reports.options import PeriodOption, ThemeOption
from bot.ui.texts import previews, reports


class MineCog(
    commands.GroupCog,
    group_name="mine",
    group_description="Your edits, spending and settings.",
):
    """What concerns nobody but the member: every answer is private."""

    def __init__(
        self,
        responder: InteractionResponder,
        edits: EditService,
        spend: SpendService,
        limits: LimitService,
        reports: ReportService,
        gallery: Gallery,
        database: Database,
    ) -> None:
        self._responder = responder
        self._database = database
        self._edits = edits
        self._spend = spend
        self._limits = limits
        self._reports = reports
        self._gallery = gallery

    @app_commands.command()
    async def spend(
        self,
        interaction: BotInteraction,
        period: PeriodOption = ReportPeriod.MONTH,
        table: bool = False,
        theme: ThemeOption = ChartTheme.DARK,
    ) -> None:
        """See what you spent, day by day, what is set aside, and what is left.

        Args:
            interaction: who asks, and where.
            period: Which time. Without it: this month.
            table: Attach all of it as a table (CSV).
            theme: Dark or light chart.
        """
        deferred = await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        buyer = deferred.buyer
        report = await self._reports.of_member(buyer, period)
        file = None
        if table:
            name = reports.table_name("mine", period, now=report.now)
            file = (name, await self._reports.table_of_member(buyer, period))
        card = await report_cards.of_member(
            self._reports, report, await self._spend.of_member(buyer), theme, table=file
        )
        await self._responder.present(interaction, card)

    @app_commands.command()
    async def limits(self, interaction: BotInteraction) -> None:
        """See every limit that counts for you here, what is left of it, and which one decides."""
        deferred = await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        found = await self._limits.explain(deferred.buyer)
        card = limit_cards.explanation(found, reader_id=interaction.user.id)
        await self._responder.answer(interaction, card)

    @app_commands.command()
    async def queue(self, interaction: BotInteraction) -> None:
        """See your edits in line, and cancel what you no longer want."""
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        entries = await self._edits.in_line(member_id=interaction.user.id)
        await self._responder.answer(interaction, cards.queue(entries))

    @app_commands.command()
    async def edits(self, interaction: BotInteraction, edit: EditNumber | None = None) -> None:
        """See your latest edits, and one of them with its pictures.

        Args:
            interaction: who asks, and where.
            edit: The number of one of your edits. Without it: the latest that is finished.
        """
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        member_id = interaction.user.id
        if edit is not None:
            await self._gallery.require_own(edit, member_id=member_id)
            await self._exhibit(interaction, edit)
            return
        entries = await self._gallery.recent(member_id=member_id)
        latest = await self._gallery.latest(member_id=member_id)
        if latest is None:
            await self._responder.answer(interaction, cards.past_list(entries))
        else:
            await self._exhibit(interaction, latest, among=entries)

    @app_commands.command()
    async def preview(
        self, interaction: BotInteraction, when: PreviewingOption | None = None
    ) -> None:
        """Say when you want to see the area before an edit starts.

        Args:
            interaction: who asks, and where.
            when: auto, always or never. Without it: what it is now.
        """
        kind = InteractionKind.LOOK if when is None else InteractionKind.CHANGE
        await self._responder.defer(interaction, DeferMode.PRIVATE, kind)
        member_id = interaction.user.id
        if when is None:
            found = await self._database.transact(preferences.previewing, member_id)
            said = previews.previewing(found, changed=False)
        else:
            await self._database.transact(preferences.set_previewing, member_id, when)
            said = previews.previewing(when, changed=True)
        await self._responder.answer(interaction, said)

    async def _exhibit(
        self, interaction: BotInteraction, edit_id: int, *, among: Sequence[PastEdit] = ()
    ) -> None:
        """Show one edit in full with its pictures, after the list it is in."""

        async def put(card: ResultCard) -> int:
            with mapped(card), cards.past(among, card) as message:
                return await self._responder.present(interaction, message)

        await self._gallery.show(edit_id, limit_bytes=interaction.filesize_limit, put=put)

    @edits.autocomplete("edit")
    async def _complete_edit(
        self, interaction: BotInteraction, current: str
    ) -> list[app_commands.Choice[int]]:
        entries = await self._gallery.recent(member_id=interaction.user.id, count=MOST_CHOICES)
        return complete_edit(entries, current)
