"""`/owner`: for whoever runs the bot."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.limits.reading import parse_cap_or_none
from bot.domain.limits.rules import RuleAuthor
from bot.services.billing.owner import OwnerService
from bot.services.limits.commands import LimitService
from bot.services.limits.log import Actor
from bot.store.replies import ReplyKind
from bot.ui.acknowledging import Shown
from bot.ui.client import TouchupBot
from bot.ui.desk import Desk
from bot.ui.limit_options import Reason, WindowOption, wide_subject
from bot.ui.messages import on_limiting, on_owner
from bot.ui.owner_options import StopOption
from bot.ui.rights import require_operator


@app_commands.default_permissions()
class Owner(
    commands.GroupCog,
    group_name="owner",
    group_description="How the bot stands, for whoever runs it.",
):
    """Every answer is private. Discord hides these from most; who may is decided here."""

    def __init__(self, desk: Desk, operating: OwnerService, limits: LimitService) -> None:
        self._desk = desk
        self._operating = operating
        self._limits = limits

    @app_commands.command()
    async def status(self, interaction: discord.Interaction[TouchupBot]) -> None:
        """See what is stopped and why, what is in line or in doubt, and what was spent."""
        await self._desk.acknowledge(interaction, shown=Shown.PRIVATE, kind=ReplyKind.LOOK)
        await require_operator(interaction)
        found = await self._operating.status()
        await self._desk.say(interaction, on_owner.status(found))

    @app_commands.command()
    async def resume(
        self, interaction: discord.Interaction[TouchupBot], reason: StopOption | None = None
    ) -> None:
        """Let purchases go on that were stopped.

        Args:
            interaction: who asks, and where.
            reason: Only what was stopped for this. Without it: everything.
        """
        await self._desk.acknowledge(interaction, shown=Shown.PRIVATE, kind=ReplyKind.CHANGE)
        await require_operator(interaction)
        lifted = await self._operating.resume(reason, member_id=interaction.user.id)
        await self._desk.say(interaction, on_owner.resumed(lifted))

    @app_commands.command()
    async def limit(
        self,
        interaction: discord.Interaction[TouchupBot],
        amount: str,
        window: WindowOption,
        server: str | None = None,
        reason: Reason = "",
    ) -> None:
        """Set what the whole bot may spend, or one server; no moderator can raise that.

        Args:
            interaction: who asks, and where.
            amount: Dollars, such as 50; closed for nothing at all; none to take your limit away.
            window: For how long it counts before it starts anew.
            server: The number of a server, or "this". Without it: the whole bot.
            reason: Why, for your own books; no server is shown it.
        """
        await self._desk.acknowledge(interaction, shown=Shown.PRIVATE, kind=ReplyKind.CHANGE)
        await require_operator(interaction)
        subject = wide_subject(server, here=interaction.guild_id)
        actor = Actor(member_id=interaction.user.id, author=RuleAuthor.OPERATOR, reason=reason)
        cap = parse_cap_or_none(amount)
        if cap is None:
            removed = await self._limits.remove(actor, subject, window)
            said = on_limiting.was_removed(removed)
        else:
            said = on_limiting.was_set(await self._limits.set(actor, subject, window, cap))
        await self._desk.say(interaction, on_limiting.about_server(subject, said))
