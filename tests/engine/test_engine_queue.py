from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from bot.engine.http.faults import EngineFaultKind
from bot.engine.http.server import Engine
from tests.engine.conftest import APP, EDIT, KEY, SIZE, Caller, arguments, mask, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_submit_is_answered_with_ids_and_links_that_name_only_the_application(
    caller: Caller,
) -> None:
    answer = await caller.submit(seed=5)

    body = answer.json()
    link = f"{caller.engine.queue_url}{APP}/requests/{body['request_id']}"
    assert answer.status_code == 200
    assert answer.headers["x-fal-request-id"] == body["request_id"]
    assert body["status"] == "IN_QUEUE"
    assert body["queue_position"] == 0
    assert body["response_url"] == link
    assert body["status_url"] == f"{link}/status"
    assert body["cancel_url"] == f"{link}/cancel"


async def test_an_edit_changes_the_masked_part_and_nothing_else(caller: Caller) -> None:
    """S1"""
    submission = await caller.accepted(seed=11, style="realistic", expand_prompt=False)

    answer = await caller.result(submission)
    output = answer.json()
    file = await caller.http.get(output["images"][0]["url"])

    result = Image.open(io.BytesIO(file.content)).convert("RGB")
    before, area = picture(), mask()
    changed = [
        (a != b, where)
        for a, b, where in zip(_pixels(before), _pixels(result), area.tobytes(), strict=True)
    ]
    assert answer.headers["x-fal-billable-units"] == "1"
    assert answer.headers["x-fal-request-id"] == submission["request_id"]
    assert output["seed"] == 11
    assert set(output) == {"images", "seed"}
    assert output["images"][0]["content_type"] == "image/png"
    assert output["images"][0]["file_size"] == len(file.content)
    assert result.size == SIZE
    assert not any(differs for differs, where in changed if where == 0)
    assert any(differs for differs, where in changed if where == 255)


async def test_the_same_seed_gives_the_same_picture(caller: Caller) -> None:
    first = (await caller.run(seed=3, sync_mode=True)).json()["images"][0]["url"]
    second = (await caller.run(seed=3, sync_mode=True)).json()["images"][0]["url"]

    assert first == second


async def test_without_a_seed_one_is_drawn_and_told(caller: Caller) -> None:
    output = (await caller.outcome()).json()

    assert 0 <= output["seed"] < 2**31


async def test_status_is_202_until_completed_and_always_has_logs(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_STUCK_IN_QUEUE)
    stuck = await caller.accepted()
    submission = await caller.accepted()

    waiting = await caller.http.get(stuck["status_url"])
    done = await caller.finished(submission)
    without = await caller.http.get(submission["status_url"], params={"logs": "false"})

    assert waiting.status_code == 202
    assert waiting.json()["logs"] is None
    assert waiting.json()["queue_position"] == 0
    assert without.status_code == 200
    assert without.json()["logs"] is None
    assert done["metrics"]["inference_time"] > 0
    assert [line["level"] for line in done["logs"]] == ["INFO"] * len(done["logs"])
    assert "no generative model" in done["logs"][0]["message"]
    assert "error" not in done
    await caller.http.put(stuck["cancel_url"])


@pytest.mark.parametrize("logs", ["true", "1"])
async def test_logs_are_given_to_those_who_ask_in_either_way(caller: Caller, logs: str) -> None:
    submission = await caller.done()

    answer = await caller.http.get(submission["status_url"], params={"logs": logs})

    assert {"message", "level", "source", "timestamp"} == set(answer.json()["logs"][0])


async def test_every_spelling_of_the_links_works(caller: Caller) -> None:
    submission = await caller.done()
    origin, name = caller.engine.queue_url, submission["request_id"]

    answers = [
        await caller.http.get(f"{origin}{path}")
        for path in (
            f"{APP}/requests/{name}",
            f"{APP}/requests/{name}/",
            f"{APP}/requests/{name}/response",
            f"{EDIT}/requests/{name}",
            f"{EDIT}/requests/{name}/status/",
            f"{APP}/requests/{name}/status",
        )
    ]

    assert [answer.status_code for answer in answers] == [200] * 6


