"""A draft: what a member asked for, with everything that was prepared, before it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.edits import Edit, EditState
from bot.domain.pictures import Reading

if TYPE_CHECKING:
    from bot.domain.edits import Draft
    from bot.domain.pictures import Prepared
    from bot.services.edits import Terms
    from bot.store.pictures import Stored


def drafted(
    draft: Draft,
    prompt: str,
    prepared: Prepared,
    stored: list[Stored],
    terms: Terms,
    *,
    now: float,
) -> Edit:
    """What a member asked for and what was prepared for it, as the books will have it."""
    source, mask, sent_picture, sent_mask = (file.hash for file in stored)
    return Edit(
        id=0,
        origin=draft.origin,
        state=EditState.DRAFT,
        member_id=draft.member_id,
        guild_id=draft.guild_id,
        channel_id=draft.channel_id,
        reply_id=draft.reply_id,
        model=terms.model.id,
        provider=terms.provider,
        prompt=prompt,
        area=draft.area if prepared.reading is Reading.WORDS else None,
        reading=prepared.reading,
        style=draft.style,
        count=draft.count,
        seed=draft.seed,
        rewrite=draft.rewrite,
        price=terms.price,
        unit_cost=terms.unit_cost,
        source=source,
        mask=mask,
        sent_picture=sent_picture,
        sent_mask=sent_mask,
        crop_left=prepared.crop.left,
        crop_top=prepared.crop.top,
        crop_width=prepared.crop.width,
        crop_height=prepared.crop.height,
        width=prepared.width,
        height=prepared.height,
        masked_pixels=prepared.masked_pixels,
        notes=prepared.notes,
        created_at=now,
    )
