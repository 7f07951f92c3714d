"""A local Discord: gateway, REST and CDN over real sockets.

Knows nothing of the bot; a bot reaches it only over its sockets. See `LocalDiscord`.
"""

from __future__ import annotations

from bot.sandbox.cdn.cdn import CdnBehaviour, Upload
from bot.sandbox.clock import Clock
from bot.sandbox.faults import DiscordFault
from bot.sandbox.model.channels import Channel, Guild, Thread
from bot.sandbox.model.records import Version
from bot.sandbox.model.users import Role
from bot.sandbox.people import components, mentions
from bot.sandbox.people.components import ComponentType
from bot.sandbox.people.interaction import ACKNOWLEDGE_SECONDS, CallbackType, PersonInteraction
from bot.sandbox.people.person import MESSAGE_MENU, AutocompleteChoice, Person
from bot.sandbox.people.seen import File, Message, SeenButton
from bot.sandbox.rest import routes, validation
from bot.sandbox.rest.description import Description
from bot.sandbox.rest.permissions import Permission
from bot.sandbox.server import LocalDiscord

__all__ = [
    "ACKNOWLEDGE_SECONDS",
    "MESSAGE_MENU",
    "AutocompleteChoice",
    "CallbackType",
    "CdnBehaviour",
    "Channel",
    "Clock",
    "ComponentType",
    "Description",
    "DiscordFault",
    "File",
    "Guild",
    "LocalDiscord",
    "Message",
    "Permission",
    "Person",
    "PersonInteraction",
    "Role",
    "SeenButton",
    "Thread",
    "Upload",
    "Version",
    "components",
    "mentions",
    "routes",
    "validation",
]
