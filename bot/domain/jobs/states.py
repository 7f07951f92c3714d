"""One paid provider call as it is recorded: its state, its receipt, its cost, its picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.domain.errors import Failure


class JobState(StrEnum):
    """Where a job is. The last three never change again."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self in FINAL


FINAL: Final = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
OPEN: Final = frozenset(JobState) - FINAL


@dataclass(frozen=True, slots=True)
class Submission:
    """The provider's receipt for an accepted job."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


class CostState(StrEnum):
    """How sure the owner's cost of a job is."""

    NONE = "none"  # nothing was bought, or the provider does not bill it
    ESTIMATED = "estimated"  # accepted: the listed price
    PROVISIONAL = "provisional"  # the units the provider named with the result
    SETTLED = "settled"  # what the provider's bill says
    POSSIBLE = "possible"  # the provider may or may not bill it


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFiles:
    """A finished picture, as it is recorded. Pictures are named by their SHA-256 in hex.

    `result` is what the provider sent, `picture` the stitched one. Counts are pixels; `units` is
    what the provider says it bills, None when it says nothing.
    """

    result: str
    picture: str
    seed: int | None
    units: float | None
    changed_inside: int
    changed_outside: int
    pixels_outside: int
    raw_inside: float
    raw_outside: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardedResult:
    """A picture that came and is given to nobody: what the provider sent, named by its SHA-256 in
    hex, and how much it changed inside and outside the mask (mean differences, 0 to 255).
    """

    result: str
    raw_inside: float
    raw_outside: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One paid provider call. Times are unix seconds; `price` is what the member pays, in
    micro-USD, `unit_cost` what the provider lists for it, in nano-USD, `cost` what it bills.

    `seed` is the submit's, recorded before it: by it, the prompt and `intended_at` (when it was
    recorded) a submit whose answer was lost is found again. `start_by` is the moment after which
    the provider will not start it.
    `ordinal` is the job's place among those of its edit, from 0.
    """

    id: int
    edit_id: int
    member_id: int
    state: JobState
    price: int
    unit_cost: int = 0
    cost: int = 0
    cost_state: CostState = CostState.NONE
    tries: int = 0
    not_before: float = 0.0
    seed: int | None = None
    intended_at: float | None = None
    start_by: float | None = None
    submission: Submission | None = None
    cancel_asked: bool = False
    failure: Failure | None = None
    arrival: ResultFiles | None = None
    spoiled: DiscardedResult | None = None
    ordinal: int = 0
    created_at: float = 0.0
    submitted_at: float | None = None
    ended_at: float | None = None
