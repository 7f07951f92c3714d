"""Who may do what, decided when it is done: what Discord hides from a menu is no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.domain.errors import ModeratorsOnly

if TYPE_CHECKING:
    from bot.ui.desk import Click


def is_moderator(click: Click) -> bool:
    """Whether they may manage the guild they are in.

    What Discord says about the member comes with the click itself, so it is of this very moment.
    """
    allowed = click.permissions
    return click.guild_id is not None and (allowed.manage_guild or allowed.administrator)


def require_moderator(click: Click) -> int:
    """Refuse who may not manage the guild they are in; its id.

    Raises:
        ModeratorsOnly: they may not, or it is no guild.
    """
    if click.guild_id is None or not is_moderator(click):
        raise ModeratorsOnly
    return click.guild_id


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


async def require_operator(click: Click) -> None:
    """Refuse who does not own the bot: its owner, or a member of its team who may act for it.

    Discord is asked, so let the click be acknowledged before.

    Raises:
        ModeratorsOnly: they do not.
    """
    if not await click.client.is_owner(click.user):
        raise ModeratorsOnly(operator=True)
