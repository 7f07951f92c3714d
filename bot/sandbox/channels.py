"""REST routes that want the bot's token: messages, channels, guilds, members, itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox import gateway, routes, rules
from bot.sandbox.permissions import Permission
from bot.sandbox.refusals import Refusal
from bot.sandbox.rest import NO_CONTENT, Answer, Call, Endpoint
from bot.sandbox.world import NONCE_SECONDS

if TYPE_CHECKING:
    from bot.sandbox.messages import Record
    from bot.sandbox.objects import JSON
    from bot.sandbox.places import Channel
    from bot.sandbox.world import World


class Channels:
    """Channel messages and direct messages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def endpoints(self) -> list[Endpoint]:
        """List method, route and function."""
        return [
            ("POST", routes.DM_CHANNELS, self.open_direct),
            ("GET", routes.CHANNEL, self.show),
            ("GET", routes.CHANNEL_MESSAGES, self.history),
            ("POST", routes.CHANNEL_MESSAGES, self.post),
            ("GET", routes.CHANNEL_MESSAGE, self.read),
            ("PATCH", routes.CHANNEL_MESSAGE, self.edit),
            ("DELETE", routes.CHANNEL_MESSAGE, self.delete),
        ]

    async def open_direct(self, call: Call) -> Answer:
        """Open the direct messages with somebody; Discord says yes even where they are closed."""
        user = self._world.users.get(str(call.body["recipient_id"]))
        if user is None or user.bot:
            raise Refusal(10013)
        return Answer(self._world.direct_channel(user).payload())

    async def show(self, call: Call) -> Answer:
        """Show a channel."""
        return Answer(self._world.channel(call["channel_id"]).payload())

    async def history(self, call: Call) -> Answer:
        """List messages, newest first; ephemeral ones are not in a channel's history."""
        channel = self._world.channel(call["channel_id"])
        limit = int(call.query.get("limit", "50"))
        before = int(call.query.get("before", "0")) or float("inf")
        after = int(call.query.get("after", "0"))
        found = [
            self._world.messages.render(self._world.messages.records[message.id])
            for message in self._world.messages.seen_in(channel, None)
            if after < int(message.id) < before
        ]
        return Answer(found[::-1][:limit])

    async def post(self, call: Call) -> Answer:
        """Write a message; a nonce with `enforce_nonce` makes repeating it harmless."""
        channel = self._world.channel(call["channel_id"])
        self._check(channel, call)
        nonce = str(call.body.get("nonce") or "") if call.body.get("enforce_nonce") else ""
        key = (channel.id, nonce)
        now = self._world.clock()
        since, message_id = self._world.nonces.get(key, (0.0, ""))
        if nonce and now - since < NONCE_SECONDS and message_id in self._world.messages.records:
            return Answer(self._world.messages.render(self._world.messages.records[message_id]))
        body = call.body | {"flags": (call.body.get("flags") or 0) & ~rules.EPHEMERAL}
        extra = self._extra(channel, call.body)
        record = self._world.messages.create(
            channel, self._world.bot, body, call.files, extra=extra
        )
        self._world.nonces[key] = (now, record.id)
        return Answer(self._world.messages.render(record))

    async def read(self, call: Call) -> Answer:
        """Show a message that is not ephemeral."""
        return Answer(self._world.messages.render(self._record(call)))

    async def edit(self, call: Call) -> Answer:
        """Change one of the bot's own messages, however old its interaction is."""
        record = self._record(call)
        if record.author is not self._world.bot:
            raise Refusal(50005)
        self._check(record.channel, call)
        self._world.messages.edit(record, call.body, call.files)
        return Answer(self._world.messages.render(record))

    async def delete(self, call: Call) -> Answer:
        """Delete a message."""
        record = self._record(call)
        allowed = record.channel.bot_permissions() & Permission.MANAGE_MESSAGES
        if record.author is not self._world.bot and not allowed:
            raise Refusal(50013)
        self._world.messages.delete(record)
        return NO_CONTENT

    def _record(self, call: Call) -> Record:
        channel = self._world.channel(call["channel_id"])
        record = self._world.messages.get(call["message_id"], channel)
        if record.viewer_id:
            raise Refusal(10008)
        return record

    def _check(self, channel: Channel, call: Call) -> None:
        if channel.recipient and not channel.recipient.accepts_dms:
            raise Refusal(50007)
        may = channel.bot_permissions()
        if channel.guild and not may & channel.sending:
            raise Refusal(50013)
        if call.files and not may & Permission.ATTACH_FILES:
            raise Refusal(50013)

    def _extra(self, channel: Channel, body: JSON) -> JSON:
        extra: JSON = {}
        if body.get("nonce") is not None:
            extra["nonce"] = body["nonce"]
        if reference := body.get("message_reference"):
            target = self._world.messages.records.get(str(reference.get("message_id")))
            if target and not target.deleted_at:
                extra["type"] = 19
                extra["message_reference"] = {
                    "type": 0,
                    "message_id": target.id,
                    "channel_id": target.channel.id,
                }
                extra["referenced_message"] = self._world.messages.render(target)
            elif reference.get("fail_if_not_exists", True):
                raise Refusal(10008)
        return extra


