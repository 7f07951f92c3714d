"""The pictures of a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import discord
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENDINGS: Final = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".avif", ".bmp", ".tif", ".tiff"),
    # What an iPhone sends comes with no content type, or one that says nothing.
    *(".heic", ".heif"),
)


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture in a message. `url` is signed: with it, anybody has the picture."""

    url: str
    name: str

    def __repr__(self) -> str:
        return f"FoundPicture(name={self.name!r})"


def pictures_of(message: discord.Message) -> tuple[FoundPicture, ...]:
    """Every picture of a message once, in the order in which it shows them.

    A forwarded message shows those of the message it forwards, a card those it is built of.
    """
    found: dict[str, FoundPicture] = {}
    for picture in _all(message):
        try:
            path = URL(picture.url).path
        except ValueError:
            continue
        found.setdefault(path, picture)
    return tuple(found.values())


def _all(message: discord.Message) -> Iterator[FoundPicture]:
    yield from _attached(message.attachments)
    for part in _parts(message.components):
        yield from _shown(part)
    for forwarded in message.message_snapshots:
        yield from _attached(forwarded.attachments)


def _attached(attachments: Sequence[discord.Attachment]) -> Iterator[FoundPicture]:
    for attachment in attachments:
        name = attachment.filename
        if _is_picture(attachment.content_type, name):
            yield FoundPicture(attachment.url, name)


def _shown(part: discord.Component) -> Iterator[FoundPicture]:
    match part:
        case discord.MediaGalleryComponent(items=items):
            media = [item.media for item in items]
        case discord.ThumbnailComponent(media=one) | discord.FileComponent(media=one):
            media = [one]
        case _:
            return
    for item in media:
        # Without the id of an attachment it is a picture somewhere on the web.
        if item.attachment_id is not None:
            name = URL(item.url).name
            if _is_picture(item.content_type, name):
                yield FoundPicture(item.url, name)


def _is_picture(content_type: str | None, name: str) -> bool:
    return (content_type or "").startswith("image/") or name.lower().endswith(ENDINGS)


def _parts(components: Sequence[discord.Component]) -> Iterator[discord.Component]:
    for component in components:
        yield component
        yield from _parts(getattr(component, "children", ()))
        if (accessory := getattr(component, "accessory", None)) is not None:
            yield accessory
