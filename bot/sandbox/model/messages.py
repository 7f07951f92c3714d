"""The messages of all channels: written, edited, deleted, seen by some."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.cdn.cdn import Upload
from bot.sandbox.clock import timestamp
from bot.sandbox.model.records import StoredMessage, Version
from bot.sandbox.people import components as tree
from bot.sandbox.people import mentions
from bot.sandbox.people.seen import Message
from bot.sandbox.rest import validation
from bot.sandbox.rest.errors import FieldError, RestError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.cdn.cdn import Cdn, CdnFile
    from bot.sandbox.clock import Snowflakes
    from bot.sandbox.model.channels import Channel
    from bot.sandbox.model.users import JSON, User

# What a bot may set at birth and in an edit.
# https://docs.discord.com/developers/resources/message#message-object-message-flags
SUPPRESS_EMBEDS: Final = 1 << 2
BIRTH_FLAGS: Final = SUPPRESS_EMBEDS | validation.EPHEMERAL | 1 << 12 | validation.V2
EDIT_FLAGS: Final = SUPPRESS_EMBEDS | validation.V2

Files = dict[str, Upload]


class Messages:
    """Every message ever written, in order; `on_change(record, event)` is told of each write."""

    def __init__(
        self,
        cdn: Cdn,
        clock: Callable[[], float],
        snowflakes: Snowflakes,
        users: Mapping[str, User],
        on_change: Callable[[StoredMessage, str], None],
    ) -> None:
        self.records: dict[str, StoredMessage] = {}
        self._cdn = cdn
        self._clock = clock
        self._snowflakes = snowflakes
        self._users = users
        self._on_change = on_change

    def create(
        self,
        channel: Channel,
        author: User,
        body: JSON,
        files: Files,
        *,
        viewer_id: str | None = None,
        interaction_id: str | None = None,
        loading: bool = False,
        extra: JSON | None = None,
    ) -> StoredMessage:
        """Write a new message; `loading` makes it a deferred answer, `extra` adds fields."""
        record = StoredMessage(
            id=self._snowflakes(),
            channel=channel,
            author=author,
            payload={},
            viewer_id=viewer_id,
            interaction_id=interaction_id,
        )
        record.payload = {
            "id": record.id,
            "type": 0,
            "channel_id": channel.id,
            "author": author.payload(),
            "content": "",
            "embeds": [],
            "attachments": [],
            "components": [],
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": False,
            "pinned": False,
            "tts": False,
            "timestamp": timestamp(self._clock()),
            "edited_timestamp": None,
            "flags": validation.LOADING if loading else 0,
            **(extra or {}),
        }
        flags = record.payload["flags"] | ((body.get("flags") or 0) & BIRTH_FLAGS)
        if loading:
            record.payload["flags"] = flags
        else:
            self._write(record, body, files, flags)
        self.records[record.id] = record
        self._note(record, "MESSAGE_CREATE")
        return record

    def edit(self, record: StoredMessage, body: JSON, files: Files) -> None:
        """Change a message; the first edit of a deferred answer is what the member reads."""
        flags = record.payload["flags"] & ~validation.LOADING
        if body.get("flags") is not None:
            flags = flags & (~EDIT_FLAGS | validation.V2) | (body["flags"] & EDIT_FLAGS)
        self._write(record, body, files, flags)
        record.payload["edited_timestamp"] = timestamp(self._clock())
        self._note(record, "MESSAGE_UPDATE")

    def delete(self, record: StoredMessage) -> None:
        """Take a message away; its history stays for the tests."""
        record.deleted_at = self._clock()
        self._note(record, "MESSAGE_DELETE")

    def get(self, message_id: str | None, channel: Channel | None = None) -> StoredMessage:
        """Find a living message.

        Raises:
            RestError: 10008, there is none.
        """
        record = self.records.get(message_id or "")
        if record is None or record.deleted_at or (channel and record.channel is not channel):
            raise RestError(10008)
        return record

    def render(self, record: StoredMessage) -> JSON:
        """Copy a message's payload for a bot, with fresh links."""
        rendered: JSON = self._cdn.refreshed(record.payload)
        return rendered

    def see(self, record: StoredMessage) -> Message:
        """Make the person's view of a message."""
        return Message(record, record.payload, self._cdn)

    def seen_in(self, channel: Channel, viewer_id: str | None) -> list[Message]:
        """List what one person sees in a channel; viewer None sees only what everybody sees."""
        return [
            self.see(record)
            for record in self.records.values()
            if record.channel is channel
            and record.deleted_at is None
            and record.viewer_id in (None, viewer_id)
        ]

    def _note(self, record: StoredMessage, event: str) -> None:
        payload = None if record.deleted_at else record.payload
        record.versions.append(Version(self._clock(), payload))
        self._on_change(record, event)

    def _write(self, record: StoredMessage, body: JSON, files: Files, flags: int) -> None:
        """Judge the message as it would stand, then make it so."""
        merged: JSON = {
            key: (body[key] or empty) if key in body else record.payload[key]
            for key, empty in (("content", ""), ("embeds", []), ("components", []))
        }
        kept, added = self._attachments(record, body, files)
        names = {stored.filename for stored in kept} | {upload.filename for upload, _ in added}
        problems = validation.message_problems(
            flags=flags, poll=body.get("poll"), filenames=names, **merged
        )
        if len(kept) + len(added) > validation.MAX_ATTACHMENTS:
            text = "Must be 10 or fewer in length."
            problems.append(FieldError(("attachments",), "BASE_TYPE_MAX_LENGTH", text))
        if problems:
            raise invalid(*problems)
        if not (any(merged.values()) or names or body.get("poll")):
            raise RestError(50006)
        stored = kept + [self._store(record, upload, meta) for upload, meta in added]
        merged["attachments"] = [self._cdn.attachment(entry) for entry in stored]
        by_name = {entry.filename: entry for entry in stored}
        merged["embeds"] = [self._embed(embed, by_name) for embed in merged["embeds"]]
        merged["components"] = self._resolved(merged["components"], by_name)
        record.payload = record.payload | merged | self._mentions(merged, body) | {"flags": flags}

    def _attachments(
        self, record: StoredMessage, body: JSON, files: Files
    ) -> tuple[list[CdnFile], list[tuple[Upload, JSON]]]:
        """Split `attachments` into those kept and those added; unlisted old ones go away."""
        entries = {str(entry["id"]): entry for entry in body.get("attachments") or ()}
        old = {entry["id"]: self._cdn.files[entry["id"]] for entry in record.payload["attachments"]}
        kept = [old[key] for key in old if key in entries or body.get("attachments") is None]
        if "attachments" in body and body["attachments"] is None:
            kept = []
        for index, key in enumerate(entries):
            if key not in old and key not in files:
                text = "The attachment was neither uploaded nor on the message before"
                path = ("attachments", index, "id")
                raise invalid(FieldError(path, "ATTACHMENT_NOT_FOUND", text))
        for stored in kept:
            stored.description = entries.get(stored.id, {}).get("description", stored.description)
        return kept, [(upload, entries.get(key, {})) for key, upload in files.items()]

    def _store(self, record: StoredMessage, upload: Upload, meta: JSON) -> CdnFile:
        if meta.get("filename"):
            upload = Upload(meta["filename"], upload.data)
        stored = self._cdn.store(upload, record.channel.id, ephemeral=record.viewer_id is not None)
        stored.description = meta.get("description")
        stored.spoiler = stored.spoiler or bool(meta.get("is_spoiler"))
        return stored

    def _embed(self, embed: JSON, by_name: Mapping[str, CdnFile]) -> JSON:
        resolved = copy.deepcopy(embed) | {"type": "rich"}
        for entry in resolved.get("fields") or ():
            entry.setdefault("inline", False)
        for key in ("image", "thumbnail"):
            if resolved.get(key):
                self._resolve(resolved[key], by_name)
        return resolved

    def _resolved(self, components: list[JSON], by_name: Mapping[str, CdnFile]) -> list[JSON]:
        """Copy components, numbering them and pointing `attachment://` at the stored files."""
        resolved = copy.deepcopy(components)
        tree.complete(resolved)
        for _, component in tree.walk(resolved):
            if component["type"] == tree.ComponentType.FILE:
                self._name_file(component, by_name)
        for _, item in tree.media(resolved):
            self._resolve(item, by_name)
            item.setdefault("id", item.get("attachment_id") or self._snowflakes())
        return resolved

    def _name_file(self, component: JSON, by_name: Mapping[str, CdnFile]) -> None:
        url = component["file"]["url"]
        stored = by_name.get(url.removeprefix(validation.ATTACHMENT)) or self._cdn.find(url)
        component["name"] = stored.filename if stored else None
        component["size"] = len(stored.data) if stored else None

    def _resolve(self, item: JSON, by_name: Mapping[str, CdnFile]) -> None:
        stored = by_name.get(item["url"].removeprefix(validation.ATTACHMENT))
        if stored is None:
            item.setdefault("proxy_url", item["url"])
            return
        attachment = self._cdn.attachment(stored)
        item.update(
            url=attachment["url"],
            proxy_url=attachment["url"],
            width=attachment.get("width", 0),
            height=attachment.get("height", 0),
            content_type=attachment.get("content_type"),
            attachment_id=stored.id,
        )

    def _mentions(self, merged: JSON, body: JSON) -> dict[str, Any]:
        texts = [merged["content"], *tree.texts(merged["components"])]
        found = mentions.find(texts, body.get("allowed_mentions"))
        known = [self._users[user] for user in found.users if user in self._users]
        return {
            "mentions": [user.payload() for user in known],
            "mention_roles": list(found.roles),
            "mention_everyone": found.everyone,
        }
