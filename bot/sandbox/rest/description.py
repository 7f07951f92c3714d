"""Checks bodies against Discord's own OpenAPI description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from bot.sandbox.rest.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bot.sandbox.model.users import JSON

_ADDRESS: Final = "discord:description"
_ALSO: Final = "discord:strict"
# Source: https://docs.discord.com/developers/resources/channel, "Channel Types".
GUILD_MEDIA: Final = 16


class Description:
    """Discord's published description (github.com/discord/discord-api-spec, specs/openapi.json).

    Bodies we receive are held to it strictly: a property it does not name is a mistake. Our own
    answers must have what it requires, and may have more. Validators are made when first used.
    """

    def __init__(self, path: Path) -> None:
        # A development dependency, needed only where a description is given.
        import jsonschema_rs

        document = json.loads(path.read_bytes())
        spec = {"components": document["components"], "paths": document["paths"]}
        strict = json.loads(json.dumps(spec))
        _forbid_unknown(strict)
        # "snowflake or number", says the prose of some; Discord takes numbers everywhere.
        strict["components"]["schemas"]["SnowflakeType"]["type"] = ["string", "integer"]
        self._paths = spec["paths"]
        self._make = jsonschema_rs.Draft202012Validator
        self._registry = jsonschema_rs.Registry([(_ADDRESS, spec), (_ALSO, strict)])
        self._known: dict[tuple[str, str, str], Any] = {}

    def body_problems(self, method: str, route: str, body: Any) -> list[FieldError]:
        """Judge what a bot sent; a route without a described body allows anything."""
        validator = self._validator(method, route, "")
        if validator is None:
            return []
        body = _without_media(body) if "/commands" in route else body
        body = _forgive(method, route, body)
        if validator.is_valid(body):
            return []
        return _problems(validator.iter_errors(body))

    def answer_problems(self, method: str, route: str, status: int, body: Any) -> list[FieldError]:
        """Judge what the sandbox answers."""
        validator = self._validator(method, route, str(status))
        if validator is None:
            return []
        body = _without_media(body) if "/commands" in route else body
        if validator.is_valid(body):
            return []
        return _problems(validator.iter_errors(body))

    def _validator(self, method: str, route: str, status: str) -> Any:
        key = (method, route, status)
        if key not in self._known:
            self._known[key] = self._build(method, route, status)
        return self._known[key]

    def _build(self, method: str, route: str, status: str) -> Any:
        operation = self._paths.get(route, {}).get(method.lower())
        if operation is None:
            return None
        part = (
            operation.get("responses", {}).get(status) if status else operation.get("requestBody")
        )
        if part is None or "application/json" not in part.get("content", {}):
            return None
        where = ["paths", route, method.lower()]
        where += ["responses", status] if status else ["requestBody"]
        where += ["content", "application/json", "schema"]
        pointer = "/".join(quote(key.replace("~", "~0").replace("/", "~1")) for key in where)
        document = _ADDRESS if status else _ALSO
        return self._make({"$ref": f"{document}#/{pointer}"}, registry=self._registry)


def _forbid_unknown(schema: Any) -> None:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and "type" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            _forbid_unknown(value)
    elif isinstance(schema, list):
        for value in schema:
            _forbid_unknown(value)


def _forgive(method: str, route: str, body: Any) -> Any:
    """Take away what is documented but missing in the description, without touching `body`."""
    if route.endswith(("/commands", "/commands/{command_id}")):
        commands = body if isinstance(body, list) else [body]
        forgiven = [_command(command) for command in commands]
        return forgiven if isinstance(body, list) else forgiven[0]
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("data"), dict):  # an interaction callback
        return body | {"data": _message(body["data"], is_edit=body.get("type") == 7)}
    return _message(body, is_edit=method == "PATCH")


def _message(body: JSON, *, is_edit: bool) -> JSON:
    """`tts` is ignored in edits; `flags` of embeds is an answer's field that discord.py repeats."""
    changed = {key: value for key, value in body.items() if key != "tts" or not is_edit}
    if isinstance(body.get("embeds"), list):
        changed["embeds"] = [
            {key: value for key, value in embed.items() if key != "flags"}
            if isinstance(embed, dict)
            else embed
            for embed in body["embeds"]
        ]
    return changed


def _command(command: Any) -> Any:
    if not isinstance(command, dict):
        return command
    changed = {key: value for key, value in command.items() if key not in {"nsfw", "dm_permission"}}
    if isinstance(changed.get("options"), list):
        changed["options"] = [_option(option) for option in changed["options"]]
    return changed


def _option(option: Any) -> Any:
    """`file_types` came in August 2026, after the description's snapshot."""
    if not isinstance(option, dict):
        return option
    changed = {key: value for key, value in option.items() if key != "file_types"}
    if isinstance(changed.get("options"), list):
        changed["options"] = [_option(inner) for inner in changed["options"]]
    return changed


def _without_media(value: Any) -> Any:
    """Copy commands without media channels, which the description knows nothing of."""
    if isinstance(value, list):
        return [_without_media(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    copied = {key: _without_media(inner) for key, inner in value.items()}
    if isinstance(copied.get("channel_types"), list):
        copied["channel_types"] = [one for one in copied["channel_types"] if one != GUILD_MEDIA]
    return copied


def _problems(errors: Iterable[Any]) -> list[FieldError]:
    found: list[FieldError] = []
    for error in errors:
        found += _explain(error)
    return found


def _explain(error: Any) -> list[FieldError]:
    """Go down a failed union into the branch that was most likely meant."""
    branches = getattr(error.kind, "context", None)
    if not branches:
        path = tuple(error.instance_path)
        return [FieldError(path, _code(error.kind), str(error.message)[:300])]
    depth = len(error.instance_path)
    meant = min(
        branches,
        key=lambda branch: (_null(branch), _wrong_type(branch, depth), _shallow(branch, depth)),
    )
    return _problems(meant)


def _null(branch: Sequence[Any]) -> bool:
    return any('is not of type "null"' in error.message for error in branch)


def _wrong_type(branch: Sequence[Any], depth: int) -> bool:
    """A branch for another `type` (or no object at all) was not meant."""
    return any(
        list(error.instance_path)[depth:] == ["type"]
        or (len(error.instance_path) == depth and _code(error.kind) == "TYPE")
        for error in branch
    )


def _shallow(branch: Sequence[Any], depth: int) -> int:
    return sum(1 for error in branch if len(error.instance_path) == depth)


def _code(kind: Any) -> str:
    name: str = getattr(kind, "name", "") or type(kind).__name__
    return "".join(f"_{c}" if c.isupper() else c for c in name).upper()
