"""The paid POST: F1 to F8, and who may see the key. Always exactly one on the wire."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable

import pytest

from bot.domain.catalog import IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT
from bot.domain.errors import AnswerLost, Broken, ConfigError, ProviderError
from bot.provider.client import FalClient
from bot.provider.http import MAX_ANSWER_BYTES
from tests.provider.conftest import KEY, PREPARED, submit
from tests.provider.scripted import (
    Reply,
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

ACCEPTED = answer(200, {"request_id": "r-1", "status": "IN_QUEUE"})


async def test_a_submit_is_one_post_with_its_seed_and_every_promised_header(
    provider: Scripted, fal: FalClient
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
    provider: Scripted, connect: Callable[..., FalClient]
) -> None:
    provider.on("POST", ACCEPTED)

    await connect(provider.url, key=None).submit(IDEOGRAM_V2_TURBO_EDIT, PREPARED, seed=7)

    assert provider.asked[0].target == "/fal-ai/ideogram/v2/turbo/edit"
    assert "authorization" not in provider.asked[0].headers


async def test_urls_on_the_providers_own_origin_are_used_as_returned(
    provider: Scripted, fal: FalClient
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
    provider: Scripted, stranger: Scripted, fal: FalClient
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
    provider: Scripted, stranger: Scripted, fal: FalClient, status: int
) -> None:
    provider.on("POST", answer(status, b"", {"Location": f"{stranger.url}/submit"}))

    with pytest.raises(Broken) as caught:
        await submit(fal)

    assert not caught.value.possibly_billed
    assert len(provider.asked) == 1
    assert stranger.connections == 0


# ---- F2, F3, F4, F8: unknown -----------------------------------------------------------------

LOST: dict[str, Reply] = {
    "F2 the answer comes after the timeout": later(2.0, ACCEPTED),
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
    provider: Scripted, fal: FalClient, reply: Reply
) -> None:
    """F2, F3, F4, F8: something was sent, so nothing is sent again."""
    provider.on("POST", reply, ACCEPTED)

    with pytest.raises(AnswerLost):
        await submit(fal)

    assert len(provider.asked_for("POST")) == 1
    assert provider.connections == 1


async def test_f3_a_reset_while_the_request_is_still_being_sent_is_unknown(
    connect: Callable[..., FalClient],
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
    provider: Scripted, fal: FalClient
) -> None:
    """A connection that died while idle would make a submit unknown for nothing."""
    provider.on("POST", ACCEPTED)

    await submit(fal)
    await submit(fal)

    assert provider.connections == 2


async def test_a_cancelled_submit_says_nothing_about_the_post_that_went_out(
    provider: Scripted, fal: FalClient
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


async def test_a_seed_out_of_range_is_our_own_mistake_and_nothing_is_sent(
    provider: Scripted, fal: FalClient
) -> None:
    with pytest.raises(ValueError, match="seed"):
        await fal.submit(IDEOGRAM_V2_EDIT, PREPARED, seed=2**31)

    assert provider.connections == 0


# ---- secrets ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 401, 422, 500])
async def test_the_key_appears_in_no_log_message_error_or_repr(
    provider: Scripted, fal: FalClient, status: int, caplog: pytest.LogCaptureFixture
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
    key: str, connect: Callable[..., FalClient]
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
        from bot.provider.hosts import Addresses
        from bot.provider.client import FalClient

        async def main():
            failpoints.arm("submit.sent")
            fal = FalClient(Addresses.single({provider.url!r}), name="test", key="k")
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
