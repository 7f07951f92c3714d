"""Filling in a command or a form, as a Discord client would: checked, with `resolved`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.cdn.cdn import Upload
from bot.sandbox.model.channels import Channel
from bot.sandbox.model.users import Role, User
from bot.sandbox.people.components import walk
from bot.sandbox.rest.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.sandbox.model.channels import Guild
    from bot.sandbox.model.users import JSON
    from bot.sandbox.state import DiscordState


# Partial members lack these. Source: receiving-and-responding, "Resolved Data Structure".
_MISSING: Final = frozenset(("user", "deaf", "mute"))


class OptionType(IntEnum):
    """Source: https://docs.discord.com/developers/interactions/application-commands."""

    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


# Source: https://docs.discord.com/developers/interactions/application-commands, "Option Type".
INTEGERS_WITHIN: Final = 2**53 - 1
NUMBERS_WITHIN: Final = 2**53


MOST_CHARACTERS: Final = 6000
"""What a text option takes where it does not say less. Source: as above, "Option Structure"."""


@dataclass(slots=True)
class Resolved:
    """Collects the objects that option values name by id, as one person somewhere sees them."""

    state: DiscordState
    viewer: User
    place: Channel
    found: JSON = field(default_factory=dict)

    @property
    def guild(self) -> Guild | None:
        """Where the person is; None in direct messages."""
        return self.place.guild

    def add(self, value: object) -> Any:
        """Return what stands for a value on the wire, resolving what needs it."""
        if isinstance(value, Upload):
            stored = self.state.cdn.store(value, self.state.bot.id, ephemeral=True)
            self._put("attachments", stored.id, self.state.cdn.attachment(stored))
            return stored.id
        user = _user(value)
        if user is not None:
            self._put("users", user.id, user.payload())
            if self.guild and user.id not in self.guild.absent:
                member = self.guild.member(user, at=self.place)
                self._put("members", user.id, {k: member[k] for k in member if k not in _MISSING})
            return user.id
        if isinstance(value, Channel):
            self._put("channels", value.id, value.resolved(self.viewer))
            return value.id
        if isinstance(value, Role):
            self._put("roles", value.id, value.payload())
            return value.id
        return value

    def lists(self, value: object) -> bool:
        """Say whether a client lists this role or channel to choose from; true of anything else."""
        guild = self.guild
        if isinstance(value, Role):
            return guild is not None and value in (guild.everyone, *guild.roles.values())
        if isinstance(value, Channel):
            seen = bool(value.permissions_of(self.viewer) & Permission.VIEW_CHANNEL)
            return guild is not None and value.guild is guild and seen and not value.deleted
        return True

    def _put(self, kind: str, key: str, payload: JSON) -> None:
        self.found.setdefault(kind, {})[key] = payload


def fill(
    command: JSON,
    words: Sequence[str],
    values: Mapping[str, object],
    resolved: Resolved,
    *,
    focused: str | None = None,
) -> list[JSON]:
    """Build the options of a command; `words` are the subcommand's names, `focused` is being typed.

    Raises:
        LookupError: no such subcommand or option.
        ValueError: a required option is missing, or a value is not allowed.
    """
    options = command.get("options") or []
    if words:
        inner = next((o for o in options if o["name"] == words[0] and o["type"] <= 2), None)
        if inner is None:
            raise LookupError(f"no subcommand {words[0]!r} in {command['name']!r}")
        filled = fill(inner, words[1:], values, resolved, focused=focused)
        return [{"name": inner["name"], "type": inner["type"], "options": filled}]
    known = {option["name"]: option for option in options}
    if unknown := set(values) - set(known):
        raise LookupError(f"no option {sorted(unknown)} in {command['name']!r}")
    missing = [o["name"] for o in options if o.get("required") and o["name"] not in values]
    if missing and focused is None:
        raise ValueError(f"{command['name']!r} requires {missing}")
    if focused is not None and not known[focused].get("autocomplete"):
        raise LookupError(f"{focused} of {command['name']!r} completes nothing")
    filled = []
    for name, value in values.items():
        entry: JSON = {"name": name, "type": known[name]["type"]}
        if name == focused:
            # What is being typed is a text, also where a number is wanted.
            filled.append(entry | {"value": str(value), "focused": True})
        else:
            _require_allowed(known[name], value, resolved)
            filled.append(entry | {"value": resolved.add(value)})
    return filled


def _require_allowed(option: JSON, value: object, resolved: Resolved) -> None:
    """Refuse what a Discord client would not let a person send."""
    name, kind = option["name"], OptionType(option["type"])
    if not _is(kind, value):
        raise ValueError(f"{name} must be {kind.name}, not {value!r}")
    if not resolved.lists(value):
        raise ValueError(f"{value!r} is not among what is offered for {name}")
    kinds = option.get("channel_types")
    if kinds and isinstance(value, Channel) and value.type not in kinds:
        raise ValueError(f"{name} must be a channel of type {kinds}, not {value.type!r}")
    choices = [choice["value"] for choice in option.get("choices") or ()]
    if choices and value not in choices:
        raise ValueError(f"{name} must be one of {choices}, not {value!r}")
    _require_within(option, value)


def _require_within(option: JSON, value: object) -> None:
    if isinstance(value, str):
        size: float = len(value)
        low, high = option.get("min_length", 0), option.get("max_length", MOST_CHARACTERS)
    elif isinstance(value, int | float):
        most = INTEGERS_WITHIN if option["type"] == OptionType.INTEGER else NUMBERS_WITHIN
        size = value
        low, high = option.get("min_value", -most), option.get("max_value", most)
    else:
        return
    if not low <= size <= high:
        raise ValueError(f"{option['name']} must be within {low}..{high}, not {size}")


def _is(kind: OptionType, value: object) -> bool:
    match kind:
        case OptionType.STRING:
            return isinstance(value, str)
        case OptionType.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case OptionType.BOOLEAN:
            return isinstance(value, bool)
        case OptionType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case OptionType.ATTACHMENT:
            return isinstance(value, Upload)
        case OptionType.USER:
            return _user(value) is not None
        case OptionType.CHANNEL:
            return isinstance(value, Channel)
        case OptionType.ROLE:
            return isinstance(value, Role)
        case OptionType.MENTIONABLE:
            return isinstance(value, Role) or _user(value) is not None
    return False


def _user(value: object) -> User | None:
    """The account of a person."""
    user = getattr(value, "user", value)
    return user if isinstance(user, User) else None


def find_component(payload: JSON, name: str) -> JSON:
    """Find a button or menu by custom_id, label, placeholder or emoji.

    Raises:
        LookupError: there is none, or it is disabled.
    """
    offered = []
    for _, part in walk(payload["components"]):
        emoji = (part.get("emoji") or {}).get("name")
        names = (part.get("custom_id"), part.get("label"), part.get("placeholder"), emoji)
        if part.get("custom_id"):
            offered.append(names)
            if name in names:
                if part.get("disabled"):
                    raise LookupError(f"{name!r} is disabled")
                return part
    raise LookupError(f"nothing called {name!r} to press among {offered}")
