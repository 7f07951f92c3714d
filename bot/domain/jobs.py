"""The life of one paid provider call, as a pure function: a job and an event give the next step.

    queued --ready--> submitting --accepted--> running --picture--> done
      |                 | |  `--refused--> failed  | `--failed--> failed
      |                 | `--never sent--> queued  `--cancelled--> cancelled
      |                 `--answer lost--> unknown --found--> running
      |                                         `--can no longer start--> failed
      `--cancelled--> cancelled, --cannot be sent--> failed

One rule carries the money: a step that leaves `submitting` for anything but `queued` never leads
to another POST. `Worker` performs what `step` asks for and brings back what happened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, assert_never

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

SEND_WITHIN_SECONDS: Final = 30.0
"""How long after it was recorded an intent may still be sent. A machine that slept in between must
not buy what has been given up meanwhile."""
START_MARGIN_SECONDS: Final = 180.0
"""How long after its start deadline an unknown submit is still searched for. The provider's clock
starts when it has received all of it: it may leave 30 s after its record and travel for 90 s.
Clocks differ, and the provider's list lags behind: another minute."""
SEED_IN_DOUBT_PAUSE_SECONDS: Final = 5.0
"""How long a job waits whose seed belongs to a submit that is not answered yet."""

SEARCH_PAUSES_SECONDS: Final = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
NEVER_SENT_PAUSES_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""How long to wait before the same attempt is made again; after the last one the job fails."""
STUMBLE_PAUSES_SECONDS: Final = (1.0, 5.0, 30.0, 120.0, 600.0)
"""How long to wait before a paid picture is fetched and stitched again after a fault of our own."""


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
    POSSIBLE = "possible"  # the provider may or may not bill it


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
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
class Job:
    """One paid provider call. Times are unix seconds; `price` is what the member pays, in
    micro-USD, `unit_cost` what the provider lists for it, in nano-USD, `cost` what it bills.

    `seed` is chosen anew for every submit and recorded before it: it is how a submit whose answer
    was lost is found again. `start_by` is the moment after which the provider will not start it.
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
    start_by: float | None = None
    submission: Submission | None = None
    cancel_asked: bool = False
    failure: Failure | None = None
    arrival: Arrival | None = None
    ordinal: int = 0
    created_at: float = 0.0
    submitted_at: float | None = None
    ended_at: float | None = None


# ---- events: what happened -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """A worker took the job up."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything the submit needs is at hand: from here on one POST may leave."""

    seed: int
    start_by: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the job and gave a receipt."""

    submission: Submission


@dataclass(frozen=True, slots=True)
class NotSent:
    """Provably nothing left this machine, or the provider asked to come back later."""

    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The provider's door is closed to everybody (key or account): the job keeps its place."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class AnswerWasLost:
    """The submit went out and no usable answer came back."""


@dataclass(frozen=True, slots=True)
class SearchedInVain:
    """The provider did not list the seed when it was asked, at `asked_at` (unix seconds)."""

    asked_at: float


@dataclass(frozen=True, slots=True)
class PictureArrived:
    """The picture is on our disk, checked and stitched."""

    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Stumbled:
    """Something of our own went wrong after the submit; the picture is still to be had."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider said no, or broke, or gave nothing we can use."""

    failure: Failure
    possibly_billed: bool = False


@dataclass(frozen=True, slots=True)
class WasCancelled:
    """The provider took the job out of its line before it started."""


Event = (
    Claimed
    | Ready
    | Accepted
    | NotSent
    | Held
    | AnswerWasLost
    | SearchedInVain
    | PictureArrived
    | Stumbled
    | Failed
    | WasCancelled
)


# ---- effects: what to do next ----------------------------------------------------------------


class Effect(StrEnum):
    """What the worker does after the step is recorded."""

    PREPARE = "prepare"  # build the arguments, upload the pictures: free, repeatable
    SUBMIT = "submit"  # exactly one POST
    SEARCH = "search"  # look for the seed at the provider
    FOLLOW = "follow"  # wait for the picture and fetch it
    LEAVE = "leave"  # nothing: let go of the job


