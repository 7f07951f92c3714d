"""Fetching what a completed job came to: a picture on disk, or the reason why there is none."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import Broken, Failure, ProviderBusy
from bot.provider.download import NoPicture, ResultNotReady, download, keep, media_type, unpack
from bot.provider.follow import NotFoundStreak
from bot.provider.hosts import origin
from bot.provider.responses import closed_or_busy, failed_job, plain

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.jobs.states import Submission
    from bot.provider.download import Bounds
    from bot.provider.follow import PollInterval
    from bot.provider.http import ProviderHttp
    from bot.provider.payloads import Body
    from bot.provider.responses import HttpResponse

log = logging.getLogger(__name__)

_ATTEMPTS: Final = 6
_DOWNLOADS: Final = 3
_RETRY_LATER_SECONDS: Final = 10.0
_JSON_BYTES: Final = 1024 * 1024
"""Room for everything in a result but the picture, when that comes as a data URI."""


@dataclass(frozen=True, slots=True)
class DownloadedResult:
    """A finished picture on our disk.

    `seed` is what the provider says it used, `billable_units` what it says it bills; both None
    when it says nothing. `content_type` is read from the bytes.
    """

    path: Path
    seed: int | None
    billable_units: float | None
    content_type: str


async def fetch(
    wire: ProviderHttp, submission: Submission, *, into: Path, bounds: Bounds, pace: PollInterval
) -> DownloadedResult:
    """Write the picture of a completed job to the file `into`, which is replaced.

    Safe to repeat: nothing here is paid for.

    Raises:
        Refused: the model refused it.
        Broken: the job failed, or what it left is not usable; `possibly_billed` says if it cost.
        ProviderBusy: the result is there, or may be, but cannot be had now.
        ProviderBlocked: the key or the account is refused.
        StoreFailed: the picture could not be written.
    """
    answer, content = await _picture(wire, submission, bounds=bounds, pace=pace)
    await asyncio.to_thread(keep, content, into)
    seed = answer.json().get("seed")
    return DownloadedResult(
        path=into,
        seed=seed if type(seed) is int else None,
        billable_units=answer.units,
        content_type=media_type(content) or "application/octet-stream",
    )


async def _picture(
    wire: ProviderHttp, submission: Submission, *, bounds: Bounds, pace: PollInterval
) -> tuple[HttpResponse, Body]:
    """The result and its picture. Each try asks for both: the picture may have moved."""
    spoilt = 0
    retry_after = 0.0
    for tries in range(_DOWNLOADS):
        if tries:
            # The last pause is a long one: a page in the picture's place may be gone by then.
            longest = tries == _DOWNLOADS - 1
            await asyncio.sleep(pace.most_back_off if longest else pace.pause_after(0))
        answer = await _result(wire, submission, bounds=bounds, pace=pace)
        url = _picture_url(answer)
        if url is None:
            raise Broken(Failure.NO_PICTURE, possibly_billed=True, units=answer.units)
        try:
            if url[:5].lower() == "data:":
                uri = answer.lifted.get(url) or memoryview(url.encode("utf-8", "replace"))
                return answer, await unpack(uri, bounds=bounds)
            return answer, await download(wire, url, bounds=bounds)
        except NoPicture as problem:
            spoilt += 1
            detail = str(problem)
        except ResultNotReady as problem:
            detail, retry_after = str(problem), problem.retry_after
    if spoilt == _DOWNLOADS:
        raise Broken(Failure.BAD_RESULT, detail=detail, possibly_billed=True, units=answer.units)
    log.warning("job %s: no picture yet: %s", submission.request_id, plain(detail))
    raise ProviderBusy(retry_after=retry_after)


async def _result(
    wire: ProviderHttp, submission: Submission, *, bounds: Bounds, pace: PollInterval
) -> HttpResponse:
    """The result as the provider keeps it: success is only what has status 200 here."""
    cap = bounds.max_bytes * 4 // 3 + _JSON_BYTES
    absence = NotFoundStreak(pace)
    for troubles in range(_ATTEMPTS):
        if troubles:
            await asyncio.sleep(pace.pause_after(troubles - 1))
        try:
            answer = await wire.call("GET", submission.response_url, cap=cap)
            while answer.is_not_found:
                await absence.wait_out()
                answer = await wire.call("GET", submission.response_url, cap=cap)
        except ProviderBusy:
            continue
        problem = closed_or_busy(answer)
        if problem is not None:
            raise problem
        if answer.is_a_verdict:
            absence.end()
        if answer.status == 200 and (answer.is_a_verdict or _picture_url(answer) is not None):
            return answer
        if answer.status >= 400 and answer.is_a_verdict and not _is_early(answer):
            raise failed_job(answer)
    raise ProviderBusy(retry_after=_RETRY_LATER_SECONDS)


def _is_early(answer: HttpResponse) -> bool:
    """Whether the provider says that the job is not completed after all."""
    return answer.status == 400 and "in progress" in str(answer.json().get("detail", "")).lower()


def _picture_url(answer: HttpResponse) -> str | None:
    """Where the first picture lies; None when the result names none."""
    images = answer.json().get("images")
    first = images[0] if isinstance(images, list) and images else None
    url = first.get("url") if isinstance(first, dict) else None
    if not isinstance(url, str) or not (url[:5].lower() == "data:" or origin(url)):
        return None
    return url
