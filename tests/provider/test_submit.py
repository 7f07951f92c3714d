"""The paid POST: F1 to F8, and who may see the key. Always exactly one on the wire."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
import textwrap
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.catalog import IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT
from bot.domain.errors import (
    AnswerLost,
    Broken,
    Busy,
    ConfigError,
    Failure,
    LineClosed,
    NeverSent,
    ProviderError,
    Refused,
)
from bot.provider.wire import MAX_ANSWER_BYTES, Patience
from tests.provider.conftest import KEY
from tests.provider.scripted import (
    Scripted,
    answer,
    endless,
    hang_up,
    later,
    nginx,
    raw,
    reset,
    silent,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from bot.provider.client import Fal
    from tests.provider.scripted import Reply

PREPARED = {"prompt": "a red door", "image_url": "data:image/png;base64,AAAA"}
ACCEPTED = answer(200, {"request_id": "r-1", "status": "IN_QUEUE"})


async def submit(fal: Fal) -> Any:
    return await fal.submit(IDEOGRAM_V2_EDIT, PREPARED, seed=7)


async def test_a_submit_is_one_post_with_its_seed_and_every_promised_header(
    provider: Scripted, fal: Fal
) -> None:
    provider.on("POST", ACCEPTED)

    submission = await submit(fal)

    [post] = provider.asked
    assert post.target == "/fal-ai/ideogram/v2/edit"
    assert post.json() == {**PREPARED, "seed": 7}
    assert post.headers["authorization"] == f"Key {KEY}"
    assert post.headers["x-fal-request-timeout"] == "300"
    assert post.headers["x-app-fal-disable-fallback"] == "true"
    assert "expiration_duration_seconds" in post.headers["x-fal-object-lifecycle-preference"]
    assert "x-fal-store-io" not in post.headers
    assert submission.request_id == "r-1"
    assert submission.response_url == f"{provider.url}/fal-ai/ideogram/requests/r-1"


async def test_an_engine_without_a_key_is_sent_none(
    provider: Scripted, connect: Callable[..., Fal]
) -> None:
    provider.on("POST", ACCEPTED)

    await connect(provider.url, key=None).submit(IDEOGRAM_V2_TURBO_EDIT, PREPARED, seed=7)

    assert provider.asked[0].target == "/fal-ai/ideogram/v2/turbo/edit"
    assert "authorization" not in provider.asked[0].headers


async def test_urls_on_the_providers_own_origin_are_used_as_returned(
    provider: Scripted, fal: Fal
) -> None:
    urls = {
        name: f"{provider.url}/elsewhere/{name}"
        for name in ("status_url", "response_url", "cancel_url")
    }
    provider.on("POST", answer(200, {"request_id": "r-1", **urls}))

    submission = await submit(fal)

    assert submission.status_url == urls["status_url"]
    assert submission.response_url == urls["response_url"]
    assert submission.cancel_url == urls["cancel_url"]


async def test_urls_at_a_stranger_are_rebuilt_and_the_stranger_hears_nothing(
    provider: Scripted, stranger: Scripted, fal: Fal
) -> None:
    urls = dict.fromkeys(("status_url", "response_url", "cancel_url"), f"{stranger.url}/x")
    provider.on("POST", answer(200, {"request_id": "r-1", **urls}))
    provider.on("PUT", answer(200, {"status": "OK"}))

    submission = await submit(fal)
    await fal.cancel(submission)

    assert submission.status_url == f"{provider.url}/fal-ai/ideogram/requests/r-1/status"
    assert len(provider.asked_for("PUT", "/fal-ai/ideogram/requests/r-1/cancel")) == 1
    assert stranger.connections == 0


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirected_submit_is_not_followed_and_not_bought(
    provider: Scripted, stranger: Scripted, fal: Fal, status: int
) -> None:
    provider.on("POST", answer(status, b"", {"Location": f"{stranger.url}/submit"}))

    with pytest.raises(Broken) as caught:
        await submit(fal)

    assert not caught.value.possibly_billed
    assert len(provider.asked) == 1
    assert stranger.connections == 0


# ---- F1: provably not sent -------------------------------------------------------------------


async def test_f1_a_refused_connection_was_never_sent(connect: Callable[..., Fal]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        fal = connect(f"http://127.0.0.1:{unused.getsockname()[1]}")

        with pytest.raises(NeverSent):
            await submit(fal)


async def test_f1_a_name_that_does_not_resolve_was_never_sent(connect: Callable[..., Fal]) -> None:
    with pytest.raises(NeverSent):
        await submit(connect("http://queue.fal.invalid"))


async def test_f1_a_connection_that_is_never_made_was_never_sent(
    connect: Callable[..., Fal],
) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        # A listener whose backlog is full: the kernel drops further handshakes.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        fal = connect(url, patience=Patience(connect=0.2))

        with pytest.raises(NeverSent, match="ConnectTimeout"):
            await submit(fal)


async def test_f1_a_certificate_nobody_trusts_means_never_sent(
    stranger: Scripted, certificate: ssl.SSLContext, connect: Callable[..., Fal]
) -> None:
    await stranger.stop()
    await stranger.start(certificate)
    stranger.on("POST", ACCEPTED)

    with pytest.raises(NeverSent):
        await submit(connect(stranger.url))

    assert stranger.asked == []


async def test_f1_a_server_that_does_not_speak_tls_was_never_sent_anything(
    provider: Scripted, connect: Callable[..., Fal]
) -> None:
    provider.on("POST", ACCEPTED)

    with pytest.raises(NeverSent):
        await submit(connect(provider.url.replace("http:", "https:")))

    assert provider.asked_for("POST") == []


async def test_f1_a_closed_client_never_sent_anything(provider: Scripted, fal: Fal) -> None:
    await fal.aclose()

    with pytest.raises(NeverSent):
        await submit(fal)

    assert provider.connections == 0


# ---- F2, F3, F4, F8: unknown -----------------------------------------------------------------

LOST: dict[str, Reply] = {
    "F2 the answer comes after the timeout": later(1.0, ACCEPTED),
    "F2 no answer ever comes": silent(),
    "F2 the answer drips in without an end": endless(b"HTTP/1.1 200 OK\r\n\r\n", b" ", 0.05),
    "F3 the connection is reset": reset(),
    "F3 the connection is closed": hang_up(),
    "F3 half a header": hang_up(b"HTTP/1.1 200 O"),
    "F3 half a body": hang_up(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"request_id"'),
    "F4 broken JSON": answer(200, b'{"request_id": "r-'),
    "F4 no request id": answer(200, {"status": "IN_QUEUE"}),
    "F4 a request id that is no text": answer(200, {"request_id": 7}),
    "F4 an empty request id": answer(200, {"request_id": ""}),
    "F4 a list": answer(200, ["r-1"]),
    "F4 nothing": answer(200),
    "F4 not HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "F4 brackets without end": answer(200, b"[" * 200_000),
    "F4 broken compression": answer(200, b"nonsense", {"Content-Encoding": "gzip"}),
    "F4 an endless body": endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * (MAX_ANSWER_BYTES // 4)),
    "F8 nginx 500": nginx(500),
    "F8 nginx 502": nginx(502),
    "F8 nginx 503": nginx(503),
    "F8 nginx 504": nginx(504),
    "F8 a gateway that gave up reading": nginx(408),
}


@pytest.mark.parametrize("reply", LOST.values(), ids=LOST)
async def test_a_submit_without_a_usable_answer_is_unknown_and_one_post(
    provider: Scripted, fal: Fal, reply: Reply
) -> None:
    """F2, F3, F4, F8: something was sent, so nothing is sent again."""
    provider.on("POST", reply, ACCEPTED)

    with pytest.raises(AnswerLost):
        await submit(fal)

    assert len(provider.asked_for("POST")) == 1
    assert provider.connections == 1


async def test_f3_a_reset_while_the_request_is_still_being_sent_is_unknown(
    connect: Callable[..., Fal],
) -> None:
    posts = 0

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal posts
        posts += 1
        await reader.read(100_000)
        writer.transport.abort()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        fal = connect(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

        with pytest.raises(AnswerLost):
            await fal.submit(IDEOGRAM_V2_EDIT, {"image_url": "x" * 8_000_000}, seed=7)

    assert posts == 1


async def test_a_second_submit_never_rides_on_the_first_ones_connection(
    provider: Scripted, fal: Fal
) -> None:
    """A connection that died while idle would make a submit unknown for nothing."""
    provider.on("POST", ACCEPTED)

    await submit(fal)
    await submit(fal)

    assert provider.connections == 2


async def test_a_cancelled_submit_says_nothing_about_the_post_that_went_out(
    provider: Scripted, fal: Fal
) -> None:
    """The intent was recorded before: after a restart it is an unknown submit (F2)."""
    provider.on("POST", silent())
    submitting = asyncio.create_task(submit(fal))
    while not provider.asked:
        await asyncio.sleep(0.005)

    submitting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await submitting
    assert len(provider.asked) == 1


# ---- F5 to F8: answered ----------------------------------------------------------------------


def model_error(kind: str, msg: str = "No.") -> dict[str, object]:
    entry = {"loc": ["body", "image_url"], "msg": msg, "type": kind, "input": "data:x,SECRET"}
    return {"detail": [entry]}


INPUT_TYPES = """
    image_too_small image_too_large image_load_error face_detection_error file_too_large
    greater_than greater_than_equal less_than less_than_equal multiple_of sequence_too_short
    sequence_too_long one_of feature_not_supported invalid_archive
    archive_file_count_below_minimum archive_file_count_exceeds_maximum
    unsupported_image_format missing enum string_type value_error something_new
