"""The breaker: when purchases stop by themselves, and the reasons of every pause."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.errors.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

BURST_SECONDS: Final = 600
"""How long a time a burst is looked for in: ten minutes."""
LOOKED_BACK_SECONDS: Final = 24 * 3600.0
"""How old a purchase may be that is looked at: what is older says little of now, and nothing waits
in line for longer while purchases are stopped."""
RECENT_JOBS: Final = 20
"""How many of the latest ended jobs the share of failures is taken of."""
MOST_OF_ONE: Final = 3
"""How many failures of one member count: of the seven of twenty that stop purchases when nothing
else is set, no more than half."""
LEAST_MEMBERS: Final = 3
"""How many members must have met failures: there are pictures and prompts that a model answers
with an error of its own, and a member who has found one can send it again and again."""

FAILED_BY_PROVIDER: Final = frozenset(
    {
        Failure.NO_PICTURE,
        Failure.BAD_RESULT,
        Failure.SWAPPED,
        Failure.PROVIDER,
        Failure.TIMEOUT,
        Failure.LOST,
        Failure.NEVER_STARTED,
    }
)
"""What is the provider's doing. What could not be sent at all (UNREACHABLE) costs nobody anything
and passes by itself: nobody should have to be woken to go on after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """When to stop. `burst` is micro-USD sent within `BURST_SECONDS`, `failure_percent` the
    share of `RECENT_JOBS`; more than that stops purchases. 0 switches a rule off.
    """

    burst: int = 5_000_000
    failure_percent: int = 30

    def is_burst(self, bought: int) -> bool:
        """Whether `bought` micro-USD within `BURST_SECONDS` is more than is usual."""
        return 0 < self.burst < bought

    def is_failing(self, seen: FailureRate) -> bool:
        """Whether too many of the last `RECENT_JOBS` failed.

        A bot that has ended fewer jobs stops by the same number: one failure out of one says
        little.
        """
        return (
            self.failure_percent > 0
            and seen.members >= LEAST_MEMBERS
            and seen.failed * 100 > self.failure_percent * RECENT_JOBS
        )


@dataclass(frozen=True, slots=True)
class JobEnding:
    """How a job of a member ended; `failure` None: with a picture."""

    member_id: int
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class FailureRate:
    """How the latest jobs ended: `failed` of `counted` by the provider's doing, for so many
    members.
    """

    failed: int
    counted: int
    members: int


def record(endings: Iterable[JobEnding]) -> FailureRate:
    """Look at how jobs ended, the latest first.

    What says nothing of the provider is passed over, and so is what one member met more often than
    `MOST_OF_ONE`, until `RECENT_JOBS` are counted.
    """
    failed: Counter[int] = Counter()
    counted = 0
    for ending in endings:
        if counted == RECENT_JOBS:
            break
        if ending.failure is None:
            counted += 1
        elif ending.failure in FAILED_BY_PROVIDER and failed[ending.member_id] < MOST_OF_ONE:
            counted += 1
            failed[ending.member_id] += 1
    return FailureRate(failed.total(), counted, len(failed))


class PauseReason(StrEnum):
    """What brought purchases to a stop."""

    SWAPPED = "swapped"  # a picture came back painted around its area
    BURST = "burst"  # much more was bought in minutes than the operator finds usual
    FAILURES = "failures"  # too many of the last pictures failed, not by their members' doing
    PRICE = "price"  # the provider lists another price than members are shown
    LOCKED = "locked"  # the provider locked the account, or refuses the key

    @property
    def refuses(self) -> bool:
        """Whether new edits are refused. While an account is locked they may stand in line:

        what waits there is how the bot finds out that it was opened again.
        """
        return self is not PauseReason.LOCKED
