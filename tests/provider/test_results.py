"""What a completed job came to: F15 to F17, and input 102."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.errors import Broken, Failure, ProviderBlocked, ProviderBusy, Refused
from bot.domain.jobs.states import Submission
from bot.provider.client import FalClient
from tests.provider.conftest import PICTURE, png, result
from tests.provider.scripted import Reply, Scripted, answer, hang_up, nginx, reset


async def test_a_finished_picture_lands_on_disk_whole_private_and_alone(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE
    assert (received.seed, received.billable_units) == (77, 1.0)
    assert received.content_type == "image/png"
    assert received.path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["received"]


async def test_the_key_goes_to_the_queue_and_not_along_with_a_download(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(200, PICTURE))

    await fal.fetch(submission, into=tmp_path / "received")

    question, download = provider.asked
    assert "authorization" in question.headers
    assert "authorization" not in download.headers
    assert download.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("content", "called", "kind"),
    [
        (png("RGB", name="JPEG"), "image/png", "image/jpeg"),
        (png("RGB", name="WEBP"), "text/html", "image/webp"),
        (PICTURE, "text/html", "image/png"),
    ],
)
async def test_102_the_bytes_decide_what_a_file_is(
    provider: Scripted,
    fal: FalClient,
    submission: Submission,
    tmp_path: Path,
    content: bytes,
    called: str,
    kind: str,
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(200, content, {"Content-Type": called}))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.content_type == kind
    assert received.path.read_bytes() == content


async def test_a_result_without_seed_or_units_says_so(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", answer(200, {"images": [{"url": f"{provider.url}/a.png"}]}))
    provider.on("GET /a.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert (received.seed, received.billable_units) == (None, None)


async def test_f17_a_result_that_is_still_in_progress_is_asked_for_again(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    early = answer(400, {"detail": "Request is still in progress"})
    provider.on("GET /requests/r", early, early, result(provider))
    provider.on("GET /files/out.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE


async def test_f17_a_result_that_stays_in_progress_is_not_the_jobs_end(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", answer(400, {"detail": "Request is still in progress"}))

    with pytest.raises(ProviderBusy):
        await fal.fetch(submission, into=tmp_path / "received")


@pytest.mark.parametrize(
    "trouble",
    [nginx(502), nginx(504), reset(), hang_up(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")],
    ids=["nginx 502", "nginx 504", "reset", "half a body"],
)
async def test_a_gateway_in_the_way_of_a_result_is_waited_out(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, trouble: Reply
) -> None:
    provider.on("GET /requests/r", trouble, trouble, result(provider))
    provider.on("GET /files/out.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE


@pytest.mark.parametrize(
    ("reply", "kind", "failure", "billed"),
    [
        (
            answer(422, {"detail": [{"type": "content_policy_violation", "msg": "Flagged"}]}),
            Refused,
            Failure.CONTENT,
            True,
        ),
        (
            answer(422, {"detail": [{"type": "image_too_small"}]}, {"X-Fal-Billable-Units": "0"}),
            Refused,
            Failure.INPUT,
            False,
        ),
        (
            answer(504, {"detail": "x"}, {"X-Fal-Request-Timeout-Type": "user"}),
            Broken,
            Failure.TIMEOUT,
            False,
        ),
        (
            answer(503, {"detail": "x", "error_type": "runner_disconnected"}),
            Broken,
            Failure.PROVIDER,
            False,
        ),
        (
            answer(499, {"detail": "x", "error_type": "client_cancelled"}),
            Broken,
            Failure.CANCELLED,
            True,
        ),
        (answer(404, {"status": "NOT_FOUND"}), Broken, Failure.LOST, True),
    ],
    ids=["content", "input", "F9 not started", "runner", "cancelled", "F13 forgotten"],
)
async def test_f15_a_failed_jobs_own_status_says_why(
    provider: Scripted,
    fal: FalClient,
    submission: Submission,
    tmp_path: Path,
    reply: Reply,
    kind: type[Refused | Broken],
    failure: Failure,
    billed: bool,
) -> None:
    provider.on("GET /requests/r", reply)

    with pytest.raises(kind) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert isinstance(caught.value, Refused | Broken)
    assert (caught.value.failure, caught.value.possibly_billed) == (failure, billed)
    assert list(tmp_path.iterdir()) == []


async def test_f6_a_key_refused_at_the_result_closes_the_line(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", answer(403, {"detail": "User is locked."}))

    with pytest.raises(ProviderBlocked):
        await fal.fetch(submission, into=tmp_path / "received")


@pytest.mark.parametrize(
    "images",
    [None, [], {}, "x", [None], [{}], [{"url": None}], [{"url": ""}], [{"url": 7}]],
)
async def test_f16_completed_without_a_picture_is_a_failure_that_may_cost(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, images: object
) -> None:
    provider.on("GET /requests/r", answer(200, {"images": images, "seed": 1}))

    with pytest.raises(Broken) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.NO_PICTURE
    assert caught.value.possibly_billed


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, b"{{{"),
        answer(200, b""),
        answer(200, b"<html>Welcome to the hotel</html>", fals_own=False),
        answer(200, {"status": "ok"}, fals_own=False),
        answer(302, b"", {"Location": "/login"}),
        nginx(400),
        nginx(404),
        nginx(410),
        nginx(413),
        nginx(422),
        nginx(499),
        answer(404, {"detail": "Not Found"}, fals_own=False),
        answer(422, {"detail": "Unprocessable"}, fals_own=False),
        answer(500, b"<html>fal</html>"),
        answer(422, b'{"detail": [{"type": "content_po'),
    ],
)
async def test_only_fals_own_words_about_a_job_end_it(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, reply: Reply
) -> None:
    """F8, F13, F15: a gateway's page is about the gateway."""
    provider.on("GET /requests/r", reply)

    with pytest.raises(ProviderBusy):
        await fal.fetch(submission, into=tmp_path / "received")


async def test_f13_a_result_forgotten_for_a_moment_is_fetched_all_the_same(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    unknown = answer(404, {"status": "NOT_FOUND"})
    provider.on("GET /requests/r", nginx(404), unknown, nginx(404), unknown, result(provider))
    provider.on("GET /files/out.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE


async def test_f15_a_refusal_that_quotes_whole_pictures_is_understood(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    """`input` echoes what we sent."""
    echo = "data:image/png;base64," + "A" * 600_000
    problem = {"type": "content_policy_violation", "msg": "Flagged", "input": echo}
    provider.on("GET /requests/r", answer(422, {"detail": [problem]}))

    with pytest.raises(Refused, match="Flagged") as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.CONTENT
