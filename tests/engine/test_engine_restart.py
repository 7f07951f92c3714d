from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from bot.domain.errors import StoreBusy
from bot.engine.http.faults import EngineFault, EngineFaultKind
from bot.engine.http.server import Engine, serve
from bot.engine.jobs.store import RequestStatus
from tests.engine.conftest import EDIT, Caller, arguments, client

CHILD = """
import asyncio, pathlib, sys
from bot.engine.http.server import Engine

async def main():
    async with Engine(data=pathlib.Path(sys.argv[1]), fault_control=True) as engine:
        print(engine.queue_url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def _moved(caller: Caller, submission: dict[str, Any]) -> dict[str, Any]:
    """The links of a submission under the engine's present address: its port has changed."""
    base = f"{caller.engine.queue_url}/fal-ai/ideogram/requests/{submission['request_id']}"
    return {"status_url": f"{base}/status", "response_url": base, "cancel_url": f"{base}/cancel"}


async def test_a_restart_keeps_results_files_and_history(tmp_path: Path) -> None:
    async with Engine(data=tmp_path) as engine, client() as http:
        submission = await Caller(engine, http).accepted(seed=5)
        before = await Caller(engine, http).result(submission)
        bytes_before = (await http.get(before.json()["images"][0]["url"])).content

    async with Engine(data=tmp_path) as engine, client() as http:
        caller = Caller(engine, http)
        after = await http.get((await _moved(caller, submission))["response_url"])
        link = after.json()["images"][0]["url"]
        rows = await caller.platform(
            "/models/requests/by-endpoint", endpoint_id=EDIT[1:], expand="payloads"
        )
        bytes_after = (await http.get(link)).content

    assert after.status_code == 200
    assert after.headers["x-fal-billable-units"] == "1"
    assert link.startswith(engine.queue_url)
    assert bytes_after == bytes_before
    assert rows["items"][0]["json_input"]["seed"] == 5


async def test_what_waited_or_ran_at_kill_nine_runs_again(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CHILD,
        str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    origin = (await process.stdout.readline()).decode().strip()
    async with client() as http:
        submissions: list[dict[str, Any]] = []
        for kind in ("job.stuck_in_progress", "job.stuck_in_queue"):
            await http.post(f"{origin}/_faults", json={"kind": kind})
            answer = await http.post(f"{origin}{EDIT}", json=arguments(seed=len(submissions)))
            submissions.append(answer.json())
        while True:
            status = await http.get(submissions[0]["status_url"])
            if status.json()["status"] == "IN_PROGRESS":
                break
            await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await process.wait()

    async with Engine(data=tmp_path) as engine, client() as http:
        caller = Caller(engine, http)
        answers = [await caller.result(await _moved(caller, one)) for one in submissions]
        jobs = engine.jobs

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["seed"] for answer in answers] == [0, 1]
    assert [job.request_id for job in jobs] == [one["request_id"] for one in submissions]
    assert [job.billed_units for job in jobs] == [1, 1]


async def test_a_deadline_to_start_is_kept_through_a_restart(tmp_path: Path) -> None:
    async with Engine(data=tmp_path) as engine, client() as http:
        engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_STUCK_IN_QUEUE))
        submission = await Caller(engine, http).accepted(headers={"X-Fal-Request-Timeout": "60"})

    async with (
        Engine(data=tmp_path, clock=lambda: time.time() + 61) as engine,
        client() as http,
    ):
        answer = await http.get((await _moved(Caller(engine, http), submission))["status_url"])

    assert answer.json()["error_type"] == "request_timeout"


async def test_a_waiting_caller_that_a_restart_cut_off_is_not_billed(tmp_path: Path) -> None:
    async with Engine(data=tmp_path) as engine, client() as http:
        engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_SLOW, seconds=60))
        asking = asyncio.create_task(Caller(engine, http).run())
        while not engine.jobs:
            await asyncio.sleep(0.01)
    with pytest.raises(httpx.TransportError):
        await asking

    async with Engine(data=tmp_path) as engine:
        job = engine.jobs[0]

    assert (job.status_code, job.billed_units) == (503, 0)


async def test_a_killed_painting_process_costs_time_and_nothing_else() -> None:
    async with Engine() as engine, client() as http:
        caller = Caller(engine, http)
        await caller.run()
        for child in psutil.Process().children(recursive=True):
            child.kill()

        answer = await caller.run(seed=2)

    assert answer.status_code == 200
    assert len(engine.jobs) == 2


async def test_two_engines_cannot_share_their_data(tmp_path: Path) -> None:
    async with Engine(data=tmp_path):
        with pytest.raises(StoreBusy) as caught:
            async with Engine(data=tmp_path):
                raise AssertionError("both are open")

    assert caught.value.pid == os.getpid()


async def test_a_taken_port_closes_what_was_opened(tmp_path: Path) -> None:
    async with Engine() as other:
        port = int(other.queue_url.rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            async with Engine(data=tmp_path, queue_port=port):
                raise AssertionError("both listen")

    async with Engine(data=tmp_path) as engine:
        assert engine.jobs == []


async def test_closing_stops_what_runs_and_leaves_no_folder(tmp_path: Path) -> None:
    engine = Engine(data=tmp_path)
    async with engine, client() as http:
        engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_SLOW, seconds=60))
        submission = await Caller(engine, http).accepted()
        await Caller(engine, http).until(submission, "IN_PROGRESS")
        began = time.monotonic()

    temporary = Engine()
    async with temporary:
        folder = temporary.folder
        assert folder.is_dir()

    assert time.monotonic() - began < 2
    assert engine.jobs[-1].state is RequestStatus.IN_PROGRESS
    assert not folder.exists()


async def test_serving_tells_how_to_point_the_clients_here() -> None:
    said: list[str] = []

    serving = asyncio.create_task(serve(announce=said.append))
    while not said:
        await asyncio.sleep(0.01)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    assert "no generative model" in said[0]
    assert "QUEUE_URL_FORMAT" in said[0]
    assert "proxyUrl" in said[0]
    assert "curl" in said[0]
