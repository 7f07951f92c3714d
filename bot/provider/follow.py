"""Waiting for a job: the event stream first, polling whenever the stream breaks."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Any, Final

import httpx

from bot.domain.errors import Broken, Failure, ProviderBusy
from bot.provider.http import LOST
from bot.provider.responses import closed_or_busy, plain
from bot.provider.sse import EventReader

if TYPE_CHECKING:
    from bot.domain.jobs.states import Submission
    from bot.provider.http import ProviderHttp

log = logging.getLogger(__name__)

_MOST_GONE_PAUSE_SECONDS: Final = 60.0


class QueueStatus(StrEnum):
    """The three states fal knows. A failed job is `COMPLETED` too: only its result tells."""

    QUEUED = "IN_QUEUE"
    RUNNING = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PollInterval:
    """How often the provider is asked. All times in seconds.

    A silent stream is given up after `quiet` or `quiet_share` of the time waited so far, whatever
    is longer. Polls are `poll_share` of that time apart, within `poll_least` and `poll_most`.
    `gone_answers` is how many times in a row the provider must not know a job before we believe
    it; the pauses between them double from `gone_pause` on, and make four minutes.
    """

    quiet: float = 10.0
    quiet_share: float = 0.5
    poll_least: float = 0.5
    poll_most: float = 5.0
    poll_share: float = 0.1
    polls_between_streams: int = 3
    most_polls_between_streams: int = 48
    back_off: float = 0.5
    most_back_off: float = 30.0
    gone_answers: int = 10
    gone_pause: float = 1.0

    def pause_after(self, failures: int) -> float:
        """Growing pauses with jitter, so that many waiting jobs do not return all at once."""
        longest = min(self.most_back_off, self.back_off * (1 << min(failures, 10)))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret

    def pause_while_gone(self, answers: int) -> float:
        """How long to wait after the job was not known `answers` times."""
        return min(self.gone_pause * (1 << min(answers - 1, 10)), _MOST_GONE_PAUSE_SECONDS)


class NotFoundStreak:
    """Counts how often in a row the provider itself did not know a job.

    It may be so for a moment, before the provider's machines agree about it, or while it deploys.
    """

    def __init__(self, pace: PollInterval) -> None:
        self._pace = pace
        self._answers = 0

    def end(self) -> None:
        """Take note that the provider knows the job."""
        self._answers = 0

    async def wait_out(self) -> None:
        """Take note that it does not, and wait before it is asked again.

        Raises:
            Broken: it said so for minutes.
        """
        self._answers += 1
        if self._answers >= self._pace.gone_answers:
            raise Broken(Failure.LOST, possibly_billed=True)
        await asyncio.sleep(self._pace.pause_while_gone(self._answers))


class _Heard(Enum):
    COMPLETED = auto()
    SILENCE = auto()
    BREAK = auto()


class Follower:
    """Follows one job until it is completed. It has no deadline: that is the caller's to set."""

    def __init__(self, wire: ProviderHttp, submission: Submission, *, pace: PollInterval) -> None:
        self._wire = wire
        self._submission = submission
        self._pace = pace
        self._began = _now()
        self._complained: set[str] = set()
        self._failures = 0
        self._absence = NotFoundStreak(pace)
        self._barren_streams = 0

    async def run(self) -> None:
        """Return once the job is completed, well or badly.

        Raises:
            Broken: the provider consistently no longer knows the job.
            ProviderBlocked: the key is refused, so nothing can be known about the job.
        """
        while True:
            heard = await self._listen()
            if heard is _Heard.COMPLETED:
                return
            if heard is _Heard.SILENCE:
                if await self._poll():
                    return
                continue
            for _ in range(self._polls_before_next_stream()):
                if await self._poll():
                    return
                await asyncio.sleep(self._poll_pause())

    async def _listen(self) -> _Heard:
        """Read the event stream until it says something final, ends, or falls silent."""
        quiet = max(self._pace.quiet, self._pace.quiet_share * (_now() - self._began))
        reader, last_event, spoke = EventReader(), _now(), False
        try:
            async with self._wire.events(self._stream_url(), silence=quiet) as response:
                kind = response.headers.get("content-type", "")
                if response.status_code != 200 or not kind.startswith("text/event-stream"):
                    return self._broke(spoke=False)
                async for piece in response.aiter_bytes():
                    for event in reader.feed(piece):
                        last_event, spoke = _now(), True
                        if self._is_completed(_object(event)):
                            return _Heard.COMPLETED
                    # Comments keep the connection open, but they say nothing new.
                    if _now() - last_event > quiet:
                        return _Heard.SILENCE
        except httpx.ReadTimeout:
            return _Heard.SILENCE
        except LOST:
            pass
        return self._broke(spoke=spoke)

    def _stream_url(self) -> str:
        url = httpx.URL(self._submission.status_url)
        path, mark, query = url.raw_path.partition(b"?")
        return str(url.copy_with(raw_path=path.rstrip(b"/") + b"/stream" + mark + query))

    def _broke(self, *, spoke: bool) -> _Heard:
        self._barren_streams = 0 if spoke else self._barren_streams + 1
        return _Heard.BREAK

    def _polls_before_next_stream(self) -> int:
        """More and more polls, the more streams in a row brought nothing at all."""
        doubled = self._pace.polls_between_streams << min(self._barren_streams, 10)
        return min(doubled, self._pace.most_polls_between_streams)

    def _poll_pause(self) -> float:
        share = self._pace.poll_share * (_now() - self._began)
        return min(max(share, self._pace.poll_least), self._pace.poll_most)

    async def _poll(self) -> bool:
        """Ask for the status once. Trouble is waited out here, and is never the job's end."""
        try:
            answer = await self._wire.call("GET", self._submission.status_url)
            problem = closed_or_busy(answer)
            if problem is not None:
                raise problem
        except ProviderBusy as busy:
            await self._wait_out(busy.retry_after)
            return False
        if answer.is_not_found:
            await self._absence.wait_out()
            return False
        if answer.status >= 300:
            self._complain(f"HTTP {answer.status}")
            await self._wait_out(0.0)
            return False
        self._failures = 0
        self._absence.end()
        return self._is_completed(answer.json())

    async def _wait_out(self, wish: float) -> None:
        await asyncio.sleep(max(wish, self._pace.pause_after(self._failures)))
        self._failures += 1

    def _is_completed(self, status: dict[str, Any]) -> bool:
        try:
            return QueueStatus(status.get("status", "")) is QueueStatus.COMPLETED
        except ValueError:
            self._complain(f"status {plain(str(status.get('status')), 40)!r}")
            return False

    def _complain(self, what: str) -> None:
        """Log something we do not understand, once per job."""
        if what not in self._complained and len(self._complained) < 10:
            self._complained.add(what)
            log.warning("job %s: not understood: %s", self._submission.request_id, what)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
