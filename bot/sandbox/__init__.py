"""A local Discord: gateway, REST and CDN over real sockets.

Knows nothing of the bot; a bot reaches it only over its sockets. See `LocalDiscord`.
"""

from __future__ import annotations

from bot.sandbox import routes
from bot.sandbox.cdn import Delivery, Upload
from bot.sandbox.clock import Clock
from bot.sandbox.interactions import CallbackType, Interaction
from bot.sandbox.objects import Guild, Role
from bot.sandbox.people import Choice, Person
from bot.sandbox.permissions import Permission
from bot.sandbox.places import Channel, Thread
from bot.sandbox.server import LocalDiscord
from bot.sandbox.view import Button, File, Message, Version

__all__ = [
    "Button",
    "CallbackType",
    "Channel",
    "Choice",
    "Clock",
    "Delivery",
    "File",
    "Guild",
    "Interaction",
    "LocalDiscord",
    "Message",
    "Permission",
    "Person",
    "Role",
    "Thread",
    "Upload",
    "Version",
    "routes",
]
