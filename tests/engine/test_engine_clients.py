"""The samples of fal's documentation, run by the real clients with only the address changed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from bot.engine.http.faults import EngineFaultKind
from tests.engine.conftest import EDIT, SIZE, Caller, arguments, mask, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

POINT = """
import asyncio, json, sys
import fal_client
queue, run = sys.argv[1:3]
fal_client.client.QUEUE_URL_FORMAT = f"{queue}/"
fal_client.client.RUN_URL_FORMAT = f"{run}/"
fal_client.client.REST_URL = fal_client.client.CDN_URL = queue
"""

SUBSCRIBE = """
def on_queue_update(update):
    if isinstance(update, fal_client.InProgress):
        for log in update.logs:
           print(log["message"])

result = fal_client.subscribe(
    "fal-ai/ideogram/v2/edit",
    arguments={
        "prompt": "A knight in shining armour holding a greatshield with \\"FAL\\" on it",
        "image_url": fal_client.upload_file("image.png"),
        "mask_url": fal_client.upload_file("mask.png"),
        "seed": 12,
    },
    with_logs=True,
    on_queue_update=on_queue_update,
)
print(json.dumps(result))
"""

HANDLES = """
arguments = {
    "prompt": "a wall",
    "image_url": fal_client.encode_file("image.png"),
    "mask_url": fal_client.encode_file("mask.png"),
}

async def main():
    app = "fal-ai/ideogram/v2/edit"
    handle = await fal_client.submit_async(app, arguments=arguments, priority="low",
                                           start_timeout=30)
    async for event in handle.iter_events(with_logs=True):
        last = event
    status = await fal_client.status_async(app, handle.request_id, with_logs=True)
    result = await fal_client.result_async(app, handle.request_id)
    stuck = await fal_client.submit_async(app, arguments={**arguments, "prompt": "stuck"})
    queued = await fal_client.status_async(app, stuck.request_id)
    await fal_client.cancel_async(app, stuck.request_id)
    try:
        await stuck.get()
    except fal_client.FalClientHTTPError as error:
        cancelled = error.error_type
    print(json.dumps({
        "last": type(last).__name__, "status": type(status).__name__, "result": result,
        "logs": len(status.logs), "time": status.metrics["inference_time"],
        "position": queued.position, "cancelled": cancelled,
    }))

asyncio.run(main())
"""

RUN = """
result = fal_client.run("fal-ai/ideogram/v2/edit", arguments={
    "prompt": "a wall", "sync_mode": True,
    "image_url": fal_client.encode_file("image.png"),
    "mask_url": fal_client.encode_file("mask.png"),
})
try:
    fal_client.subscribe("fal-ai/ideogram/v2/edit", arguments={"prompt": "no pictures"})
except fal_client.FalClientHTTPError as error:
    print(json.dumps({"url": result["images"][0]["url"][:22], "status": error.status_code,
                      "missing": [item["loc"][-1] for item in error.message]}))
