"""Who a text mentions, given `allowed_mentions`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.model.users import JSON

_USER: Final = re.compile(r"<@!?(\d+)>")
_ROLE: Final = re.compile(r"<@&(\d+)>")
_EVERYONE: Final = re.compile(r"@(everyone|here)")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Ids of users and roles, and whether everybody was called."""

    users: tuple[str, ...]
    roles: tuple[str, ...]
    everyone: bool


def find(texts: Iterable[str], allowed: JSON | None) -> Mentions:
    """Parse as Discord's server does: markup, escapes and code fences do not protect anybody.

    Without `allowed_mentions` everything counts.
    https://docs.discord.com/developers/resources/message#allowed-mentions-object
    """
    text = "\n".join(texts)
    users = tuple(dict.fromkeys(_USER.findall(text)))
    roles = tuple(dict.fromkeys(_ROLE.findall(text)))
    everyone = bool(_EVERYONE.search(text))
    if allowed is None:
        return Mentions(users, roles, everyone)
    parse = allowed.get("parse") or ()
    if "users" not in parse:
        users = tuple(user for user in users if user in map(str, allowed.get("users") or ()))
    if "roles" not in parse:
        roles = tuple(role for role in roles if role in map(str, allowed.get("roles") or ()))
    return Mentions(users, roles, everyone and "everyone" in parse)
