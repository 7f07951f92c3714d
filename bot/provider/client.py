"""The provider, as the rest of the bot sees it: prepare, submit, follow, fetch, cancel, find."""

from __future__ import annotations

import asyncio
import json
import uuid
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import ProviderBusy
from bot.provider import files, models, payloads, results
from bot.provider.download import Bounds
from bot.provider.follow import Follower, PollInterval
from bot.provider.http import NETWORK_PAUSE_SECONDS, HttpTimeouts, ProviderHttp
from bot.provider.platform import billing, pricing
from bot.provider.responses import closed_or_busy, failed_job, refused_submit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from bot.domain.billing.bills import BillingEvent, HistoryRow
    from bot.domain.catalog import Model
    from bot.domain.jobs.states import Submission
    from bot.provider.hosts import Addresses
    from bot.provider.models import SubmitArguments
    from bot.provider.results import DownloadedResult

_OUTPUT_SECONDS: Final = 24 * 3600
"""How long the provider keeps the finished picture: ours is on disk within minutes."""
_MAX_REQUEST_ID: Final = 200


class CancelOutcome(StrEnum):
    """What became of a wish to cancel."""

    REMOVED = "removed"  # it never started and costs nothing
    REQUESTED = "requested"  # it may still finish, and be billed: follow it to its end
    TOO_LATE = "too late"  # it had finished already: fetch it
    UNKNOWN = "unknown"  # the provider does not know the job


