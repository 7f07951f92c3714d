"""Everything the local Discord knows: accounts, guilds, messages, interactions, commands."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from bot.sandbox.cdn.cdn import Cdn
from bot.sandbox.clock import Snowflakes
from bot.sandbox.gateway.gateway import Gateway
from bot.sandbox.model.channels import Channel, Guild, Thread
from bot.sandbox.model.messages import Messages
from bot.sandbox.model.users import JSON, Role, User
from bot.sandbox.people.waiting import StateWaiter
from bot.sandbox.rest.errors import RestError
from bot.sandbox.rest.permissions import EVERYONE, Permission
from bot.sandbox.rest.teams import Team, TeamMember

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.model.records import StoredMessage
    from bot.sandbox.people.interaction import PersonInteraction

# Default upload limit per file. https://docs.discord.com/developers/reference#uploading-files
ATTACHMENT_SIZE_LIMIT: Final = 10 * 1024 * 1024
NONCE_SECONDS: Final = 300.0
GUILD_MESSAGES: Final = 1 << 9
DIRECT_MESSAGES: Final = 1 << 12
GUILDS: Final = 1 << 0


class DiscordState:
    """The state behind the sockets."""

    def __init__(self, clock: Callable[[], float], *, attachment_size_limit: int) -> None:
        self.clock = clock
        self.attachment_size_limit = attachment_size_limit
        self.snowflakes = Snowflakes(clock)
        self.changes = StateWaiter()
        self.bot = User(self.snowflakes(), "touchup", bot=True)
        self.token = self._new_token()
        self.team: Team | None = None
        self.users: dict[str, User] = {self.bot.id: self.bot}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.direct: dict[str, Channel] = {}
        self.interactions: dict[str, PersonInteraction] = {}
        self.commands: dict[str | None, dict[str, JSON]] = {None: {}}
        self.overrides: dict[tuple[str, str], dict[str, bool]] = {}
        self.nonces: dict[tuple[str, str], tuple[float, str]] = {}
        self.cdn = Cdn(clock, self.snowflakes)
        self.gateway = Gateway(
            bot=self.bot,
            guilds=self.guilds,
            token=lambda: self.token,
            clock=clock,
            changes=self.changes,
        )
        self.messages = Messages(self.cdn, clock, self.snowflakes, self.users, self._announce)

    def _new_token(self) -> str:
        # Some clients read the application's id out of the first part.
        first = base64.b64encode(self.bot.id.encode()).decode().rstrip("=")
        return f"{first}.local.{self.snowflakes()}"

    def rotate_token(self) -> None:
        """Revoke the bot's token."""
        self.token = self._new_token()

    def add_user(self, name: str) -> User:
        """Create an account."""
        user = User(self.snowflakes(), name)
        self.users[user.id] = user
        return user

    def add_to_team(self, user: User, *, role: str, accepted: bool) -> None:
        """Let a team own the application, and this account be in it."""
        self.team = self.team or Team(self.snowflakes())
        self.team.members.append(TeamMember(user, role, accepted))

    def add_guild(self, name: str, owner: User, guild_id: str | None = None) -> Guild:
        """Create a guild with one text channel called general."""
        identity = guild_id or self.snowflakes()
        everyone = Role(identity, "@everyone", EVERYONE, position=0)
        guild = Guild(identity, name, owner, self.clock(), everyone, bot_id=self.bot.id)
        self.guilds[guild.id] = guild
        self.add_channel(guild, "general")
        self.gateway.guild_appeared(guild)
        return guild

    def add_channel(self, guild: Guild, name: str) -> Channel:
        """Create a text channel."""
        channel = Channel(self.snowflakes(), name, guild)
        guild.channels.append(channel)
        self.channels[channel.id] = channel
        self.gateway.emit("CHANNEL_CREATE", channel.payload(), guild.id, intent=GUILDS)
        return channel

    def add_thread(self, channel: Channel, name: str, starter: User, *, private: bool) -> Thread:
        """Start a thread in a text channel."""
        guild = channel.guild
        if guild is None:
            raise ValueError("direct messages have no threads")
        thread = Thread(
            self.snowflakes(),
            name,
            guild,
            parent=channel,
            home=guild,
            owner_id=starter.id,
            created_at=self.clock(),
            private=private,
        )
        guild.threads.append(thread)
        self.channels[thread.id] = thread
        event = thread.payload() | {"newly_created": True}
        self.gateway.emit("THREAD_CREATE", event, guild.id, intent=GUILDS)
        return thread

    def add_role(self, guild: Guild, name: str, granted: Permission) -> Role:
        """Create a role."""
        role = Role(self.snowflakes(), name, granted, position=len(guild.roles) + 1)
        guild.roles[role.id] = role
        event = {"guild_id": guild.id, "role": role.payload()}
        self.gateway.emit("GUILD_ROLE_CREATE", event, guild.id, intent=GUILDS)
        return role

    def delete_role(self, guild: Guild, role: Role) -> None:
        """Delete a role; its members lose it."""
        del guild.roles[role.id]
        for worn in guild.worn.values():
            worn.discard(role.id)
        event = {"guild_id": guild.id, "role_id": role.id}
        self.gateway.emit("GUILD_ROLE_DELETE", event, guild.id, intent=GUILDS)

    def direct_channel(self, user: User) -> Channel:
        """Return the direct messages between the bot and one person."""
        if user.id not in self.direct:
            channel = Channel(self.snowflakes(), user.name, recipient=user)
            self.direct[user.id] = self.channels[channel.id] = channel
        return self.direct[user.id]

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with everything in it, its threads too."""
        channel.deleted = True
        self.channels.pop(channel.id, None)
        guild = channel.guild
        if guild is None:
            return
        event = channel.payload()
        if isinstance(channel, Thread):
            guild.threads.remove(channel)
            event = {key: event[key] for key in ("id", "guild_id", "parent_id", "type")}
            self.gateway.emit("THREAD_DELETE", event, guild.id, intent=GUILDS)
            return
        guild.channels.remove(channel)
        for thread in [thread for thread in guild.threads if thread.parent is channel]:
            thread.deleted = True
            guild.threads.remove(thread)
            self.channels.pop(thread.id, None)
        self.gateway.emit("CHANNEL_DELETE", event, guild.id, intent=GUILDS)

    def channel(self, channel_id: str) -> Channel:
        """Find a channel the bot may see.

        Raises:
            RestError: 10003 or 50001.
        """
        channel = self.channels.get(channel_id)
        if channel is None:
            raise RestError(10003)
        if channel.guild and not channel.guild.bot_is_member:
            raise RestError(50001)
        if not channel.bot_permissions() & Permission.VIEW_CHANNEL:
            raise RestError(50001)
        return channel

    def guild(self, guild_id: str) -> Guild:
        """Find a guild the bot is in.

        Raises:
            RestError: 10004.
        """
        guild = self.guilds.get(guild_id)
        if guild is None or not guild.bot_is_member:
            raise RestError(10004)
        return guild

    def _announce(self, record: StoredMessage, event: str) -> None:
        """Tell the bot of a message, as far as its intents go, and everybody who waits."""
        self.changes.notify()
        if record.viewer_id:
            return
        guild = record.channel.guild
        payload = self.messages.render(record)
        if event == "MESSAGE_DELETE":
            payload = {"id": record.id, "channel_id": record.channel.id}
        if guild:
            payload["guild_id"] = guild.id
            if event != "MESSAGE_DELETE" and not record.author.bot:
                payload["member"] = guild.member(record.author)
        intent = GUILD_MESSAGES if guild else DIRECT_MESSAGES
        self.gateway.emit(event, payload, guild.id if guild else None, intent=intent)
