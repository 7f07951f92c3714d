"""Edits in the database, from the draft on."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bot.domain.catalog import Style
from bot.domain.edits.edit import Edit, EditState
from bot.domain.edits.options import Adjusted, EditKind, feather_width
from bot.domain.edits.pictures import AreaChoice, Note, Question, Reading
from bot.domain.errors import StoreUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store.database import Transaction


def add(tx: Transaction, edit: Edit) -> Edit:
    """Record a draft and return it; where its origin was recorded before, what came of it then."""
    row = tx.fetch_one(
        """
        INSERT INTO edit (
            origin, kind, root, state, member_id, guild_id, channel_id, counted_channel_id,
            role_ids, reply_id, model, provider, prompt, area, reading, style, count, seed,
            rewrite, price, unit_cost, source, mask, drawn, sent_picture, sent_mask, crop_left,
            crop_top, crop_width, crop_height, width, height, masked_pixels, feather, adjusted,
            question, notes, choices, created_at)
        VALUES (
            :origin, :kind, :root, 'draft', :member_id, :guild_id, :channel_id, :counted_channel_id,
            :role_ids, :reply_id, :model, :provider, :prompt, :area, :reading, :style, :count,
            :seed, :rewrite, :price, :unit_cost, :source, :mask, :drawn, :sent_picture,
            :sent_mask, :crop_left, :crop_top, :crop_width, :crop_height, :width, :height,
            :masked_pixels, :feather, :adjusted, :question, :notes, :choices, :created_at)
        ON CONFLICT (origin) DO UPDATE SET origin = excluded.origin
        RETURNING *
        """,
        **_columns(edit),
    )
    if row is None:
        raise AssertionError("RETURNING always returns the row")
    return _edit(row)


def _columns(edit: Edit) -> dict[str, object]:
    return {
        "origin": edit.origin,
        "kind": edit.kind.value,
        "root": edit.root,
        "member_id": edit.member_id,
        "guild_id": edit.guild_id,
        "channel_id": edit.channel_id,
        "counted_channel_id": edit.counted_channel_id,
        "role_ids": json.dumps(edit.role_ids),
        "reply_id": edit.reply_id,
        "model": edit.model,
        "provider": edit.provider,
        "prompt": edit.prompt,
        "area": edit.area,
        "reading": edit.reading.value,
        "style": edit.style.value,
        "count": edit.count,
        "seed": edit.seed,
        "rewrite": edit.rewrite,
        "price": edit.price,
        "unit_cost": edit.unit_cost,
        "source": edit.source,
        "mask": edit.mask,
        "drawn": edit.drawn,
        "sent_picture": edit.sent_picture,
        "sent_mask": edit.sent_mask,
        "crop_left": edit.crop_left,
        "crop_top": edit.crop_top,
        "crop_width": edit.crop_width,
        "crop_height": edit.crop_height,
        "width": edit.width,
        "height": edit.height,
        "masked_pixels": edit.masked_pixels,
        "feather": edit.feather,
        "adjusted": json.dumps(asdict(edit.adjusted)),
        "question": edit.question.value if edit.question else None,
        "notes": json.dumps(edit.notes),
        "choices": json.dumps([[choice.label, choice.area] for choice in edit.choices]),
        "created_at": edit.created_at,
    }


def get(tx: Transaction, edit_id: int) -> Edit | None:
    """The edit with this id."""
    row = tx.fetch_one("SELECT * FROM edit WHERE id = :id", id=edit_id)
    return _edit(row) if row else None


def by_origin(tx: Transaction, origin: str) -> Edit | None:
    """The edit that this click led to."""
    row = tx.fetch_one("SELECT * FROM edit WHERE origin = :origin", origin=origin)
    return _edit(row) if row else None


def versions(tx: Transaction, edit_id: int) -> Sequence[Edit]:
    """A draft with all that it grew from and that took its place, newest first.

    Only the newest may be open. Empty: there is no such edit.
    """
    rows = tx.fetch_all(
        """
        WITH first (id) AS (SELECT COALESCE(root, id) FROM edit WHERE id = :id)
        SELECT * FROM edit WHERE id = (SELECT id FROM first) OR root = (SELECT id FROM first)
        ORDER BY id DESC
        """,
        id=edit_id,
    )
    return [_edit(row) for row in rows]


def start(
    tx: Transaction, edit_id: int, *, reply_id: int | None, role_ids: Sequence[int] = ()
) -> bool:
    """Turn a draft into a running edit. False: somebody did so before.

    The card goes to `reply_id`, the interaction that said yes; `role_ids` its member had then.
    """
    changed = tx.execute(
        """
        UPDATE edit SET state = 'running', reply_id = :reply_id, role_ids = :role_ids
        WHERE id = :id AND state = 'draft'
        """,
        id=edit_id,
        reply_id=reply_id,
        role_ids=json.dumps(list(role_ids)),
    )
    return changed == 1


def drop(tx: Transaction, edit_id: int) -> bool:
    """Close a draft its member decided against. False: it is no longer a draft."""
    changed = tx.execute(
        "UPDATE edit SET state = 'dropped' WHERE id = :id AND state = 'draft'", id=edit_id
    )
    return changed == 1


def recent(tx: Transaction, *, member_id: int, count: int) -> Sequence[Edit]:
    """A member's latest edits that were accepted, newest first."""
    rows = tx.fetch_all(
        """
        SELECT * FROM edit WHERE member_id = :member_id AND state IN ('running', 'ended')
        ORDER BY id DESC LIMIT :count
        """,
        member_id=member_id,
        count=count,
    )
    return [_edit(row) for row in rows]


