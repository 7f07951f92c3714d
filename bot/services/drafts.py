"""Drafts: what a member asked for, with everything that was prepared, before it is recorded."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from bot.domain.adjusting import Adjusted
from bot.domain.edits import Edit, EditKind, EditState
from bot.domain.errors import NotFound
from bot.domain.pictures import Brief, Note
from bot.domain.recipes import erasable_area, lettering_area

if TYPE_CHECKING:
    from bot.domain.catalog import Style
    from bot.domain.edits import Draft
    from bot.domain.pictures import PreparedPicture
    from bot.services.billing.terms import PricingTerms
    from bot.store.edits.pictures import PictureFile

NOTES_OF_THE_CROP: Final = frozenset({Note.PARTS_APART})
"""What is said anew of every adjusted area."""

NOTES_OF_THE_SOURCE: Final = frozenset(
    {Note.FIRST_FRAME, Note.SIXTEEN_BIT, Note.CMYK, Note.COLOUR_PROFILE}
)
"""What was done to the member's picture; the kept one no longer shows it."""

WORDED: Final = frozenset({EditKind.AREA, EditKind.EDIT})
"""Drafts whose prompt is the member's own, and may be given later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of a draft, as they lie in the picture folder. Its fields are those of `Edit`."""

    source: PictureFile
    mask: PictureFile
    drawn: PictureFile
    sent_picture: PictureFile
    sent_mask: PictureFile

    @property
    def each(self) -> tuple[PictureFile, ...]:
        """All of them."""
        return tuple(getattr(self, field.name) for field in fields(self))

    @property
    def hashes(self) -> dict[str, str]:
        """The hash of each, by its name."""
        return {field.name: getattr(self, field.name).hash for field in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One press under a preview, or one form sent from it. `origin` and `reply_id` as in Draft."""

    edit_id: int
    member_id: int
    origin: str
    reply_id: int | None


def brief(draft: Draft) -> Brief:
    """What the picture processes are told."""
    finds_letters = draft.kind is EditKind.RELETTER and draft.mask is None
    area = draft.area
    if finds_letters:
        area = lettering_area(area)
    elif draft.kind is EditKind.ERASE:
        area = erasable_area(area)
    return Brief(
        source=draft.source,
        mask=draft.mask,
        area=area,
        extension=draft.extension,
        offers_lettering=finds_letters,
    )


def drafted(
    draft: Draft,
    prompt: str,
    prepared: PreparedPicture,
    files: Files,
    terms: PricingTerms,
    *,
    now: float,
) -> Edit:
    """The first draft, as the books will have it; `prompt` is what the model is told."""
    return Edit(
        id=0,
        origin=draft.origin,
        kind=draft.kind,
        root=None,
        state=EditState.DRAFT,
        member_id=draft.buyer.member_id,
        guild_id=draft.buyer.guild_id,
        channel_id=draft.channel_id,
        counted_channel_id=draft.buyer.channel_id,
        role_ids=draft.buyer.role_ids,
        reply_id=draft.reply_id,
        model=terms.model.id,
        provider=terms.provider,
        prompt=prompt,
        area=brief(draft).area,
        style=draft.style,
        count=draft.count,
        seed=draft.seed,
        # What stands in quotes is to be painted as it stands.
        rewrite=draft.rewrite and draft.kind is not EditKind.RELETTER,
        price=terms.price,
        unit_cost=terms.unit_cost,
        adjusted=Adjusted(),
        created_at=now,
        **_prepared(prepared, files),
    )


def adjusted(
    old: Edit, press: Press, prepared: PreparedPicture, files: Files, after: Adjusted, *, now: float
) -> Edit:
    """The draft that takes the place of `old` after one more adjustment."""
    kept = (note for note in old.notes if note not in NOTES_OF_THE_CROP)
    changed = _prepared(prepared, files) | {
        "notes": tuple(dict.fromkeys((*kept, *prepared.notes))),
        "choices": old.choices,
        "adjusted": after,
    }
    return _grown(old, press, changed, now=now)


def chosen(
    old: Edit, press: Press, area: str, prepared: PreparedPicture, files: Files, *, now: float
) -> Edit:
    """The draft that takes the place of `old` with another area for the same wish."""
    kept = (note for note in old.notes if note in NOTES_OF_THE_SOURCE)
    changed = _prepared(prepared, files) | {
        "area": area,
        "notes": tuple(dict.fromkeys((*kept, *prepared.notes))),
        "choices": old.choices,
        "adjusted": Adjusted(),
    }
    return _grown(old, press, changed, now=now)


def worded(old: Edit, press: Press, prompt: str, style: Style, *, now: float) -> Edit:
    """The draft that takes the place of a look at an area: now it says what should be there.

    Raises:
        NotFound: this wish needs no words.
    """
    if old.kind not in WORDED:
        raise NotFound
    changed = {"kind": EditKind.EDIT, "prompt": prompt, "style": style}
    return _grown(old, press, changed, now=now)


def requoted(old: Edit, price: int, unit_cost: int, *, now: float) -> Edit:
    """The draft that takes the place of one that was quoted at another price."""
    press = Press(
        edit_id=old.id,
        member_id=old.member_id,
        origin=f"{old.origin}@{price}",
        reply_id=old.reply_id,
    )
    return _grown(old, press, {"price": price, "unit_cost": unit_cost}, now=now)


def is_same_wish(one: Edit, other: Edit) -> bool:
    """Whether two drafts that grew from each other differ in nothing but the price."""
    # What a purchase is made of; the rest says which of the two it is.
    return one == replace(
        other,
        id=one.id,
        origin=one.origin,
        root=one.root,
        state=one.state,
        reply_id=one.reply_id,
        price=one.price,
        unit_cost=one.unit_cost,
        created_at=one.created_at,
    )


def _grown(old: Edit, press: Press, changed: dict[str, Any], *, now: float) -> Edit:
    return replace(
        old,
        id=0,
        origin=press.origin,
        root=old.root or old.id,
        reply_id=press.reply_id if press.reply_id is not None else old.reply_id,
        created_at=now,
        **changed,
    )


def _prepared(prepared: PreparedPicture, files: Files) -> dict[str, Any]:
    """The fields of an edit that come from what was prepared."""
    return {
        **files.hashes,
        "crop_left": prepared.crop.left,
        "crop_top": prepared.crop.top,
        "crop_width": prepared.crop.width,
        "crop_height": prepared.crop.height,
        "width": prepared.width,
        "height": prepared.height,
        "masked_pixels": prepared.masked_pixels,
        "feather": prepared.feather,
        "reading": prepared.reading,
        "question": prepared.question,
        "notes": prepared.notes,
        "choices": prepared.choices,
    }
