"""Users and roles, and how Discord writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.rest.permissions import Permission

JSON = dict[str, Any]


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
