"""A draft: what a member asked for, the edit it becomes, and when it must be seen first."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from bot.domain import areas
from bot.domain.catalog import Style
from bot.domain.edits.edit import Edit, EditState
from bot.domain.edits.options import Adjusted, EditKind, Previewing
from bot.domain.edits.pictures import Brief, Note, Reading
from bot.domain.edits.prompts import erasable_area, lettering_area
from bot.domain.errors import BadOption, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.edits.extension import Extension
    from bot.domain.edits.pictures import PreparedPicture
    from bot.domain.limits.rules import Buyer

LARGEST_COUNT: Final = 4
LARGEST_SEED: Final = 2**31 - 1
"""fal does not document a range for `seed`; a signed 32-bit integer is accepted by every model."""

NOTES_OF_THE_CROP: Final = frozenset({Note.PARTS_APART})
"""What is said again of every adjusted area."""
NOTES_OF_THE_SOURCE: Final = frozenset(
    {Note.FIRST_FRAME, Note.SIXTEEN_BIT, Note.CMYK, Note.COLOUR_PROFILE}
)
"""What was done to the member's picture; the kept one no longer shows it."""
RANGE: Final = "{least} to {most}"

WORDED: Final = frozenset({EditKind.AREA, EditKind.EDIT})
"""Drafts whose prompt is the member's own, and may be given later."""

_OF_THE_DRAFT: Final = ("kind", "style", "count", "seed")
_OF_THE_PICTURE: Final = (
    "width",
    "height",
    "masked_pixels",
    "feather",
    "reading",
    "question",
    "notes",
    "choices",
)
"""Fields that an edit takes over under the same name."""
_OF_THE_ENTRY: Final = (
    "id",
    "origin",
    "root",
    "state",
    "reply_id",
    "price",
    "unit_cost",
    "created_at",
)
"""Which entry of the books a draft is, and at what price: all but the wish."""


