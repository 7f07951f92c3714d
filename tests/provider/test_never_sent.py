"""F1: what provably never left this machine."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import (
    NeverSent,
)
from bot.provider.wire import Patience
from tests.provider.conftest import submit
from tests.provider.scripted import (
    Scripted,
    answer,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from bot.provider.client import Fal

ACCEPTED = answer(200, {"request_id": "r-1", "status": "IN_QUEUE"})


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
