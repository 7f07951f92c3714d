from __future__ import annotations

import io
import json
import time
from typing import Any

import httpx
import pytest
from PIL import Image

from bot.engine.http.faults import EngineFault, EngineFaultKind, EngineFaults
from bot.engine.http.server import Engine
from bot.engine.http.wire import MODEL_ERRORS, REQUEST_ERRORS
from tests.engine.conftest import SIZE, Caller, mask, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _made(caller: Caller, seed: int) -> int:
    """How many jobs with this seed are in the books."""
    return sum(job.seed == seed for job in caller.engine.jobs)


# The POST --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "jobs"),
    [(EngineFaultKind.SUBMIT_DROPPED, 0), (EngineFaultKind.SUBMIT_ACCEPTED_THEN_DROPPED, 1)],
)
@pytest.mark.parametrize("origin", ["queue", "run"])
async def test_a_connection_is_closed_without_an_answer(
    caller: Caller, kind: EngineFaultKind, jobs: int, origin: str
) -> None:
    """F3"""
    seed = 90000 + len(caller.engine.jobs)
    caller.arm(kind)
    ask = caller.submit if origin == "queue" else caller.run

    with pytest.raises(httpx.TransportError):
        await ask(seed=seed)

    assert await _made(caller, seed) == jobs


async def test_a_slow_answer_comes_after_the_job_was_made(caller: Caller) -> None:
    """F2"""
    caller.arm(EngineFaultKind.SUBMIT_SLOW, seconds=0.3)

    with pytest.raises(httpx.ReadTimeout):
        await caller.http.post(
            f"{caller.engine.queue_url}/fal-ai/ideogram/v2/edit",
            json={"prompt": "x", "seed": 4242},
            timeout=0.1,
        )

    assert await _made(caller, 4242) == 1


@pytest.mark.parametrize(
    ("kind", "jobs"),
    [(EngineFaultKind.SUBMIT_GATEWAY, 0), (EngineFaultKind.SUBMIT_ACCEPTED_THEN_GATEWAY, 1)],
)
@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_gateway_answers_instead_of_fal(
    caller: Caller, kind: EngineFaultKind, jobs: int, status: int
) -> None:
    """F8"""
    seed = 80000 + len(caller.engine.jobs) + status
    caller.arm(kind, status=status)

    answer = await caller.submit(seed=seed)

    assert answer.status_code == status
    assert "nginx" in answer.text
    assert "x-fal-request-id" not in answer.headers
    assert await _made(caller, seed) == jobs


@pytest.mark.parametrize(
    ("fault", "status", "detail"),
    [
        (EngineFault(kind=EngineFaultKind.SUBMIT_BUSY, seconds=7), 429, "Too many"),
        (
            EngineFault(kind=EngineFaultKind.SUBMIT_LOCKED),
            403,
            "User is locked. Reason: Exhausted balance",
        ),
        (
            EngineFault(kind=EngineFaultKind.SUBMIT_LOCKED, text="Admin lock"),
            403,
            "Reason: Admin lock",
        ),
        (EngineFault(kind=EngineFaultKind.SUBMIT_UNAUTHORIZED), 401, "Authentication"),
        (EngineFault(kind=EngineFaultKind.SUBMIT_BROKEN), 500, "Internal error"),
        (EngineFault(kind=EngineFaultKind.SUBMIT_BROKEN, status=503), 503, "Internal error"),
        (EngineFault(kind=EngineFaultKind.SUBMIT_TIMEOUT), 504, "timed out"),
    ],
)
async def test_fal_itself_refuses_a_submit(
    caller: Caller, fault: EngineFault, status: int, detail: str
) -> None:
    """F6, F7, F8"""
    before = len(caller.engine.jobs)
    caller.engine.faults.add(fault)

    answer = await caller.submit()

    assert answer.status_code == status
    assert detail in answer.json()["detail"]
    assert "x-fal-request-id" in answer.headers
    assert len(caller.engine.jobs) == before


async def test_the_headers_of_refusals_say_what_to_do(caller: Caller) -> None:
    caller.arm(EngineFaultKind.SUBMIT_BUSY, seconds=7)
    caller.arm(EngineFaultKind.SUBMIT_TIMEOUT)

    busy = await caller.submit()
    late = await caller.submit()

    assert busy.headers["retry-after"] == "7"
    assert late.headers["x-fal-request-timeout-type"] == "user"
    assert late.headers["x-fal-error-type"] == "request_timeout"


