"""The permission bits the sandbox knows by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


class Permission(IntFlag):
    """Source: https://docs.discord.com/developers/topics/permissions."""

    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    USE_EXTERNAL_APPS = 1 << 50


NOTHING: Final = Permission(0)
ALL: Final = Permission((1 << 51) - 1)

# What @everyone may do in a new guild, as far as it concerns a bot.
EVERYONE: Final = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.USE_EXTERNAL_APPS
)


def effective(granted: Permission) -> Permission:
    """Expand what the roles grant: an administrator may do everything."""
    return ALL if granted & Permission.ADMINISTRATOR else granted


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies one role or one member (`target_id`)."""

    target_id: str
    is_member: bool
    allow: Permission = NOTHING
    deny: Permission = NOTHING

    def payload(self) -> dict[str, Any]:
        """Write the overwrite object."""
        return {
            "id": self.target_id,
            "type": int(self.is_member),
            "allow": str(int(self.allow)),
            "deny": str(int(self.deny)),
        }


def overwritten(
    granted: Permission,
    overwrites: Iterable[Overwrite],
    *,
    guild_id: str,
    role_ids: Iterable[str],
    member_id: str,
) -> Permission:
    """Apply a channel's overwrites: @everyone's, then the roles' together, then the member's own.

    Source: https://docs.discord.com/developers/topics/permissions#permission-overwrites
    """
    if granted & Permission.ADMINISTRATOR:
        return ALL
    found = {overwrite.target_id: overwrite for overwrite in overwrites}
    for layer in ((guild_id,), tuple(role_ids), (member_id,)):
        here = [found[target_id] for target_id in layer if target_id in found]
        for overwrite in here:
            granted &= ~overwrite.deny
        for overwrite in here:
            granted |= overwrite.allow
    return granted
