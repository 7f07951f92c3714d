from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.engine.http.faults import EngineFault, EngineFaultKind
from bot.engine.http.server import Engine
from tests.engine.conftest import ADMIN, EDIT, Caller, client

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDPOINT = EDIT.removeprefix("/")
HISTORY = "/models/requests/by-endpoint"


async def _rows(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = await caller.platform(HISTORY, endpoint_id=ENDPOINT, limit=100, **query)
    rows: list[dict[str, Any]] = answer["items"]
    return rows


async def _events(caller: Caller, request_id: str) -> list[dict[str, Any]]:
    answer = await caller.platform("/models/billing-events", key=ADMIN, request_id=request_id)
    events: list[dict[str, Any]] = answer["billing_events"]
    return events


async def test_the_models_are_listed_with_their_schema(caller: Caller) -> None:
    every = await caller.platform("/models")
    one = await caller.platform("/models", endpoint_id=ENDPOINT, expand="openapi-3.0")

    assert [model["endpoint_id"] for model in every["models"]] == [
        ENDPOINT,
        "fal-ai/ideogram/v2/turbo/edit",
    ]
    assert f"/{ENDPOINT}" in one["models"][0]["openapi"]["paths"]
    assert "openapi" not in every["models"][0]


async def test_the_price_is_fals_unless_told_otherwise(caller: Caller) -> None:
    """S8"""
    usual = await caller.platform("/models/pricing", endpoint_id=ENDPOINT)
    async with Engine(price_nano_usd=0) as engine, client() as http:
        free = await Caller(engine, http).platform("/models/pricing")

    assert usual["prices"] == [
        {"endpoint_id": ENDPOINT, "unit_price": 0.08, "unit": "images", "currency": "USD"}
    ]
    assert [price["unit_price"] for price in free["prices"]] == [0, 0]


async def test_a_cost_is_estimated(caller: Caller) -> None:
    answer = await caller.http.post(
        f"{caller.engine.queue_url}/v1/models/pricing/estimate",
        json={"estimate_type": "unit_price", "endpoints": {ENDPOINT: {"unit_quantity": 4}}},
    )

    assert answer.json() == {"estimate_type": "unit_price", "total_cost": 0.32, "currency": "USD"}


async def test_a_request_is_found_again_by_its_seed(caller: Caller) -> None:
    submission = await caller.done(seed=77001)

    rows = await _rows(caller, expand="payloads")

    found = [row for row in rows if row["json_input"]["seed"] == 77001]
    assert [row["request_id"] for row in found] == [submission["request_id"]]
    assert found[0]["status_code"] == 200
    assert found[0]["json_output"]["seed"] == 77001
    assert found[0]["sent_at"] <= found[0]["started_at"] <= found[0]["ended_at"]


async def test_what_has_not_started_is_not_listed(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_STUCK_IN_QUEUE)
    waiting = await caller.accepted()
    caller.arm(EngineFaultKind.JOB_STUCK_IN_PROGRESS)
    running = await caller.accepted()
    await caller.until(running, "IN_PROGRESS")

    rows = {row["request_id"]: row for row in await _rows(caller)}

    assert waiting["request_id"] not in rows
    assert rows[running["request_id"]]["ended_at"] is None
    assert rows[running["request_id"]]["status_code"] is None
    for submission in (waiting, running):
        await caller.http.put(submission["cancel_url"])


async def test_history_is_filtered_and_turned_page_by_page(caller: Caller) -> None:
    for seed in range(3):
        await caller.done(seed=seed)
    failed = await caller.done(style="x")

    wrong = await _rows(caller, status="user_error", request_id=failed["request_id"])
    first = await caller.platform(HISTORY, endpoint_id=ENDPOINT, limit=2, status="success")
    second = await caller.platform(
        HISTORY, endpoint_id=ENDPOINT, limit=2, status="success", cursor=first["next_cursor"]
    )
    old = await _rows(caller, end="2026-01-01T00:00:00Z")

    assert [row["status_code"] for row in wrong] == [422]
    assert first["has_more"] is True
    assert len(first["items"]) == 2
    ids = {row["request_id"] for row in first["items"] + second["items"]}
    assert len(ids) == len(first["items"]) + len(second["items"])
    assert old == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"endpoint_id": ENDPOINT, "limit": "0"},
        {"endpoint_id": ENDPOINT, "limit": "101"},
        {"endpoint_id": ENDPOINT, "cursor": "§"},
        {"endpoint_id": ENDPOINT, "status": "lost"},
        {"endpoint_id": ENDPOINT, "start": "yesterday"},
        {"endpoint_id": ENDPOINT, "start": "2020-01-01T00:00:00Z"},
    ],
)
async def test_a_wrong_question_is_a_400_in_the_platforms_shape(
    caller: Caller, query: dict[str, str]
) -> None:
    await caller.done()

    answer = await caller.http.get(f"{caller.engine.queue_url}/v1{HISTORY}", params=query)

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "validation_error"