@pytest.mark.parametrize("kind", MODEL_ERRORS)
async def test_every_documented_model_error_can_refuse_or_end_a_job(
    caller: Caller, kind: str
) -> None:
    """F5"""
    status, ctx = MODEL_ERRORS[kind]
    caller.arm(EngineFaultKind.SUBMIT_REFUSED, error_type=kind)
    refused = await caller.submit()
    caller.arm(EngineFaultKind.JOB_FAILS, error_type=kind)

    result = await caller.outcome()

    for answer in (refused, result):
        detail = answer.json()["detail"][0]
        assert answer.status_code == status
        assert detail["type"] == kind
        assert detail.get("ctx") == ctx
        assert answer.headers["x-fal-retryable"] == "false"


@pytest.mark.parametrize("kind", REQUEST_ERRORS)
async def test_every_documented_request_error_can_end_a_job(caller: Caller, kind: str) -> None:
    """F15"""
    caller.arm(EngineFaultKind.JOB_FAILS, error_type=kind)
    submission = await caller.accepted()

    status = await caller.finished(submission)
    result = await caller.http.get(submission["response_url"])

    assert status["error_type"] == kind
    assert result.status_code == REQUEST_ERRORS[kind]
    assert result.json()["error_type"] == kind
    assert result.headers["x-fal-error-type"] == kind


async def test_an_answer_can_be_half_a_json_object(caller: Caller) -> None:
    """F4"""
    caller.arm(EngineFaultKind.SUBMIT_BROKEN_JSON)

    answer = await caller.submit(seed=31337)

    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert await _made(caller, 31337) == 1


async def test_an_answer_can_lack_the_request_id(caller: Caller) -> None:
    """F4"""
    caller.arm(EngineFaultKind.SUBMIT_WITHOUT_ID)

    answer = await caller.submit(seed=31338)

    assert answer.json() == {"status": "IN_QUEUE", "queue_position": 0}
    assert "x-fal-request-id" not in answer.headers
    assert await _made(caller, 31338) == 1


# The job ---------------------------------------------------------------------------------


async def test_a_job_stuck_in_progress_does_not_stop_the_others(caller: Caller) -> None:
    """F10"""
    caller.arm(EngineFaultKind.JOB_STUCK_IN_PROGRESS)
    stuck = await caller.accepted()

    result = await caller.outcome()
    await caller.until(stuck, "IN_PROGRESS")
    cancel = await caller.http.put(stuck["cancel_url"])
    status = await caller.finished(stuck)

    assert result.status_code == 200
    assert cancel.status_code == 202
    assert status["error_type"] == "client_cancelled"


async def test_a_cancelled_job_can_complete_and_be_billed_all_the_same(caller: Caller) -> None:
    """F12"""
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=0.2)
    caller.arm(EngineFaultKind.JOB_IGNORES_CANCEL)
    submission = await caller.accepted()
    await caller.until(submission, "IN_PROGRESS")

    cancel = await caller.http.put(submission["cancel_url"])
    result = await caller.result(submission)

    assert cancel.status_code == 202
    assert result.status_code == 200
    assert caller.engine.jobs[-1].billed_units == 1


@pytest.mark.parametrize(
    ("kind", "images"),
    [(EngineFaultKind.JOB_WITHOUT_IMAGES, 0), (EngineFaultKind.JOB_NULL_URL, 1)],
)
async def test_a_success_can_come_without_a_picture(
    caller: Caller, kind: EngineFaultKind, images: int
) -> None:
    """F16"""
    caller.arm(kind)

    answer = await caller.outcome()

    assert answer.status_code == 200
    assert len(answer.json()["images"]) == images
    assert [image["url"] for image in answer.json()["images"]] == [None] * images


