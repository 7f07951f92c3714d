"""F1: what provably never left this machine."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

import httpx
import pytest

from bot.domain.errors import AnswerLost, NeverSent
from bot.provider.client import FalClient
from bot.provider.http import HttpTimeouts
from tests.provider.conftest import submit
from tests.provider.scripted import Reply, Scripted, answer, hang_up, reset, silent

ACCEPTED = answer(200, {"request_id": "r-1", "status": "IN_QUEUE"})


async def test_f1_a_refused_connection_was_never_sent(connect: Callable[..., FalClient]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        fal = connect(f"http://127.0.0.1:{unused.getsockname()[1]}")

        with pytest.raises(NeverSent):
            await submit(fal)


async def test_f1_a_name_that_does_not_resolve_was_never_sent(
    connect: Callable[..., FalClient],
) -> None:
    with pytest.raises(NeverSent):
        await submit(connect("http://queue.fal.invalid"))


async def test_f1_a_connection_that_is_never_made_was_never_sent(
    connect: Callable[..., FalClient],
) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        # A listener whose backlog is full: the kernel drops further handshakes.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        fal = connect(url, patience=HttpTimeouts(connect=0.2))

        with pytest.raises(NeverSent, match="ConnectTimeout"):
            await submit(fal)


async def test_f1_a_certificate_nobody_trusts_means_never_sent(
    stranger: Scripted, certificate: ssl.SSLContext, connect: Callable[..., FalClient]
) -> None:
    await stranger.stop()
    await stranger.start(certificate)
    stranger.on("POST", ACCEPTED)

    with pytest.raises(NeverSent):
        await submit(connect(stranger.url))

    assert stranger.asked == []


async def test_f1_a_server_that_does_not_speak_tls_was_never_sent_anything(
    provider: Scripted, connect: Callable[..., FalClient]
) -> None:
    provider.on("POST", ACCEPTED)

    with pytest.raises(NeverSent):
        await submit(connect(provider.url.replace("http:", "https:")))

    assert provider.asked_for("POST") == []


async def test_f1_a_closed_client_never_sent_anything(provider: Scripted, fal: FalClient) -> None:
    await fal.aclose()

    with pytest.raises(NeverSent):
        await submit(fal)

    assert provider.connections == 0


class Mute(httpx.AsyncHTTPTransport):
    """An HTTP library that no longer says when it begins to send."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions.pop("trace", None)
        return await super().handle_async_request(request)


@pytest.fixture
async def mute(provider: Scripted, connect: Callable[..., FalClient]) -> FalClient:
    fal = connect(provider.url)
    await fal._wire._submits.aclose()
    limits = httpx.Limits(max_keepalive_connections=0)
    timeout = fal._wire.patience.timeout()
    fal._wire._submits = httpx.AsyncClient(transport=Mute(limits=limits), timeout=timeout)
    return fal


@pytest.mark.parametrize(
    "reply", [reset(), hang_up(), silent()], ids=["reset", "closed", "no answer"]
)
async def test_f3_a_submit_nobody_saw_leaving_is_still_unknown_once_it_was_connected(
    provider: Scripted, mute: FalClient, reply: Reply
) -> None:
    """A safe retry must not hang on the wording of a library's trace."""
    provider.on("POST", reply)

    with pytest.raises(AnswerLost):
        await submit(mute)

    assert len(provider.asked_for("POST")) == 1


async def test_f1_a_client_that_cannot_see_its_submits_leave_never_says_never_sent_again(
    provider: Scripted, mute: FalClient, caplog: pytest.LogCaptureFixture
) -> None:
    provider.on("POST", ACCEPTED)
    await submit(mute)
    await provider.stop()

    with pytest.raises(AnswerLost):
        await submit(mute)

    assert "trace" in caplog.text