""".split()  # noqa: SIM905 - a list of words is easier to compare with the source

MAPPED: dict[str, tuple[Reply, type[ProviderError], Failure]] = {
    **{
        f"F5 {kind}": (answer(422, model_error(kind)), Refused, Failure.INPUT)
        for kind in INPUT_TYPES
    },
    "F5 content": (
        answer(422, model_error("content_policy_violation")),
        Refused,
        Failure.CONTENT,
    ),
    "F5 plain text": (answer(422, {"detail": "Sizes differ"}), Refused, Failure.INPUT),
    "F5 nothing readable": (answer(422, b"<html>"), Refused, Failure.INPUT),
    "F5 too large": (nginx(413), Refused, Failure.INPUT),
    "F5 bad request": (
        answer(400, {"detail": "Bad", "error_type": "bad_request"}),
        Refused,
        Failure.INPUT,
    ),
    "no media": (answer(422, model_error("no_media_generated")), Broken, Failure.NO_PICTURE),
    "download": (answer(422, model_error("file_download_error")), Broken, Failure.PROVIDER),
    "partner 400": (answer(400, model_error("downstream_service_error")), Broken, Failure.PROVIDER),
    "F8 own 500": (answer(500, model_error("internal_server_error")), Broken, Failure.PROVIDER),
    "F8 own 503": (
        answer(503, {"detail": "x", "error_type": "runner_disconnected"}),
        Broken,
        Failure.PROVIDER,
    ),
    "F8 own 504": (answer(504, model_error("generation_timeout")), Broken, Failure.TIMEOUT),
    "F9 start timeout": (
        answer(504, {"detail": "x"}, {"X-Fal-Request-Timeout-Type": "user"}),
        Broken,
        Failure.TIMEOUT,
    ),
    "F9 header only": (
        answer(503, b"", {"X-Fal-Error-Type": "startup_timeout"}),
        Broken,
        Failure.TIMEOUT,
    ),
    "no such model": (answer(404, {"detail": "Application not found"}), Broken, Failure.PROVIDER),
}


@pytest.mark.parametrize(("reply", "kind", "failure"), MAPPED.values(), ids=MAPPED)
async def test_an_answer_that_says_no_is_final_and_said_in_our_words(
    provider: Scripted,
    fal: Fal,
    reply: Reply,
    kind: type[Refused | Broken],
    failure: Failure,
) -> None:
    """F5, F8, F9."""
    provider.on("POST", reply)

    with pytest.raises(kind) as caught:
        await submit(fal)

    assert isinstance(caught.value, Refused | Broken)
    assert caught.value.failure is failure
    assert caught.value.detail
    assert "SECRET" not in str(caught.value)
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers", "billed"),
    [
        (422, {}, True),
        (422, {"X-Fal-Billable-Units": "0"}, False),
        (422, {"X-Fal-Billable-Units": "1"}, True),
        (422, {"X-Fal-Billable-Units": "nan"}, True),
        (500, {}, False),
        (404, {}, False),
    ],
)
async def test_f5_whether_a_refusal_may_cost_is_told_by_its_status_and_units(
    provider: Scripted, fal: Fal, status: int, headers: dict[str, str], billed: bool
) -> None:
    provider.on("POST", answer(status, model_error("content_policy_violation"), headers))

    with pytest.raises((Refused, Broken)) as caught:
        await submit(fal)

    assert isinstance(caught.value, Refused | Broken)
    assert caught.value.possibly_billed is billed


async def test_f5_what_fal_says_is_passed_on_short_and_without_pictures_or_signed_links(
    provider: Scripted, fal: Fal
) -> None:
    msg = (
        "Could not\nread data:image/png;base64,iVBORw0KGgo= from "
        f"https://v3.fal.media/files/x.png?sig=SIGNED {'long ' * 200}"
    )
    provider.on("POST", answer(422, model_error("image_load_error", msg)))

    with pytest.raises(Refused) as caught:
        await submit(fal)

    detail = caught.value.detail
    assert detail.startswith("Could not read [data] from https://v3.fal.media/files/x.png long")
    assert len(detail) == 300


LOCKED = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai."


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"detail": "Cannot access application"}, "Cannot access application"),
        (401, b"", "HTTP 401"),
        (403, {"detail": LOCKED}, LOCKED),
    ],
)
async def test_f6_a_refused_key_or_a_locked_account_closes_the_line(
    provider: Scripted, fal: Fal, status: int, body: object, reason: str
) -> None:
    provider.on("POST", answer(status, body))

    with pytest.raises(LineClosed) as caught:
        await submit(fal)

    assert caught.value.reason == reason
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "86400"}, 300),
        ({"Retry-After": "-3"}, 1),
        ({"Retry-After": "soon"}, 5),
        ({"Retry-After": "nan"}, 5),
        ({}, 5),
        (
            {
                "Date": "Sun, 22 Nov 2026 10:00:00 GMT",
                "Retry-After": "Sun, 22 Nov 2026 10:00:42 GMT",
            },
            42,
        ),
    ],
)
async def test_f7_too_many_requests_is_a_wait_within_bounds(
    provider: Scripted, fal: Fal, headers: dict[str, str], seconds: float
) -> None:
    provider.on("POST", answer(429, {"detail": "Slow down"}, headers))

    with pytest.raises(Busy) as caught:
        await submit(fal)

    assert caught.value.retry_after == seconds
    assert len(provider.asked) == 1


async def test_a_seed_out_of_range_is_our_own_mistake_and_nothing_is_sent(
    provider: Scripted, fal: Fal
) -> None:
    with pytest.raises(ValueError, match="seed"):
        await fal.submit(IDEOGRAM_V2_EDIT, PREPARED, seed=2**31)

    assert provider.connections == 0


# ---- secrets ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 401, 422, 500])
async def test_the_key_appears_in_no_log_message_error_or_repr(
    provider: Scripted, fal: Fal, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.on("POST", answer(status, {"detail": f"Key {KEY} is not welcome"}))

    with pytest.raises(ProviderError) as caught:
        await submit(fal)

    seen = caplog.text + repr(fal) + "".join(traceback.format_exception(caught.value))
    assert "canary-secret" not in seen
    assert "base64,AAAA" not in seen
    assert caplog.records


@pytest.mark.parametrize("key", ["canary-secret\n", "canary secret", "canary-schlüssel"])
def test_a_key_that_cannot_be_a_header_is_a_setting_to_mend_and_is_not_quoted(
    key: str, connect: Callable[..., Fal]
) -> None:
    with pytest.raises(ConfigError) as caught:
        connect("http://127.0.0.1:9", key=key)

    assert "FAL_KEY" in str(caught.value)
    assert "canary" not in str(caught.value)


# ---- the fail point --------------------------------------------------------------------------


async def test_the_process_can_be_stopped_between_the_post_and_its_answer(
    provider: Scripted,
) -> None:
    provider.on("POST", ACCEPTED)
    program = f"""
        import asyncio
        from bot import failpoints
        from bot.domain.catalog import IDEOGRAM_V2_EDIT
        from bot.provider.addresses import Addresses
        from bot.provider.client import Fal

        async def main():
            failpoints.arm("submit.sent")
            fal = Fal(Addresses.single({provider.url!r}), name="test", key="k")
            await fal.submit(IDEOGRAM_V2_EDIT, {{}}, seed=7)

        asyncio.run(main())
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stderr=subprocess.DEVNULL
    )

    assert await process.wait() == 137
    async with asyncio.timeout(2):
        while not provider.asked:
            await asyncio.sleep(0.005)
