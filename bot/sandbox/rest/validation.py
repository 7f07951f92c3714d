"""What Discord refuses although its published description allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.people import components as tree
from bot.sandbox.rest.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from bot.sandbox.model.users import JSON

EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
V2: Final = 1 << 15

# Sources: components/reference and resources/message of https://docs.discord.com/developers
MAX_COMPONENTS: Final = 40
MAX_EMBED_CHARACTERS: Final = 6000
MAX_DISPLAY_CHARACTERS: Final = 4000
MAX_MODAL_COMPONENTS: Final = 5
MAX_ATTACHMENTS: Final = 10
ATTACHMENT: Final = "attachment://"


def message_problems(
    *,
    flags: int,
    content: str,
    embeds: Sequence[JSON],
    components: Sequence[JSON],
    poll: object,
    filenames: Collection[str],
) -> list[FieldError]:
    """Judge a message as it would stand after this call; `filenames` are its attachments."""
    problems = [*_version_problems(flags, content, embeds, components, poll)]
    problems += _custom_id_problems(components)
    count = sum(1 for _ in tree.walk(components))
    if count > MAX_COMPONENTS:
        problems.append(
            FieldError(("components",), "BASE_TYPE_BAD_LENGTH", f"{count} components, 40 allowed")
        )
    problems += _embed_problems(embeds)
    problems += _file_problems(embeds, components, filenames)
    return problems


def defer_problems(data: JSON) -> list[FieldError]:
    """Judge the data of a deferred answer: the only flag allowed is EPHEMERAL."""
    if (data.get("flags") or 0) & ~EPHEMERAL:
        text = "Only EPHEMERAL may be set on a deferred response"
        return [FieldError(("data", "flags"), "MESSAGE_FLAGS_INVALID", text)]
    return []


def modal_problems(data: JSON) -> list[FieldError]:
    """Judge a modal."""
    problems = _custom_id_problems(data["components"])
    if len(data["components"]) > MAX_MODAL_COMPONENTS:
        problems.append(
            FieldError(
                ("components",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."
            )
        )
    return [FieldError(("data", *p.path), p.code, p.text) for p in problems]


def command_problems(commands: Sequence[JSON]) -> list[FieldError]:
    """Judge a set of commands: names are unique per type, required options come first."""
    problems = []
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        key = (command.get("type") or 1, command["name"])
        if key in seen:
            problems.append(
                FieldError((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique")
            )
        seen.add(key)
        problems += _option_problems(command.get("options") or (), (index, "options"))
    return problems


def _option_problems(options: Sequence[JSON], path: tree.Path) -> Iterator[FieldError]:
    optional = False
    for index, option in enumerate(options):
        if option.get("required") and optional:
            yield FieldError(
                (*path, index),
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional = optional or not option.get("required")
        if option["type"] in {1, 2}:
            yield from _option_problems(option.get("options") or (), (*path, index, "options"))


def _version_problems(
    flags: int, content: str, embeds: Sequence[JSON], components: Sequence[JSON], poll: object
) -> Iterator[FieldError]:
    if not flags & V2:
        for path, component in tree.walk(components):
            if component["type"] not in tree.CLASSIC:
                text = "Only allowed with the IS_COMPONENTS_V2 flag"
                yield FieldError((*path, "type"), "UNION_TYPE_CHOICES", text)
        return
    code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    for key, value in (("content", content), ("embeds", embeds), ("poll", poll)):
        if value:
            yield FieldError(
                (key,), code, f"The '{key}' field cannot be used with IS_COMPONENTS_V2"
            )
    shown = sum(map(len, tree.texts(components)))
    if shown > MAX_DISPLAY_CHARACTERS:
        text = f"{shown} displayable characters, {MAX_DISPLAY_CHARACTERS} allowed"
        yield FieldError(("components",), "COMPONENT_MAX_TOTAL_COMPONENT_TEXT", text)


def _custom_id_problems(components: Sequence[JSON]) -> list[FieldError]:
    problems = []
    seen: set[str] = set()
    for path, component in tree.walk(components):
        custom_id = component.get("custom_id")
        if custom_id is None:
            continue
        if custom_id in seen:
            text = "Component custom id cannot be duplicated"
            problems.append(
                FieldError((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", text)
            )
        seen.add(custom_id)
    return problems


def _embed_problems(embeds: Sequence[JSON]) -> list[FieldError]:
    total = sum(map(_embed_length, embeds))
    if total <= MAX_EMBED_CHARACTERS:
        return []
    text = f"Embed size exceeds maximum size of {MAX_EMBED_CHARACTERS}"
    return [FieldError(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", text)]


def _embed_length(embed: JSON) -> int:
    parts = [embed.get("title"), embed.get("description")]
    parts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for entry in embed.get("fields") or ():
        parts += [entry.get("name"), entry.get("value")]
    return sum(len(part.strip()) for part in parts if part)


def _file_problems(
    embeds: Sequence[JSON], components: Sequence[JSON], filenames: Collection[str]
) -> list[FieldError]:
    named = list(tree.media(components))
    named += [
        (("embeds", index, key), embed[key])
        for index, embed in enumerate(embeds)
        for key in ("image", "thumbnail")
        if embed.get(key)
    ]
    return [
        FieldError(
            (*path, "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", item["url"]
        )
        for path, item in named
        if item["url"].startswith(ATTACHMENT) and item["url"][len(ATTACHMENT) :] not in filenames
    ]
