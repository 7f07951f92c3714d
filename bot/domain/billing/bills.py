"""What is compared when the provider's bill comes: its events, our jobs, and what differs.

Amounts of the owner's cost are whole nano-USD; what members were charged is micro-USD and takes no
part in any difference. `bot.domain.billing.comparing` compares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.errors import Failure
from bot.domain.jobs.states import CostState, JobState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

LATE_SECONDS: Final = 24 * 3600.0
"""How long after its end a job's event is waited for before it counts as never billed. fal does not
say how late one may come: some have been seen within seconds, and nobody is hurt by waiting."""
LOST: Final = frozenset({Failure.NEVER_STARTED, Failure.LOST})
"""How a job ends whose submit nobody knows to have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingEvent:
    """One event of the provider's bill: `cost` in nano-USD, `at` unix seconds."""

    request_id: str
    endpoint: str
    at: float
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One row of the provider's history: sent at `at` (unix seconds), ended with HTTP `status`."""

    request_id: str
    endpoint: str
    at: float
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedJob:
    """One job whose submit was recorded, as the books have it. Costs in nano-USD.

    `requests` are the provider's ids for it: its receipt, and what was found to be it later.
    `charged` is what its member paid, in micro-USD. `note` is what the books say last of its cost.
    """

    job_id: int
    edit_id: int
    state: JobState
    failure: Failure | None
    cost: int
    cost_state: CostState
    charged: int
    has_receipt: bool
    requests: tuple[str, ...]
    intended_at: float
    ended_at: float | None
    note: str = ""

    @property
    def sure(self) -> int:
        """What the books hold for certain, in nano-USD."""
        return 0 if self.cost_state is CostState.POSSIBLE else self.cost

    @property
    def possible(self) -> int:
        """What may or may not be billed, in nano-USD."""
        return self.cost if self.cost_state is CostState.POSSIBLE else 0

    @property
    def was_given_up_in_doubt(self) -> bool:
        """Whether it ended without anybody knowing if its submit arrived."""
        return self.failure in LOST and not self.has_receipt


class BillFindingKind(StrEnum):
    """What a comparison finds."""

    RESOLVABLE = "unknown, and found"  # an unknown submit that the provider has
    UNRESOLVED = "unknown"  # an unknown submit that it does not show
    FOUND_LATER = "given up, and made all the same"  # by its seed
    NOT_IN_BOOKS = "billed, and not in the books"
    MOVED = "booked without a job, and found to be one's"
    BILLED_TWICE = "billed twice"
    BILLED_FOR_NOTHING = "billed without a picture"  # refused, failed or cancelled
    OTHER_PRICE = "billed at another price"
    BILLED_LATE = "billed late"  # after it was booked as not billed
    NEVER_BILLED = "not billed"
    SPARED = "possible, and not billed"
    WITHDRAWN = "billed before, and not now"  # the bill shows less of it than was settled
    NOT_YET = "not billed yet"  # too young to say
    UNKNOWN_REQUEST = "made, and not in the books"  # listed; no bill shows it
    NOT_LISTED = "not in the provider's history"

    @property
    def can_be_booked(self) -> bool:
        """Whether a correction settles it; what cannot be, time or somebody must decide."""
        return self in _BOOKABLE

    @property
    def is_open(self) -> bool:
        """Whether somebody must look at it, and no correction helps."""
        return self in {
            BillFindingKind.RESOLVABLE,
            BillFindingKind.UNRESOLVED,
            BillFindingKind.WITHDRAWN,
            BillFindingKind.NOT_LISTED,
        }


_BOOKABLE: Final = frozenset(
    {
        BillFindingKind.FOUND_LATER,
        BillFindingKind.NOT_IN_BOOKS,
        BillFindingKind.MOVED,
        BillFindingKind.BILLED_TWICE,
        BillFindingKind.BILLED_FOR_NOTHING,
        BillFindingKind.OTHER_PRICE,
        BillFindingKind.BILLED_LATE,
        BillFindingKind.NEVER_BILLED,
        BillFindingKind.SPARED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFinding:
    """One thing that differs. `booked` and `billed` in nano-USD; `job` is None for one not ours.

    `at` is unix seconds: when it was billed, made or submitted. `status` is how the provider's
    history says it ended (HTTP), None where that is not known.
    """

    kind: BillFindingKind
    request_id: str | None
    booked: int
    billed: int
    at: float
    job: BookedJob | None = None
    status: int | None = None

    @property
    def difference(self) -> int:
        """What the bill has more than the books, in nano-USD."""
        return self.billed - self.booked


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the books should say of one job or unknown request by the bill: `cost` in nano-USD."""

    job_id: int | None
    request_id: str | None
    cost: int
    was: int
    reason: str


@dataclass(frozen=True, slots=True)
class BillTotals:
    """How many, and how much."""

    count: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """A comparison. `bill` is None where it could not be read.

    `charged` is what members paid (micro-USD); all others are the owner's cost (nano-USD). Requests
    are compared whole: `of_other_days` is the part of `bill` that is dated outside of the days in
    question, `bought_on_other_days` the part of `books` that was bought outside of them.
    `settlements` make the books say what the bill says; most of them change no amount.
    """

    charged: BillTotals
    books: BillTotals
    possible: BillTotals
    bill: BillTotals | None
    of_other_days: BillTotals
    bought_on_other_days: BillTotals
    findings: tuple[BillFinding, ...]
    settlements: tuple[Correction, ...]

    @property
    def difference(self) -> int | None:
        """What the bill has more than the books, in nano-USD."""
        return None if self.bill is None else self.bill.amount - self.books.amount

    def of(self, *kinds: BillFindingKind) -> tuple[BillFinding, ...]:
        """The findings of these kinds."""
        return tuple(finding for finding in self.findings if finding.kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileInput:
    """Everything a comparison looks at. `since` and `until` are unix seconds, `until` exclusive.

    `jobs` are all whose submit was recorded in that time, or that were billed in it. `events` and
    `listed` are None where the provider did not say. The events are all from `read_from` until now;
    unless `is_whole`, some could not be read, and what seems to be missing may be among them.
    `lists_all` says the same of `listed`. `others` are the ids of requests of jobs of another time,
    `unknown_requests` what is booked for requests without a job (nano-USD).
    """

    since: float
    until: float
    now: float
    jobs: Sequence[BookedJob]
    events: Iterable[BillingEvent] | None = None
    read_from: float = -math.inf
    is_whole: bool = True
    listed: Iterable[HistoryRow] | None = None
    lists_all: bool = True
    others: Collection[str] = frozenset()
    unknown_requests: Mapping[str, int]

    def spans(self, at: float) -> bool:
        """Whether a moment is in the time that is compared."""
        return self.since <= at < self.until
