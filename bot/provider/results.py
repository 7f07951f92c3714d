"""Fetching what a completed job came to: a picture on disk, or the reason why there is none."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import Broken, Busy, Failure
from bot.provider.answers import closed_or_busy, failed_job
from bot.provider.download import Bounds, Gone, download, keep, media_type

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.jobs import Submission
    from bot.provider.answers import Answer
    from bot.provider.follow import Pace
    from bot.provider.wire import Wire

log = logging.getLogger(__name__)

Output = dict[str, Any]
"""A model's output, as the provider words it."""

_ATTEMPTS: Final = 6
_RETRY_LATER_SECONDS: Final = 10.0
_JSON_BYTES: Final = 1024 * 1024
"""Room for everything in a result but the picture, when that comes as a data URI."""


@dataclass(frozen=True, slots=True)
class Received:
    """A finished picture on our disk.

    `seed` is what the provider says it used, `billable_units` what it says it bills; both None
    when it says nothing. `content_type` is read from the bytes.
    """

    path: Path
    seed: int | None
    billable_units: float | None
    content_type: str


async def fetch(
    wire: Wire, submission: Submission, *, into: Path, bounds: Bounds, pace: Pace
) -> Received:
    """Write the picture of a completed job to the file `into`, which is replaced.

    Safe to repeat: nothing here is paid for.

    Raises:
        Refused: the model said no.
        Broken: the job failed, or what it left is not usable; `possibly_billed` says if it cost.
        Busy: the result is there, or will be, but cannot be had now.
        LineClosed: the key or the account is refused.
        StoreFailed: the picture could not be written.
    """
    answer, output = await _result(wire, submission, bounds=bounds, pace=pace)
    try:
        content = await download(wire, _picture_url(output), bounds=bounds, pace=pace)
    except Gone:
        # The provider may have moved it; the result then names the new place.
        answer, output = await _result(wire, submission, bounds=bounds, pace=pace)
        content = await _last_download(wire, output, bounds=bounds, pace=pace)
    await asyncio.to_thread(keep, content, into)
    seed = output.get("seed")
    return Received(
        path=into,
        seed=seed if type(seed) is int else None,
        billable_units=answer.units,
        content_type=media_type(content) or "application/octet-stream",
    )


async def _last_download(wire: Wire, output: Output, *, bounds: Bounds, pace: Pace) -> bytes:
    try:
        return await download(wire, _picture_url(output), bounds=bounds, pace=pace)
    except Gone:
        raise Broken(
            Failure.BAD_RESULT, detail="the picture has expired", possibly_billed=True
        ) from None


async def _result(
    wire: Wire, submission: Submission, *, bounds: Bounds, pace: Pace
) -> tuple[Answer, Output]:
    """The result as the provider keeps it: success is only what has status 200 here."""
    cap = bounds.max_bytes * 4 // 3 + _JSON_BYTES
    gone = empty = 0
    for attempt in range(_ATTEMPTS):
        if attempt:
            await asyncio.sleep(pace.pause_after(attempt - 1))
        try:
            answer = await wire.call("GET", submission.response_url, cap=cap)
        except Busy:
            continue
        problem = closed_or_busy(answer)
        if problem is not None:
            raise problem
        # In a thread: a picture as a data URI makes it megabytes of JSON.
        output = await asyncio.to_thread(answer.json) if answer.status == 200 else {}
        if output:
            return answer, output
        gone += answer.status in {404, 410}
        empty += answer.status == 200
        if not _may_change(answer):
            raise failed_job(answer)
    if gone == _ATTEMPTS:
        raise Broken(Failure.LOST, possibly_billed=True)
    if empty == _ATTEMPTS:
        raise Broken(Failure.NO_PICTURE, possibly_billed=True)
    raise Busy(retry_after=_RETRY_LATER_SECONDS)


def _may_change(answer: Answer) -> bool:
    """Whether the same question may get a better answer in a moment."""
    if answer.status in {404, 410} or answer.status < 400:
        return True
    if answer.status == 400:
        return "in progress" in str(answer.json().get("detail", "")).lower()
    return answer.status >= 500 and not answer.is_fals_own


def _picture_url(output: Output) -> str:
    """Where the first picture lies.

    Raises:
        Broken: the job is completed, probably billed, and has no picture.
    """
    images = output.get("images")
    first = images[0] if isinstance(images, list) and images else None
    url = first.get("url") if isinstance(first, dict) else None
    if not isinstance(url, str) or not url:
        raise Broken(Failure.NO_PICTURE, possibly_billed=True)
    return url