async def test_payloads_are_not_kept_for_those_who_ask(caller: Caller) -> None:
    submission = await caller.accepted(headers={"X-Fal-Store-IO": "0"})
    result = await caller.result(submission)

    rows = await _rows(caller, request_id=submission["request_id"], expand="payloads")

    assert result.status_code == 200
    assert "json_input" not in rows[0]


async def test_a_finished_picture_is_billed_once(caller: Caller) -> None:
    """S8"""
    submission = await caller.done()

    event = (await _events(caller, submission["request_id"]))[0]

    assert event["cost_estimate_nano_usd"] == 80_000_000
    assert event["cost_total"] == 0.08
    assert event["output_units"] == 1
    assert event["endpoint_id"] == ENDPOINT
    assert datetime.fromisoformat(event["timestamp"]) <= datetime.now(UTC)


async def test_failed_and_cancelled_requests_are_not_billed(caller: Caller) -> None:
    failed = await caller.done(prompt=None)
    caller.arm(EngineFaultKind.JOB_STUCK_IN_QUEUE)
    cancelled = await caller.accepted()
    await caller.http.put(cancelled["cancel_url"])

    events = [await _events(caller, one["request_id"]) for one in (failed, cancelled)]

    assert events == [[], []]


async def test_usage_is_the_sum_of_the_bill(caller: Caller) -> None:
    await caller.done()
    answer = await caller.platform("/models/billing-events", key=ADMIN, endpoint_id=ENDPOINT)

    usage = await caller.platform(
        "/models/usage", key=ADMIN, endpoint_id=ENDPOINT, expand="summary"
    )

    total = sum(event["cost_total"] for event in answer["billing_events"])
    assert sum(item["cost_total"] for item in usage["summary"]) == pytest.approx(total)


@pytest.mark.parametrize(
    "path", ["/models/billing-events", "/models/usage", "/account/billing?expand=credits"]
)
async def test_money_matters_need_an_admin_key(caller: Caller, path: str) -> None:
    url = f"{caller.engine.queue_url}/v1{path}"
    plain = await caller.http.get(url)
    nobody = await caller.http.get(url, headers={"Authorization": ""})
    admin = await caller.http.get(url, headers={"Authorization": f"Key {ADMIN}"})

    assert (plain.status_code, nobody.status_code, admin.status_code) == (403, 401, 200)
    assert plain.json()["error"]["type"] == "authorization_error"


async def test_deleting_payloads_deletes_the_result_and_not_the_upload(caller: Caller) -> None:
    submission = await caller.accepted()
    link = (await caller.result(submission)).json()["images"][0]["url"]
    url = f"{caller.engine.queue_url}/v1/models/requests/{submission['request_id']}/payloads"

    refused = await caller.http.delete(url)
    answer = await caller.http.delete(url, headers={"Authorization": f"Key {ADMIN}"})

    rows = await _rows(caller, request_id=submission["request_id"], expand="payloads")
    assert refused.status_code == 403
    assert answer.json() == {"cdn_delete_results": [{"link": link, "exception": None}]}
    assert (await caller.http.get(link)).status_code == 404
    assert (await caller.http.get(submission["response_url"])).status_code == 404
    assert "json_input" not in rows[0]


async def test_the_webhook_addresses_are_our_own(caller: Caller) -> None:
    answer = await caller.http.get(f"{caller.engine.queue_url}/v1/meta")

    assert answer.json()["webhook_ip_ranges"] == ["127.0.0.0/8", "::1/128"]


