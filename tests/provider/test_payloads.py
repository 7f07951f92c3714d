"""Pictures inside JSON: read and written whole, and the event loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.jobs.states import Submission
from bot.provider.client import FalClient
from bot.provider.download import Bounds
from bot.provider.http import HttpTimeouts
from bot.provider.payloads import NotBase64, content_of, data_uri, encoded, lift
from tests.provider.scripted import Asked, Reply, Scripted

MEGABYTE = 1_000_000
LONG = "data:image/png;base64," + "A" * 400

strings = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            LONG,
            "data:short",
            f'say "{LONG}"',
            f"\\{LONG}",
            f"{LONG}\\",
            f'{LONG}"x\\"',
            '"data:',
            "\\",
        ]
    ),
)
values = st.recursive(
    st.one_of(st.none(), st.integers(), strings),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(strings, inner)),
    max_leaves=12,
)


def _put_back(value: Any, lifted: dict[str, memoryview]) -> Any:
    match value:
        case str():
            return json.loads(b'"%b"' % bytes(lifted[value])) if value in lifted else value
        case list():
            return [_put_back(item, lifted) for item in value]
        case dict():
            return {_put_back(k, lifted): _put_back(v, lifted) for k, v in value.items()}
        case _:
            return value


@given(value=values, is_ascii=st.booleans())
def test_what_is_lifted_out_of_json_can_be_put_back(value: object, is_ascii: bool) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")

    rest, lifted = lift(bytearray(body))

    assert _put_back(json.loads(bytes(rest).decode("utf-8", "surrogatepass")), lifted) == value


def test_a_long_picture_is_lifted_and_a_cut_one_is_not() -> None:
    body = json.dumps({"url": LONG, "seed": 7}).encode()

    rest, lifted = lift(body)
    cut, nothing = lift(body[:300])

    assert len(rest) < 100
    [uri] = lifted.values()
    assert bytes(uri).decode() == LONG
    assert (cut, nothing) == (body[:300], {})


@pytest.mark.parametrize("size", [0, 1, 2, 3, 144 * 1024, 144 * 1024 + 1, 300_000])
def test_a_picture_survives_its_data_uri_whatever_its_length(size: int) -> None:
    content = os.urandom(size)

    uri = data_uri("image/png", content)

    assert uri == f"data:image/png;base64,{base64.b64encode(content).decode()}"
    assert content_of(memoryview(uri.encode()), size) == content
    escaped = uri.replace("/", "\\/").encode()
    assert content_of(memoryview(escaped), size) == content


@pytest.mark.parametrize(
    "text",
    [
        "A" * (192 * 1024 - 4) + "AA==" + "AAAA",
        "A" * (192 * 1024) + "AAA",
        "A" * (192 * 1024) + "####",
        "AAAA\nAAAA",
        "AAAä",
    ],
    ids=["padding in the middle", "too short", "no base64", "line end", "no ASCII"],
)
def test_what_is_not_quite_base64_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(NotBase64) as caught:
        content_of(memoryview(f"data:image/png;base64,{text}".encode()), MEGABYTE)

    assert "AAA" not in str(caught.value)


@given(value=st.dictionaries(st.text(max_size=5), st.one_of(strings, st.integers(), st.booleans())))
def test_arguments_are_the_json_they_would_be_otherwise(value: dict[str, object]) -> None:
    assert json.loads(encoded(value)) == value
    assert encoded(value).isascii()


# ---- the event loop ----------------------------------------------------------------------------

STALL_SECONDS = 0.06


async def _longest_stall(work: Callable[[], Awaitable[object]]) -> float:
    """The longest time the loop stood still: of the calmest of some runs, for a busy machine."""
    calmest = float("inf")
    for _ in range(8):
        longest = 0.0

        async def beat() -> None:
            nonlocal longest
            while True:
                began = time.perf_counter()
                await asyncio.sleep(0)
                longest = max(longest, time.perf_counter() - began)

        beating = asyncio.create_task(beat())
        await work()
        beating.cancel()
        calmest = min(calmest, longest)
        if calmest < STALL_SECONDS:
            break
    return calmest


def in_pieces(content: bytes) -> Reply:
    """A whole answer, written so that the server does not hold up the loop either."""
    head = b"HTTP/1.1 200 OK\r\nX-Fal-Request-Id: r\r\nContent-Length: %d\r\n\r\n" % len(content)

    async def play(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for start in range(0, len(content), 256 * 1024):
            writer.write(content[start : start + 256 * 1024])
            await writer.drain()

    return play


@pytest.fixture
def patient(provider: Scripted, connect: Callable[..., FalClient]) -> FalClient:
    bounds = Bounds(max_bytes=64 * MEGABYTE, seconds=60.0)
    patience = HttpTimeouts(connect=10.0, silence=30.0, answer=60.0, submit=60.0)
    return connect(provider.url, bounds=bounds, patience=patience)


async def test_a_large_picture_inside_a_result_does_not_stop_the_event_loop(
    provider: Scripted, patient: FalClient, submission: Submission, tmp_path: Path
) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(40 * MEGABYTE) + b"IEND\xaeB`\x82"
    body = b'{"images": [{"url": "data:image/png;base64,%b"}]}' % base64.b64encode(picture)
    provider.on("GET /requests/r", in_pieces(body))

    stall = await _longest_stall(lambda: patient.fetch(submission, into=tmp_path / "received"))

    assert stall < STALL_SECONDS
    assert (tmp_path / "received").read_bytes() == picture


async def test_a_history_full_of_pictures_does_not_stop_the_event_loop(
    provider: Scripted, patient: FalClient
) -> None:
    uri = "data:image/png;base64," + "A" * (15 * MEGABYTE)
    sent = {"prompt": "p", "seed": 7, "image_url": uri, "mask_url": uri}
    page = json.dumps({"items": [{"request_id": "a", "json_input": sent}]}).encode()
    provider.on("GET /models/requests/by-endpoint", in_pieces(page))
    found: list[Submission] = []

    async def search() -> None:
        found[:] = await patient.find(IDEOGRAM_V2_EDIT, seed=7, since=0.0, prompt="p")

    stall = await _longest_stall(search)

    assert stall < STALL_SECONDS
    assert [submission.request_id for submission in found] == ["a"]


async def test_pictures_on_their_way_out_do_not_stop_the_event_loop() -> None:
    content = os.urandom(24 * MEGABYTE)
    bodies: list[bytes] = []

    async def write() -> None:
        uri = await asyncio.to_thread(data_uri, "image/png", content)
        bodies.append(await asyncio.to_thread(encoded, {"image_url": uri, "seed": 7}))

    stall = await _longest_stall(write)

    assert stall < STALL_SECONDS
    assert len(bodies[-1]) > 32 * MEGABYTE
