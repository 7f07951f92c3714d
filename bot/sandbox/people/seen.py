"""What a person sees of a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.model.records import flatten
from bot.sandbox.people import components as tree
from bot.sandbox.people.components import SELECTS, ComponentType
from bot.sandbox.rest.validation import EPHEMERAL, LOADING, V2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.cdn.cdn import Cdn, CdnFile
    from bot.sandbox.model.records import StoredMessage
    from bot.sandbox.model.users import JSON


@dataclass(frozen=True, slots=True)
class File:
    """A file as shown: a V2 message shows only what its components name."""

    filename: str
    data: bytes = field(repr=False)
    content_type: str | None
    description: str | None
    spoiler: bool
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SeenButton:
    """A button. A link button has `url` and no `custom_id`."""

    label: str
    custom_id: str | None
    disabled: bool
    style: int
    url: str | None = None
    emoji: str | None = None


@dataclass(frozen=True, slots=True)
class Select:
    """A menu; `options` are (label, value) pairs, empty for members, roles and channels."""

    custom_id: str
    placeholder: str
    options: tuple[tuple[str, str], ...]
    disabled: bool
    kind: int


class Message:
    """A message as it stood when this object was made; look again to see later edits.

    `mentions` are the ids of the users it mentions (everyone: `mentions_everyone`), `viewer_id`
    the only person who sees it if it is ephemeral, `interaction_id` the interaction it answers.
    """

    def __init__(self, record: StoredMessage, payload: JSON, cdn: Cdn) -> None:
        self.id = record.id
        self.channel_id = record.channel.id
        self.author_id = record.author.id
        self.viewer_id = record.viewer_id
        self.interaction_id = record.interaction_id
        self.payload = payload
        self.versions = tuple(record.versions)
        self.deleted_at = record.deleted_at
        self.nonce: str | int | None = payload.get("nonce")
        self._cdn = cdn

    def __repr__(self) -> str:
        return f"<Message {self.id} by {self.author_id}: {self.text[:120]!r}>"

    @property
    def flags(self) -> int:
        """Discord's message flags."""
        return int(self.payload["flags"])

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still says "is thinking…"."""
        return bool(self.flags & LOADING)

    @property
    def edits(self) -> int:
        """How often it was written after its first appearance."""
        return sum(version.payload is not None for version in self.versions) - 1

    @property
    def text(self) -> str:
        """Everything that can be read: content, embeds, text components; one part per line."""
        return flatten(self.payload)

    @property
    def mentions(self) -> frozenset[str]:
        """The ids of the users it mentions."""
        return frozenset(user["id"] for user in self.payload["mentions"])

    @property
    def mentioned_roles(self) -> frozenset[str]:
        """The ids of the roles it mentions."""
        return frozenset(self.payload["mention_roles"])

    @property
    def mentions_everyone(self) -> bool:
        """Whether it mentions @everyone or @here."""
        return bool(self.payload["mention_everyone"])

    @property
    def buttons(self) -> tuple[SeenButton, ...]:
        """The buttons, in reading order."""
        return tuple(
            SeenButton(
                label=component.get("label") or "",
                custom_id=component.get("custom_id"),
                disabled=bool(component.get("disabled")),
                style=component["style"],
                url=component.get("url"),
                emoji=(component.get("emoji") or {}).get("name"),
            )
            for component in self._components(ComponentType.BUTTON)
        )

    @property
    def selects(self) -> tuple[Select, ...]:
        """The menus, in reading order."""
        return tuple(
            Select(
                custom_id=component["custom_id"],
                placeholder=component.get("placeholder") or "",
                options=tuple((o["label"], o["value"]) for o in component.get("options") or ()),
                disabled=bool(component.get("disabled")),
                kind=component["type"],
            )
            for component in self._components(*SELECTS)
        )

    @property
    def files(self) -> tuple[File, ...]:
        """The files a person sees, in order."""
        return tuple(self._shown())

    def _components(self, *kinds: int) -> Iterator[JSON]:
        for _, component in tree.walk(self.payload["components"]):
            if component["type"] in kinds:
                yield component

    def _shown(self) -> Iterator[File]:
        if not self.flags & V2:
            for entry in self.payload["attachments"]:
                yield _file(self._cdn.files[entry["id"]], entry, entry)
            return
        for _, component in tree.walk(self.payload["components"]):
            for item in component.get("items") or (component,):
                media: JSON = item.get("media") or item.get("file") or {}
                stored = self._cdn.find(media["url"]) if media else None
                if stored:
                    yield _file(stored, media, item)


def _file(stored: CdnFile, media: JSON, item: JSON) -> File:
    return File(
        filename=stored.filename,
        data=stored.data,
        content_type=media.get("content_type"),
        description=item.get("description") or stored.description,
        spoiler=bool(item.get("spoiler")) or stored.spoiler,
        url=media["url"],
    )
