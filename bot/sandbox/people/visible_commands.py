"""Which commands Discord offers to whom: contexts, permissions, an owner's overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.model.channels import Thread
from bot.sandbox.rest.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.model.channels import Channel, Guild
    from bot.sandbox.model.users import JSON, User


def refusal(command: JSON, user: User, channel: Channel, overrides: Mapping[str, bool]) -> str:
    """Say why a person is not offered a command in a channel; empty: they are.

    `overrides` are what the guild's owner said of this command, by id of a role (that of @everyone
    is the guild's), a user or a channel.
    Source: https://docs.discord.com/developers/interactions/application-commands#permissions
    """
    name, guild = command["name"], channel.guild
    contexts = command.get("contexts")
    if contexts is not None and (0 if guild else 1) not in contexts:
        return f"{name!r} is not offered here"
    if guild is None:
        return ""
    mine = channel.permissions_of(user)
    if mine & Permission.ADMINISTRATOR:
        return ""
    if not mine & Permission.VIEW_CHANNEL:
        return f"{user.name} cannot see this channel"
    if not mine & Permission.USE_APPLICATION_COMMANDS:
        return f"{user.name} may not use commands here"
    place = channel.parent if isinstance(channel, Thread) else channel
    if not overrides.get(place.id, True):
        return f"{name!r} is not offered in {place.name}"
    said = _said(user, guild, overrides)
    needed = command.get("default_member_permissions")
    if said is None:
        said = needed is None or (needed != "0" and not int(needed) & ~int(mine))
    return "" if said else f"{name!r} is not offered to {user.name}"


def _said(user: User, guild: Guild, overrides: Mapping[str, bool]) -> bool | None:
    """What was overridden about this person: themselves, any of their roles, everybody."""
    if user.id in overrides:
        return overrides[user.id]
    roles = [overrides[role.id] for role in guild.roles_of(user) if role.id in overrides]
    if roles:
        return any(roles)
    return overrides.get(guild.id)
