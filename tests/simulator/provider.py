"""A provider that accepts, loses answers, refuses, delays, lists late and honours deadlines."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.errors import (
    AnswerLost,
    Broken,
    Failure,
    NeverSent,
    ProviderBlocked,
    ProviderBusy,
    Refused,
)
from bot.domain.jobs.states import Submission
from bot.provider.client import CancelOutcome

if TYPE_CHECKING:
    import random

    from tests.simulator.clockwork import Clockwork, Machine

FINISH_TIMEOUT = 120.0
"""How long a job may work, in seconds."""
POST_PATIENCE = 90.0
"""As `bot.provider.http.HttpTimeouts.submit`: after that the client hangs up."""
LATEST_LISTING = 45.0
"""How long after its start a job may be missing from the provider's list."""


class Ending(StrEnum):
    """What becomes of a job that was started."""

    PICTURE = "picture"
    CONTENT = "content"  # refused by the filter, and billed all the same
    ERROR = "error"
    STUCK = "stuck"  # until it is cancelled
    SWAPPED = "swapped"  # a picture that was painted outside its mask


@dataclass(eq=False, slots=True)
class Paid:
    """One job at the provider. `for_job` is only for the assertions: the provider cannot know."""

    request_id: str
    seed: int
    for_job: int
    accepted: float
    start_at: float
    start_by: float
    ends_at: float
    listed_from: float
    ending: Ending
    heeds_cancel: bool
    cancelled: bool = False

    @property
    def starts(self) -> bool:
        """Whether it is ever started: not after its deadline."""
        return self.start_at <= self.start_by and not (self.cancelled and self.ends_at <= 0)

    def is_over(self, now: float) -> bool:
        """Whether the status says COMPLETED."""
        if not self.starts:
            return self.cancelled or now >= self.start_by
        return now >= self.ends_at

    def billed_by(self, now: float) -> bool:
        """Whether it is on the bill: everything that was started and gave an answer of its own."""
        paints = {Ending.PICTURE, Ending.CONTENT, Ending.SWAPPED}
        return self.starts and now >= self.ends_at and self.ending in paints and not self.cancelled


@dataclass(eq=False, slots=True)
class Post:
    """One submit on its way: what the client will have received when it stops listening."""

    answered_at: float
    answer: Submission | Exception


@dataclass(slots=True)
class Faults:
    """How often what goes wrong, each a probability."""

    never_sent: float = 0.0
    lost: float = 0.0  # the answer, not the job
    refused: float = 0.0
    gateway: float = 0.0  # an nginx page; half of the time there is a job behind it
    busy: float = 0.0
    slow: float = 0.0  # minutes in line, or at work, or on the wire
    bad_ending: float = 0.0
    unreachable: float = 0.0  # of each unpaid call
    locked: tuple[float, float] = (0.0, 0.0)  # from, until


