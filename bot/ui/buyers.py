"""Who buys, as Discord tells it with a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.domain.limits.rules import Buyer

if TYPE_CHECKING:
    from bot.ui.desk import Click


def buyer_of(click: Click) -> Buyer:
    """The member of a click with their roles, and the channel whose limits count."""
    return Buyer(
        member_id=click.user.id,
        guild_id=click.guild_id,
        channel_id=counted_channel(click.channel, click.channel_id),
        role_ids=roles_of(click.user),
    )


def roles_of(member: discord.User | discord.Member) -> tuple[int, ...]:
    """The ids of a member's roles, lowest first, without @everyone.

    `Member.roles` leaves out the roles of guilds that are not cached, and we cache none: these are
    the ids as they came with the interaction.
    """
    if not isinstance(member, discord.Member):
        return ()
    return tuple(sorted(set(member._roles) - {member.guild.id}))  # noqa: SLF001 - see above


def counted_channel(channel: object, channel_id: int | None) -> int | None:
    """The channel whose limits count: of a thread, the channel it is in."""
    if isinstance(channel, discord.Thread):
        return channel.parent_id
    return channel_id
