"""`/owner`: for those who own the bot."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.domain.limits.reading import parse_cap_or_none
from bot.domain.limits.rules import RuleAuthor
from bot.services.billing.owner import OwnerService
from bot.services.limits.commands import LimitService
from bot.services.limits.log import Actor
from bot.store.interactions.pending import InteractionKind
from bot.ui.interactions import BotInteraction
from bot.ui.interactions.callbacks import DeferMode
from bot.ui.interactions.permissions import require_operator
from bot.ui.interactions.responder import InteractionResponder
from bot.ui.limits.options import Reason, StopOption, WindowOption
from bot.ui.limits.subjects import wide_subject
from bot.ui.texts import billing
from bot.ui.texts.limits import changes


@app_commands.default_permissions()
class OwnerCog(
    commands.GroupCog,
    group_name="owner",
    group_description="The bot's status, for its operator.",
):
    """Every answer is private. Discord hides these from most; who may is decided here."""

    def __init__(
        self, responder: InteractionResponder, operating: OwnerService, limits: LimitService
    ) -> None:
        self._responder = responder
        self._operating = operating
        self._limits = limits

    @app_commands.command()
    async def status(self, interaction: BotInteraction) -> None:
        """See what is stopped and why, what is in line or unconfirmed, and what was spent."""
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        await require_operator(interaction)
        found = await self._operating.status()
        await self._responder.answer(interaction, billing.status(found))

    @app_commands.command()
    async def resume(self, interaction: BotInteraction, reason: StopOption | None = None) -> None:
        """Let purchases go on that were stopped.

        Args:
            interaction: who asks, and where.
            reason: Only what was stopped for this. Without it: everything.
        """
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.CHANGE)
        await require_operator(interaction)
        lifted = await self._operating.resume(reason, member_id=interaction.user.id)
        await self._responder.answer(interaction, billing.resumed(lifted))

    @app_commands.command()
    async def limit(
        self,
        interaction: BotInteraction,
        amount: str,
        window: WindowOption,
        server: str | None = None,
        reason: Reason = "",
    ) -> None:
        """Set what the whole bot may spend, or one server; no moderator can raise that.

        Args:
            interaction: who asks, and where.
            amount: Dollars, such as 50; closed for nothing at all; none to take your limit away.
            window: Reset every hour, day, week (Monday), month, or never.
            server: The number of a server, or "this". Without it: the whole bot.
            reason: Why, for your own books; no server is shown it.
        """
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.CHANGE)
        await require_operator(interaction)
        subject = wide_subject(server, here=interaction.guild_id)
        actor = Actor(member_id=interaction.user.id, author=RuleAuthor.OPERATOR, reason=reason)
        cap = parse_cap_or_none(amount)
        if cap is None:
            removed = await self._limits.remove(actor, subject, window)
            said = changes.was_removed(removed)
        else:
            said = changes.was_set(await self._limits.set(actor, subject, window, cap))
        await self._responder.answer(interaction, changes.about_server(subject, said))
