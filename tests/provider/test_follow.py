"""Waiting for a job: F7, F9, F14, F15, F24, F25, and a network that comes and goes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import pytest

from bot.domain.errors import Broken, Failure, ProviderBlocked
from bot.domain.jobs.states import Submission
from bot.provider.client import FalClient
from bot.provider.follow import PollInterval
from tests.provider.conftest import KEY, PACE
from tests.provider.scripted import (
    Reply,
    Scripted,
    answer,
    hang_up,
    nginx,
    reset,
    silent,
    states,
    stream,
)

QUEUED = {"status": "IN_QUEUE", "queue_position": 2}
RUNNING = {"status": "IN_PROGRESS", "logs": [{"message": "step 1", "level": "INFO"}]}
COMPLETED = {"status": "COMPLETED", "logs": [], "metrics": {"inference_time": 1.0}}

NO_STREAM = nginx(502)


async def follow(fal: FalClient, submission: Submission) -> None:
    async with asyncio.timeout(5):
        await fal.follow(submission)


async def test_the_stream_alone_tells_everything_and_nothing_is_polled(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    provider.on("GET /status/stream", stream(QUEUED, QUEUED, RUNNING, COMPLETED, then=silent()))

    await follow(fal, submission)

    [ask] = provider.asked
    assert ask.target == "/fal-ai/ideogram/requests/r/status/stream"
    assert ask.headers["authorization"] == f"Key {KEY}"


async def test_completion_is_known_at_once(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    provider.on("GET /status/stream", stream(QUEUED, 0.1, COMPLETED, then=silent()))

    began = time.monotonic()
    await follow(fal, submission)

    assert 0.09 < time.monotonic() - began < 1


async def test_f15_a_job_that_failed_is_completed_too(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    failed = {**COMPLETED, "error": "Invalid status code: 422", "error_type": "bad_request"}
    provider.on("GET /status/stream", stream(failed))

    await follow(fal, submission)

    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "broken",
    {
        "ends": stream(QUEUED),
        "is reset": stream(QUEUED, then=reset()),
        "is cut inside an event": stream(QUEUED, b'data: {"status": "COMP'),
        "is refused by a gateway": nginx(502),
        "does not exist": answer(404, {"detail": "Not Found"}),
        "is no stream": answer(200, COMPLETED),
        "is never answered": hang_up(),
    }.items(),
    ids=lambda item: item[0],
)
async def test_f25_after_a_stream_that_breaks_the_job_is_polled_and_streamed_again(
    provider: Scripted, fal: FalClient, submission: Submission, broken: tuple[str, Reply]
) -> None:
    provider.on("GET /status/stream", broken[1], stream(RUNNING, COMPLETED))
    provider.on("GET /status", *states("IN_PROGRESS"))

    await follow(fal, submission)

    assert len(provider.asked_for("GET", "/stream")) == 2
    assert 2 <= len(provider.asked_for("GET", "/status")) <= 4


async def test_f25_without_any_stream_polling_finds_the_end(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    provider.on("GET /status/stream", NO_STREAM)
    provider.on("GET /status", *states("IN_QUEUE", *["IN_PROGRESS"] * 20, "COMPLETED"))

    await follow(fal, submission)

    assert len(provider.asked_for("GET", "/status")) == 22
    # Streams that bring nothing are tried ever more rarely.
    assert len(provider.asked_for("GET", "/stream")) == 6


async def test_f24_a_silent_stream_is_watched_with_one_status_question_per_silence(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    provider.on("GET /status/stream", stream(RUNNING, then=silent()))
    provider.on("GET /status", *states("IN_PROGRESS", "IN_PROGRESS", "COMPLETED"))

    began = time.monotonic()
    await follow(fal, submission)

    assert len(provider.asked_for("GET", "/status")) == 3
    assert time.monotonic() - began >= 3 * PACE.quiet


async def test_f24_comments_keep_a_connection_warm_but_are_no_news(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    pings = [item for _ in range(200) for item in (b": ping\n\n", 0.02)]
    provider.on("GET /status/stream", stream(RUNNING, *pings, then=silent()))
    provider.on("GET /status", *states("COMPLETED"))

    began = time.monotonic()
    await follow(fal, submission)

    assert time.monotonic() - began < 2


async def test_f24_a_status_that_is_never_answered_is_asked_again(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    provider.on("GET /status/stream", NO_STREAM)
    provider.on("GET /status", silent(), *states("COMPLETED"))

    await follow(fal, submission)

    assert len(provider.asked_for("GET", "/status")) == 2


async def test_f14_what_is_not_understood_is_waited_out_and_logged_once(
    provider: Scripted, fal: FalClient, submission: Submission, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="bot")
    odd = (
        answer(202, {"status": "DREAMING"}),
        answer(202, {}),
        answer(202, b"{{{"),
        answer(202, ["IN_QUEUE"]),
        answer(202, {"status": "IN_QUEUE", "queue_position": "first", "logs": "none"}),
        answer(202, {"status": "IN_PROGRESS", "logs": [1, {"message": 2}, {"message": "fine"}]}),
    )
    provider.on("GET /status/stream", stream({"status": "DREAMING"}, b"data: {{{\n\n"))
    provider.on("GET /status", *odd, *states("COMPLETED"))

    await follow(fal, submission)

    assert len(provider.asked_for("GET", "/status")) == len(odd) + 1
    assert sum("DREAMING" in record.message for record in caplog.records) == 1


async def test_f7_a_status_that_is_asked_too_often_waits_as_told_and_never_fails(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    provider.on("GET /status/stream", NO_STREAM)
    busy = answer(429, {"detail": "Slow down"}, {"Retry-After": "1"})
    provider.on("GET /status", busy, *states("COMPLETED"))

    began = time.monotonic()
    await follow(fal, submission)

    assert time.monotonic() - began >= 1
    assert len(provider.asked_for("GET", "/status")) == 2


async def test_a_provider_that_goes_away_and_comes_back_costs_nothing_but_time(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    trouble = (reset(), nginx(503), answer(500, {"detail": "x"}), answer(418))
    provider.on("GET /status/stream", NO_STREAM)
    provider.on("GET /status", *trouble, *states("COMPLETED"))

    await follow(fal, submission)

    assert len(provider.asked_for("GET", "/status")) == 5


async def test_a_job_the_provider_forgot_is_lost_only_when_it_says_so_consistently(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    with pytest.raises(Broken) as caught:
        await follow(fal, submission)

    assert caught.value.failure is Failure.LOST
    assert caught.value.possibly_billed
    assert len(provider.asked_for("GET", "/status")) == PACE.gone_answers


async def test_a_job_that_is_unknown_for_a_moment_is_not_lost(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    unknown = answer(404, {"status": "NOT_FOUND"})
    running = next(iter(states("IN_PROGRESS")))
    provider.on("GET /status/stream", NO_STREAM)
    provider.on("GET /status", unknown, unknown, running, unknown, unknown, *states("COMPLETED"))

    await follow(fal, submission)

    assert len(provider.asked_for("GET", "/status")) == 6


@pytest.mark.parametrize(
    "page",
    [nginx(404), nginx(410), answer(404, {"detail": "Not Found"}, fals_own=False)],
    ids=["nginx 404", "nginx 410", "somebody's JSON"],
)
async def test_a_gateway_that_knows_no_such_page_says_nothing_about_the_job(
    provider: Scripted, fal: FalClient, submission: Submission, page: Reply
) -> None:
    """F8, F13: a deploy at the provider's must not end everything that runs."""
    provider.on("GET /status/stream", page)
    provider.on("GET /status", *[page] * (3 * PACE.gone_answers), *states("COMPLETED"))

    await follow(fal, submission)

    assert len(provider.asked_for("GET", "/status")) == 3 * PACE.gone_answers + 1


