"""What can happen to a job, and what the worker is asked to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.errors import Failure
    from bot.domain.jobs.states import DiscardedResult, ResultFiles, Submission


@dataclass(frozen=True, slots=True)
class Claimed:
    """A worker took the job up."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything the submit needs is ready: from here on one POST may leave."""

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
class Requeued:
    """Something is in the way that is not about this job: it keeps its place."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class SubmitUnknown:
    """The submit went out and no usable answer came back."""


@dataclass(frozen=True, slots=True)
class SubmitNotFound:
    """The provider did not list the submit when it was asked, at `asked_at` (unix seconds).

    It lists a job at the latest when that has ended, `finish_timeout` seconds after its start.
    `confirmed`: an earlier search found nothing either, `CONFIRM_SECONDS` of real time before.
    """

    asked_at: float
    finish_timeout: float = 0.0
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class SearchFailed:
    """The provider's list could not be read: nothing was learned."""

    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class PictureArrived:
    """The picture is on our disk, checked and stitched."""

    arrival: ResultFiles


@dataclass(frozen=True, slots=True)
class LocalFault:
    """Something of our own went wrong after the submit; the picture is still to be had."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It took too long, the provider was asked to stop it, and still it has not ended."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider refused, failed, or returned nothing we can use; `spoiled` is what it gave.

    `units` are what it says it bills for that; None: it may or may not bill one.
    """

    failure: Failure
    possibly_billed: bool = False
    units: float | None = None
    spoiled: DiscardedResult | None = None


@dataclass(frozen=True, slots=True)
class CancelledByProvider:
    """The provider stopped the job, as a rule before it started; what it bills as in `Failed`."""

    possibly_billed: bool = False
    units: float | None = None


Event = (
    Claimed
    | Ready
    | Accepted
    | NotSent
    | Requeued
    | SubmitUnknown
    | SubmitNotFound
    | SearchFailed
    | PictureArrived
    | LocalFault
    | TimedOut
    | Failed
    | CancelledByProvider
)


class Effect(StrEnum):
    """What the worker does after the step is recorded."""

    PREPARE = "prepare"  # build the arguments, upload the pictures: free, repeatable
    SUBMIT = "submit"  # exactly one POST
    SEARCH = "search"  # look for the seed at the provider
    FOLLOW = "follow"  # wait for the picture and fetch it
    LEAVE = "leave"  # nothing: let go of the job
