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
from typing import TYPE_CHECKING, Final, assert_never

from bot.domain.errors import Failure
from bot.domain.jobs.events import (
    Accepted,
    CancelledByProvider,
    Claimed,
    Effect,
    Failed,
    LocalFault,
    NotSent,
    PictureArrived,
    Ready,
    Requeued,
    SearchFailed,
    SubmitNotFound,
    SubmitUnknown,
    TimedOut,
)
from bot.domain.jobs.states import OPEN, CostState, JobState

if TYPE_CHECKING:
    from bot.domain.jobs.events import Event
    from bot.domain.jobs.states import Job, ResultFiles, Submission

SEND_WITHIN_SECONDS: Final = 30.0
"""How long after it was recorded an intent may still be sent. A machine that slept in between must
not buy what has been given up meanwhile."""
START_MARGIN_SECONDS: Final = 180.0
"""How long after its start deadline an unknown submit is still searched for. The provider's clock
starts when it has received all of it: it may leave 30 s after its record and travel for 90 s.
Clocks differ, and the provider's list lags behind: another minute."""
CONFIRM_SECONDS: Final = 10.0
"""How far two searches that found nothing must lie apart, in real time, before an unknown submit is
given up: a clock may have jumped before the first."""
SEED_IN_DOUBT_SECONDS: Final = START_MARGIN_SECONDS + 120.0
"""How long after its start deadline a submit in doubt keeps its seed to itself. Later ones are told
apart by their time: a search looks two minutes further back than its own submit."""
SEED_IN_DOUBT_PAUSE_SECONDS: Final = 5.0
"""How long a job waits whose seed belongs to a submit that is not answered yet."""
GIVE_UP_SECONDS: Final = 24 * 3600.0
"""How long after its start deadline a bought job is waited for when nothing can be learned of it.
The provider keeps a finished picture no longer (`X-Fal-Object-Lifecycle-Preference`)."""

STOPPED_SECONDS: Final = 24 * 3600.0
"""How long a job keeps its place in line, and its price set aside, while purchases are stopped."""

