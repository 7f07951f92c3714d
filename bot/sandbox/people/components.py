"""Walking through the component trees of messages and modals."""

from __future__ import annotations

from enum import IntEnum
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.sandbox.model.users import JSON


class ComponentType(IntEnum):
    """Source: https://docs.discord.com/developers/components/reference."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS: Final = frozenset(
    (
        ComponentType.STRING_SELECT,
        ComponentType.USER_SELECT,
        ComponentType.ROLE_SELECT,
        ComponentType.MENTIONABLE_SELECT,
        ComponentType.CHANNEL_SELECT,
    )
)
CLASSIC: Final = frozenset((ComponentType.ACTION_ROW, ComponentType.BUTTON, *SELECTS))

_CHOOSING: Final[Mapping[str, object]] = {"min_values": 1, "max_values": 1}
# What Discord fills in where a bot leaves it out.
DEFAULTS: Final[Mapping[int, Mapping[str, object]]] = {
    ComponentType.THUMBNAIL: {"description": None, "spoiler": False},
    ComponentType.FILE: {"spoiler": False},
    ComponentType.SEPARATOR: {"divider": True, "spacing": 1},
    ComponentType.CONTAINER: {"accent_color": None, "spoiler": False},
    **dict.fromkeys(SELECTS, _CHOOSING),
}
GALLERY_ITEM: Final[Mapping[str, object]] = {"description": None, "spoiler": False}

Path = tuple[str | int, ...]


def walk(components: Sequence[JSON], path: Path = ("components",)) -> Iterator[tuple[Path, JSON]]:
    """Yield every component with its path, parents before children, in reading order."""
    for index, component in enumerate(components):
        here = (*path, index)
        yield here, component
        yield from walk(component.get("components") or (), (*here, "components"))
        for key in ("accessory", "component"):
            if component.get(key):
                yield (*here, key), component[key]


def complete(components: Sequence[JSON]) -> None:
    """Number the components and fill in what was left out, in place."""
    taken = {part["id"] for _, part in walk(components) if part.get("id")}
    free = (number for number in count(1) if number not in taken)
    for _, component in walk(components):
        if not component.get("id"):
            component["id"] = next(free)
        for key, value in DEFAULTS.get(component["type"], {}).items():
            component.setdefault(key, value)
        for item in component.get("items") or ():
            for key, value in GALLERY_ITEM.items():
                item.setdefault(key, value)


def media(components: Sequence[JSON]) -> Iterator[tuple[Path, JSON]]:
    """Yield every unfurled media item (an object with `url`) with its path."""
    for path, component in walk(components):
        for key in ("media", "file"):
            if isinstance(component.get(key), dict):
                yield (*path, key), component[key]
        for index, item in enumerate(component.get("items") or ()):
            yield (*path, "items", index, "media"), item["media"]


def texts(components: Sequence[JSON]) -> list[str]:
    """List the texts a person reads, top to bottom."""
    return [
        component["content"]
        for _, component in walk(components)
        if component["type"] == ComponentType.TEXT_DISPLAY
    ]