"""

LARGE = """
fal_client.client.MULTIPART_THRESHOLD = 10
fal_client.client.MULTIPART_CHUNK_SIZE = 100
print(json.dumps(fal_client.upload_file("image.png")))
"""


async def _python(caller: Caller, folder: Path, script: str) -> tuple[list[str], str]:
    """Run a script of fal_client against the engine; returns its printed lines and its errors."""
    picture().save(folder / "image.png")
    mask().save(folder / "mask.png")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        POINT + script,
        caller.engine.queue_url,
        caller.engine.run_url,
        cwd=folder,
        env={**_environment(), "FAL_KEY": "id:secret"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode().splitlines(), err.decode()


async def _curl(folder: Path, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "curl",
        "--silent",
        "--show-error",
        *words,
        cwd=folder,
        env=_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


def _environment() -> dict[str, str]:
    """Ours, without the settings of a proxy or of fal."""
    return {
        name: value
        for name, value in os.environ.items()
        if "proxy" not in name.lower() and not name.startswith("FAL_")
    }


async def test_the_python_sample_runs_with_uploads_logs_and_result(
    caller: Caller, tmp_path: Path
) -> None:
    """S3"""
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=0.3)

    lines, errors = await _python(caller, tmp_path, SUBSCRIBE)

    result = json.loads(lines[-1])
    file = await caller.http.get(result["images"][0]["url"])
    assert any("no generative model" in line for line in lines[:-1])
    assert "falling back" not in errors
    assert result["seed"] == 12
    assert file.headers["content-type"] == "image/png"


async def test_the_python_client_submits_follows_fetches_and_cancels(
    caller: Caller, tmp_path: Path
) -> None:
    """S3"""
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=0.05)
    caller.arm(EngineFaultKind.JOB_UNITS, units=1)
    script = asyncio.create_task(_python(caller, tmp_path, HANDLES))
    while not caller.engine.faults.fired:
        await asyncio.sleep(0.01)
    caller.arm(EngineFaultKind.JOB_STUCK_IN_QUEUE)

    lines, _ = await script

    told = json.loads(lines[-1])
    assert (told["last"], told["status"]) == ("Completed", "Completed")
    assert told["result"]["images"]
    assert told["logs"] > 2
    assert told["time"] > 0
    assert told["position"] == 0
    assert told["cancelled"] == "client_cancelled"


async def test_the_python_client_runs_synchronously_and_reads_our_errors(
    caller: Caller, tmp_path: Path
) -> None:
    """S2, S6"""
    lines, _ = await _python(caller, tmp_path, RUN)

    assert json.loads(lines[-1]) == {
        "url": "data:image/png;base64,",
        "status": 422,
        "missing": ["image_url", "mask_url"],
    }


async def test_the_python_client_uploads_in_parts(caller: Caller, tmp_path: Path) -> None:
    lines, _ = await _python(caller, tmp_path, LARGE)

    file = await caller.http.get(json.loads(lines[-1]))
    assert file.content == (tmp_path / "image.png").read_bytes()


async def test_the_python_client_falls_back_to_the_other_upload(
    caller: Caller, tmp_path: Path
) -> None:
    caller.arm(EngineFaultKind.UPLOAD_BROKEN)

    lines, errors = await _python(
        caller, tmp_path, 'print(json.dumps(fal_client.upload_file("image.png")))'
    )

    assert "falling back to fal" in errors
    assert (await caller.http.get(json.loads(lines[-1]))).status_code == 200


async def test_the_python_client_pays_again_for_each_lost_answer(
    caller: Caller, tmp_path: Path
) -> None:
    """F3: why the bot does not use it for submits."""
    caller.arm(EngineFaultKind.SUBMIT_ACCEPTED_THEN_DROPPED, times=2)
    before = len(caller.engine.jobs)

    await _python(
        caller, tmp_path, 'fal_client.submit("fal-ai/ideogram/v2/edit", arguments={"seed": 1})'
    )

    assert len(caller.engine.jobs) - before == 3


async def test_the_curl_sample_runs_against_the_sync_origin(caller: Caller, tmp_path: Path) -> None:
    """S5"""
    (tmp_path / "body.json").write_text(json.dumps(arguments(seed=8)))

    text = await _curl(
        tmp_path,
        "--request",
        "POST",
        "--url",
        f"{caller.engine.run_url}{EDIT}",
        "--header",
        "Authorization: Key id:secret",
        "--header",
        "Content-Type: application/json",
        "--data",
        "@body.json",
    )
    await _curl(tmp_path, "-o", "result.png", json.loads(text)["images"][0]["url"])

    assert json.loads(text)["seed"] == 8
    with Image.open(tmp_path / "result.png") as result:
        assert result.size == SIZE


async def test_the_curl_sample_of_the_queue_submits_asks_and_fetches(
    caller: Caller, tmp_path: Path
) -> None:
    """S5"""
    (tmp_path / "body.json").write_text(json.dumps(arguments(seed=9)))
    key = ("--header", "Authorization: Key id:secret")
    kind = ("--header", "Content-Type: application/json")
    origin = caller.engine.queue_url

    submitted = await _curl(
        tmp_path, "-X", "POST", f"{origin}{EDIT}", *key, *kind, "-d", "@body.json"
    )
    name = json.loads(submitted)["request_id"]
    requests = f"{origin}/fal-ai/ideogram/requests/{name}"
    stream = await _curl(tmp_path, "--no-buffer", f"{requests}/status/stream?logs=1", *key)
    status = await _curl(tmp_path, "-w", "\n%{http_code}", f"{requests}/status", *key)
    result = await _curl(tmp_path, requests, *key)

    assert '"status": "COMPLETED"' in stream
    assert status.splitlines()[-1] == "200"
    assert json.loads(result)["seed"] == 9


async def test_curl_waits_for_permission_before_it_sends_a_large_body(
    caller: Caller, tmp_path: Path
) -> None:
    """It asks with `Expect: 100-continue` above 1 MB, as a picture in a data URI is."""
    (tmp_path / "body.json").write_text(json.dumps(arguments(padding="x" * 1_500_000)))

    text = await _curl(
        tmp_path,
        "-w",
        "\n%{time_total}",
        "-H",
        "Expect: 100-continue",
        "-H",
        "Authorization: Key id:secret",
        "-H",
        "Content-Type: application/json",
        "-d",
        "@body.json",
        f"{caller.engine.run_url}{EDIT}",
    )

    output, seconds = text.splitlines()
    assert "images" in json.loads(output)
    assert float(seconds) < 0.9


async def test_a_body_beyond_any_picture_is_refused_before_it_is_sent(caller: Caller) -> None:
    host, port = caller.engine.run_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST {EDIT} HTTP/1.1\r\nHost: fal.run\r\nAuthorization: Key x\r\n"
    writer.write(f"{head}Content-Length: 200000000\r\n\r\n".encode())

    status = await reader.readline()

    writer.close()
    await writer.wait_closed()
    assert status.startswith(b"HTTP/1.1 413")
