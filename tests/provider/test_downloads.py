"""Bringing the picture home: F18, F19, F21 to F23, and inputs 98, 101, 108."""

from __future__ import annotations

import base64
import errno
import logging
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import Broken, Busy, Failure, StoreFailed
from bot.provider.download import Bounds
from tests.provider.conftest import png
from tests.provider.scripted import (
    Scripted,
    answer,
    endless,
    hang_up,
    raw,
    reset,
    silent,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.domain.jobs import Submission
    from bot.provider.client import Fal
    from tests.provider.scripted import Reply

PICTURE = png("RGB")


def result(provider: Scripted, path: str = "/files/out.png", **more: object) -> Reply:
    url = path if ":" in path else f"{provider.url}{path}"
    body = {"images": [{"url": url, "content_type": "image/png"}], "seed": 77, **more}
    return answer(200, body, {"X-Fal-Billable-Units": "1"})


@pytest.mark.parametrize("status", [404, 410])
async def test_f18_a_picture_that_moved_is_found_by_asking_for_the_result_again(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path, status: int
) -> None:
    provider.on("GET /requests/r", result(provider, "/old.png"), result(provider, "/new.png"))
    provider.on("GET /old.png", answer(status))
    provider.on("GET /new.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE


async def test_f18_a_picture_that_is_gone_was_paid_all_the_same(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(404))

    with pytest.raises(Broken) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.BAD_RESULT
    assert caught.value.possibly_billed
    assert len(provider.asked_for("GET", "/out.png")) == 2


async def test_f19_a_redirect_to_another_host_is_refused(
    provider: Scripted, stranger: Scripted, fal: Fal, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(302, b"", {"Location": f"{stranger.url}/x.png"}))

    with pytest.raises(Broken) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.BAD_RESULT
    assert stranger.connections == 0


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest", "file:///etc/passwd", "gopher://x/", "//[::1", "http://"],
)
async def test_98_a_redirect_to_anything_odd_is_refused(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path, location: str
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(302, b"", {"Location": location}))

    with pytest.raises(Broken):
        await fal.fetch(submission, into=tmp_path / "received")

    assert {ask.path for ask in provider.asked[1:]} == {"/files/out.png"}


async def test_a_redirect_within_the_provider_is_followed_but_not_round_in_circles(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(302, b"", {"Location": "/there.png"}))
    provider.on("GET /there.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE

    provider.on("GET /there.png", answer(302, b"", {"Location": "/files/out.png"}))
    with pytest.raises(Broken, match="redirects too often"):
        await fal.fetch(submission, into=tmp_path / "received")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x.png",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/x.png",
        "https://v3.fal.media/x.png",
        "file:///etc/passwd",
        "ftp://x/y",
        "//x",
        "nonsense",
    ],
)
async def test_108_a_picture_at_a_strangers_address_is_not_fetched(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path, url: str
) -> None:
    provider.on("GET /requests/r", answer(200, {"images": [{"url": url}]}))

    with pytest.raises(Broken) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.BAD_RESULT
    assert len(provider.asked) == 1


HALF = PICTURE[: len(PICTURE) // 2]
HEAD = b"HTTP/1.1 200 OK\r\n"

SPOILT: dict[str, Reply] = {
    "cut off": hang_up(HEAD + b"Content-Length: %d\r\n\r\n" % len(PICTURE) + HALF),
    "cut off without a length": hang_up(HEAD + b"\r\n" + HALF),
    "short and silent about it": answer(200, HALF),
    "HTML": answer(200, b"<html>Sorry</html>", {"Content-Type": "image/png"}),
    "SVG": answer(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "0 bytes": answer(200),
    "compressed, which nobody asked for": answer(
        200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}
    ),
    "short JPEG": answer(200, png("RGB", name="JPEG")[:-2]),
    "short WebP": answer(200, png("RGB", name="WEBP")[:-2]),
    "reset": reset(),
    "silent": silent(),
}


@pytest.mark.parametrize("reply", SPOILT.values(), ids=SPOILT)
async def test_f21_a_spoilt_download_is_made_again(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path, reply: Reply
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", reply, reply, answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE


async def test_f21_a_picture_spoilt_three_times_is_given_up(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(200, HALF))

    with pytest.raises(Broken) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.BAD_RESULT
    assert caught.value.possibly_billed
    assert len(provider.asked_for("GET", "/out.png")) == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_file_host_that_is_unwell_does_not_end_a_paid_job(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path, status: int
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(status))

    with pytest.raises(Busy):
        await fal.fetch(submission, into=tmp_path / "received")

    assert len(provider.asked_for("GET", "/out.png")) == 3


@pytest.mark.parametrize(
    "reply",
    [
        raw(HEAD + b"Content-Length: 200000000\r\n\r\n\x89PNG"),
        endless(HEAD + b"\r\n" + PICTURE, b"\0" * 100_000),
    ],
    ids=["announced", "endless"],
)
async def test_f22_a_picture_beyond_the_cap_is_cut_off_and_not_asked_for_again(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path, reply: Reply
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", reply)

    with pytest.raises(Broken, match="too large"):
        await fal.fetch(submission, into=tmp_path / "received")

    assert len(provider.asked_for("GET", "/out.png")) == 1


async def test_101_a_body_that_drips_is_cut_off_in_time(
    provider: Scripted, connect: Callable[..., Fal], submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", endless(HEAD + b"\r\n\x89PNG\r\n\x1a\n", b"\0", 0.02))
    fal = connect(provider.url, bounds=Bounds(seconds=0.2))

    with pytest.raises(Broken, match="no whole picture"):
        await fal.fetch(submission, into=tmp_path / "received")


async def test_f23_a_picture_inside_the_result_is_taken_and_never_logged(
    provider: Scripted,
    fal: Fal,
    submission: Submission,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    uri = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
    provider.on("GET /requests/r", result(provider, uri))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE
    assert "base64," not in caplog.text + repr(received)


@pytest.mark.parametrize(
    "uri",
    [
        "data:image/png;base64,",
        "data:image/png;base64,####",
        "data:image/png,plain",
        "data:text/html;base64,PGh0bWw+",
        "data:",
        f"data:image/png;base64,{base64.b64encode(PICTURE + bytes(1_000_000)).decode()}",
    ],
    ids=["empty", "no base64", "plain", "HTML", "nothing", "beyond the cap"],
)
async def test_f23_a_data_uri_that_is_no_picture_within_the_cap_is_refused(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path, uri: str
) -> None:
    provider.on("GET /requests/r", result(provider, uri))

    with pytest.raises(Broken) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.BAD_RESULT
    assert "base64," not in str(caught.value)


async def test_a_folder_that_is_not_there_is_a_store_fault_and_the_result_can_be_had_again(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(200, PICTURE))

    with pytest.raises(StoreFailed) as caught:
        await fal.fetch(submission, into=tmp_path / "missing" / "received")

    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOENT
    received = await fal.fetch(submission, into=tmp_path / "received")
    assert received.path.read_bytes() == PICTURE


async def test_a_result_is_fetched_again_over_an_older_one(
    provider: Scripted, fal: Fal, submission: Submission, tmp_path: Path
) -> None:
    (tmp_path / "received").write_bytes(b"older")
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE
