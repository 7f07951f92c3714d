"""The life of one paid provider call, as a pure function: a job and an event give the next step.

    queued --claimed--> submitting --accepted--> running --picture--> done
                            |  \\--refused--> failed     \\--failed---> failed
                            |--never sent--> queued      \\--cancelled-> cancelled
                            `--answer lost--> unknown --found--> running
                                                      `--cannot have started--> failed

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

START_MARGIN_SECONDS: Final = 60.0
"""How long after its start deadline an unknown submit is still searched for: clocks differ, and
the provider's list lags behind."""

SEARCH_PAUSES_SECONDS: Final = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
NEVER_SENT_PAUSES_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""How long to wait before the same attempt is made again; after the last one the job fails."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The provider's receipt for an accepted job."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One paid provider call. Times are unix seconds; `price` is micro-USD.

    `seed` is chosen anew for every submit and recorded before it: it is how a submit whose answer
    was lost is found again. `start_by` is the moment after which the provider will not start it.
    """

    id: int
    edit_id: int
    member_id: int
    state: JobState
    price: int
    tries: int = 0
    not_before: float = 0.0
    seed: int | None = None
    start_by: float | None = None
    submission: Submission | None = None
    cancel_asked: bool = False
    failure: Failure | None = None
    possibly_billed: bool = False


# ---- events: what happened -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """A worker took the job up. `seed` and `start_by` are for the submit, should there be one."""

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
    """The provider does not list the seed (yet)."""


@dataclass(frozen=True, slots=True)
class PictureArrived:
    """The picture is on our disk, checked and stitched."""


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
    | Accepted
    | NotSent
    | Held
    | AnswerWasLost
    | SearchedInVain
    | PictureArrived
    | Failed
    | WasCancelled
)


# ---- effects: what to do next ----------------------------------------------------------------


class Effect(StrEnum):
    """What the worker does after the step is recorded."""

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
            return _claimed(job, event, now=now)
        case Accepted(submission):
            _require(job, event, JobState.SUBMITTING, JobState.UNKNOWN)
            return Step(
                replace(job, state=JobState.RUNNING, submission=submission, tries=0), Effect.FOLLOW
            )
        case NotSent(retry_after):
            _require(job, event, JobState.SUBMITTING)
            return _not_sent(job, retry_after, now=now)
        case Held(retry_after):
            _require(job, event, JobState.SUBMITTING, JobState.UNKNOWN, JobState.RUNNING)
            return _held(job, retry_after, now=now)
        case AnswerWasLost():
            _require(job, event, JobState.SUBMITTING)
            return _unknown(job, now=now)
        case SearchedInVain():
            _require(job, event, JobState.UNKNOWN)
            return _not_found(job, now=now)
        case PictureArrived():
            _require(job, event, JobState.RUNNING)
            return Step(replace(job, state=JobState.DONE), Effect.LEAVE, Closing.CAPTURE)
        case Failed(failure, possibly_billed):
            _require(job, event, JobState.SUBMITTING, JobState.RUNNING)
            return _failed(job, failure, possibly_billed=possibly_billed)
        case WasCancelled():
            _require(job, event, JobState.RUNNING)
            return _cancelled(job)
        case _:
            assert_never(event)


def cancel(job: Job) -> Step:
    """The member no longer wants it. Only a job that was not submitted can be taken back surely.

    A running or unknown one is only marked: the provider may still deliver and bill it.
    """
    if job.state is JobState.QUEUED:
        return _cancelled(job)
    return Step(replace(job, cancel_asked=True), Effect.LEAVE)


def _claimed(job: Job, event: Claimed, *, now: float) -> Step:
    match job.state:
        case JobState.QUEUED if job.cancel_asked:
            return _cancelled(job)
        case JobState.QUEUED:
            submitting = replace(
                job, state=JobState.SUBMITTING, seed=event.seed, start_by=event.start_by
            )
            return Step(submitting, Effect.SUBMIT)
        case JobState.SUBMITTING:
            # The process that recorded the intent died: whether it sent the POST is not known.
            return _unknown(job, now=now)
        case JobState.UNKNOWN:
            return Step(job, Effect.SEARCH)
        case JobState.RUNNING:
            return Step(job, Effect.FOLLOW)
        case _:
            raise ImpossibleEventError(f"job {job.id} is {job.state} and was claimed")


def _not_sent(job: Job, retry_after: float | None, *, now: float) -> Step:
    if retry_after is None:
        if job.tries >= len(NEVER_SENT_PAUSES_SECONDS):
            return _failed(job, Failure.UNREACHABLE, possibly_billed=False)
        retry_after = NEVER_SENT_PAUSES_SECONDS[job.tries]
        job = replace(job, tries=job.tries + 1)
    return Step(_back_in_line(job, now + retry_after), Effect.LEAVE)


def _held(job: Job, retry_after: float, *, now: float) -> Step:
    if job.state is JobState.SUBMITTING:
        return Step(_back_in_line(job, now + retry_after), Effect.LEAVE)
    return Step(replace(job, not_before=now + retry_after), Effect.LEAVE)


def _back_in_line(job: Job, not_before: float) -> Job:
    """Forget the attempt: its seed belongs to a submit that provably did not happen."""
    return replace(job, state=JobState.QUEUED, seed=None, start_by=None, not_before=not_before)


def _unknown(job: Job, *, now: float) -> Step:
    waiting = replace(
        job, state=JobState.UNKNOWN, tries=0, not_before=now + SEARCH_PAUSES_SECONDS[0]
    )
    return Step(waiting, Effect.LEAVE)


def _not_found(job: Job, *, now: float) -> Step:
    if job.start_by is None:
        raise ImpossibleEventError(f"job {job.id} is unknown without a start deadline")
    if now > job.start_by + START_MARGIN_SECONDS:
        return _failed(job, Failure.NEVER_STARTED, possibly_billed=False)
    tries = min(job.tries + 1, len(SEARCH_PAUSES_SECONDS) - 1)
    pause = SEARCH_PAUSES_SECONDS[tries]
    return Step(replace(job, tries=tries, not_before=now + pause), Effect.LEAVE)


def _failed(job: Job, failure: Failure, *, possibly_billed: bool) -> Step:
    failed = replace(
        job, state=JobState.FAILED, failure=failure, possibly_billed=possibly_billed
    )
    return Step(failed, Effect.LEAVE, Closing.RELEASE)


def _cancelled(job: Job) -> Step:
    cancelled = replace(job, state=JobState.CANCELLED, failure=Failure.CANCELLED)
    return Step(cancelled, Effect.LEAVE, Closing.RELEASE)


def _require(job: Job, event: Event, *states: JobState) -> None:
    if job.state not in states:
        raise ImpossibleEventError(f"job {job.id} is {job.state}: {type(event).__name__}")