async def test_a_price_can_change_between_two_jobs(caller: Caller) -> None:
    """F28"""
    before = await caller.accepted()
    caller.arm(EngineFaultKind.PRICE_CHANGED, price_nano_usd=100_000_000)
    after = await caller.accepted()
    shown = await caller.platform("/models/pricing", endpoint_id=ENDPOINT)
    for submission in (before, after):
        await caller.finished(submission)

    costs = [
        (await _events(caller, one["request_id"]))[0]["cost_estimate_nano_usd"]
        for one in (before, after)
    ]

    assert shown["prices"][0]["unit_price"] == 0.1
    assert costs == [80_000_000, 100_000_000]


async def test_more_units_than_one_can_be_billed(caller: Caller) -> None:
    """F28"""
    caller.arm(EngineFaultKind.JOB_UNITS, units=3)
    submission = await caller.accepted()

    result = await caller.result(submission)

    event = (await _events(caller, submission["request_id"]))[0]
    assert result.headers["x-fal-billable-units"] == "3"
    assert event["cost_estimate_nano_usd"] == 240_000_000


async def test_a_failed_job_can_be_billed(caller: Caller) -> None:
    """F5, F29"""
    caller.arm(EngineFaultKind.JOB_FAILS, error_type="content_policy_violation")
    caller.arm(EngineFaultKind.JOB_BILLED_ANYWAY)
    submission = await caller.accepted()

    result = await caller.result(submission)

    assert result.status_code == 422
    assert "x-fal-billable-units" not in result.headers
    assert len(await _events(caller, submission["request_id"])) == 1


async def test_billing_events_can_be_missing_doubled_or_different(caller: Caller) -> None:
    """F29"""
    found = []
    for kind in (
        EngineFaultKind.JOB_EVENT_MISSING,
        EngineFaultKind.JOB_EVENT_TWICE,
        EngineFaultKind.JOB_EVENT_DIFFERENT,
    ):
        caller.arm(kind, price_nano_usd=90_000_000)
        submission = await caller.done()
        found.append(submission["request_id"])
    missing, twice, different = found

    answer = await caller.platform("/models/billing-events", key=ADMIN, endpoint_id=ENDPOINT)

    events = answer["billing_events"]
    assert missing not in {event["request_id"] for event in events}
    doubled = [event["request_id"] for event in events if event["request_id"][8:] == twice[8:]]
    assert len(doubled) == 2
    costs = [event["cost_total"] for event in events if event["request_id"] == different]
    assert costs == [0.09]


async def test_an_event_can_be_on_the_bill_twice_under_its_own_id(caller: Caller) -> None:
    """F29"""
    caller.arm(EngineFaultKind.JOB_EVENT_REPEATED)
    submission = await caller.done()

    assert len(await _events(caller, submission["request_id"])) == 2


async def test_more_than_fifty_requests_are_not_asked_about_at_once(caller: Caller) -> None:
    ids = [f"r-{number}" for number in range(51)]
    url = f"{caller.engine.queue_url}/v1/models/billing-events"
    headers = {"Authorization": f"Key {ADMIN}"}

    most = await caller.http.get(url, params={"request_id": ",".join(ids[1:])}, headers=headers)
    more = await caller.http.get(url, params={"request_id": ",".join(ids)}, headers=headers)

    assert (most.status_code, more.status_code) == (200, 400)
    assert more.json()["error"]["type"] == "validation_error"


async def test_history_and_bill_can_be_late() -> None:
    """F29"""
    moments = [time.time()]
    async with (
        Engine(clock=lambda: moments[0], admin_keys={ADMIN}) as engine,
        client() as http,
    ):
        caller = Caller(engine, http)
        engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_EVENT_LATE, seconds=60))
        engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_LISTED_LATE, seconds=30))
        submission = await caller.done()
        counts = []
        for _ in range(3):
            rows = await _rows(caller)
            events = await _events(caller, submission["request_id"])
            counts.append((len(rows), len(events)))
            moments[0] += 31

    assert counts == [(0, 0), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("status", "kind"), [(500, "server_error"), (429, "rate_limited"), (503, "server_error")]
)
async def test_the_platform_itself_can_be_unwell(caller: Caller, status: int, kind: str) -> None:
    caller.arm(EngineFaultKind.PLATFORM_BROKEN, status=status)

    answer = await caller.http.get(f"{caller.engine.queue_url}/v1/models/pricing")

    assert answer.status_code == status
    assert answer.json()["error"]["type"] == kind
