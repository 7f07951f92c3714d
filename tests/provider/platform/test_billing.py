"""The provider's bill and its history: exact, whole, and nothing dropped in silence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.billing.bills import BillingEvent, HistoryRow
from bot.domain.catalog import IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT
from bot.domain.errors import Broken, ProviderBlocked, ProviderBusy
from bot.provider.client import FalClient
from bot.provider.hosts import Addresses
from bot.provider.platform.billing import LONGEST_SPAN_SECONDS, windows
from tests.provider.conftest import KEY
from tests.provider.scripted import Asked, Reply, Scripted, answer, nginx, reset

ADMIN = "admin-id:admin-secret-77ab"
BILL = "GET /models/billing-events"
HISTORY = "GET /models/requests/by-endpoint"
ENDPOINT = IDEOGRAM_V2_EDIT.endpoint
NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z
DAY = 86_400.0
MODELS = (IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT)


@pytest.fixture
def owner(provider: Scripted, connect: Callable[..., FalClient]) -> FalClient:
    """A client that may see the bill."""
    return connect(provider.url, admin_key=ADMIN)


def query(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.target).query).items()}


def event(request_id: str, **others: object) -> dict[str, object]:
    return {
        "request_id": request_id,
        "endpoint_id": ENDPOINT,
        "timestamp": "2026-11-22T12:00:00+00:00",
        "output_units": 1,
        "unit_price": 0.08,
        "percent_discount": None,
        "cost_subtotal": 0.08,
        "cost_discount": 0,
        "cost_total": 0.08,
        "cost_estimate_nano_usd": 80_000_000,
        **others,
    }


def page(*rows: object, cursor: str | None = None) -> Reply:
    more = {"next_cursor": cursor, "has_more": cursor is not None}
    return answer(200, {"billing_events": rows, **more})


async def read(owner: FalClient, *, since: float = NOON - DAY, until: float = NOON + 1) -> Any:
    return await owner.billing_events(MODELS, since=since, until=until, page_rows=2)


async def test_r61_the_bill_is_read_page_by_page_with_the_admin_key(
    provider: Scripted, owner: FalClient
) -> None:
    provider.on(
        BILL, page(event("a"), event("b"), cursor="2"), page(event("c", cost_estimate_nano_usd=1))
    )

    found = await read(owner)

    assert [(row.request_id, row.cost) for row in found.rows] == [
        ("a", 80_000_000),
        ("b", 80_000_000),
        ("c", 1),
    ]
    assert found.rows[0] == BillingEvent(
        request_id="a", endpoint=ENDPOINT, at=NOON, cost=80_000_000
    )
    assert (found.unreadable, found.again) == (0, 0)
    first, second = provider.asked
    assert first.headers["authorization"] == second.headers["authorization"] == f"Key {ADMIN}"
    assert query(first) == {
        "endpoint_id": f"{ENDPOINT},{IDEOGRAM_V2_TURBO_EDIT.endpoint}",
        "limit": "2",
        "start": "2026-11-21T12:00:00+00:00",
        "end": "2026-11-22T12:00:01+00:00",
    }
    assert query(second)["cursor"] == "2"


@pytest.mark.parametrize(
    ("costs", "nano"),
    [
        ({"cost_estimate_nano_usd": 80_000_000, "cost_total": 0.07}, 80_000_000),
        ({"cost_estimate_nano_usd": None, "cost_total": 0.08}, 80_000_000),
        ({"cost_estimate_nano_usd": None, "cost_total": "0.080000001"}, 80_000_001),
        ({"cost_estimate_nano_usd": None, "cost_total": 0.1 + 0.2}, 300_000_001),
        ({"cost_estimate_nano_usd": 0, "cost_total": None}, 0),
        ({"output_units": None, "unit_price": None}, 80_000_000),
    ],
)
async def test_what_an_event_costs_is_exact(
    provider: Scripted, owner: FalClient, costs: dict[str, object], nano: int
) -> None:
    provider.on(BILL, page(event("a", **costs)))

    assert [row.cost for row in (await read(owner)).rows] == [nano]


GARBAGE: dict[str, object] = {
    "no row": None,
    "a text": "event",
    "no id": event(""),
    "an id that is a number": {**event("a"), "request_id": 7},
    "an id that is a novel": event("a" * 201),
    "no time": event("a", timestamp=None),
    "a time that is none": event("a", timestamp="noon"),
    "no endpoint": event("a", endpoint_id=None),
    "a negative cost": event("a", cost_estimate_nano_usd=-1),
    "half a nano-dollar": event("a", cost_estimate_nano_usd=0.5),
    "a cost that is true": event("a", cost_estimate_nano_usd=True),
    "a cost without end": event("a", cost_estimate_nano_usd=10**30),
    "no cost": event("a", cost_estimate_nano_usd=None, cost_total=None),
    "no number": event("a", cost_estimate_nano_usd=None, cost_total="NaN"),
}


@pytest.mark.parametrize("row", GARBAGE.values(), ids=GARBAGE.keys())
async def test_a_row_that_makes_no_sense_is_counted(
    provider: Scripted, owner: FalClient, row: object
) -> None:
    provider.on(BILL, page(row, event("b")))

    found = await read(owner)

    assert ([kept.request_id for kept in found.rows], found.unreadable) == (["b"], 1)


@pytest.mark.parametrize("digits", ["1e3000000", "-1e3000000", "1e400000", "1.5", "1e-400000"])
async def test_a_number_of_any_size_is_told_from_a_cost_at_once(
    provider: Scripted, owner: FalClient, digits: str
) -> None:
    """Written out as a whole number, the first of them would take minutes."""
    text = json.dumps({"billing_events": [event("a"), event("b")]}).replace(
        '"cost_estimate_nano_usd": 80000000', f'"cost_estimate_nano_usd": {digits}', 1
    )
    provider.on(BILL, answer(200, text.encode()))

    began = time.process_time()
    found = await read(owner)

    assert time.process_time() - began < 1
    assert ([kept.request_id for kept in found.rows], found.unreadable) == (["b"], 1)


async def test_an_event_that_moved_over_a_page_border_counts_once(
    provider: Scripted, owner: FalClient
) -> None:
    provider.on(BILL, page(event("a"), event("b"), cursor="2"), page(event("b"), event("c")))

    found = await read(owner)

    assert ([row.request_id for row in found.rows], found.again) == (["a", "b", "c"], 1)


async def test_n15_an_event_that_is_twice_on_one_page_is_billed_twice(
    provider: Scripted, owner: FalClient
) -> None:
    provider.on(BILL, page(event("a"), event("a"), cursor="2"), page(event("a"), event("b")))

    found = await read(owner)

    assert ([row.request_id for row in found.rows], found.again) == (["a", "a", "b"], 1)


async def test_a_long_time_is_asked_for_in_parts_of_ninety_days(
    provider: Scripted, owner: FalClient
) -> None:
    provider.on(BILL, page(event("a")), page(event("b")), page(event("a")))

    found = await read(owner, since=NOON - 200 * DAY, until=NOON)

    spans = [(query(asked)["start"], query(asked)["end"]) for asked in provider.asked]
    assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert spans[0][0] == "2026-05-06T12:00:00+00:00"
    assert spans[-1][1] == "2026-11-22T12:00:00+00:00"
    # On the border of two spans both have it.
    assert ([row.request_id for row in found.rows], found.again) == (["a", "b"], 1)


@given(since=st.floats(0, 2e9), length=st.floats(0, 1e8))
def test_parts_of_a_span_leave_nothing_out_and_are_short_enough(
    since: float, length: float
) -> None:
    until = since + length
    parts = list(windows(since, until))

    assert all(0 < end - start <= LONGEST_SPAN_SECONDS for start, end in parts)
    assert all(earlier[1] == later[0] for earlier, later in pairwise(parts))
    assert not parts or (parts[0][0] <= since and until <= parts[-1][1])
    assert parts or since == until


@pytest.mark.parametrize(
    "trouble", [reset(), nginx(502), answer(500), answer(429), answer(200, b"<html>")]
)
async def test_a_page_that_got_lost_is_asked_for_again(
    provider: Scripted, owner: FalClient, trouble: Reply
) -> None:
    provider.on(BILL, page(event("a"), cursor="2"), trouble, page(event("b")))

    found = await read(owner)

    assert [row.request_id for row in found.rows] == ["a", "b"]
    assert [query(asked).get("cursor") for asked in provider.asked] == [None, "2", "2"]


@pytest.mark.parametrize("trouble", [reset(), answer(200, {"billing_events": {}}), answer(500)])
async def test_half_a_bill_is_none(provider: Scripted, owner: FalClient, trouble: Reply) -> None:
    provider.on(BILL, page(event("a"), cursor="2"), trouble)

    with pytest.raises(ProviderBusy):
        await read(owner)


@pytest.mark.parametrize(
    "last",
    [
        {"next_cursor": "2", "has_more": True},
        {"next_cursor": None, "has_more": True},
        {"next_cursor": 7},
    ],
)
async def test_a_bill_without_an_end_is_none(
    provider: Scripted, owner: FalClient, last: dict[str, object]
) -> None:
    turned = answer(200, {"billing_events": [event("b")], **last})
    provider.on(BILL, page(event("a"), cursor="2"), turned)

    with pytest.raises(ProviderBusy):
        await read(owner)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_admin_key_is_told_without_the_key(
    provider: Scripted, owner: FalClient, status: int
) -> None:
    said = {"error": {"type": "authorization_error", "message": f"Key {ADMIN} is no admin key"}}
    provider.on(BILL, answer(status, said))

    with pytest.raises(ProviderBlocked) as refused:
        await read(owner)

    assert str(refused.value) == "Key [key] is no admin key"
    assert len(provider.asked) == 1


async def test_a_question_that_is_not_understood_is_told(
    provider: Scripted, owner: FalClient
) -> None:
    provider.on(BILL, answer(400, {"error": {"message": "start is no time"}}))

    with pytest.raises(Broken, match="start is no time"):
        await read(owner)


async def test_without_an_admin_key_the_bill_is_not_asked_for(
    provider: Scripted, fal: FalClient
) -> None:
    assert not fal.may_see_the_bill
    with pytest.raises(ProviderBlocked):
        await read(fal)

    assert provider.asked == []


async def test_the_admin_key_is_for_the_bill_and_the_platforms_host_alone(
    provider: Scripted, stranger: Scripted
) -> None:
    addresses = Addresses(
        queue=provider.url, rest=provider.url, cdn=provider.url, api=f"{stranger.url}/v1"
    )
    stranger.on(BILL, page())
    stranger.on(HISTORY, answer(200, {"items": []}))
    provider.on("GET /status", answer(404, {"status": "NOT_FOUND"}))
    async with FalClient(addresses, name="test", key=KEY, admin_key=ADMIN) as owner:
        await read(owner)
        await owner.requests(MODELS, since=NOON - 60, until=NOON)
        await owner.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)
        await owner.check_key()

    keys = {asked.path: asked.headers["authorization"] for asked in stranger.asked}
    assert keys == {
        "/v1/models/billing-events": f"Key {ADMIN}",
        "/v1/models/requests/by-endpoint": f"Key {KEY}",
    }
    assert {asked.headers["authorization"] for asked in provider.asked} == {f"Key {KEY}"}
    assert ADMIN not in repr(owner)


# ---- history -----------------------------------------------------------------------------------


def made(request_id: str, **others: object) -> dict[str, object]:
    return {
        "request_id": request_id,
        "endpoint_id": ENDPOINT,
        "sent_at": "2026-11-22T12:00:00Z",
        "started_at": "2026-11-22T12:00:01Z",
        "ended_at": None,
        "status_code": None,
        "duration": None,
        **others,
    }


async def test_the_history_is_read_with_the_plain_key_and_without_pictures(
    provider: Scripted, fal: FalClient
) -> None:
    provider.on(
        HISTORY,
        answer(200, {"items": [made("a"), made("b", status_code=422)], "next_cursor": "2"}),
        answer(200, {"items": [made("c", sent_at=None), {"request_id": "d"}]}),
    )

    found = await fal.requests(MODELS, since=NOON - DAY, until=NOON, page_rows=2)

    assert found.rows == [
        HistoryRow(request_id="a", endpoint=ENDPOINT, at=NOON, status=None),
        HistoryRow(request_id="b", endpoint=ENDPOINT, at=NOON, status=422),
        HistoryRow(request_id="c", endpoint=ENDPOINT, at=NOON + 1, status=None),
    ]
    assert found.unreadable == 1
    first = provider.asked[0]
    assert first.headers["authorization"] == f"Key {KEY}"
    assert "expand" not in query(first)
    assert query(first)["end"] == datetime.fromtimestamp(NOON, UTC).isoformat()


async def test_a_search_among_few_requests_names_them_fifty_at_a_time(
    provider: Scripted, fal: FalClient
) -> None:
    wanted = [f"r-{number:03d}" for number in range(120)]
    sent = {"prompt": "p", "seed": 7}
    provider.on(
        HISTORY,
        answer(200, {"items": []}),
        answer(200, {"items": [{"request_id": "r-077", "json_input": sent}]}),
        answer(200, {"items": []}),
    )

    found = await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, prompt="p", among=wanted)

    named = [query(asked)["request_id"].split(",") for asked in provider.asked]
    assert [submission.request_id for submission in found] == ["r-077"]
    assert [len(ids) for ids in named] == [50, 50, 20]
    assert [request_id for ids in named for request_id in ids] == wanted


async def test_a_search_among_none_asks_nothing(provider: Scripted, fal: FalClient) -> None:
    assert await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, among=()) == []
    assert provider.asked == []
