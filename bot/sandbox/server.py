"""A local Discord: start it, point a bot at it, act as its members, watch what they see."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from bot.sandbox.people.person import Person
from bot.sandbox.rest.api import PREFIX, Api
from bot.sandbox.rest.description import Description
from bot.sandbox.rest.permissions import Permission
from bot.sandbox.state import ATTACHMENT_SIZE_LIMIT, DiscordState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bot.sandbox.model.channels import Channel, Guild, Thread
    from bot.sandbox.model.users import Role
    from bot.sandbox.people.seen import Message
    from bot.sandbox.people.waiting import T

# Ten files of 25 MiB with room to spare: the per-file limit is checked by us, not by aiohttp.
MOST_BYTES: Final = 300 * 1024 * 1024


class LocalDiscord:
    """Gateway, REST API and content server on one local port.

    Usage: `async with LocalDiscord() as discord:`, point the bot at `api_url`, `gateway_url` and
    `cdn_url` with `bot_token`, then `ada = discord.person("ada")`, `await ada.slash("edit", ...)`.

    For tests: `faults` (see `Faults.add`), `gateway` (drops, op 7, op 9, repeats, delays; counts
    IDENTIFYs), `rate_limits`, `requests` (every call), `violations` (refused forms),
    `unknown_routes` (404s), `own_mistakes` (our answers against the description).
    """

    def __init__(
        self,
        *,
        description: Path | None = None,
        clock: Callable[[], float] = time.time,
        host: str = "127.0.0.1",
        port: int = 0,
        attachment_size_limit: int = ATTACHMENT_SIZE_LIMIT,
        shards: int = 1,
        heartbeat_seconds: float | None = None,
        check_answers: bool = False,
    ) -> None:
        """Prepare a Discord with one guild and one text channel.

        Args:
            description: Discord's OpenAPI file; request bodies are held to it strictly.
            clock: unix seconds; decides the 3 s and 15 min rules and when links expire.
            host: where to listen.
            port: 0 takes any free one.
            attachment_size_limit: bytes per file.
            shards: what GET /gateway/bot recommends.
            heartbeat_seconds: sessions silent for 1.5 times as long are closed.
            check_answers: also hold our own answers to the description.
        """
        self.state = DiscordState(clock, attachment_size_limit=attachment_size_limit)
        self.gateway = self.state.gateway
        self.gateway.shards = shards
        if heartbeat_seconds is not None:
            self.gateway.heartbeat_seconds = heartbeat_seconds
        self.cdn = self.state.cdn
        self._api = Api(
            self.state,
            description=Description(description) if description else None,
            check_answers=check_answers,
        )
        self.faults = self._api.faults
        self.rate_limits = self._api.rate_limits
        self.requests = self._api.requests
        self.violations = self._api.violations
        self.unknown_routes = self._api.unknown_routes
        self.own_mistakes = self._api.own_mistakes
        self.default_guild = self.state.add_guild("Home", self.state.add_user("owner"))
        self.default_channel = self.default_guild.channels[0]
        self._host, self._port = host, port
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.5)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        host, port = self._runner.addresses[0][:2]
        self.cdn.url = f"http://{host}:{port}"
        self.gateway.url = f"ws://{host}:{port}/gateway"

    async def stop(self) -> None:
        """Close everything."""
        await self.gateway.close()
        await self._runner.cleanup()

    # Where a bot finds it

    @property
    def api_url(self) -> str:
        """Base address of the REST API."""
        return self.cdn.url + PREFIX

    @property
    def gateway_url(self) -> str:
        """Address of the gateway."""
        return self.gateway.url

    @property
    def cdn_url(self) -> str:
        """Base address of attachments."""
        return self.cdn.url

    @property
    def bot_token(self) -> str:
        """The token a bot logs in with."""
        return self.state.token

    @property
    def application_id(self) -> str:
        """The application's id, which is the bot's id too."""
        return self.state.bot.id

    # Its people and places

    def person(self, name: str, *, channel: Channel | None = None, **rights: bool) -> Person:
        """Return the person of this name (made when new), standing in a channel.

        `rights` are permission names in lower case, e.g. `manage_guild=True`: the person gets a
        role that grants them. `name` "owner" is the owner of the default guild.
        """
        user = next((u for u in self.state.users.values() if u.name == name and not u.bot), None)
        person = Person(
            self.state, user or self.state.add_user(name), channel or self.default_channel
        )
        granted = named(rights)
        if granted and person.guild:
            person.give(self.state.add_role(person.guild, f"{name}'s rights", granted))
        return person

    def guild(self, name: str, *, guild_id: str | None = None) -> Guild:
        """Create a guild with one channel; `guild_id` decides its shard."""
        return self.state.add_guild(name, self.state.add_user(f"{name} owner"), guild_id)

    def channel(self, name: str, guild: Guild | None = None) -> Channel:
        """Return the text channel of this name, made when new."""
        guild = guild or self.default_guild
        found = (channel for channel in guild.channels if channel.name == name)
        return next(found, None) or self.state.add_channel(guild, name)

    def thread(self, name: str, *, channel: Channel | None = None, private: bool = False) -> Thread:
        """Start a thread in a text channel; the default guild's owner starts it."""
        place = channel or self.default_channel
        return self.state.add_thread(place, name, self.default_guild.owner, private=private)

    def role(self, name: str, guild: Guild | None = None, **rights: bool) -> Role:
        """Return the role of this name, made when new; `rights` as for a person."""
        guild = guild or self.default_guild
        found = (role for role in guild.roles.values() if role.name == name)
        return next(found, None) or self.state.add_role(guild, name, named(rights))

    def delete_role(self, role: Role, guild: Guild | None = None) -> None:
        """Delete a role; its members lose it."""
        self.state.delete_role(guild or self.default_guild, role)

    def override(
        self,
        command: str,
        target: Role | Person | Channel,
        *,
        allowed: bool,
        guild: Guild | None = None,
    ) -> None:
        """Say who is offered a command of the bot, as owners do in Server Settings, Integrations.

        It takes the place of the command's `default_member_permissions`. The role @everyone is
        `guild.everyone`.
        """
        place = guild or self.default_guild
        said = self.state.overrides.setdefault((place.id, command), {})
        said[target.id] = allowed

    def join_team(self, person: Person, *, role: str = "admin", accepted: bool = True) -> None:
        """Put a person into the team that owns the application; before, an account owns it.

        `role` is "admin", "developer" or "read_only"; not `accepted`: invited only.
        """
        self.state.add_to_team(person.user, role=role, accepted=accepted)

    def dms(self, person: Person) -> Channel:
        """Return the direct messages between the bot and a person."""
        return self.state.direct_channel(person.user)

    def messages(self, channel: Channel, *, viewer: Person | None = None) -> list[Message]:
        """List what a person sees in a channel, oldest first; None sees nothing ephemeral."""
        return self.state.messages.seen_in(channel, viewer.id if viewer else None)

    def archive(self) -> list[Message]:
        """List every message ever written, deleted and ephemeral ones too, with its versions."""
        return [self.state.messages.see(r) for r in self.state.messages.records.values()]

    async def wait(self, condition: Callable[[], T], timeout: float = 10.0) -> T:  # noqa: ASYNC109
        """Return the first true value of `condition`, asked after each change.

        Raises:
            TimeoutError: it did not come true within `timeout` real seconds.
        """
        return await self.state.changes.until(condition, timeout, lambda: "the condition")

    @property
    def invalid_requests(self) -> int:
        """How many calls were answered with 401, 403 or 429: 10 000 in 10 minutes block an IP."""
        return self._api.invalid_requests

    # Faults that are not of a single call

    @property
    def attachment_size_limit(self) -> int:
        """Bytes per uploaded file; interactions carry the value of their time."""
        return self.state.attachment_size_limit

    @attachment_size_limit.setter
    def attachment_size_limit(self, limit: int) -> None:
        self.state.attachment_size_limit = limit

    def delete_message(self, message: Message) -> None:
        """Delete a message, as a moderator or its reader does."""
        self.state.messages.delete(self.state.messages.get(message.id))

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel."""
        self.state.delete_channel(channel)

    def kick_bot(self, guild: Guild) -> None:
        """Remove the bot from a guild."""
        guild.bot_is_member = False
        self.gateway.emit("GUILD_DELETE", {"id": guild.id}, guild.id, intent=1)

    async def revoke_token(self) -> None:
        """Make the bot's token invalid: 401 from now on, and the sockets close with 4004."""
        self.state.rotate_token()
        await self.gateway.drop(4004)

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=MOST_BYTES)
        router = application.router
        router.add_get("/gateway", self.gateway.serve)
        for room in ("attachments", "ephemeral-attachments"):
            router.add_get(f"/{room}/{{place}}/{{attachment_id}}/{{filename}}", self.cdn.serve)
        for method, path, serve in self._api.handlers():
            router.add_route(method, path, serve)
        return application


def named(rights: Mapping[str, bool]) -> Permission:
    """Collect permissions by their names in lower case."""
    granted = Permission(0)
    for right, given in rights.items():
        granted |= Permission[right.upper()] if given else Permission(0)
    return granted
