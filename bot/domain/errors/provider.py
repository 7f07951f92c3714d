"""The provider gave no picture, and why a job ended without one."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.errors.root import TouchupError


class Failure(StrEnum):
    """Why a job ended without a picture; stored, so that a restart can still explain it."""

    CONTENT = "content"  # the model's content filter
    INPUT = "input"  # the model refused the picture, mask or an option
    NO_PICTURE = "no picture"  # completed, but without a picture
    BAD_RESULT = "bad result"  # the returned picture cannot be read
    SWAPPED = "swapped"  # the model painted outside the mask instead of inside
    PROVIDER = "provider"  # an error on the provider's side
    TIMEOUT = "timeout"  # not started, or not finished, in time
    UNREACHABLE = "unreachable"  # the provider could not be reached at all
    STOPPED = "stopped"  # never bought: purchases were stopped, and did not go on for a day
    LOST = "lost"  # the provider no longer knows the request
    NEVER_STARTED = "never started"  # an unknown submit that can no longer start
    CANCELLED = "cancelled"
    INTERNAL = "internal"  # our own fault


class ProviderError(TouchupError):
    """fal did not give us a picture."""


class NeverSent(ProviderError):
    """Provably nothing left this machine (DNS, refused connection, TLS or connect timeout)."""


class AnswerLost(ProviderError):
    """The request went out and no usable answer came back: perhaps accepted, perhaps paid."""


class Refused(ProviderError):
    """A final "no" about this input.

    `detail` is the provider's own text, at most 300 characters, without data URIs.
    `possibly_billed` is True where fal says that a 4xx may still be charged; `units` are what it
    says it bills, None when it does not say.
    """

    def __init__(
        self,
        failure: Failure,
        *,
        detail: str = "",
        possibly_billed: bool = False,
        units: float | None = None,
    ) -> None:
        super().__init__(f"{failure}: {detail}" if detail else str(failure))
        self.failure = failure
        self.detail = detail
        self.possibly_billed = possibly_billed
        self.units = units


class Broken(ProviderError):
    """A final failure on the provider's side; fal does not bill a 5xx. Its fields are as above."""

    def __init__(
        self,
        failure: Failure,
        *,
        detail: str = "",
        possibly_billed: bool = False,
        units: float | None = None,
    ) -> None:
        super().__init__(f"{failure}: {detail}" if detail else str(failure))
        self.failure = failure
        self.detail = detail
        self.possibly_billed = possibly_billed
        self.units = units


class ProviderBlocked(ProviderError):
    """401, 403 or "User is locked": every submit will be refused until the operator acts."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderBusy(ProviderError):
    """429, or 5xx from a gateway on a request that is safe to repeat: wait, then ask again."""

    def __init__(self, *, retry_after: float) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after