async def test_the_event_stream_tells_each_change_and_ends_with_the_job(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=0.1)
    submission = await caller.accepted()

    events = await _events(caller, submission)

    assert events[-1]["status"] == "COMPLETED"
    assert {event["status"] for event in events[:-1]} <= {"IN_QUEUE", "IN_PROGRESS"}
    assert len(events) >= 2
    assert events[-1]["logs"]


async def test_the_result_of_a_running_job_is_a_400(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_STUCK_IN_PROGRESS)
    submission = await caller.accepted()

    answer = await caller.http.get(submission["response_url"])

    assert answer.status_code == 400
    assert answer.json() == {"detail": "Request is still in progress"}
    await caller.http.put(submission["cancel_url"])


async def test_a_waiting_job_is_cancelled_at_once_and_never_billed(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_STUCK_IN_QUEUE)
    submission = await caller.accepted()

    cancel = await caller.http.put(submission["cancel_url"])
    status = await caller.finished(submission)
    again = await caller.http.put(submission["cancel_url"])
    result = await caller.http.get(submission["response_url"])

    assert (cancel.status_code, cancel.json()["status"]) == (200, "OK")
    assert status["error_type"] == "client_cancelled"
    assert (again.status_code, again.json()) == (400, {"status": "ALREADY_COMPLETED"})
    assert result.status_code == 499
    assert caller.engine.jobs[-1].billed_units == 0


async def test_a_running_job_stops_when_asked(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=30)
    submission = await caller.accepted()
    await caller.until(submission, "IN_PROGRESS")

    cancel = await caller.http.put(submission["cancel_url"])
    status = await caller.finished(submission)

    assert (cancel.status_code, cancel.json()["status"]) == (202, "CANCELLATION_REQUESTED")
    assert status["error_type"] == "client_cancelled"


async def test_unknown_requests_and_endpoints_are_404(caller: Caller) -> None:
    submission = await caller.accepted()
    origin, name = caller.engine.queue_url, submission["request_id"]

    status = await caller.http.get(f"{origin}{APP}/requests/nobody/status")
    cancel = await caller.http.put(f"{origin}{APP}/requests/nobody/cancel")
    elsewhere = await caller.http.get(f"{origin}/fal-ai/flux/requests/{name}/status")
    endpoint = await caller.http.post(f"{origin}{APP}/v9/edit", json=arguments())

    assert (status.status_code, status.json()["status"]) == (404, "NOT_FOUND")
    assert (cancel.status_code, cancel.json()["status"]) == (404, "NOT_FOUND")
    assert elsewhere.status_code == 404
    assert endpoint.status_code == 404


