"""`/limits`: what members may spend, set and explained by moderators."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.domain.errors import BadLimit, LimitProblem
from bot.domain.limits.reading import parse_cap, parse_extra
from bot.domain.limits.rules import Buyer
from bot.services.limits.boosts import BoostService, NewBoost
from bot.services.limits.commands import LimitService as LimitBook
from bot.services.limits.log import Actor
from bot.store.interactions.pending import InteractionKind
from bot.ui.interactions import BotInteraction
from bot.ui.interactions.callbacks import DeferMode
from bot.ui.interactions.permissions import is_moderator, require_moderator, roles_of
from bot.ui.interactions.responder import InteractionResponder
from bot.ui.limits import cards
from bot.ui.limits.options import (
    CountedChannel,
    MemberOption,
    PageNumber,
    Reason,
    RoleOption,
    WindowOption,
    complete_duration,
)
from bot.ui.limits.subjects import complete_which, read_which, require_buyer, subject_of
from bot.ui.texts.limits import changes


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.default_permissions(manage_guild=True)
class LimitsCog(
    commands.GroupCog,
    group_name="limits",
    group_description="What members may spend on pictures: for moderators.",
):
    """Every answer is private, and every change is logged with who made it and why."""

    def __init__(
        self, responder: InteractionResponder, limits: LimitBook, boosts: BoostService
    ) -> None:
        self._responder = responder
        self._limits = limits
        self._boosts = boosts

    @app_commands.command(name="set")
    async def put(
        self,
        interaction: BotInteraction,
        amount: str,
        window: WindowOption,
        member: MemberOption | None = None,
        role: RoleOption | None = None,
        channel: CountedChannel | None = None,
        reason: Reason = "",
    ) -> None:
        """Set how much may be spent: by this whole server, or by whom you name.

        Args:
            interaction: who asks, and where.
            amount: Dollars, such as 0.80 or 5; closed for nothing at all.
            window: Reset every hour, day, week (Monday), month, or never.
            member: One member; overrides their roles.
            role: Each member with this role; @everyone for each member.
            channel: All members together in this channel and its threads.
            reason: Why, for anyone who asks later.
        """
        guild_id = require_moderator(interaction)
        subject = subject_of(guild_id, member=member, role=role, channel_id=channel)
        require_buyer(member)
        cap = parse_cap(amount)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.CHANGE)
        actor = Actor(member_id=interaction.user.id, reason=reason)
        roles = roles_of(member) if member else ()
        found = await self._limits.set(actor, subject, window, cap, role_ids=roles)
        await self._responder.answer(interaction, changes.was_set(found))

    @app_commands.command()
    async def remove(
        self,
        interaction: BotInteraction,
        member: MemberOption | None = None,
        role: RoleOption | None = None,
        channel: CountedChannel | None = None,
        window: WindowOption | None = None,
        which: str | None = None,
        reason: Reason = "",
    ) -> None:
        """Remove a limit, or end a boost; the answer says what counts instead.

        Args:
            interaction: who asks, and where.
            member: The limit of this member.
            role: The limit of this role; @everyone for that of each member.
            channel: The limit of this channel.
            window: Which reset period, if several. Leave all empty for the server's limit.
            which: Pick a limit or boost from the list.
            reason: Why, for anyone who asks later.
        """
        guild_id = require_moderator(interaction)
        actor = Actor(member_id=interaction.user.id, reason=reason)
        subject = subject_of(guild_id, member=member, role=role, channel_id=channel)
        if which is not None and (member or role or channel or window):
            raise BadLimit(LimitProblem.TWO_SUBJECTS)
        meant = (subject, window) if which is None else read_which(which, guild_id)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.CHANGE)
        if isinstance(meant, int):
            ended = await self._boosts.end(actor, guild_id, meant)
            await self._responder.answer(interaction, changes.boost_ended(ended))
        else:
            # Of a limit from the list only the member's number is known.
            roles = roles_of(member) if member else None
            removed = await self._limits.remove(actor, *meant, role_ids=roles)
            await self._responder.answer(interaction, changes.was_removed(removed))

    @app_commands.command(name="list")
    async def of_guild(self, interaction: BotInteraction, page: PageNumber = 1) -> None:
        """See all limits of this server, its boosts, and who changed what last.

        Args:
            interaction: who asks, and where.
            page: Which page, where one card has no room for all.
        """
        guild_id = require_moderator(interaction)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        found = await self._limits.of_guild(guild_id)
        await self._responder.answer(interaction, cards.listing(found, page))

    @app_commands.command()
    async def explain(
        self,
        interaction: BotInteraction,
        member: MemberOption | None = None,
        channel: CountedChannel | None = None,
    ) -> None:
        """See every limit that counts for a member, what is left of it, and which one decides.

        Args:
            interaction: who asks, and where.
            member: Whose limits. Without it: yours.
            channel: Where they would buy. Without it: here.
        """
        guild_id = require_moderator(interaction)
        require_buyer(member)
        deferred = await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.LOOK)
        here = deferred.buyer
        found = await self._limits.explain(
            Buyer(
                member_id=member.id if member else here.member_id,
                guild_id=guild_id,
                channel_id=here.channel_id if channel is None else channel,
                role_ids=roles_of(member) if member else here.role_ids,
            )
        )
        card = cards.explanation(found, reader_id=interaction.user.id)
        await self._responder.answer(interaction, card)

    @app_commands.command()
    async def boost(
        self,
        interaction: BotInteraction,
        amount: str,
        duration: str,
        reason: Reason,
        member: MemberOption | None = None,
        role: RoleOption | None = None,
        channel: CountedChannel | None = None,
        window: WindowOption | None = None,
    ) -> None:
        """Give more room under a limit for a while; it ends by itself.

        Args:
            interaction: who asks, and where.
            amount: Extra dollars per day (or hour, week, month, as the limit), such as 2 or 0.50.
            duration: How long, such as 12h, 7d or 2w; or a date such as 2027-01-31.
            reason: Why, for anyone who asks later.
            member: One member. Without anybody named: this whole server.
            role: Each member with this role; @everyone for each member.
            channel: All members together in this channel.
            window: Which limit, where there are several. Without it: the daily one.
        """
        guild_id = require_moderator(interaction)
        subject = subject_of(guild_id, member=member, role=role, channel_id=channel)
        require_buyer(member)
        extra = parse_extra(amount)
        await self._responder.defer(interaction, DeferMode.PRIVATE, InteractionKind.CHANGE)
        actor = Actor(member_id=interaction.user.id, reason=reason)
        wish = NewBoost(
            subject=subject,
            window=window,
            amount=extra,
            until=duration,
            role_ids=roles_of(member) if member else (),
        )
        found = await self._boosts.give(actor, wish)
        await self._responder.answer(interaction, changes.was_boosted(found))

    @remove.autocomplete("which")
    async def _complete_which(
        self, interaction: BotInteraction, current: str
    ) -> list[app_commands.Choice[str]]:
        if not is_moderator(interaction) or interaction.guild_id is None:
            return []
        boosts = await self._boosts.active(interaction.guild_id)
        rules = await self._limits.of_moderators(interaction.guild_id)
        return complete_which(boosts, rules, current)

    @boost.autocomplete("duration")
    async def _complete_duration(
        self, _: BotInteraction, current: str
    ) -> list[app_commands.Choice[str]]:
        return complete_duration(current)