class Closing(StrEnum):
    """What a step does to the job's hold."""

    CAPTURE = "capture"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Step:
    """The job as it must be recorded, what happens to its hold, and what to do afterwards."""

    job: Job
    effect: Effect
    closing: Closing | None = None


class ImpossibleEventError(Exception):
    """An event that cannot happen in this state: our own bug, never repaired by guessing."""


def step(job: Job, event: Event, *, now: float) -> Step:
    """Decide what becomes of `job` when `event` happens at `now` (unix seconds).

    Raises:
        ImpossibleEventError: the event cannot happen in the job's state.
    """
    match event:
        case Claimed():
            return _claimed(job, now=now)
        case Ready(seed, start_by):
            _require(job, event, JobState.QUEUED)
            return _ready(job, seed, start_by)
        case Accepted(submission):
            _require(job, event, JobState.SUBMITTING, JobState.UNKNOWN)
            return _accepted(job, submission)
        case NotSent(retry_after):
            _require(job, event, JobState.QUEUED, JobState.SUBMITTING)
            return _not_sent(job, retry_after, now=now)
        case Held(retry_after):
            _require(job, event, *OPEN)
            return _held(job, retry_after, now=now)
        case AnswerWasLost():
            _require(job, event, JobState.SUBMITTING)
            return _unknown(job, now=now)
        case SearchedInVain(asked_at):
            _require(job, event, JobState.UNKNOWN)
            return _not_found(job, asked_at, now=now)
        case PictureArrived(arrival):
            _require(job, event, JobState.RUNNING)
            return _done(job, arrival)
        case Stumbled():
            _require(job, event, JobState.RUNNING)
            return _stumbled(job, now=now)
        case Failed(failure, possibly_billed):
            _require(job, event, JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING)
            return _failed(job, failure, possibly_billed=possibly_billed)
        case WasCancelled():
            _require(job, event, JobState.RUNNING)
            return _cancelled(job)
        case _:
            assert_never(event)


def may_be_sent(job: Job, *, start_timeout: float, now: float) -> bool:
    """Whether a recorded intent is fresh enough for its POST to leave."""
    if job.start_by is None:
        raise ImpossibleEventError(f"job {job.id} is to be sent without a start deadline")
    return now <= job.start_by - start_timeout + SEND_WITHIN_SECONDS


def cancel(job: Job, *, claimed: bool) -> Step:
    """The member no longer wants it. Only a job that nobody works on is surely not submitted.

    Any other is only marked: the provider may still deliver and bill it.

    Raises:
        ImpossibleEventError: it has ended.
    """
    if job.state.is_final:
        raise ImpossibleEventError(f"job {job.id} is {job.state} and cannot be cancelled")
    if job.state is JobState.QUEUED and not claimed:
        return _cancelled(job)
    return Step(replace(job, cancel_asked=True), Effect.LEAVE)


def _claimed(job: Job, *, now: float) -> Step:
    match job.state:
        case JobState.QUEUED if job.cancel_asked:
            return _cancelled(job)
        case JobState.QUEUED:
            return Step(job, Effect.PREPARE)
        case JobState.SUBMITTING:
            # The process that recorded the intent died: whether it sent the POST is not known.
            return _unknown(job, now=now)
        case JobState.UNKNOWN:
            return Step(job, Effect.SEARCH)
        case JobState.RUNNING:
            return Step(job, Effect.FOLLOW)
        case JobState.DONE | JobState.FAILED | JobState.CANCELLED:
            raise ImpossibleEventError(f"job {job.id} is {job.state} and was claimed")


def _ready(job: Job, seed: int, start_by: float) -> Step:
    if job.cancel_asked:
        return _cancelled(job)
    submitting = replace(
        job,
        state=JobState.SUBMITTING,
        seed=seed,
        start_by=start_by,
        cost=job.unit_cost,
        cost_state=CostState.POSSIBLE,
    )
    return Step(submitting, Effect.SUBMIT)