SEARCH_PAUSES_SECONDS: Final = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
NEVER_SENT_PAUSES_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""How long to wait before the same attempt is made again; after the last one the job fails."""
BLOCKED_PAUSES_SECONDS: Final = (10.0, 30.0, 60.0, 300.0, 900.0)
"""How long to wait before a search is made again that could not be made."""
LOCAL_FAULT_PAUSES_SECONDS: Final = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0)
"""How long to wait before a paid picture is fetched and stitched again after a fault of our own."""
TIMED_OUT_PAUSES_SECONDS: Final = (10.0, 30.0, 60.0, 120.0, 300.0)
"""How long to wait before an overdue job is looked at again after it was asked to stop."""

FINAL_AFTER_ACCEPTED: Final = frozenset(
    {
        # What the provider itself says of this job:
        Failure.CONTENT,
        Failure.INPUT,
        Failure.NO_PICTURE,
        Failure.PROVIDER,
        Failure.TIMEOUT,  # not started in time
        Failure.LOST,  # for minutes, not one page of a gateway
        # What we see for ourselves: it arrived whole, and is not a picture.
        Failure.BAD_RESULT,
        # It is a picture, but of everything the member wanted to keep: what it shows inside the
        # mask was never painted, and fetching it again brings the same.
        Failure.SWAPPED,
    }
)
"""The rule of the bought picture: once a job is accepted, nothing but these facts ends it without
one (and a cancel that the provider carried out). Whatever else happens may pass: a broken line, a
blocked key, a full disk, a lost process, a fault of our own. Then the job is requeued or tried
again, and has its hours for that."""


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
            return _ready(job, seed, start_by, now=now)
        case Accepted(submission):
            _require(job, event, JobState.SUBMITTING, JobState.UNKNOWN)
            return _accepted(job, submission)
        case NotSent(retry_after):
            _require(job, event, JobState.QUEUED, JobState.SUBMITTING)
            return _not_sent(job, retry_after, now=now)
        case Requeued(retry_after):
            _require(job, event, *OPEN)
            return _requeued(job, retry_after, now=now)
        case SubmitUnknown():
            _require(job, event, JobState.SUBMITTING)
            return _unknown(job, now=now)
        case SubmitNotFound() | SearchFailed():
            _require(job, event, JobState.UNKNOWN)
            return _still_unknown(job, event, now=now)
        case PictureArrived() | LocalFault() | TimedOut() | CancelledByProvider():
            _require(job, event, JobState.RUNNING)
            return _followed(job, event, now=now)
        case Failed(failure, possibly_billed, units, spoiled):
            _require(job, event, JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING)
            if job.state is JobState.RUNNING and failure not in FINAL_AFTER_ACCEPTED:
                raise ImpossibleEventError(f"job {job.id} is bought: {failure} does not end it")
            job = replace(job, spoiled=spoiled)
            return _failed(job, failure, possibly_billed=possibly_billed, units=units)
        case _:
            assert_never(event)


def may_be_sent(job: Job, *, now: float) -> bool:
    """Whether a recorded intent is fresh enough for its POST to leave."""
    if job.intended_at is None:
        raise ImpossibleEventError(f"job {job.id} is to be sent, and its intent has no time")
    return now <= job.intended_at + SEND_WITHIN_SECONDS


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


def give_up(job: Job) -> Step:
    """The operator decides that a bought job, or one in doubt, is not waited for any longer.

    Raises:
        ImpossibleEventError: it has ended, or nothing was bought yet.
    """
    _require(job, None, JobState.UNKNOWN, JobState.RUNNING)
    return _failed(job, Failure.LOST, possibly_billed=True)


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


def _ready(job: Job, seed: int, start_by: float, *, now: float) -> Step:
    if job.cancel_asked:
        return _cancelled(job)
    submitting = replace(
        job,
        state=JobState.SUBMITTING,
        seed=seed,
        intended_at=now,
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


def _done(job: Job, arrival: ResultFiles) -> Step:
    cost = job.unit_cost if arrival.units is None else round(job.unit_cost * arrival.units)
    state = CostState.ESTIMATED if arrival.units is None else CostState.PROVISIONAL
    done = replace(job, state=JobState.DONE, arrival=arrival, cost=cost, cost_state=state)
    return Step(done, Effect.LEAVE, Closing.CAPTURE)


def _followed(
    job: Job, event: PictureArrived | LocalFault | TimedOut | CancelledByProvider, *, now: float
) -> Step:
    match event:
        case PictureArrived(arrival):
            return _done(job, arrival)
        case CancelledByProvider(possibly_billed, units) if job.cancel_asked:
            return _cancelled(job, possibly_billed=possibly_billed, units=units)
        case CancelledByProvider(possibly_billed, units):
            # Not the member: we asked for it, when its time was over.
            return _failed(job, Failure.TIMEOUT, possibly_billed=possibly_billed, units=units)
        case LocalFault():
            return _once_more(job, LOCAL_FAULT_PAUSES_SECONDS, Failure.INTERNAL, now=now)
        case TimedOut():
            return _once_more(job, TIMED_OUT_PAUSES_SECONDS, Failure.TIMEOUT, now=now)


def _once_more(job: Job, pauses: tuple[float, ...], failure: Failure, *, now: float) -> Step:
    if job.tries >= len(pauses):
        return _failed(job, failure, possibly_billed=True)
    later = now + pauses[job.tries]
    return Step(replace(job, tries=job.tries + 1, not_before=later), Effect.LEAVE)


def _not_sent(job: Job, retry_after: float | None, *, now: float) -> Step:
    if retry_after is None:
        if job.tries >= len(NEVER_SENT_PAUSES_SECONDS):
            return _failed(job, Failure.UNREACHABLE, possibly_billed=False)
        retry_after = NEVER_SENT_PAUSES_SECONDS[job.tries]
        job = replace(job, tries=job.tries + 1)
    return Step(_back_in_line(job, now + retry_after), Effect.LEAVE)


def _requeued(job: Job, retry_after: float, *, now: float) -> Step:
    if job.state in {JobState.QUEUED, JobState.SUBMITTING}:
        return Step(_back_in_line(job, now + retry_after), Effect.LEAVE)
    if _is_given_up(job):
        return _failed(job, Failure.LOST, possibly_billed=True)
    return Step(replace(job, not_before=now + retry_after), Effect.LEAVE)


def _is_given_up(job: Job) -> bool:
    """Whether a bought job was waited for long enough.

    What counts is when this look at it was due, not when it was made: after a long sleep, or a
    clock that jumped, there is always another one.
    """
    return job.start_by is not None and job.not_before > job.start_by + GIVE_UP_SECONDS


def _back_in_line(job: Job, not_before: float) -> Job:
    """Forget the attempt: its seed belongs to a submit that provably did not happen."""
    return replace(
        job,
        state=JobState.QUEUED,
        seed=None,
        intended_at=None,
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


def _still_unknown(job: Job, event: SubmitNotFound | SearchFailed, *, now: float) -> Step:
    match event:
        case SubmitNotFound():
            if _can_no_longer_start(job, event):
                if event.confirmed:
                    return _failed(job, Failure.NEVER_STARTED, possibly_billed=False)
                pause = CONFIRM_SECONDS
            else:
                pause = _pause(SEARCH_PAUSES_SECONDS, job.tries + 1)
        case SearchFailed(retry_after):
            if _is_given_up(job):
                return _failed(job, Failure.LOST, possibly_billed=True)
            pause = max(retry_after, _pause(BLOCKED_PAUSES_SECONDS, job.tries))
    return Step(replace(job, tries=job.tries + 1, not_before=now + pause), Effect.LEAVE)


def _can_no_longer_start(job: Job, answer: SubmitNotFound) -> bool:
    """Whether the submit would have been listed, had it been started.

    What counts is when the question was asked: the answer may have been long on its way.
    """
    if job.start_by is None:
        raise ImpossibleEventError(f"job {job.id} is unknown without a start deadline")
    return answer.asked_at > job.start_by + START_MARGIN_SECONDS + answer.finish_timeout


def _pause(pauses: tuple[float, ...], number: int) -> float:
    return pauses[min(number, len(pauses) - 1)]


def _failed(
    job: Job, failure: Failure, *, possibly_billed: bool, units: float | None = None
) -> Step:
    cost, state = _loss(job, possibly_billed=possibly_billed, units=units)
    failed = replace(job, state=JobState.FAILED, failure=failure, cost=cost, cost_state=state)
    return Step(failed, Effect.LEAVE, Closing.RELEASE)


def _cancelled(job: Job, *, possibly_billed: bool = False, units: float | None = None) -> Step:
    cost, state = _loss(job, possibly_billed=possibly_billed, units=units)
    cancelled = replace(
        job,
        state=JobState.CANCELLED,
        failure=Failure.CANCELLED,
        cost=cost,
        cost_state=state,
    )
    return Step(cancelled, Effect.LEAVE, Closing.RELEASE)


def _loss(job: Job, *, possibly_billed: bool, units: float | None) -> tuple[int, CostState]:
    """What a job without a picture costs the owner, in nano-USD, and how sure that is."""
    if not possibly_billed or units == 0:
        return 0, CostState.NONE
    if units is None:
        return job.unit_cost, CostState.POSSIBLE
    return round(job.unit_cost * units), CostState.PROVISIONAL


def _require(job: Job, event: Event | None, *states: JobState) -> None:
    if job.state not in states:
        what = type(event).__name__ if event else "given up"
        raise ImpossibleEventError(f"job {job.id} is {job.state}: {what}")
