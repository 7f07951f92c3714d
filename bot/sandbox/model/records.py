"""A message as it is kept: its payload, and every state it was ever in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.people import components as tree
from bot.sandbox.rest.validation import LOADING

if TYPE_CHECKING:
    from bot.sandbox.model.channels import Channel
    from bot.sandbox.model.users import JSON, User


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a message: `at` unix seconds, `payload` None once it was deleted."""

    at: float
    payload: JSON | None = field(repr=False)

    @property
    def text(self) -> str:
        """What could be read then."""
        return flatten(self.payload) if self.payload else ""

    @property
    def loading(self) -> bool:
        """Whether it said only "is thinking…"."""
        return bool(self.payload and self.payload["flags"] & LOADING)

    @property
    def filenames(self) -> tuple[str, ...]:
        """The names of the files attached then."""
        return tuple(entry["filename"] for entry in (self.payload or {}).get("attachments", ()))


@dataclass(eq=False, slots=True)
class StoredMessage:
    """A message as the sandbox keeps it. `payload` is replaced, never changed in place."""

    id: str
    channel: Channel
    author: User
    payload: JSON
    viewer_id: str | None = None
    interaction_id: str | None = None
    deleted_at: float | None = None
    versions: list[Version] = field(default_factory=list)

    @property
    def loading(self) -> bool:
        """Whether it still says "is thinking…"."""
        return bool(self.payload["flags"] & LOADING)


def flatten(payload: JSON) -> str:
    """Join everything that can be read in a message."""
    parts = [payload["content"]]
    for embed in payload["embeds"]:
        parts += _embed_texts(embed)
    parts += tree.texts(payload["components"])
    return "\n".join(part for part in parts if part)


def _embed_texts(embed: JSON) -> list[Any]:
    parts = [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
    for entry in embed.get("fields") or ():
        parts += [entry["name"], entry["value"]]
    return [*parts, (embed.get("footer") or {}).get("text")]
