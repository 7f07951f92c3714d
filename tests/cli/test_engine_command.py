"""`touchup engine`: fal's protocol for any client, such as the real curl."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from PIL import Image

from tests.cli.conftest import PATIENCE_SECONDS, SIZE, Shell, photo

EDIT = "fal-ai/ideogram/v2/edit"


@asynccontextmanager
async def engine(shell: Shell, *options: str) -> AsyncIterator[tuple[str, str]]:
    """The addresses it prints: of the queue, and of the sync API."""
    shell.environment["PYTHONUNBUFFERED"] = "1"
    async with shell.running("engine", "--port=0", "--sync-port=0", *options) as process:
        assert process.stdout is not None
        printed = ""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "proxyUrl" not in printed:
                line = await process.stdout.readline()
                assert line, "it ended"
                printed += line.decode()
        queue = re.search(r"^Queue .* (http://127\.0\.0\.1:\d+)$", printed, re.MULTILINE)
        sync = re.search(r"^Sync .* (http://127\.0\.0\.1:\d+)$", printed, re.MULTILINE)
        assert queue
        assert sync
        yield queue[1], sync[1]


async def curl(*arguments: str, key: str = "demo") -> tuple[int, Any]:
    """Status and JSON of one call by the real curl."""
    path = shutil.which("curl")
    assert path
    process = await asyncio.create_subprocess_exec(
        path,
        *("-sS", "-m", "30", "-w", "\n%{http_code}", "-H", f"Authorization: Key {key}"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    body, _, status = out.decode().rpartition("\n")
    return int(status), json.loads(body)


def data_uri(image: Image.Image) -> str:
    file = io.BytesIO()
    image.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


async def test_curl_makes_an_edit_with_only_the_host_changed(shell: Shell) -> None:
    mask = Image.new("L", SIZE, 0)
    mask.paste(255, (0, 0, 40, 40))
    body = {"prompt": "a red box", "image_url": data_uri(photo()), "mask_url": data_uri(mask)}
    (shell.folder / "edit.json").write_text(json.dumps(body | {"sync_mode": True}))

    async with engine(shell) as (_, sync):
        status, result = await curl(
            *("-X", "POST", f"{sync}/{EDIT}", "-H", "Content-Type: application/json"),
            *("-d", f"@{shell.folder / 'edit.json'}"),
        )

    assert status == 200
    uri = result["images"][0]["url"]
    picture = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert picture.size == SIZE


async def test_faults_can_be_armed_only_where_it_was_allowed(shell: Shell) -> None:
    fault = ("-X", "POST", "-d", '{"kind": "submit.busy", "seconds": 1}')

    async with engine(shell) as (queue, _):
        closed, _ = await curl(*fault, f"{queue}/_faults")
    async with engine(shell, "--faults") as (queue, _):
        opened, armed = await curl(*fault, f"{queue}/_faults")
        busy, _ = await curl("-X", "POST", "-d", "{}", f"{queue}/{EDIT}")

    assert (closed, opened, busy) == (404, 200, 429)
    assert armed == {"faults": [{"kind": "submit.busy", "times": 1}]}


async def test_only_the_admin_key_of_the_environment_reads_the_bill(shell: Shell) -> None:
    shell.environment["ENGINE_ADMIN_KEY"] = "the-operators-own"
    bill = "v1/models/billing-events"

    async with engine(shell, "--workers", "2") as (queue, _):
        stranger, _ = await curl(f"{queue}/{bill}")
        operator, _ = await curl(f"{queue}/{bill}", key="the-operators-own")

    assert (stranger, operator) == (403, 200)


async def test_the_price_is_the_one_that_was_given(shell: Shell) -> None:
    async with engine(shell, "--price-usd", "0.25") as (queue, _):
        _, prices = await curl(f"{queue}/v1/models/pricing?endpoint_id={EDIT}")

    assert prices["prices"][0]["unit_price"] == 0.25


async def test_h1_an_address_that_is_none_and_a_file_as_its_folder_are_sentences(
    shell: Shell,
) -> None:
    answers = [
        await shell.touchup("engine", "--host", "nowhere.invalid", "--port=0", "--sync-port=0"),
        await shell.touchup("engine", "--port", "65536"),
        await shell.touchup("engine", "--port=0", "--sync-port=0", "--data", "photo.png"),
    ]

    assert [answer.code for answer in answers] == [2, 2, 2]
    assert [len(answer.err.splitlines()) for answer in answers] == [1, 1, 1]
    assert ["--host" in answers[0].err, "--port" in answers[1].err, "--data" in answers[2].err] == [
        True,
        True,
        True,
    ]