class FalClient:
    """One provider that speaks fal's queue protocol: fal itself, or the embedded engine.

    `name` is how the books call it. `start_timeout` is how many seconds a job may wait before it
    is started; after that the provider never starts it, which is what makes a submit whose answer
    was lost decidable.
    """

    def __init__(
        self,
        addresses: Addresses,
        *,
        name: str,
        key: str | None,
        admin_key: str | None = None,
        start_timeout: float = 300.0,
        max_inline_bytes: int = files.MAX_INLINE_BYTES,
        patience: HttpTimeouts | None = None,
        pace: PollInterval | None = None,
        bounds: Bounds | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        self.start_timeout = start_timeout
        self._max_inline_bytes = max_inline_bytes
        self._pace = pace or PollInterval()
        self._bounds = bounds or Bounds()
        self.may_see_the_bill = admin_key is not None
        self._wire = ProviderHttp(
            addresses, key=key, admin_key=admin_key, patience=patience or HttpTimeouts(), tls=tls
        )

    def __repr__(self) -> str:
        return f"Fal(name={self.name!r}, queue={self._wire.addresses.queue!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._wire.aclose()

    async def prepare(self, purchase: SubmitArguments) -> Mapping[str, object]:
        """Everything a submit of `purchase` needs but its seed. Free, and safe to repeat.

        Raises:
            Refused: what would be sent is not a picture and its mask.
            NeverSent: the provider's storage could not be reached.
            ProviderBusy: it wants to be left alone for a while.
            ProviderBlocked: the key or the account is refused.
        """
        return await files.prepare(
            self._wire, purchase, max_inline_bytes=self._max_inline_bytes, pace=self._pace
        )

    async def submit(
        self, model: Model, prepared: Mapping[str, object], *, seed: int
    ) -> Submission:
        """Buy one picture: exactly one POST, never repeated here, never redirected.

        Record the intent, with `seed`, before. When this is cancelled the POST may have gone out
        all the same: what was recorded is then an unknown submit, to be looked for with `find`.

        Raises:
            NeverSent: provably nothing left this machine.
            AnswerLost: perhaps accepted, perhaps paid.
            Refused: a final "no" about this input.
            Broken: a final failure on the provider's side.
            ProviderBlocked: the key or the account is refused.
            ProviderBusy: too many requests.
        """
        body = await asyncio.to_thread(payloads.encoded, models.with_seed(prepared, seed))
        answer = await self._wire.submit(
            f"{self._wire.addresses.queue}/{model.endpoint}", body, self._submit_headers()
        )
        receipt = answer.json() if answer.status < 300 else {}
        request_id = receipt.get("request_id")
        if not isinstance(request_id, str) or not 0 < len(request_id) <= _MAX_REQUEST_ID:
            raise refused_submit(answer)
        return self._wire.addresses.submission(model.endpoint, request_id, receipt)

    def _submit_headers(self) -> dict[str, str]:
        """No `X-Fal-Store-IO: 0` here: finding a lost submit needs the provider's history.

        Source: https://fal.ai/docs/documentation/model-apis/common-parameters
        """
        return {
            "Content-Type": "application/json",
            "X-Fal-Request-Timeout": f"{self.start_timeout:g}",
            # Another model than the one that was quoted is not what the member agreed to.
            "x-app-fal-disable-fallback": "true",
            "X-Fal-Object-Lifecycle-Preference": json.dumps(
                {"expiration_duration_seconds": _OUTPUT_SECONDS}
            ),
        }

    def at_home(self, model: Model, submission: Submission) -> Submission:
        """The receipt as this provider answers for it now.

        The address of a server of one's own may have changed since it was written down.
        """
        written = {
            "status_url": submission.status_url,
            "response_url": submission.response_url,
            "cancel_url": submission.cancel_url,
        }
        return self._wire.addresses.submission(model.endpoint, submission.request_id, written)

    async def follow(self, submission: Submission) -> None:
        """Return once the job is completed, well or badly: only `fetch` tells which.

        There is no deadline here: set one around it.

        Raises:
            Broken: the provider said for minutes that it no longer knows the job.
            ProviderBlocked: the key is refused, so nothing can be known about the job.
        """
        await Follower(self._wire, submission, pace=self._pace).run()

    async def fetch(self, submission: Submission, *, into: Path) -> DownloadedResult:
        """Write the picture of a completed job to the file `into`. Free, and safe to repeat.

        `ProviderBusy` may be said for as long as the provider keeps the picture, and after: only
        the job's age tells whether it is still worth asking.

        Raises:
            Refused: the model refused it.
            Broken: the job failed, or left nothing usable; `possibly_billed` says if it cost.
            ProviderBusy: the result cannot be had now.
            ProviderBlocked: the key or the account is refused.
            StoreFailed: the picture could not be written.
        """
        return await results.fetch(
            self._wire, submission, into=into, bounds=self._bounds, pace=self._pace
        )

    async def cancel(self, submission: Submission) -> CancelOutcome:
        """Ask for a job to be stopped. Safe to repeat.

        Raises:
            ProviderBusy: the provider cannot be asked now.
            ProviderBlocked: the key is refused.
        """
        answer = await self._wire.call("PUT", submission.cancel_url)
        problem = closed_or_busy(answer)
        if problem is not None:
            raise problem
        word = answer.json().get("status")
        if word == "ALREADY_COMPLETED":
            return CancelOutcome.TOO_LATE
        if word == "NOT_FOUND":
            return CancelOutcome.UNKNOWN
        if answer.status >= 500 or (answer.status >= 300 and not answer.is_a_verdict):
            raise ProviderBusy(retry_after=NETWORK_PAUSE_SECONDS)
        if answer.status >= 300:
            return CancelOutcome.UNKNOWN
        # Only the documented pair says that it never started; anything milder may still finish.
        if answer.status == 200 and word == "OK" and answer.is_fals_own:
            return CancelOutcome.REMOVED
        return CancelOutcome.REQUESTED

    async def find(
        self,
        model: Model,
        *,
        seed: int,
        since: float,
        prompt: str | None = None,
        claimed: Collection[str] = (),
        among: Collection[str] | None = None,
    ) -> list[Submission]:
        """Every submit with this `seed` and `prompt` since about `since`, as listed.

        `since` is unix seconds, and must lie before the submit: take the recorded moment of the
        intent, for settings change. Others may use equal seeds, with the same key or in the same
        channel: the prompt tells most of them apart, and `claimed`, the request ids of other jobs,
        the rest. `among` are the only request ids to look at; None: all.

        Raises:
            ProviderBusy: the provider's list could not be read to its end, or holds a row that may
                be ours and cannot be read.
            ProviderBlocked: the key is refused.
            Broken: the provider does not understand the question.
        """
        return await pricing.find(
            self._wire,
            model,
            seed=seed,
            since=since,
            prompt=prompt,
            claimed=claimed,
            among=among,
        )

    async def billing_events(
        self,
        models: Iterable[Model],
        *,
        since: float,
        until: float,
        page_rows: int = billing.EVENTS_A_PAGE,
    ) -> billing.BillingPages[BillingEvent]:
        """What was billed for `models` from `since` until before `until` (unix seconds).

        Raises:
            ProviderBlocked: there is no admin key, or it is refused.
            ProviderBusy: the bill cannot be read to its end now.
            Broken: the provider does not understand the question.
        """
        return await billing.events(
            self._wire,
            [model.endpoint for model in models],
            since=since,
            until=until,
            pace=self._pace,
            page_rows=page_rows,
        )

    async def requests(
        self,
        models: Iterable[Model],
        *,
        since: float,
        until: float,
        page_rows: int = billing.REQUESTS_A_PAGE,
    ) -> billing.BillingPages[HistoryRow]:
        """What was asked of `models` in that time, as the provider's history lists it.

        Raises:
            ProviderBlocked: the key is refused.
            ProviderBusy: the history cannot be read to its end now.
            Broken: the provider does not understand the question.
        """
        return await billing.requests(
            self._wire,
            [model.endpoint for model in models],
            since=since,
            until=until,
            pace=self._pace,
            page_rows=page_rows,
        )

    async def price(self, model: Model) -> int:
        """What the provider lists for one picture of `model`, in nano-USD.

        Raises:
            Broken: the list does not say, or not per picture in USD.
            ProviderBusy: it cannot be read now.
            ProviderBlocked: the key is refused.
        """
        return await pricing.price(self._wire, model)

    async def check_key(self) -> bool:
        """Whether the key is accepted. Free: it asks for a job that does not exist.

        A locked account passes: fal lets it read.

        Raises:
            ProviderBusy: the provider cannot be asked now.
            Broken: it does not answer like a queue.
        """
        nobody = self._wire.addresses.submission(IDEOGRAM_V2_EDIT.endpoint, str(uuid.uuid4()))
        answer = await self._wire.call("GET", nobody.status_url)
        if answer.status in {401, 403}:
            return False
        if answer.status < 300 or answer.is_not_found:
            return True
        if answer.status == 429 or answer.status >= 500:
            raise ProviderBusy(retry_after=NETWORK_PAUSE_SECONDS)
        raise failed_job(answer)
