"""Bringing the picture home: F18, F19, F21 to F23, and inputs 98, 101, 108."""

from __future__ import annotations

import base64
import errno
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.errors import Broken, Failure, ProviderBusy, StoreFailed
from bot.domain.jobs.states import Submission
from bot.provider.client import FalClient
from bot.provider.download import Bounds
from tests.provider.conftest import PICTURE, png, result
from tests.provider.scripted import (
    Reply,
    Scripted,
    answer,
    endless,
    hang_up,
    raw,
    reset,
    silent,
    stalled,
)


@pytest.mark.parametrize("status", [404, 410])
async def test_f18_a_picture_that_moved_is_found_by_asking_for_the_result_again(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, status: int
) -> None:
    provider.on("GET /requests/r", result(provider, "/old.png"), result(provider, "/new.png"))
    provider.on("GET /old.png", answer(status))
    provider.on("GET /new.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 416])
async def test_f18_a_picture_that_is_not_there_now_may_be_there_later(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, status: int
) -> None:
    """The provider keeps it for a day, and its file host is another machine than its queue."""
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(status))

    with pytest.raises(ProviderBusy) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.retry_after >= 30

    provider.on("GET /files/out.png", answer(200, PICTURE))
    received = await fal.fetch(submission, into=tmp_path / "received")
    assert received.path.read_bytes() == PICTURE


async def test_f19_a_redirect_to_another_host_is_refused_and_asked_about_again_later(
    provider: Scripted, stranger: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(302, b"", {"Location": f"{stranger.url}/x.png"}))

    with pytest.raises(ProviderBusy):
        await fal.fetch(submission, into=tmp_path / "received")

    assert stranger.connections == 0


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest", "file:///etc/passwd", "gopher://x/", "//[::1", "http://"],
)
async def test_98_a_redirect_to_anything_odd_is_refused(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, location: str
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(302, b"", {"Location": location}))

    with pytest.raises(ProviderBusy):
        await fal.fetch(submission, into=tmp_path / "received")

    assert {ask.path for ask in provider.asked} == {
        "/fal-ai/ideogram/requests/r",
        "/files/out.png",
    }


async def test_a_redirect_within_the_provider_is_followed_but_not_round_in_circles(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(302, b"", {"Location": "/there.png"}))
    provider.on("GET /there.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE

    provider.on("GET /there.png", answer(302, b"", {"Location": "/files/out.png"}))
    with pytest.raises(ProviderBusy):
        await fal.fetch(submission, into=tmp_path / "received")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x.png",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/x.png",
        "https://v3.fal.media/x.png",
    ],
)
async def test_108_a_picture_at_a_strangers_address_is_not_fetched_nor_given_up(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, url: str
) -> None:
    provider.on("GET /requests/r", answer(200, {"images": [{"url": url}]}))

    with pytest.raises(ProviderBusy):
        await fal.fetch(submission, into=tmp_path / "received")

    assert {ask.path for ask in provider.asked} == {"/fal-ai/ideogram/requests/r"}


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "//x", "nonsense", "http://"])
async def test_108_what_is_no_address_at_all_is_no_picture(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, url: str
) -> None:
    provider.on("GET /requests/r", answer(200, {"images": [{"url": url}]}))

    with pytest.raises(Broken) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.NO_PICTURE
    assert caught.value.possibly_billed
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
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, reply: Reply
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", reply, reply, answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE


WHOLE_AND_NO_PICTURE: dict[str, Reply] = {
    "half a picture": answer(200, HALF),
    "HTML": answer(200, b"<html>Sorry</html>"),
    "0 bytes": answer(200),
    "half a picture in chunks": raw(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(HALF), HALF)
    ),
}


@pytest.mark.parametrize("reply", WHOLE_AND_NO_PICTURE.values(), ids=WHOLE_AND_NO_PICTURE)
async def test_f21_bytes_that_came_whole_and_are_no_picture_three_times_are_given_up(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, reply: Reply
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", reply)

    with pytest.raises(Broken) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.BAD_RESULT
    assert caught.value.possibly_billed
    assert len(provider.asked_for("GET", "/out.png")) == 3
    assert list(tmp_path.iterdir()) == []


CUT_OFF: dict[str, Reply] = {
    "cut off": SPOILT["cut off"],
    "cut off without a length": SPOILT["cut off without a length"],
    "cut off between two chunks": hang_up(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(HALF), HALF)
    ),
    "reset": reset(),
    "reset in the middle": reset(HEAD + b"Content-Length: %d\r\n\r\n" % len(PICTURE) + HALF),
    "closed": hang_up(),
    "silent": silent(),
    "silent in the middle": stalled(HEAD + b"Content-Length: %d\r\n\r\n" % len(PICTURE) + HALF),
}


@pytest.mark.parametrize("reply", CUT_OFF.values(), ids=CUT_OFF)
async def test_f21_a_bad_line_never_gives_a_paid_picture_up(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, reply: Reply
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", reply)

    with pytest.raises(ProviderBusy):
        await fal.fetch(submission, into=tmp_path / "received")

    assert len(provider.asked_for("GET", "/out.png")) == 3
    provider.on("GET /files/out.png", answer(200, PICTURE))
    received = await fal.fetch(submission, into=tmp_path / "received")
    assert received.path.read_bytes() == PICTURE


async def test_f21_two_pages_and_a_reset_are_not_three_pictures_that_are_none(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    page = answer(200, b"<html>Sorry</html>")
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", page, reset(), page)

    with pytest.raises(ProviderBusy):
        await fal.fetch(submission, into=tmp_path / "received")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_file_host_that_is_unwell_does_not_end_a_paid_job(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, status: int
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(status))

    with pytest.raises(ProviderBusy):
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
async def test_f22_a_picture_beyond_the_cap_is_cut_off_and_given_up_after_three_times(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, reply: Reply
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", reply)

    with pytest.raises(Broken, match="too large") as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.BAD_RESULT
    assert len(provider.asked_for("GET", "/out.png")) == 3


async def test_101_a_body_that_drips_is_cut_off_in_time_and_asked_for_again_later(
    provider: Scripted, connect: Callable[..., FalClient], submission: Submission, tmp_path: Path
) -> None:
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", endless(HEAD + b"\r\n\x89PNG\r\n\x1a\n", b"\0", 0.02))
    fal = connect(provider.url, bounds=Bounds(seconds=0.2))

    with pytest.raises(ProviderBusy):
        await fal.fetch(submission, into=tmp_path / "received")


async def test_f23_a_picture_inside_the_result_is_taken_and_never_logged(
    provider: Scripted,
    fal: FalClient,
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
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path, uri: str
) -> None:
    provider.on("GET /requests/r", result(provider, uri))

    with pytest.raises(Broken) as caught:
        await fal.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.BAD_RESULT
    assert "base64," not in str(caught.value)


async def test_a_folder_that_is_not_there_is_a_store_fault_and_the_result_can_be_had_again(
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
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
    provider: Scripted, fal: FalClient, submission: Submission, tmp_path: Path
) -> None:
    (tmp_path / "received").write_bytes(b"older")
    provider.on("GET /requests/r", result(provider))
    provider.on("GET /files/out.png", answer(200, PICTURE))

    received = await fal.fetch(submission, into=tmp_path / "received")

    assert received.path.read_bytes() == PICTURE
