"""The route templates, spelt as in Discord's description; tests name them in faults."""

from __future__ import annotations

from typing import Final

ME: Final = "/users/@me"
OAUTH_APPLICATION: Final = "/oauth2/applications/@me"
APPLICATION: Final = "/applications/@me"
GATEWAY: Final = "/gateway"
GATEWAY_BOT: Final = "/gateway/bot"
COMMANDS: Final = "/applications/{application_id}/commands"
COMMAND: Final = "/applications/{application_id}/commands/{command_id}"
GUILD_COMMANDS: Final = "/applications/{application_id}/guilds/{guild_id}/commands"
GUILD_COMMAND: Final = "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}"
CALLBACK: Final = "/interactions/{interaction_id}/{interaction_token}/callback"
FOLLOWUPS: Final = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL: Final = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
FOLLOWUP: Final = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
DM_CHANNELS: Final = "/users/@me/channels"
CHANNEL: Final = "/channels/{channel_id}"
CHANNEL_MESSAGES: Final = "/channels/{channel_id}/messages"
CHANNEL_MESSAGE: Final = "/channels/{channel_id}/messages/{message_id}"
GUILD: Final = "/guilds/{guild_id}"
GUILD_CHANNELS: Final = "/guilds/{guild_id}/channels"
GUILD_ROLES: Final = "/guilds/{guild_id}/roles"
GUILD_MEMBER: Final = "/guilds/{guild_id}/members/{user_id}"
USER: Final = "/users/{user_id}"