async def test_a_result_can_be_a_data_uri_nobody_asked_for(caller: Caller) -> None:
    """F23"""
    caller.arm(EngineFaultKind.JOB_DATA_URI)

    answer = await caller.outcome()

    assert answer.json()["images"][0]["url"].startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    ("fault", "size"),
    [
        (EngineFault(kind=EngineFaultKind.JOB_WRONG_SIZE, width=40, height=40), (40, 40)),
        (EngineFault(kind=EngineFaultKind.JOB_WRONG_SIZE), (SIZE[0] // 2, SIZE[1])),
        (EngineFault(kind=EngineFaultKind.JOB_ROTATED), (SIZE[1], SIZE[0])),
    ],
)
async def test_a_picture_can_have_another_size(
    caller: Caller, fault: EngineFault, size: tuple[int, int]
) -> None:
    """F20"""
    caller.engine.faults.add(fault)

    assert (await _picture(caller)).size == size


async def test_a_picture_can_be_black_or_what_was_sent(caller: Caller) -> None:
    """F30"""
    caller.arm(EngineFaultKind.JOB_BLACK)
    black = await _picture(caller)
    caller.arm(EngineFaultKind.JOB_UNCHANGED)
    unchanged = await _picture(caller)

    assert black.getbbox() is None
    assert unchanged.tobytes() == picture().tobytes()


async def test_a_picture_can_be_changed_on_the_wrong_side_of_the_mask(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_SWAPPED)

    result = await _picture(caller)

    inside = mask().getbbox()
    assert inside is not None
    assert result.crop(inside).tobytes() == picture().crop(inside).tobytes()
    assert result.getpixel((0, 0)) != picture().getpixel((0, 0))


# Status and stream -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (EngineFault(kind=EngineFaultKind.STATUS_BUSY, seconds=3), 429),
        (EngineFault(kind=EngineFaultKind.STATUS_GATEWAY), 502),
        (EngineFault(kind=EngineFaultKind.STATUS_BROKEN), 500),
        (EngineFault(kind=EngineFaultKind.STATUS_NOT_FOUND), 404),
    ],
)
async def test_a_status_can_fail_and_be_well_the_next_time(
    caller: Caller, fault: EngineFault, status: int
) -> None:
    """F7"""
    submission = await caller.done()
    caller.engine.faults.add(fault)

    answers = [await caller.http.get(submission["status_url"]) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [status, 200]


async def test_a_status_can_be_dropped_or_broken(caller: Caller) -> None:
    submission = await caller.done()
    caller.arm(EngineFaultKind.STATUS_DROPPED)
    caller.arm(EngineFaultKind.STATUS_BROKEN_JSON)

    with pytest.raises(httpx.TransportError):
        await caller.http.get(submission["status_url"])
    broken = await caller.http.get(submission["status_url"])

    with pytest.raises(json.JSONDecodeError):
        broken.json()


async def test_a_status_can_be_a_word_nobody_knows_or_lack_its_keys(caller: Caller) -> None:
    """F14"""
    submission = await caller.done()
    caller.arm(EngineFaultKind.STATUS_UNKNOWN_WORD, text="PAUSED")
    caller.arm(EngineFaultKind.STATUS_WITHOUT_KEYS)

    word, bare = [(await caller.http.get(submission["status_url"])).json() for _ in range(2)]

    assert word["status"] == "PAUSED"
    assert bare == {"status": "COMPLETED"}


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        (EngineFaultKind.EVENT_UNKNOWN_WORD, '"status": "PAUSED"'),
        (EngineFaultKind.EVENT_WITHOUT_KEYS, 'data: {"status": "COMPLETED"}'),
    ],
)
async def test_an_event_can_be_as_odd_as_a_status(
    caller: Caller, kind: EngineFaultKind, event: str
) -> None:
    """F14"""
    submission = await caller.done()
    caller.arm(kind)

    stream = await caller.http.get(f"{submission['status_url']}/stream")

    assert event in stream.text


async def test_a_stream_can_end_early(caller: Caller) -> None:
    """F25"""
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=0.2)
    caller.arm(EngineFaultKind.STREAM_ENDS)
    submission = await caller.accepted()

    stream = await caller.http.get(f"{submission['status_url']}/stream")

    assert stream.text.count("data:") == 1
    assert "COMPLETED" not in stream.text


async def test_a_stream_can_fall_silent(caller: Caller) -> None:
    """F24"""
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=0.05)
    caller.arm(EngineFaultKind.STREAM_SILENT)
    submission = await caller.accepted()

    with pytest.raises(httpx.ReadTimeout):
        await caller.http.get(f"{submission['status_url']}/stream", timeout=0.3)

    assert (await caller.finished(submission))["status"] == "COMPLETED"


async def test_a_stream_can_contain_rubbish_and_go_on(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=0.1)
    caller.arm(EngineFaultKind.STREAM_GARBAGE)
    submission = await caller.accepted()

    stream = await caller.http.get(f"{submission['status_url']}/stream")

    assert 'data: {"status": \n' in stream.text
    assert "COMPLETED" in stream.text


async def test_a_stream_can_meet_a_gateway(caller: Caller) -> None:
    submission = await caller.accepted()
    caller.arm(EngineFaultKind.STREAM_GATEWAY)

    stream = await caller.http.get(f"{submission['status_url']}/stream")

    assert (stream.status_code, "nginx" in stream.text) == (502, True)


# Result and cancel -----------------------------------------------------------------------