@dataclass(frozen=True, slots=True)
class Attachments:
    """Pictures that are still with Discord, at the addresses it gave."""

    picture: str
    mask: str | None = None


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """Pictures as they came, on this machine."""

    picture: Path
    mask: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOrigin:
    """The click a draft comes from, who buys it there, and where its card goes.

    `id` names the click ("discord:<interaction id>", "shell:<uuid>"): the same one is one edit,
    however often it arrives. `reply_id` is the interaction that waits for the answer.
    """

    id: str
    buyer: Buyer
    channel_id: int | None = None
    reply_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a member asked for, before anything was checked."""

    sources: Attachments | LocalFiles
    prompt: str = ""
    kind: EditKind = EditKind.EDIT
    area: str | None = None
    extension: Extension | None = None
    style: Style = Style.AUTO
    count: int = 1
    seed: int | None = None
    rewrite: bool = False

    def check_options(self) -> None:
        """Check the numbers.

        Raises:
            BadOption: the count or the seed is outside its range.
        """
        if not 1 <= self.count <= LARGEST_COUNT:
            raise BadOption(
                "count", value=str(self.count), allowed=RANGE, least=1, most=LARGEST_COUNT
            )
        if self.seed is not None and not 0 <= self.seed <= LARGEST_SEED:
            raise BadOption("seed", value=str(self.seed), allowed=RANGE, least=0, most=LARGEST_SEED)

    def brief(self) -> Brief:
        """What the picture processes are told.

        Raises:
            TypeError: its attachments were not downloaded.
        """
        if isinstance(self.sources, Attachments):
            raise TypeError("pictures are prepared from files, not from addresses")
        finds_letters = self.kind is EditKind.RELETTER and self.sources.mask is None
        area = self.area
        if finds_letters:
            area = lettering_area(area)
        elif self.kind is EditKind.ERASE:
            area = erasable_area(area)
        return Brief(
            source=self.sources.picture,
            mask=self.sources.mask,
            area=area,
            extension=self.extension,
            offers_lettering=finds_letters,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFiles:
    """The pictures of a draft, each named by its SHA-256 in hex."""

    source: str
    mask: str
    drawn: str
    sent_picture: str
    sent_mask: str


# ---- from one draft to the next --------------------------------------------------------------


def drafted(
    draft: Draft,
    origin: DraftOrigin,
    prepared: PreparedPicture,
    files: DraftFiles,
    *,
    prompt: str,
    model: str,
    provider: str,
    listed: tuple[int, int],
    now: float,
) -> Edit:
    """A draft as the books will have it; `id` is 0 until they do.

    `prompt` is what the model is told. `listed`: what a picture costs the member and the owner.
    """
    buyer = origin.buyer
    return Edit(
        id=0,
        origin=origin.id,
        reply_id=origin.reply_id,
        root=None,
        state=EditState.DRAFT,
        member_id=buyer.member_id,
        guild_id=buyer.guild_id,
        channel_id=origin.channel_id,
        counted_channel_id=buyer.channel_id,
        role_ids=buyer.role_ids,
        model=model,
        provider=provider,
        price=listed[0],
        unit_cost=listed[1],
        prompt=prompt,
        area=draft.brief().area,
        # What stands in quotes is to be painted as it stands.
        rewrite=draft.rewrite and draft.kind is not EditKind.RELETTER,
        adjusted=Adjusted(),
        created_at=now,
        **{name: getattr(draft, name) for name in _OF_THE_DRAFT},
        **_prepared(prepared, files),
    )


def adjusted(old: Edit, prepared: PreparedPicture, files: DraftFiles, after: Adjusted) -> Edit:
    """A draft with one more adjustment to its area."""
    kept = (note for note in old.notes if note not in NOTES_OF_THE_CROP)
    notes = tuple(dict.fromkeys((*kept, *prepared.notes)))
    found = _prepared(prepared, files) | {"notes": notes, "choices": old.choices}
    return replace(old, **found, adjusted=after)


def with_area(old: Edit, area: str, prepared: PreparedPicture, files: DraftFiles) -> Edit:
    """A draft with another area for the same wish."""
    kept = (note for note in old.notes if note in NOTES_OF_THE_SOURCE)
    notes = tuple(dict.fromkeys((*kept, *prepared.notes)))
    found = _prepared(prepared, files) | {"notes": notes, "choices": old.choices}
    return replace(old, **found, area=area, adjusted=Adjusted())


def with_prompt(old: Edit, prompt: str, style: Style) -> Edit:
    """A look at an area that now says what should be there.

    Raises:
        NotFound: this wish needs no words.
    """
    if old.kind not in WORDED:
        raise NotFound
    return replace(old, kind=EditKind.EDIT, prompt=prompt, style=style)


def successor(
    old: Edit, new: Edit, *, origin: str, reply_id: int | None, listed: tuple[int, int], now: float
) -> Edit:
    """`new` as the draft that takes the place of `old`, at the price of today."""
    return replace(
        new,
        id=0,
        origin=origin,
        root=old.root or old.id,
        reply_id=reply_id if reply_id is not None else old.reply_id,
        price=listed[0],
        unit_cost=listed[1],
        created_at=now,
    )


def is_same_wish(one: Edit, other: Edit) -> bool:
    """Whether two drafts that grew from each other differ in nothing but the price."""
    # What a purchase is made of; the rest says which of the two it is.
    return one == replace(other, **{name: getattr(one, name) for name in _OF_THE_ENTRY})


def _prepared(prepared: PreparedPicture, files: DraftFiles) -> dict[str, Any]:
    """The fields of an edit that come from what was prepared."""
    crop = {f"crop_{side}": value for side, value in asdict(prepared.crop).items()}
    return asdict(files) | crop | {name: getattr(prepared, name) for name in _OF_THE_PICTURE}


# ---- what must be seen first -----------------------------------------------------------------

DOUBTFUL_READINGS: Final = frozenset(
    {
        Reading.BLACK_CHANGES,
        Reading.ALPHA_CHANGES,
        Reading.PAINT_CHANGES,
        Reading.MARKED_COPY,
        Reading.ERASED_COPY,
    }
)
"""Ways to read a file that another member may have meant the other way round, or that were guessed
by comparing it with the picture."""

DOUBTFUL_NOTES: Final = frozenset(
    {
        Note.SIXTEEN_BIT,
        Note.CMYK,
        Note.MASK_SCALED,
        Note.MASK_TURNED,
        Note.MASK_ROUNDED,
        Note.MASK_SPECKLED,
        Note.MARKS_FILLED,
        Note.MARKS_OPEN,
        Note.SUBJECT_UNSURE,
        Note.FACES_UNSURE,
        Note.SKY_UNSURE,
        Note.TEXT_UNSURE,
        Note.TEXT_WITHOUT_READER,
        Note.PARTS_APART,
    }
)
"""What was done to a member's files that they may want to see before they pay."""

ALWAYS_GUESSED: Final = frozenset({EditKind.EXTEND, EditKind.RELETTER})


def is_shown_first(previewing: Previewing, edit: Edit, *, is_guessed: bool) -> bool:
    """Whether a draft waits for a yes to its preview.

    `is_guessed`: the area was found in the picture, not said. A question always asks, and a look
    is nothing but its preview.
    """
    if edit.question is not None or edit.kind is EditKind.AREA:
        return True
    match previewing:
        case Previewing.ALWAYS:
            return True
        case Previewing.NEVER:
            return False
        case Previewing.AUTO:
            return (
                is_guessed
                or edit.kind in ALWAYS_GUESSED
                or edit.reading in DOUBTFUL_READINGS
                or not DOUBTFUL_NOTES.isdisjoint(edit.notes)
            )


def is_guessed(area: str | None) -> bool:
    """Whether an area in words is looked for in the picture, instead of measured.

    Raises:
        BadArea: the words are not understood.
    """
    if area is None or not area.strip():
        return False
    said = areas.parse(area)
    return bool(areas.found_in(said)) or areas.says_marks(said)