@pytest.mark.parametrize("authorization", ["", "Key", "Bearer x", "id:secret"])
async def test_a_caller_without_a_key_is_refused(caller: Caller, authorization: str) -> None:
    answer = await caller.submit(headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert "detail" in answer.json()


async def test_a_key_can_be_made_unnecessary() -> None:
    async with Engine(require_key=False) as engine, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{engine.queue_url}{EDIT}", json=arguments())

    assert answer.status_code == 200


async def test_a_job_that_does_not_start_in_time_is_a_504_of_the_users(caller: Caller) -> None:
    """F9"""
    caller.arm(EngineFaultKind.JOB_STUCK_IN_QUEUE)
    submission = await caller.accepted(headers={"X-Fal-Request-Timeout": "0.2"})

    status = await caller.finished(submission)
    result = await caller.http.get(submission["response_url"])

    assert status["error_type"] == "request_timeout"
    assert result.status_code == 504
    assert result.headers["x-fal-request-timeout-type"] == "user"
    assert caller.engine.jobs[-1].started is None


async def test_the_time_to_start_is_not_a_time_to_finish(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=0.6)
    submission = await caller.accepted(headers={"X-Fal-Request-Timeout": "0.3"})

    answer = await caller.result(submission)

    assert answer.status_code == 200


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan"])
async def test_a_time_to_start_that_is_none_is_refused(caller: Caller, value: str) -> None:
    answer = await caller.submit(headers={"X-Fal-Request-Timeout": value})

    assert answer.status_code == 400


async def test_a_full_queue_refuses_those_who_asked_for_it(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_STUCK_IN_QUEUE, times=2)
    waiting = [await caller.accepted(), await caller.accepted()]

    refused = await caller.submit(query="?fal_max_queue_length=1")
    welcome = await caller.submit(query="?fal_max_queue_length=2")

    assert refused.status_code == 429
    assert welcome.status_code == 200
    for submission in waiting:
        await caller.http.put(submission["cancel_url"])


async def test_low_priority_waits_behind_everybody(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_STUCK_IN_QUEUE, times=3)
    low = await caller.accepted(headers={"X-Fal-Queue-Priority": "low"})
    normal = await caller.accepted()
    other = await caller.accepted(headers={"X-Fal-Queue-Priority": "normal"})

    places = [
        (await caller.http.get(submission["status_url"])).json()["queue_position"]
        for submission in (normal, other, low)
    ]

    assert places == [0, 1, 2]
    for submission in (low, normal, other):
        await caller.http.put(submission["cancel_url"])


async def test_browsers_may_call(caller: Caller) -> None:
    preflight = await caller.http.options(f"{caller.engine.queue_url}{EDIT}")
    answer = await caller.submit()

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "PUT" in preflight.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_host_header_decides_which_of_fals_hosts_is_meant(caller: Caller) -> None:
    queue, run = caller.engine.queue_url, caller.engine.run_url

    queued = await caller.http.post(
        f"{run}{EDIT}", json=arguments(), headers={"Host": "queue.fal.run"}
    )
    answered = await caller.http.post(
        f"{queue}{EDIT}", json=arguments(), headers={"Host": "fal.run"}
    )

    assert queued.json()["status_url"].startswith(queue)
    assert "images" in answered.json()


async def test_the_front_page_says_what_this_is_not(caller: Caller) -> None:
    answer = await caller.http.get(caller.engine.queue_url)

    assert answer.json()["generative_model"] is False
    assert "no generative model" in answer.json()["about"]


async def test_the_proxy_path_of_the_javascript_client_reaches_both_hosts(caller: Caller) -> None:
    """S4"""
    proxy = f"{caller.engine.queue_url}/api/fal/proxy"

    queued = await caller.http.post(
        proxy,
        json=arguments(),
        headers={"x-fal-target-url": f"https://queue.fal.run{EDIT}"},
    )
    body = queued.json()
    target = f"https://queue.fal.run{APP}/requests/{body['request_id']}/status?logs=1"
    status = await caller.http.get(proxy, headers={"x-fal-target-url": target})
    answered = await caller.http.post(
        proxy, json=arguments(), headers={"x-fal-target-url": f"https://fal.run{EDIT}"}
    )

    assert body["status_url"].startswith(caller.engine.queue_url)
    assert status.status_code in (200, 202)
    assert "images" in answered.json()


async def test_a_hundred_jobs_at_once_all_come_back(caller: Caller) -> None:
    submissions = await asyncio.gather(
        *(caller.accepted(seed=number, prompt="a wall") for number in range(100))
    )

    streams = await asyncio.gather(*(_events(caller, one) for one in submissions))

    assert len({one["request_id"] for one in submissions}) == 100
    assert [events[-1]["status"] for events in streams] == ["COMPLETED"] * 100


async def _events(caller: Caller, submission: dict[str, Any]) -> list[dict[str, Any]]:
    url = f"{submission['status_url']}/stream?logs=1"
    async with httpx.AsyncClient(headers=KEY, timeout=60, trust_env=False) as http:
        answer = await http.get(url)
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in answer.text.splitlines() if line.startswith("data:")]
    return [json.loads(line.removeprefix("data:")) for line in lines]


def _pixels(image: Image.Image) -> list[bytes]:
    content = image.tobytes()
    return [content[start : start + 3] for start in range(0, len(content), 3)]