def test_a_job_is_believed_lost_only_after_minutes() -> None:
    pace = PollInterval()

    pauses = [pace.pause_while_gone(answers) for answers in range(1, pace.gone_answers)]

    assert pauses == sorted(pauses)
    assert pauses[0] <= 1
    assert 180 <= sum(pauses) <= 600


@pytest.mark.parametrize("status", [401, 403])
async def test_f6_a_key_refused_while_following_closes_the_line(
    provider: Scripted, fal: FalClient, submission: Submission, status: int
) -> None:
    provider.on("GET /status/stream", answer(status))
    provider.on("GET /status", answer(status, {"detail": "No access"}))

    with pytest.raises(ProviderBlocked, match="No access"):
        await follow(fal, submission)


async def test_a_job_recorded_at_another_address_is_never_told_the_key(
    stranger: Scripted, fal: FalClient
) -> None:
    elsewhere = Submission("r", f"{stranger.url}/status", stranger.url, stranger.url)

    with pytest.raises(ProviderBlocked):
        await follow(fal, elsewhere)

    assert stranger.connections == 0


async def test_f9_following_has_no_deadline_and_can_be_cancelled_at_any_time(
    provider: Scripted, fal: FalClient, submission: Submission
) -> None:
    provider.on("GET /status/stream", stream(QUEUED, then=silent()))
    provider.on("GET /status", *states("IN_QUEUE", queue_position=2))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await fal.follow(submission)


async def test_many_jobs_are_followed_at_once_each_by_one_stream(
    provider: Scripted, connect: Callable[..., FalClient], submission: Submission
) -> None:
    provider.on("GET /status/stream", stream(RUNNING, 0.3, COMPLETED))
    fal = connect(provider.url, pace=PollInterval())

    began = time.monotonic()
    await asyncio.gather(*(fal.follow(submission) for _ in range(60)))

    assert len(provider.asked) == 60
    assert time.monotonic() - began < 9


def test_pauses_grow_and_stay_within_their_cap() -> None:
    pace = PollInterval()

    pauses = [pace.pause_after(failures) for failures in (0, 3, 6, 50, 5000)]

    assert 0.25 <= pauses[0] <= 0.5
    assert pauses[0] < pauses[1] < pauses[2]
    assert all(15 <= pause <= 30 for pause in pauses[3:])