async def test_a_result_can_be_a_400_although_the_job_is_completed(caller: Caller) -> None:
    """F17"""
    submission = await caller.done()
    caller.arm(EngineFaultKind.RESULT_NOT_READY, times=2)

    answers = [await caller.http.get(submission["response_url"]) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [400, 400, 200]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (EngineFault(kind=EngineFaultKind.RESULT_GONE), 404),
        (EngineFault(kind=EngineFaultKind.RESULT_GONE, status=410), 410),
        (EngineFault(kind=EngineFaultKind.RESULT_GATEWAY, status=503), 503),
        (EngineFault(kind=EngineFaultKind.RESULT_BUSY), 429),
    ],
)
async def test_a_result_can_be_refused(caller: Caller, fault: EngineFault, status: int) -> None:
    """F18"""
    submission = await caller.done()
    caller.engine.faults.add(fault)

    answers = [await caller.http.get(submission["response_url"]) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [status, 200]


async def test_a_result_can_be_late_broken_or_dropped(caller: Caller) -> None:
    submission = await caller.done()
    caller.arm(EngineFaultKind.RESULT_SLOW, seconds=0.2)
    caller.arm(EngineFaultKind.RESULT_BROKEN_JSON)
    caller.arm(EngineFaultKind.RESULT_DROPPED)

    began = time.monotonic()
    late = await caller.http.get(submission["response_url"])
    waited = time.monotonic() - began
    broken = await caller.http.get(submission["response_url"])

    assert (late.status_code, waited > 0.19) == (200, True)
    with pytest.raises(json.JSONDecodeError):
        broken.json()
    with pytest.raises(httpx.TransportError):
        await caller.http.get(submission["response_url"])


@pytest.mark.parametrize(
    ("kind", "status", "word"),
    [
        (EngineFaultKind.CANCEL_ALREADY_COMPLETED, 400, "ALREADY_COMPLETED"),
        (EngineFaultKind.CANCEL_NOT_FOUND, 404, "NOT_FOUND"),
        (EngineFaultKind.CANCEL_GATEWAY, 502, "nginx"),
    ],
)
async def test_a_cancel_can_be_refused_while_the_job_goes_on(
    caller: Caller, kind: EngineFaultKind, status: int, word: str
) -> None:
    """F11, F13"""
    caller.arm(EngineFaultKind.JOB_SLOW, seconds=0.1)
    submission = await caller.accepted()
    caller.arm(kind)

    cancel = await caller.http.put(submission["cancel_url"])
    result = await caller.result(submission)

    assert (cancel.status_code, word in cancel.text) == (status, True)
    assert result.status_code == 200


async def test_a_cancel_can_be_dropped(caller: Caller) -> None:
    submission = await caller.accepted()
    caller.arm(EngineFaultKind.CANCEL_DROPPED)

    with pytest.raises(httpx.TransportError):
        await caller.http.put(submission["cancel_url"])


# The picture's file ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        EngineFaultKind.FILE_CORRUPT,
        EngineFaultKind.FILE_TRUNCATED,
        EngineFaultKind.FILE_HTML,
        EngineFaultKind.FILE_SVG,
        EngineFaultKind.FILE_EMPTY,
    ],
)
async def test_a_picture_can_arrive_damaged_and_well_the_next_time(
    caller: Caller, kind: EngineFaultKind
) -> None:
    """F21"""
    link = await _link(caller)
    caller.arm(kind)

    bad = await caller.http.get(link)
    good = await caller.http.get(link)

    assert bad.status_code == 200
    assert bad.headers["content-type"] == "image/png"
    with pytest.raises((OSError, SyntaxError)):
        Image.open(io.BytesIO(bad.content)).load()
    Image.open(io.BytesIO(good.content)).load()


async def test_a_picture_can_break_off(caller: Caller) -> None:
    """F21"""
    link = await _link(caller)
    caller.arm(EngineFaultKind.FILE_CUT)

    with pytest.raises(httpx.RemoteProtocolError):
        await caller.http.get(link)


async def test_a_picture_can_be_huge(caller: Caller) -> None:
    """F22"""
    link = await _link(caller)
    caller.arm(EngineFaultKind.FILE_HUGE, size_bytes=3_000_000)

    answer = await caller.http.get(link)

    assert len(answer.content) >= 3_000_000


async def test_a_picture_can_redirect_to_a_private_host(caller: Caller) -> None:
    """F19"""
    link = await _link(caller)
    caller.arm(EngineFaultKind.FILE_REDIRECT)
    caller.arm(EngineFaultKind.FILE_REDIRECT, text="http://10.0.0.1/x")

    answers = [await caller.http.get(link) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].headers["location"].startswith("http://169.254.169.254/")
    assert answers[1].headers["location"] == "http://10.0.0.1/x"


