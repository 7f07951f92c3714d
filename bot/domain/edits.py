"""What a member asks for, what it will cost, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.adjusting import Adjustment
from bot.domain.catalog import Style
from bot.domain.errors import BadOption
from bot.domain.limits.rules import Buyer

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.adjusting import Adjusted
    from bot.domain.errors import Failure
    from bot.domain.extending import Extension
    from bot.domain.jobs.states import JobState
    from bot.domain.limits.status import LimitStatus
    from bot.domain.pictures import AreaChoice, Note, Question, Reading

LARGEST_COUNT: Final = 4
LARGEST_SEED: Final = 2**31 - 1
"""fal does not document a range for `seed`; a signed 32-bit integer is accepted by every model."""


class EditKind(StrEnum):
    """Which wish an edit grants."""

    EDIT = "edit"
    ERASE = "erase"
    EXTEND = "extend"
    RELETTER = "reletter"
    AREA = "area"  # a look at what an area means; it cannot be run before it has a prompt


class Previewing(StrEnum):
    """When a member wants to see the area before money moves."""

    AUTO = "auto"  # where it was guessed, read in a way that may be wrong, or is doubtful
    ALWAYS = "always"
    NEVER = "never"  # but for a doubt that must be answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a member asked for, before anything was checked.

    `origin` names the click it came from ("discord:<interaction id>", "shell:<uuid>"): the same
    origin is one edit, however often it arrives. `source` and `mask` are files as they came.
    `channel_id` is where its card goes.
    """

    origin: str
    buyer: Buyer
    channel_id: int | None
    source: Path
    prompt: str
    kind: EditKind = EditKind.EDIT
    mask: Path | None = None
    area: str | None = None
    extension: Extension | None = None
    style: Style = Style.AUTO
    count: int = 1
    seed: int | None = None
    rewrite: bool = False
    reply_id: int | None = None


def check_options(draft: Draft) -> None:
    """Check the numbers of a draft.

    Raises:
        BadOption: the count or the seed is outside its range.
    """
    if not 1 <= draft.count <= LARGEST_COUNT:
        raise BadOption("count", value=str(draft.count), allowed=f"1 to {LARGEST_COUNT}")
    if draft.seed is not None and not 0 <= draft.seed <= LARGEST_SEED:
        raise BadOption("seed", value=str(draft.seed), allowed=f"0 to {LARGEST_SEED}")


class EditState(StrEnum):
    """Where an edit is."""

    DRAFT = "draft"  # prepared and quoted; no money moved
    RUNNING = "running"  # accepted: its jobs hold their price
    ENDED = "ended"  # every job has ended
    DROPPED = "dropped"  # the member decided against the draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """An edit as the books have it. Pictures are named by their SHA-256 in hex.

    `price` is what the member pays for one picture (micro-USD), `unit_cost` what the provider
    lists for it (nano-USD). A draft that was adjusted is dropped for a new one, whose `root` is
    the first of them: what `drawn` shows there, `adjusted` was done to. `feather` is in pixels.
    Its card goes to `channel_id`; the limits of `counted_channel_id` count, and of `role_ids`: the
    member's roles when they said yes.
    """

    id: int
    origin: str
    kind: EditKind
    root: int | None
    state: EditState
    member_id: int
    guild_id: int | None
    channel_id: int | None
    counted_channel_id: int | None
    role_ids: tuple[int, ...]
    reply_id: int | None
    model: str
    provider: str
    prompt: str
    area: str | None
    reading: Reading
    style: Style
    count: int
    seed: int | None
    rewrite: bool
    price: int
    unit_cost: int
    source: str
    mask: str
    drawn: str
    sent_picture: str
    sent_mask: str
    crop_left: int
    crop_top: int
    crop_width: int
    crop_height: int
    width: int
    height: int
    masked_pixels: int
    feather: int
    adjusted: Adjusted
    question: Question | None
    notes: tuple[Note, ...]
    choices: tuple[AreaChoice, ...]
    created_at: float

    @property
    def buyer(self) -> Buyer:
        """Who buys it, and where."""
        return Buyer(
            member_id=self.member_id,
            guild_id=self.guild_id,
            channel_id=self.counted_channel_id,
            role_ids=self.role_ids,
        )

    @property
    def area_share(self) -> float:
        """The part of the picture that changes, 0 to 1."""
        return self.masked_pixels / (self.width * self.height)

    def offers(self, adjustment: Adjustment) -> bool:
        """Whether an adjustment means anything for this wish."""
        if self.kind is EditKind.EXTEND:
            # New room has no other shape; without an overlap there is nothing to soften.
            return adjustment is Adjustment.SOFTEN and self.feather > 0
        return True

    def has_step(self, adjustment: Adjustment) -> bool:
        """Whether one more step of an adjustment would change anything."""
        if adjustment is Adjustment.SOFTEN and not self.feather:
            return False
        return self.adjusted.allows(adjustment)

    @property
    def total(self) -> int:
        """What all its pictures cost together, in micro-USD."""
        return self.price * self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A draft that passed every check; `standing` is the limit that binds.

    `is_shown_first`: the member must see its preview before it runs.
    """

    edit: Edit
    standing: LimitStatus
    is_shown_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is known about one picture of an edit. Counts are pixels, `price` is micro-USD."""

    job_id: int
    state: JobState
    price: int
    seed: int | None
    request_id: str | None
    failure: Failure | None
    picture: Path | None
    changed_inside: int | None
    changed_outside: int | None
    pixels_outside: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything a result card shows. `charged` is micro-USD."""

    edit: Edit
    source: Path
    receipts: tuple[Receipt, ...]
    charged: int
    standing: LimitStatus

    @property
    def pictures(self) -> tuple[Receipt, ...]:
        """The receipts that have a picture."""
        return tuple(receipt for receipt in self.receipts if receipt.picture is not None)
