from __future__ import annotations

import asyncio
import hashlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest

from bot.engine.http.faults import EngineFaultKind
from bot.engine.http.server import Engine
from tests.engine.conftest import EDIT, Caller, arguments, client, mask, picture, png

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _pass(caller: Caller) -> dict[str, str]:
    answer = await caller.http.post(
        f"{caller.engine.queue_url}/storage/auth/token?storage_type=fal-cdn-v3", json={}
    )
    body = answer.json()
    assert datetime.fromisoformat(body["expires_at"]).tzinfo is not None
    return {"Authorization": f"{body['token_type']} {body['token']}"}


async def _uploaded(caller: Caller, content: bytes, **headers: str) -> str:
    answer = await caller.http.post(
        f"{caller.engine.queue_url}/files/upload",
        content=content,
        headers={
            **await _pass(caller),
            "Content-Type": "image/png",
            "X-Fal-File-Name": "in.png",
            **headers,
        },
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_url"])


async def test_uploads_of_both_flows_can_be_edited(caller: Caller) -> None:
    image = await _uploaded(caller, png(picture()))
    announced = await caller.http.post(
        f"{caller.engine.queue_url}/storage/upload/initiate?storage_type=gcs",
        json={"file_name": "../mask ä.png", "content_type": "image/png"},
    )
    links = announced.json()
    async with httpx.AsyncClient(trust_env=False) as stranger:
        put = await stranger.put(links["upload_url"], content=png(mask()))

    answer = await caller.run(image_url=image, mask_url=links["file_url"])

    assert put.status_code == 200
    assert links["file_url"].endswith("/mask_.png")
    assert answer.status_code == 200, answer.text


async def test_files_are_public_to_those_who_know_the_link(caller: Caller) -> None:
    link = await _uploaded(caller, b"content")

    async with httpx.AsyncClient(trust_env=False) as stranger:
        answer = await stranger.get(link)
        guess = await stranger.get(link.replace("/files/", "/files/x"))

    assert answer.content == b"content"
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert guess.status_code == 404


async def test_a_large_file_comes_in_parts(caller: Caller) -> None:
    origin = caller.engine.queue_url
    headers = {**await _pass(caller), "X-Fal-File-Name": "big.bin"}
    announced = (await caller.http.post(f"{origin}/files/upload/multipart", headers=headers)).json()
    link = announced["access_url"]
    base = f"{link}/multipart/{announced['uploadId']}"
    parts = {2: b"world", 1: b"hello "}
    etags = {
        number: (await caller.http.put(f"{base}/{number}", content=part)).headers["etag"]
        for number, part in parts.items()
    }

    done = await caller.http.post(
        f"{base}/complete",
        json={"parts": [{"partNumber": n, "etag": etag} for n, etag in etags.items()]},
    )

    assert done.status_code == 200
    assert etags[1] == f'"{hashlib.sha256(b"hello ").hexdigest()}"'
    assert (await caller.http.get(link)).content == b"hello world"


async def test_the_parts_of_the_javascript_client_answer_with_their_etag(caller: Caller) -> None:
    announced = await caller.http.post(
        f"{caller.engine.queue_url}/storage/upload/initiate-multipart?storage_type=fal-cdn-v3",
        json={"file_name": "big.bin", "content_type": "image/png"},
    )
    links = announced.json()
    path, _, query = links["upload_url"].partition("?")
    part = (await caller.http.put(f"{path}/1?{query}", content=b"abc")).json()

    done = await caller.http.post(f"{path}/complete?{query}", json={"parts": [part]})

    assert done.status_code == 200
    assert (await caller.http.get(links["file_url"])).content == b"abc"


async def test_a_part_with_a_wrong_etag_is_refused(caller: Caller) -> None:
    announced = await caller.http.post(
        f"{caller.engine.queue_url}/files/upload/multipart", headers=await _pass(caller)
    )
    body = announced.json()
    base = f"{body['access_url']}/multipart/{body['uploadId']}"
    await caller.http.put(f"{base}/1", content=b"abc")

    done = await caller.http.post(
        f"{base}/complete", json={"parts": [{"partNumber": 1, "etag": '"x"'}]}
    )

    assert done.status_code == 400


async def test_uploads_need_a_key_a_pass_or_a_signature(caller: Caller) -> None:
    origin = caller.engine.queue_url
    async with httpx.AsyncClient(trust_env=False) as stranger:
        token = await stranger.post(f"{origin}/storage/auth/token")
        upload = await stranger.post(
            f"{origin}/files/upload", content=b"x", headers={"Authorization": "Bearer wrong"}
        )
        initiate = await stranger.post(f"{origin}/storage/upload/initiate", json={})
        put = await stranger.put(f"{origin}/upload/abc?signature=x", content=b"x")

    answers = (token, upload, initiate, put)
    assert [answer.status_code for answer in answers] == [401, 401, 401, 403]


async def test_a_file_is_gone_when_its_lifecycle_says_so() -> None:
    moments = [time.time()]
    lifecycle = json.dumps({"expiration_duration_seconds": 60})
    async with Engine(clock=lambda: moments[0]) as engine, client() as http:
        caller = Caller(engine, http)
        short = await _uploaded(caller, b"short", **{"X-Fal-Object-Lifecycle": lifecycle})
        usual = await _uploaded(caller, b"usual")
        before = await http.get(short)
        moments[0] += 61
        after = await http.get(short)
        other = await http.get(usual)

    assert [answer.status_code for answer in (before, after, other)] == [200, 404, 200]


async def test_the_lifecycle_of_a_request_is_its_outputs() -> None:
    moments = [time.time()]
    lifecycle = json.dumps({"expiration_duration_seconds": 3600})
    async with Engine(clock=lambda: moments[0]) as engine, client() as http:
        caller = Caller(engine, http)
        submission = await caller.accepted(headers={"X-Fal-Object-Lifecycle-Preference": lifecycle})
        link = (await caller.result(submission)).json()["images"][0]["url"]
        before = await http.get(link)
        moments[0] += 3601
        after = await http.get(link)
        result = await http.get(submission["response_url"])

    assert [answer.status_code for answer in (before, after, result)] == [200, 404, 404]


@pytest.mark.parametrize(("decision", "status"), [("hide", 404), ("forbid", 403)])
async def test_a_restricted_file_is_for_those_with_a_key(
    caller: Caller, decision: str, status: int
) -> None:
    lifecycle = json.dumps({"initial_acl": {"default": decision}})
    link = await _uploaded(caller, b"secret", **{"X-Fal-Object-Lifecycle": lifecycle})

    async with httpx.AsyncClient(trust_env=False) as stranger:
        refused = await stranger.get(link)

    assert refused.status_code == status
    assert (await caller.http.get(link)).content == b"secret"


async def test_a_lifecycle_that_is_no_json_is_a_400(caller: Caller) -> None:
    answer = await caller.submit(headers={"X-Fal-Object-Lifecycle-Preference": "[1"})

    assert answer.status_code == 400


async def test_a_locked_account_cannot_upload_either(caller: Caller) -> None:
    """F6"""
    caller.arm(EngineFaultKind.SUBMIT_LOCKED)

    answer = await caller.http.post(
        f"{caller.engine.queue_url}/storage/upload/initiate", json={"file_name": "a"}
    )

    assert answer.status_code == 403
    assert "User is locked" in answer.json()["detail"]


async def test_an_upload_can_be_made_to_fail(caller: Caller) -> None:
    passes = await _pass(caller)
    caller.arm(EngineFaultKind.UPLOAD_BROKEN, status=503)

    broken = await caller.http.post(
        f"{caller.engine.queue_url}/files/upload", content=b"x", headers=passes
    )
    well = await caller.http.post(
        f"{caller.engine.queue_url}/files/upload", content=b"x", headers=passes
    )

    assert (broken.status_code, well.status_code) == (503, 200)


async def test_loopback_addresses_are_fetched_only_where_that_is_allowed() -> None:
    async with (
        Engine(allow_loopback_urls=True) as open_engine,
        Engine() as engine,
        client() as http,
    ):
        with _neighbour({"/a.png": png(picture())}) as origin:
            allowed, refused, missing, redirected = await asyncio.gather(
                *(
                    http.post(f"{one.run_url}{EDIT}", json=arguments(image_url=f"{origin}{path}"))
                    for one, path in (
                        (open_engine, "/a.png"),
                        (engine, "/a.png"),
                        (open_engine, "/b.png"),
                        (open_engine, "/redirect"),
                    )
                )
            )

    assert allowed.status_code == 200
    for answer in (refused, missing, redirected):
        assert answer.json()["detail"][0]["type"] == "file_download_error"


@contextmanager
def _neighbour(pages: dict[str, bytes]) -> Iterator[str]:
    """Another web server on this computer."""

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/redirect":
                self.send_response(302)
                self.send_header("Location", "/a.png")
            else:
                self.send_response(200 if self.path in pages else 404)
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
