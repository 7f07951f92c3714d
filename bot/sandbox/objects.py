"""Users, roles and guilds, and how Discord writes them; channels are in `places`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox import permissions
from bot.sandbox.clock import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.permissions import Permission
    from bot.sandbox.places import Channel, Thread

JSON = dict[str, Any]

# Fields of a guild that say nothing here, but which clients expect.
_ABSENT: Final = (
    *("icon", "splash", "discovery_splash", "banner", "description", "home_header"),
    *("afk_channel_id", "system_channel_id", "rules_channel_id", "public_updates_channel_id"),
    *("safety_alerts_channel_id", "widget_channel_id", "application_id", "vanity_url_code"),
    *("incidents_data", "max_presences"),
)
_ZERO: Final = (
    *("verification_level", "default_message_notifications", "explicit_content_filter"),
    *("mfa_level", "system_channel_flags", "premium_tier", "premium_subscription_count"),
    "nsfw_level",
)
_EMPTY: Final = (
    *("emojis", "stickers", "features", "voice_states", "presences"),
    *("stage_instances", "guild_scheduled_events", "soundboard_sounds"),
)


@dataclass(eq=False, slots=True)
class User:
    """An account. `accepts_dms` is the member's privacy setting."""

    id: str
    name: str
    bot: bool = False
    accepts_dms: bool = True

    def payload(self) -> JSON:
        """Write the user object."""
        return {
            "id": self.id,
            "username": self.name.lower(),
            "discriminator": "0",
            "global_name": None if self.bot else self.name.title(),
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }


@dataclass(eq=False, slots=True)
class Role:
    """A role of one guild."""

    id: str
    name: str
    permissions: Permission
    position: int = 1

    def payload(self) -> JSON:
        """Write the role object."""
        return {
            "id": self.id,
            "name": self.name,
            "description": None,
            "permissions": str(int(self.permissions)),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }


@dataclass(eq=False, slots=True)
class Guild:
    """A guild. Everybody is a member with the @everyone role, except those in `absent`."""

    id: str
    name: str
    owner: User
    created_at: float
    everyone: Role
    channels: list[Channel] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    roles: dict[str, Role] = field(default_factory=dict)
    worn: dict[str, set[str]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    bot_id: str = ""
    bot_permissions: Permission = permissions.EVERYONE
    bot_is_member: bool = True
    locale: str = "en-US"

    def roles_of(self, user: User) -> list[Role]:
        """List the roles a member wears, @everyone not among them."""
        return [self.roles[role_id] for role_id in sorted(self.worn.get(user.id, ()))]

    def permissions_of(self, user: User) -> Permission:
        """Say what a member may do in this guild."""
        if user is self.owner:
            return permissions.ALL
        granted = self.everyone.permissions
        for role in self.roles_of(user):
            granted |= role.permissions
        return permissions.effective(granted)

    def member(self, user: User, *, at: Channel | None = None) -> JSON:
        """Write the member object; with a channel also what they may do there."""
        payload: JSON = {
            "user": user.payload(),
            "nick": None,
            "avatar": None,
            "banner": None,
            "roles": [role.id for role in self.roles_of(user)],
            "joined_at": timestamp(self.created_at),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
            "communication_disabled_until": None,
        }
        if at is not None:
            payload["permissions"] = str(int(at.permissions_of(user)))
        return payload

    def payload(self, members: Iterable[User] = ()) -> JSON:
        """Write the guild object, as GUILD_CREATE and GET /guilds/{id} carry it."""
        return {
            **dict.fromkeys(_ABSENT),
            **dict.fromkeys(_ZERO, 0),
            **{key: [] for key in _EMPTY},
            "id": self.id,
            "name": self.name,
            "owner_id": self.owner.id,
            "region": "deprecated",
            "roles": [role.payload() for role in (self.everyone, *self.roles.values())],
            "channels": [channel.payload() for channel in self.channels],
            "threads": [thread.payload() for thread in self.threads],
            "members": [self.member(user) for user in members],
            "member_count": 2,
            "large": False,
            "unavailable": False,
            "nsfw": False,
            "widget_enabled": False,
            "premium_progress_bar_enabled": False,
            "afk_timeout": 300,
            "max_members": 500_000,
            "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50,
            "preferred_locale": self.locale,
            "joined_at": timestamp(self.created_at),
        }