@dataclass(eq=False, slots=True)
class Provider:
    """All its answers come from one set of dice."""

    clock: Clockwork
    dice: random.Random
    faults: Faults
    start_timeout: float
    network: Machine
    paid: list[Paid] = field(default_factory=list)
    posts: int = 0

    def _happens(self, probability: float) -> bool:
        return self.dice.random() < probability

    def is_locked(self) -> bool:
        """Whether the account is locked now."""
        begin, end = self.faults.locked
        return begin <= self.clock.now < end

    def ask(self) -> None:
        """Any unpaid call may fail.

        Raises:
            Busy, NeverSent: the network failed or the provider returned 5xx.
        """
        if self._happens(self.faults.unreachable):
            raise self.dice.choice([ProviderBusy(retry_after=3.0), NeverSent("no route")])

    def post(self, seed: int, *, for_job: int, sender: Machine) -> Post:
        """One submit. The job, if there will be one, is made when the request has arrived."""
        self.posts += 1
        now = self.clock.now
        if self._happens(self.faults.never_sent):
            return Post(now + self.dice.uniform(0, 5), NeverSent("refused connection"))
        slow = self._happens(self.faults.slow)
        arrives = now + self.dice.uniform(0.01, 1.2 * POST_PATIENCE if slow else 2.0)
        heard = arrives + self.dice.uniform(0.01, POST_PATIENCE if slow else 2.0)
        post = Post(min(heard, now + POST_PATIENCE), AnswerLost("timed out"))
        self.network.spawn(self._arrive, post, seed, for_job, heard, sender, after=arrives - now)
        if arrives > now + POST_PATIENCE:
            # The client hangs up before the whole request is there.
            post.answered_at = now + POST_PATIENCE
        return post

    async def _arrive(
        self, post: Post, seed: int, for_job: int, heard: float, sender: Machine
    ) -> None:
        hung_up = self.clock.now > post.answered_at
        cut = not sender.alive and self._happens(0.5)
        if not hung_up and not cut:
            answer = self._decide(seed, for_job)
            if heard <= post.answered_at and not self._happens(self.faults.lost):
                post.answer = answer

    def _decide(self, seed: int, for_job: int) -> Submission | Exception:
        if self.is_locked():
            return ProviderBlocked(reason="User is locked")
        if self._happens(self.faults.busy):
            return ProviderBusy(retry_after=self.dice.uniform(1, 30))
        if self._happens(self.faults.refused):
            billed = self._happens(0.3)
            return self.dice.choice(
                [
                    Refused(Failure.CONTENT, possibly_billed=billed),
                    Broken(Failure.PROVIDER, possibly_billed=False),
                ]
            )
        if self._happens(self.faults.gateway):
            if self._happens(0.5):
                self._accept(seed, for_job)
            return AnswerLost("HTTP 502 from a gateway")
        return self._accept(seed, for_job)

    def _accept(self, seed: int, for_job: int) -> Submission:
        now, dice = self.clock.now, self.dice
        slow = self._happens(self.faults.slow)
        bad = self._happens(self.faults.bad_ending)
        start_at = now + (dice.uniform(0, 1.5 * self.start_timeout) if slow else dice.uniform(0, 5))
        ends_at = start_at + dice.uniform(3, 240 if self._happens(self.faults.slow) else 20)
        ending = dice.choice(list(Ending)[1:]) if bad else Ending.PICTURE
        listed_from = start_at + dice.uniform(0, LATEST_LISTING if slow else 3)
        if ends_at - start_at <= FINISH_TIMEOUT and ending is not Ending.STUCK:
            # Or only once it has ended.
            listed_from = dice.choice([listed_from, ends_at + dice.uniform(0, 30)])
        paid = Paid(
            request_id=f"r-{len(self.paid)}",
            seed=seed,
            for_job=for_job,
            accepted=now,
            start_at=start_at,
            start_by=now + self.start_timeout,
            ends_at=float("inf") if ending is Ending.STUCK else ends_at,
            listed_from=listed_from,
            ending=ending,
            heeds_cancel=self._happens(0.7),
        )
        self.paid.append(paid)
        return receipt(paid)

    def find(self, seed: int, *, since: float) -> list[Submission]:
        """What the list shows: jobs that were started at `since` or later, a while after that."""
        return [
            receipt(paid)
            for paid in self.paid
            if paid.seed == seed
            and paid.starts
            and paid.start_at >= since
            and self.clock.now >= paid.listed_from
        ]

    def known(self, submission: Submission) -> Paid:
        """The job behind a receipt."""
        return next(paid for paid in self.paid if paid.request_id == submission.request_id)

    def made_for(self, job_id: int | None) -> Paid:
        """What was bought for a job; of several the last."""
        return next(paid for paid in reversed(self.paid) if paid.for_job == job_id)

    def cancel(self, submission: Submission) -> CancelOutcome:
        """Take back what was not started; ask what was to stop."""
        paid, now = self.known(submission), self.clock.now
        if paid.is_over(now):
            return CancelOutcome.TOO_LATE
        if now < paid.start_at:
            paid.cancelled, paid.ends_at = True, 0.0
            return CancelOutcome.REMOVED
        if paid.heeds_cancel:
            paid.cancelled, paid.ends_at = True, min(paid.ends_at, now + self.dice.uniform(0, 10))
        return CancelOutcome.REQUESTED

    def result(self, submission: Submission) -> None:
        """Return if there is a picture to fetch.

        Raises:
            Refused, Broken: why there is none.
        """
        paid = self.known(submission)
        if paid.cancelled:
            raise Broken(Failure.CANCELLED)
        if not paid.starts:
            raise Broken(Failure.TIMEOUT)
        if paid.ending is Ending.CONTENT:
            raise Refused(Failure.CONTENT, possibly_billed=True)
        if paid.ending is Ending.ERROR:
            raise Broken(Failure.PROVIDER)


def receipt(paid: Paid) -> Submission:
    """The provider's receipt."""
    url = f"http://provider.test/{paid.request_id}"
    return Submission(paid.request_id, f"{url}/status", url, f"{url}/cancel")
