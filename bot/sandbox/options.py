"""Filling in a command or a form, as a Discord client would: checked, with `resolved`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from bot.sandbox.cdn import Upload
from bot.sandbox.components import Kind, walk
from bot.sandbox.objects import Channel, Guild, Role, User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.sandbox.objects import JSON
    from bot.sandbox.world import World


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


@dataclass(slots=True)
class Resolved:
    """Collects the objects that option values name by id."""

    world: World
    guild: Guild | None
    found: JSON = field(default_factory=dict)

    def add(self, value: object) -> Any:
        """Return what stands for a value on the wire, resolving what needs it."""
        if isinstance(value, Upload):
            stored = self.world.cdn.store(value, self.world.bot.id, ephemeral=True)
            self._put("attachments", stored.id, self.world.cdn.attachment(stored))
            return stored.id
        user = getattr(value, "user", value)
        if isinstance(user, User):
            self._put("users", user.id, user.payload())
            if self.guild and user.id not in self.guild.absent:
                member = self.guild.member(user, computed=True)
                self._put("members", user.id, {k: v for k, v in member.items() if k != "user"})
            return user.id
        if isinstance(value, Channel):
            permissions = str(int(value.bot_permissions()))
            self._put("channels", value.id, value.payload() | {"permissions": permissions})
            return value.id
        if isinstance(value, Role):
            self._put("roles", value.id, value.payload())
            return value.id
        return value

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
    filled = []
    for name, value in values.items():
        option = known[name]
        if name != focused:
            _require_allowed(option, value)
        entry = {"name": name, "type": option["type"], "value": resolved.add(value)}
        filled.append(entry | ({"focused": True} if name == focused else {}))
    return filled


def _require_allowed(option: JSON, value: object) -> None:
    """Refuse what a Discord client would not let a person send."""
    name, kind = option["name"], option["type"]
    expected: dict[int, tuple[type, ...]] = {
        OptionType.STRING: (str,),
        OptionType.INTEGER: (int,),
        OptionType.BOOLEAN: (bool,),
        OptionType.NUMBER: (int, float),
        OptionType.ATTACHMENT: (Upload,),
    }
    if kind in expected and not isinstance(value, expected[kind]):
        raise ValueError(f"{name} must be {OptionType(kind).name}, not {value!r}")
    choices = [choice["value"] for choice in option.get("choices") or ()]
    if choices and value not in choices:
        raise ValueError(f"{name} must be one of {choices}, not {value!r}")
    size: Any = len(value) if isinstance(value, str) else value
    low = option.get("min_length" if isinstance(value, str) else "min_value")
    high = option.get("max_length" if isinstance(value, str) else "max_value")
    if (low is not None and size < low) or (high is not None and size > high):
        raise ValueError(f"{name} must be within {low}..{high}, not {size}")


def fill_form(modal: JSON, values: Mapping[str, object], resolved: Resolved) -> list[JSON]:
    """Build the components of a submitted form; `values` by custom_id or by label.

    Raises:
        LookupError: a value belongs to no field.
    """
    left = dict(values)
    submitted = []
    for number, component in enumerate(modal["components"], 1):
        inner = component.get("component") or next(iter(component.get("components") or ()), None)
        if inner is None:
            submitted.append({"type": component["type"], "id": component.get("id") or number})
            continue
        names = (inner.get("custom_id"), component.get("label"), inner.get("label"))
        name = next((name for name in names if name in left), None)
        answer = {
            "type": inner["type"],
            "id": inner.get("id") or 100 + number,
            "custom_id": inner["custom_id"],
            **_form_value(inner, left.pop(name) if name else None, resolved),
        }
        outer: JSON = {"type": component["type"], "id": component.get("id") or number}
        is_row = component["type"] == Kind.ACTION_ROW
        submitted.append(outer | ({"components": [answer]} if is_row else {"component": answer}))
    if left:
        raise LookupError(f"no fields {sorted(left)} in this form")
    return submitted


def _form_value(part: JSON, value: object, resolved: Resolved) -> JSON:
    match part["type"]:
        case Kind.TEXT_INPUT:
            return {"value": part.get("value") or "" if value is None else value}
        case Kind.CHECKBOX:
            return {"value": bool(part.get("default") if value is None else value)}
        case Kind.RADIO_GROUP:
            preset = (o["value"] for o in part["options"] if o.get("default"))
            return {"value": next(preset, None) if value is None else value}
    if value is None:
        chosen = [o["value"] for o in part.get("options") or () if o.get("default")]
    else:
        chosen = list(value) if isinstance(value, list | tuple) else [value]
    return {"values": [resolved.add(item) for item in chosen]}


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