def latest_ended(tx: Transaction, *, member_id: int) -> Edit | None:
    """A member's latest edit that has ended."""
    row = tx.fetch_one(
        """
        SELECT * FROM edit WHERE member_id = :member_id AND state = 'ended'
        ORDER BY id DESC LIMIT 1
        """,
        member_id=member_id,
    )
    return _edit(row) if row else None


def running(tx: Transaction, *, member_id: int) -> Sequence[Edit]:
    """A member's edits that have not ended, oldest first."""
    rows = tx.fetch_all(
        "SELECT * FROM edit WHERE member_id = :member_id AND state = 'running' ORDER BY id",
        member_id=member_id,
    )
    return [_edit(row) for row in rows]


def charged(tx: Transaction, edit_id: int) -> int:
    """What the member paid for an edit, in micro-USD."""
    row = tx.fetch_one(
        """
        SELECT COALESCE(SUM(entry.spent), 0) AS spent
        FROM ledger_entry AS entry JOIN job ON job.id = entry.job_id
        WHERE job.edit_id = :id
        """,
        id=edit_id,
    )
    return int(row["spent"]) if row else 0


def _edit(row: Mapping[str, Any]) -> Edit:
    try:
        return _read(row)
    except (TypeError, ValueError) as error:
        raise StoreUnreadable("edit", row_id=row["id"], problem=str(error)) from error


def _read(row: Mapping[str, Any]) -> Edit:
    return Edit(
        id=row["id"],
        origin=row["origin"],
        kind=EditKind(row["kind"]),
        root=row["root"],
        state=EditState(row["state"]),
        member_id=row["member_id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        counted_channel_id=row["counted_channel_id"] or row["channel_id"],
        role_ids=tuple(json.loads(row["role_ids"])),
        reply_id=row["reply_id"],
        model=row["model"],
        provider=row["provider"],
        prompt=row["prompt"],
        area=row["area"],
        reading=Reading(row["reading"]),
        style=Style(row["style"]),
        count=row["count"],
        seed=row["seed"],
        rewrite=bool(row["rewrite"]),
        price=row["price"],
        unit_cost=row["unit_cost"],
        source=row["source"],
        mask=row["mask"],
        drawn=row["drawn"] or row["mask"],
        sent_picture=row["sent_picture"],
        sent_mask=row["sent_mask"],
        crop_left=row["crop_left"],
        crop_top=row["crop_top"],
        crop_width=row["crop_width"],
        crop_height=row["crop_height"],
        width=row["width"],
        height=row["height"],
        masked_pixels=row["masked_pixels"],
        feather=feather_width(row["masked_pixels"]) if row["feather"] is None else row["feather"],
        adjusted=Adjusted(**json.loads(row["adjusted"])),
        question=Question(row["question"]) if row["question"] else None,
        notes=tuple(Note(note) for note in json.loads(row["notes"])),
        choices=tuple(AreaChoice(*choice) for choice in json.loads(row["choices"])),
        created_at=row["created_at"],
    )
