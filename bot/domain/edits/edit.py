"""An edit as the books have it: what it costs, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.edits.options import Adjustment, EditKind
from bot.domain.limits.rules import Buyer

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.catalog import Style
    from bot.domain.edits.options import Adjusted
    from bot.domain.edits.pictures import AreaChoice, Note, Question, Reading
    from bot.domain.errors import Failure
    from bot.domain.jobs.states import JobState
    from bot.domain.limits.status import LimitStatus


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