def _accepted(job: Job, submission: Submission) -> Step:
    running = replace(
        job,
        state=JobState.RUNNING,
        submission=submission,
        tries=0,
        not_before=0.0,
        cost=job.unit_cost,
        cost_state=CostState.ESTIMATED,
    )
    return Step(running, Effect.FOLLOW)


def _done(job: Job, arrival: Arrival) -> Step:
    cost = job.unit_cost if arrival.units is None else round(job.unit_cost * arrival.units)
    state = CostState.ESTIMATED if arrival.units is None else CostState.PROVISIONAL
    done = replace(job, state=JobState.DONE, arrival=arrival, cost=cost, cost_state=state)
    return Step(done, Effect.LEAVE, Closing.CAPTURE)


def _stumbled(job: Job, *, now: float) -> Step:
    if job.tries >= len(STUMBLE_PAUSES_SECONDS):
        return _failed(job, Failure.INTERNAL, possibly_billed=True)
    pause = STUMBLE_PAUSES_SECONDS[job.tries]
    return Step(replace(job, tries=job.tries + 1, not_before=now + pause), Effect.LEAVE)


def _not_sent(job: Job, retry_after: float | None, *, now: float) -> Step:
    if retry_after is None:
        if job.tries >= len(NEVER_SENT_PAUSES_SECONDS):
            return _failed(job, Failure.UNREACHABLE, possibly_billed=False)
        retry_after = NEVER_SENT_PAUSES_SECONDS[job.tries]
        job = replace(job, tries=job.tries + 1)
    return Step(_back_in_line(job, now + retry_after), Effect.LEAVE)


def _held(job: Job, retry_after: float, *, now: float) -> Step:
    if job.state in {JobState.QUEUED, JobState.SUBMITTING}:
        return Step(_back_in_line(job, now + retry_after), Effect.LEAVE)
    return Step(replace(job, not_before=now + retry_after), Effect.LEAVE)


def _back_in_line(job: Job, not_before: float) -> Job:
    """Forget the attempt: its seed belongs to a submit that provably did not happen."""
    return replace(
        job,
        state=JobState.QUEUED,
        seed=None,
        start_by=None,
        not_before=not_before,
        cost=0,
        cost_state=CostState.NONE,
    )


def _unknown(job: Job, *, now: float) -> Step:
    waiting = replace(
        job, state=JobState.UNKNOWN, tries=0, not_before=now + SEARCH_PAUSES_SECONDS[0]
    )
    return Step(waiting, Effect.LEAVE)


def _not_found(job: Job, asked_at: float, *, now: float) -> Step:
    if job.start_by is None:
        raise ImpossibleEventError(f"job {job.id} is unknown without a start deadline")
    # What counts is when the question was asked: the answer may have been long on its way.
    if asked_at > job.start_by + START_MARGIN_SECONDS:
        return _failed(job, Failure.NEVER_STARTED, possibly_billed=False)
    tries = min(job.tries + 1, len(SEARCH_PAUSES_SECONDS) - 1)
    pause = SEARCH_PAUSES_SECONDS[tries]
    return Step(replace(job, tries=tries, not_before=now + pause), Effect.LEAVE)


def _failed(job: Job, failure: Failure, *, possibly_billed: bool) -> Step:
    failed = replace(
        job,
        state=JobState.FAILED,
        failure=failure,
        cost=job.unit_cost if possibly_billed else 0,
        cost_state=CostState.POSSIBLE if possibly_billed else CostState.NONE,
    )
    return Step(failed, Effect.LEAVE, Closing.RELEASE)


def _cancelled(job: Job) -> Step:
    cancelled = replace(
        job,
        state=JobState.CANCELLED,
        failure=Failure.CANCELLED,
        cost=0,
        cost_state=CostState.NONE,
    )
    return Step(cancelled, Effect.LEAVE, Closing.RELEASE)


def _require(job: Job, event: Event, *states: JobState) -> None:
    if job.state not in states:
        raise ImpossibleEventError(f"job {job.id} is {job.state}: {type(event).__name__}")
