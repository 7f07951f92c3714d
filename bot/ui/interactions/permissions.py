"""Who an interaction is from, and what they may do, decided when it is done: what Discord hides
from a menu may be sent all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.domain.errors import ModeratorsOnly
from bot.domain.limits.rules import Buyer

if TYPE_CHECKING:
    from bot.ui.interactions import BotInteraction


def buyer_of(interaction: BotInteraction) -> Buyer:
    """The member of an interaction with their roles, and the channel whose limits count: of a
    thread, the channel it is in.
    """
    channel = interaction.channel
    return Buyer(
        member_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=(
            channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
        ),
        role_ids=roles_of(interaction.user),
    )


def roles_of(member: discord.User | discord.Member) -> tuple[int, ...]:
    """The ids of a member's roles, lowest first, without @everyone.

    `Member.roles` leaves out the roles of guilds that are not cached, and we cache none: these are
    the ids as they came with the interaction.
    """
    if not isinstance(member, discord.Member):
        return ()
    return tuple(sorted(set(member._roles) - {member.guild.id}))  # noqa: SLF001 - see above


def is_moderator(interaction: BotInteraction) -> bool:
    """Whether they may manage the guild they are in.

    What Discord says about the member comes with the interaction, so it is of this very moment.
    """
    allowed = interaction.permissions
    return interaction.guild_id is not None and (allowed.manage_guild or allowed.administrator)


def require_moderator(interaction: BotInteraction) -> int:
    """Refuse who may not manage the guild they are in; its id.

    Raises:
        ModeratorsOnly: they may not, or it is not in a guild.
    """
    if interaction.guild_id is None or not is_moderator(interaction):
        raise ModeratorsOnly
    return interaction.guild_id


def owner_ids(application: discord.AppInfo) -> list[int]:
    """Who owns the bot: one account, or those of its team who joined it and may act for it."""
    if application.team is None:
        return [application.owner.id]
    return [
        member.id
        for member in application.team.members
        if member.membership_state is discord.TeamMembershipState.accepted
        and member.role is not discord.TeamMemberRole.read_only
    ]


async def require_operator(interaction: BotInteraction) -> None:
    """Refuse who does not own the bot: its owner, or a member of its team who may act for it.

    Discord is asked, so let the interaction be deferred before.

    Raises:
        ModeratorsOnly: they do not.
    """
    if not await interaction.client.is_owner(interaction.user):
        raise ModeratorsOnly(operator=True)