class Guilds:
    """The bot itself, its gateway address, and the guilds it is in."""

    def __init__(self, world: World) -> None:
        self._world = world

    def endpoints(self) -> list[Endpoint]:
        """List method, route and function."""
        return [
            ("GET", routes.ME, self.me),
            ("GET", routes.OAUTH_APPLICATION, self.application),
            ("GET", routes.APPLICATION, self.application),
            ("GET", routes.GATEWAY, self.gateway),
            ("GET", routes.GATEWAY_BOT, self.gateway_bot),
            ("GET", routes.USER, self.user),
            ("GET", routes.GUILD, self.guild),
            ("GET", routes.GUILD_CHANNELS, self.channels),
            ("GET", routes.GUILD_ROLES, self.roles),
            ("GET", routes.GUILD_MEMBER, self.member),
        ]

    async def me(self, _: Call) -> Answer:
        """Show the bot's account."""
        return Answer(gateway.me(self._world.bot))

    async def application(self, _: Call) -> Answer:
        """Show the application."""
        team = self._world.team
        owner = team.owner() if team else next(iter(self._world.guilds.values())).owner
        return Answer(
            {
                "id": self._world.bot.id,
                "name": self._world.bot.name,
                "icon": None,
                "description": "",
                "type": None,
                "bot": self._world.bot.payload(),
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "0" * 64,
                "flags": 0,
                "flags_new": "0",
                "owner": owner.payload(),
                "team": team.payload() if team else None,
                "tags": [],
                "redirect_uris": [],
                "rpc_origins": [],
                "interactions_endpoint_url": None,
                "role_connections_verification_url": None,
                "integration_types_config": {"0": {}, "1": {}},
                "approximate_guild_count": len(self._world.guilds),
                "approximate_user_install_count": 0,
                "approximate_user_authorization_count": 0,
                "explicit_content_filter": 0,
                "eligible_oauth2_scopes": [],
            }
        )

    async def gateway(self, _: Call) -> Answer:
        """Say where the gateway is."""
        return Answer({"url": self._world.gateway.url})

    async def gateway_bot(self, _: Call) -> Answer:
        """Say where the gateway is and how many shards are wanted."""
        used = len(self._world.gateway.identifies)
        return Answer(
            {
                "url": self._world.gateway.url,
                "shards": self._world.gateway.shards,
                "session_start_limit": {
                    "total": 1000,
                    "remaining": max(0, 1000 - used),
                    "reset_after": 14_400_000,
                    "max_concurrency": 1,
                },
            }
        )

    async def user(self, call: Call) -> Answer:
        """Show an account."""
        user = self._world.users.get(call["user_id"])
        if user is None:
            raise Refusal(10013)
        return Answer(user.payload())

    async def guild(self, call: Call) -> Answer:
        """Show a guild."""
        return Answer(self._world.guild(call["guild_id"]).payload())

    async def channels(self, call: Call) -> Answer:
        """List a guild's channels."""
        guild = self._world.guild(call["guild_id"])
        return Answer([channel.payload() for channel in guild.channels])

    async def roles(self, call: Call) -> Answer:
        """List a guild's roles."""
        guild = self._world.guild(call["guild_id"])
        return Answer([role.payload() for role in (guild.everyone, *guild.roles.values())])

    async def member(self, call: Call) -> Answer:
        """Show a member."""
        guild = self._world.guild(call["guild_id"])
        user = self._world.users.get(call["user_id"])
        if user is None:
            raise Refusal(10013)
        if user.id in guild.absent:
            raise Refusal(10007)
        return Answer(guild.member(user))
