"""Guilds, channels, threads and direct messages: what they are, and who may do what there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from bot.sandbox.clock import timestamp
from bot.sandbox.rest import permissions
from bot.sandbox.rest.permissions import NOTHING, Overwrite, Permission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.model.users import JSON, Role, User

ARCHIVE_MINUTES: Final = 4320
"""After how long without a message a thread is archived; the client's own choice for new ones."""

# Source: https://docs.discord.com/developers/interactions/receiving-and-responding, "Resolved
# Data Structure"; a thread also has what its creation said, which clients rely on.
_RESOLVED: Final = frozenset(
    (
        *("id", "name", "type", "last_message_id", "last_pin_timestamp", "nsfw", "parent_id"),
        *("guild_id", "flags", "rate_limit_per_user", "topic", "position", "thread_metadata"),
        *("owner_id", "message_count", "member_count", "total_message_sent"),
    )
)
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


class ChannelType(IntEnum):
    """Source: https://docs.discord.com/developers/resources/channel, "Channel Types"."""

    TEXT = 0
    DM = 1
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel of a guild, a thread in one, or the direct messages with one person.

    `denied` is what the bot may not do here. `denies_interactions` makes the denial count for
    interaction answers too; Discord itself lets those attach files and embeds almost everywhere.
    """

    id: str
    name: str
    guild: Guild | None = None
    recipient: User | None = None
    nsfw: bool = False
    deleted: bool = False
    denied: Permission = NOTHING
    denies_interactions: bool = False
    overwrites: dict[str, Overwrite] = field(default_factory=dict)

    @property
    def type(self) -> ChannelType:
        """Which kind of channel it is."""
        return ChannelType.DM if self.guild is None else ChannelType.TEXT

    @property
    def sending(self) -> Permission:
        """The permission that writing here takes."""
        return Permission.SEND_MESSAGES

    def deny(self, *names: str, interactions: bool = False) -> None:
        """Forbid the bot something here, by permission name, e.g. "ATTACH_FILES"."""
        for name in names:
            self.denied |= Permission[name]
        self.denies_interactions = interactions

    def allow(self) -> None:
        """Take all denials back."""
        self.denied = NOTHING
        self.denies_interactions = False

    def overwrite(
        self, target: Role | User, *, allow: Iterable[str] = (), deny: Iterable[str] = ()
    ) -> None:
        """Let this channel say something else about a role or a member, by permission names."""
        allowed, denied = NOTHING, NOTHING
        for name in allow:
            allowed |= Permission[name]
        for name in deny:
            denied |= Permission[name]
        is_member = self.guild is None or target not in (
            self.guild.everyone,
            *self.guild.roles.values(),
        )
        self.overwrites[target.id] = Overwrite(target.id, is_member, allowed, denied)

    def permissions_of(self, user: User) -> Permission:
        """Say what a person may do here, overwrites included."""
        if self.guild is None:
            return permissions.EVERYONE
        return self._overwritten(self.guild, self.guild.permissions_of(user), user.id)

    def bot_permissions(self) -> Permission:
        """Say what the bot may do here."""
        if self.guild is None:
            return permissions.EVERYONE
        if not self.guild.bot_is_member:
            return Permission.EMBED_LINKS | Permission.ATTACH_FILES
        granted = permissions.effective(self.guild.bot_permissions)
        return self._overwritten(self.guild, granted, self.guild.bot_id) & ~self.denied

    def _overwritten(self, guild: Guild, granted: Permission, member_id: str) -> Permission:
        return permissions.overwritten(
            granted,
            self.overwrites.values(),
            guild_id=guild.id,
            role_ids=guild.worn.get(member_id, ()),
            member_id=member_id,
        )

    def payload(self) -> JSON:
        """Write the channel object."""
        if self.guild is None:
            recipients = [self.recipient.payload()] if self.recipient else []
            return {
                "id": self.id,
                "type": int(self.type),
                "flags": 0,
                "last_message_id": None,
                "recipients": recipients,
            }
        return {
            "id": self.id,
            "type": int(self.type),
            "guild_id": self.guild.id,
            "name": self.name,
            "position": self.guild.channels.index(self) if self in self.guild.channels else 0,
            "permission_overwrites": [one.payload() for one in self.overwrites.values()],
            "nsfw": self.nsfw,
            "flags": 0,
            "parent_id": None,
            "topic": None,
            "last_message_id": None,
            "rate_limit_per_user": 0,
        }

    def resolved(self, viewer: User) -> JSON:
        """Write what an option that names this channel is sent with."""
        return {key: value for key, value in self.payload().items() if key in _RESOLVED} | {
            "permissions": str(int(self.permissions_of(viewer))),
            "app_permissions": str(int(self.bot_permissions())),
        }


@dataclass(eq=False, slots=True, kw_only=True)
class Thread(Channel):
    """A thread: who may do what is decided by its channel, `parent`. `home` is its guild."""

    parent: Channel
    home: Guild
    owner_id: str
    created_at: float
    private: bool = False
    archived: bool = False

    @property
    def type(self) -> ChannelType:
        """Which kind of thread it is."""
        return ChannelType.PRIVATE_THREAD if self.private else ChannelType.PUBLIC_THREAD

    @property
    def sending(self) -> Permission:
        """The permission that writing here takes; that of channels does not count."""
        return Permission.SEND_MESSAGES_IN_THREADS

    def permissions_of(self, user: User) -> Permission:
        """Say what a person may do here."""
        return self.parent.permissions_of(user)

    def bot_permissions(self) -> Permission:
        """Say what the bot may do here."""
        return self.parent.bot_permissions() & ~self.denied

    def payload(self) -> JSON:
        """Write the thread's channel object."""
        created = timestamp(self.created_at)
        return {
            "id": self.id,
            "type": int(self.type),
            "guild_id": self.home.id,
            "parent_id": self.parent.id,
            "owner_id": self.owner_id,
            "name": self.name,
            "flags": 0,
            "last_message_id": None,
            "rate_limit_per_user": 0,
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "thread_metadata": {
                "archived": self.archived,
                "archive_timestamp": created,
                "auto_archive_duration": ARCHIVE_MINUTES,
                "locked": False,
                "create_timestamp": created,
            },
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
