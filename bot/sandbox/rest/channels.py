"""REST routes that want the bot's token: messages, channels, guilds, members, itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.gateway import gateway
from bot.sandbox.rest import routes, validation
from bot.sandbox.rest.errors import RestError
from bot.sandbox.rest.permissions import Permission
from bot.sandbox.rest.rest import NO_CONTENT, Endpoint, RestCall, RestResponse
from bot.sandbox.state import NONCE_SECONDS

if TYPE_CHECKING:
    from bot.sandbox.model.channels import Channel
    from bot.sandbox.model.records import StoredMessage
    from bot.sandbox.model.users import JSON
    from bot.sandbox.state import DiscordState


class ChannelRoutes:
    """Channel messages and direct messages."""

    def __init__(self, state: DiscordState) -> None:
        self._state = state

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

    async def open_direct(self, call: RestCall) -> RestResponse:
        """Open the direct messages with somebody; Discord says yes even where they are closed."""
        user = self._state.users.get(str(call.body["recipient_id"]))
        if user is None or user.bot:
            raise RestError(10013)
        return RestResponse(self._state.direct_channel(user).payload())

    async def show(self, call: RestCall) -> RestResponse:
        """Show a channel."""
        return RestResponse(self._state.channel(call["channel_id"]).payload())

    async def history(self, call: RestCall) -> RestResponse:
        """List messages, newest first; ephemeral ones are not in a channel's history."""
        channel = self._state.channel(call["channel_id"])
        limit = int(call.query.get("limit", "50"))
        before = int(call.query.get("before", "0")) or float("inf")
        after = int(call.query.get("after", "0"))
        found = [
            self._state.messages.render(self._state.messages.records[message.id])
            for message in self._state.messages.seen_in(channel, None)
            if after < int(message.id) < before
        ]
        return RestResponse(found[::-1][:limit])

    async def post(self, call: RestCall) -> RestResponse:
        """Write a message; a nonce with `enforce_nonce` makes repeating it harmless."""
        channel = self._state.channel(call["channel_id"])
        self._check(channel, call)
        nonce = str(call.body.get("nonce") or "") if call.body.get("enforce_nonce") else ""
        key = (channel.id, nonce)
        now = self._state.clock()
        since, message_id = self._state.nonces.get(key, (0.0, ""))
        if nonce and now - since < NONCE_SECONDS and message_id in self._state.messages.records:
            return RestResponse(
                self._state.messages.render(self._state.messages.records[message_id])
            )
        body = call.body | {"flags": (call.body.get("flags") or 0) & ~validation.EPHEMERAL}
        extra = self._extra(channel, call.body)
        record = self._state.messages.create(
            channel, self._state.bot, body, call.files, extra=extra
        )
        self._state.nonces[key] = (now, record.id)
        return RestResponse(self._state.messages.render(record))

    async def read(self, call: RestCall) -> RestResponse:
        """Show a message that is not ephemeral."""
        return RestResponse(self._state.messages.render(self._record(call)))

    async def edit(self, call: RestCall) -> RestResponse:
        """Change one of the bot's own messages, however old its interaction is."""
        record = self._record(call)
        if record.author is not self._state.bot:
            raise RestError(50005)
        self._check(record.channel, call)
        self._state.messages.edit(record, call.body, call.files)
        return RestResponse(self._state.messages.render(record))

    async def delete(self, call: RestCall) -> RestResponse:
        """Delete a message."""
        record = self._record(call)
        allowed = record.channel.bot_permissions() & Permission.MANAGE_MESSAGES
        if record.author is not self._state.bot and not allowed:
            raise RestError(50013)
        self._state.messages.delete(record)
        return NO_CONTENT

    def _record(self, call: RestCall) -> StoredMessage:
        channel = self._state.channel(call["channel_id"])
        record = self._state.messages.get(call["message_id"], channel)
        if record.viewer_id:
            raise RestError(10008)
        return record

    def _check(self, channel: Channel, call: RestCall) -> None:
        if channel.recipient and not channel.recipient.accepts_dms:
            raise RestError(50007)
        may = channel.bot_permissions()
        if channel.guild and not may & channel.sending:
            raise RestError(50013)
        if call.files and not may & Permission.ATTACH_FILES:
            raise RestError(50013)

    def _extra(self, channel: Channel, body: JSON) -> JSON:
        extra: JSON = {}
        if body.get("nonce") is not None:
            extra["nonce"] = body["nonce"]
        if reference := body.get("message_reference"):
            target = self._state.messages.records.get(str(reference.get("message_id")))
            if target and not target.deleted_at:
                extra["type"] = 19
                extra["message_reference"] = {
                    "type": 0,
                    "message_id": target.id,
                    "channel_id": target.channel.id,
                }
                extra["referenced_message"] = self._state.messages.render(target)
            elif reference.get("fail_if_not_exists", True):
                raise RestError(10008)
        return extra


class GuildRoutes:
    """The bot itself, its gateway address, and the guilds it is in."""

    def __init__(self, state: DiscordState) -> None:
        self._state = state

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

    async def me(self, _: RestCall) -> RestResponse:
        """Show the bot's account."""
        return RestResponse(gateway.me(self._state.bot))

    async def application(self, _: RestCall) -> RestResponse:
        """Show the application."""
        team = self._state.team
        owner = team.owner() if team else next(iter(self._state.guilds.values())).owner
        return RestResponse(
            {
                "id": self._state.bot.id,
                "name": self._state.bot.name,
                "icon": None,
                "description": "",
                "type": None,
                "bot": self._state.bot.payload(),
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
                "approximate_guild_count": len(self._state.guilds),
                "approximate_user_install_count": 0,
                "approximate_user_authorization_count": 0,
                "explicit_content_filter": 0,
                "eligible_oauth2_scopes": [],
            }
        )

    async def gateway(self, _: RestCall) -> RestResponse:
        """Say where the gateway is."""
        return RestResponse({"url": self._state.gateway.url})

    async def gateway_bot(self, _: RestCall) -> RestResponse:
        """Say where the gateway is and how many shards are wanted."""
        used = len(self._state.gateway.identifies)
        return RestResponse(
            {
                "url": self._state.gateway.url,
                "shards": self._state.gateway.shards,
                "session_start_limit": {
                    "total": 1000,
                    "remaining": max(0, 1000 - used),
                    "reset_after": 14_400_000,
                    "max_concurrency": 1,
                },
            }
        )

    async def user(self, call: RestCall) -> RestResponse:
        """Show an account."""
        user = self._state.users.get(call["user_id"])
        if user is None:
            raise RestError(10013)
        return RestResponse(user.payload())

    async def guild(self, call: RestCall) -> RestResponse:
        """Show a guild."""
        return RestResponse(self._state.guild(call["guild_id"]).payload())

    async def channels(self, call: RestCall) -> RestResponse:
        """List a guild's channels."""
        guild = self._state.guild(call["guild_id"])
        return RestResponse([channel.payload() for channel in guild.channels])

    async def roles(self, call: RestCall) -> RestResponse:
        """List a guild's roles."""
        guild = self._state.guild(call["guild_id"])
        return RestResponse([role.payload() for role in (guild.everyone, *guild.roles.values())])

    async def member(self, call: RestCall) -> RestResponse:
        """Show a member."""
        guild = self._state.guild(call["guild_id"])
        user = self._state.users.get(call["user_id"])
        if user is None:
            raise RestError(10013)
        if user.id in guild.absent:
            raise RestError(10007)
        return RestResponse(guild.member(user))