async def test_a_picture_can_be_gone_or_late(caller: Caller) -> None:
    """F18"""
    link = await _link(caller)
    caller.arm(EngineFaultKind.FILE_GONE, status=410)
    caller.arm(EngineFaultKind.FILE_SLOW, seconds=0.2)

    gone = await caller.http.get(link)
    with pytest.raises(httpx.ReadTimeout):
        await caller.http.get(link, timeout=0.05)

    assert gone.status_code == 410


# Arming ----------------------------------------------------------------------------------


async def test_faults_are_armed_over_http(caller: Caller) -> None:
    url = f"{caller.engine.queue_url}/_faults"
    armed = await caller.http.post(url, json={"kind": "submit.busy", "seconds": 9, "times": 2})
    answers = [await caller.submit() for _ in range(3)]
    await caller.http.post(url, json={"kind": "job.slow", "seconds": 1})
    cleared = await caller.http.delete(url)

    assert armed.json() == {"faults": [{"kind": "submit.busy", "times": 2}]}
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "9"
    assert cleared.json() == {"faults": []}


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "submit.lost"},
        {},
        {"kind": "submit.busy", "colour": 1},
        {"kind": "submit.busy", "seconds": "long"},
        {"kind": "submit.busy", "times": 0},
        {"kind": "submit.busy", "times": "often"},
    ],
)
async def test_a_fault_that_does_not_exist_is_refused(caller: Caller, body: Any) -> None:
    answer = await caller.http.post(f"{caller.engine.queue_url}/_faults", json=body)

    assert answer.status_code == 422
    assert caller.engine.faults.listed() == []


async def test_faults_are_not_for_strangers() -> None:
    async with Engine() as engine, httpx.AsyncClient(trust_env=False) as http:
        answers = [
            await http.get(f"{engine.queue_url}/_faults"),
            await http.post(f"{engine.queue_url}/_faults", json={"kind": "submit.busy"}),
        ]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_a_fault_can_be_for_one_endpoint_and_for_ever() -> None:
    faults = EngineFaults()
    fault = EngineFault(kind=EngineFaultKind.SUBMIT_BUSY, endpoint="a/b")
    faults.add(fault, times=None)

    taken = [faults.take("submit", endpoint=name) for name in ("a/b", "a/c", "a/b")]

    assert taken == [fault, None, fault]
    assert faults.fired == [fault, fault]


async def test_one_job_takes_one_fault_of_each_kind() -> None:
    faults = EngineFaults()
    faults.add(EngineFault(kind=EngineFaultKind.JOB_SLOW, seconds=1), times=2)
    faults.add(EngineFault(kind=EngineFaultKind.JOB_SLOW, seconds=2))
    faults.add(EngineFault(kind=EngineFaultKind.JOB_UNITS))

    jobs = [faults.take_for_job(endpoint="a/b") for _ in range(4)]

    assert [set(job) for job in jobs] == [
        {EngineFaultKind.JOB_SLOW, EngineFaultKind.JOB_UNITS},
        {EngineFaultKind.JOB_SLOW},
        {EngineFaultKind.JOB_SLOW},
        set(),
    ]
    assert [job[EngineFaultKind.JOB_SLOW].seconds for job in jobs[:3]] == [1, 1, 2]


async def _link(caller: Caller) -> str:
    answer = await caller.outcome()
    return str(answer.json()["images"][0]["url"])


async def _picture(caller: Caller) -> Image.Image:
    answer = await caller.http.get(await _link(caller))
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (EngineFault(kind=EngineFaultKind.STATUS_BROKEN, status=401), 401),
        (EngineFault(kind=EngineFaultKind.STATUS_BUSY, seconds=1), 429),
        (EngineFault(kind=EngineFaultKind.STATUS_GATEWAY), 502),
        (EngineFault(kind=EngineFaultKind.STATUS_UNKNOWN_WORD, text="DREAMING"), 404),
    ],
)
async def test_a_fault_of_the_status_page_comes_before_the_search_for_the_request(
    caller: Caller, fault: EngineFault, status: int
) -> None:
    """A refused key is refused whatever it asks for."""
    caller.engine.faults.add(fault)

    answer = await caller.http.get(
        f"{caller.engine.queue_url}/fal-ai/ideogram/requests/nobodys/status"
    )

    assert answer.status_code == status
