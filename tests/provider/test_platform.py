"""Cancelling, finding a lost submit, prices, the bill, and the free check of a key."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import Broken, Busy, LineClosed
from bot.provider.client import Cancelled
from tests.provider.conftest import KEY
from tests.provider.scripted import Scripted, answer, nginx, reset

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.jobs import Submission
    from bot.provider.client import Fal
    from tests.provider.scripted import Asked, Reply

HISTORY = "GET /models/requests/by-endpoint"
NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z


def query(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.target).query).items()}


# ---- cancel ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (answer(200, {"status": "OK"}), Cancelled.REMOVED),
        (answer(200, {"status": "CANCELLATION_REQUESTED"}), Cancelled.REQUESTED),
        (answer(200, {"success": True}), Cancelled.REQUESTED),
        (answer(200, b""), Cancelled.REQUESTED),
        (answer(202, {"status": "CANCELLATION_REQUESTED"}), Cancelled.REQUESTED),
        (answer(202, {"status": "OK"}), Cancelled.REQUESTED),
        (answer(400, {"status": "ALREADY_COMPLETED"}), Cancelled.TOO_LATE),
        (answer(200, {"status": "ALREADY_COMPLETED"}), Cancelled.TOO_LATE),
        (answer(200, {"status": "OK"}, fals_own=False), Cancelled.REQUESTED),
        (answer(404, {"status": "NOT_FOUND"}), Cancelled.UNKNOWN),
        (answer(400, {"detail": "?"}), Cancelled.UNKNOWN),
    ],
)
async def test_f10_to_f13_only_a_sure_removal_is_called_one(
    provider: Scripted, fal: Fal, submission: Submission, reply: Reply, meaning: Cancelled
) -> None:
    provider.on("PUT /requests/r/cancel", reply)

    assert await fal.cancel(submission) is meaning


@pytest.mark.parametrize(
    "reply", [reset(), nginx(502), nginx(404), nginx(400), answer(500), answer(429)]
)
async def test_a_cancel_that_may_not_have_arrived_is_asked_again_later(
    provider: Scripted, fal: Fal, submission: Submission, reply: Reply
) -> None:
    provider.on("PUT /requests/r/cancel", reply)

    with pytest.raises(Busy):
        await fal.cancel(submission)


# ---- find --------------------------------------------------------------------------------------


def row(request_id: str, seed: object, **more: object) -> dict[str, object]:
    sent = {"prompt": "p", "image_url": "data:x,y", "seed": seed}
    return {"request_id": request_id, "json_input": sent, "duration": 1.5, **more}


async def test_a_lost_submit_is_found_by_its_seed_over_all_pages(
    provider: Scripted, fal: Fal
) -> None:
    provider.on(
        HISTORY,
        answer(200, {"items": [row("a", 1), row("b", 2)], "next_cursor": "c2", "has_more": True}),
        answer(200, {"items": [row("c", 3), row("d", 7)], "next_cursor": "c3", "has_more": True}),
        answer(200, {"items": [row("e", 7)], "next_cursor": None, "has_more": False}),
    )

    found = await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)

    assert [submission.request_id for submission in found] == ["d", "e"]
    assert found[0].status_url == f"{provider.url}/fal-ai/ideogram/requests/d/status"
    first, second, _ = provider.asked
    assert first.path == "/v1/models/requests/by-endpoint"
    assert first.headers["authorization"] == f"Key {KEY}"
    assert query(first)["endpoint_id"] == "fal-ai/ideogram/v2/edit"
    assert query(first)["start"] == "2026-11-22T11:59:00+00:00"
    assert query(first)["expand"] == "payloads"
    assert query(second)["cursor"] == "c2"


async def test_a_seed_that_is_not_listed_is_an_empty_answer(provider: Scripted, fal: Fal) -> None:
    provider.on(HISTORY, answer(200, {"items": [row("a", 1)], "next_cursor": None}))

    assert await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON) == []


async def test_rows_that_do_not_show_their_input_are_counted_not_guessed(
    provider: Scripted, fal: Fal, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"request_id": "a"}, row("", 7), {"json_input": {"seed": 7}}, None, row("b", "7")]
    provider.on(HISTORY, answer(200, {"items": rows}))

    with caplog.at_level(logging.WARNING, logger="bot"):
        assert await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON) == []

    assert "1 requests" in caplog.text


@pytest.mark.parametrize(
    "reply",
    [
        reset(),
        nginx(503),
        answer(429),
        answer(500, {"error": {"type": "server_error"}}),
        answer(200, b"{{{"),
        answer(200, {"detail": "?"}),
    ],
)
async def test_a_list_that_cannot_be_read_is_never_taken_for_an_empty_one(
    provider: Scripted, fal: Fal, reply: Reply
) -> None:
    first = answer(200, {"items": [row("a", 1)], "next_cursor": "c2"})
    provider.on(HISTORY, first, reply)

    with pytest.raises(Busy):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)


async def test_a_list_that_goes_round_in_circles_is_left(provider: Scripted, fal: Fal) -> None:
    provider.on(HISTORY, answer(200, {"items": [row("a", 1)], "next_cursor": "same"}))

    with pytest.raises(Busy):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)

    assert len(provider.asked) == 2


async def test_a_search_with_a_refused_key_closes_the_line(provider: Scripted, fal: Fal) -> None:
    provider.on(HISTORY, answer(401, {"error": {"type": "authorization_error"}}))

    with pytest.raises(LineClosed):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)


async def test_a_search_the_provider_does_not_understand_is_an_error(
    provider: Scripted, fal: Fal
) -> None:
    provider.on(HISTORY, answer(404))

    with pytest.raises(Broken):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)


# ---- prices and bills --------------------------------------------------------------------------


def listed(**more: object) -> Reply:
    price = {
        "endpoint_id": "fal-ai/ideogram/v2/edit",
        "unit_price": 0.08,
        "unit": "images",
        "currency": "USD",
        **more,
    }
    return answer(200, {"prices": [{"endpoint_id": "other", "unit_price": 9}, price]})


@pytest.mark.parametrize(
    ("unit_price", "nano_usd"),
    [(0.08, 80_000_000), (0.1, 100_000_000), ("0.035", 35_000_000), (0, 0), (1, 1_000_000_000)],
)
async def test_f28_the_listed_price_is_exact_in_nano_usd(
    provider: Scripted, fal: Fal, unit_price: object, nano_usd: int
) -> None:
    provider.on("GET /models/pricing", listed(unit_price=unit_price))

    assert await fal.price(IDEOGRAM_V2_EDIT) == nano_usd


@pytest.mark.parametrize(
    "reply",
    [
        listed(unit="megapixels"),
        listed(currency="EUR"),
        listed(unit_price="a lot"),
        listed(unit_price=-1),
        listed(unit_price=None),
        listed(endpoint_id="other"),
        answer(200, {"prices": None}),
        answer(200, b"{{{"),
        answer(400, {"error": {"type": "validation_error"}}),
    ],
)
async def test_f28_a_price_that_is_not_per_picture_in_usd_is_no_price(
    provider: Scripted, fal: Fal, reply: Reply
) -> None:
    provider.on("GET /models/pricing", reply)

    with pytest.raises(Broken):
        await fal.price(IDEOGRAM_V2_EDIT)


async def test_f29_the_bill_is_read_with_the_admin_key_alone(
    provider: Scripted, connect: Callable[..., Fal]
) -> None:
    fal = connect(provider.url, admin_key="admin:key")
    events = [
        {"request_id": "a", "cost_estimate_nano_usd": 80_000_000, "cost_total": 0.08},
        {"request_id": "b", "cost_total": 0.0375, "cost_estimate_nano_usd": None},
        {"request_id": "b", "cost_total": 0.0001},
        {"request_id": "stranger", "cost_total": 5},
        {"request_id": "c", "cost_total": None},
    ]
    provider.on("GET /models/billing-events", answer(200, {"billing_events": events}))

    billed = await fal.billing(["a", "b", "c"], since=NOON)

    assert billed == {"a": 80_000_000, "b": 37_600_000}
    [asked] = provider.asked
    assert asked.headers["authorization"] == "Key admin:key"
    assert query(asked)["request_id"] == "a,b,c"


async def test_f29_many_requests_are_asked_for_fifty_at_a_time(
    provider: Scripted, connect: Callable[..., Fal]
) -> None:
    provider.on("GET /models/billing-events", answer(200, {"billing_events": []}))
    fal = connect(provider.url, admin_key="admin:key")

    assert await fal.billing([str(number) for number in range(120)], since=NOON) == {}

    assert [query(asked)["request_id"].count(",") + 1 for asked in provider.asked] == [50, 50, 20]


async def test_f29_without_an_admin_key_the_bill_is_not_known_rather_than_empty(
    provider: Scripted, fal: Fal
) -> None:
    assert await fal.billing(["a"], since=NOON) is None
    assert provider.connections == 0


# ---- the key -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "good"),
    [
        (answer(404, {"status": "NOT_FOUND"}), True),
        (answer(401, {"detail": "Bad key"}), False),
        (answer(403, {"detail": "Scope"}), False),
    ],
)
async def test_a_key_is_checked_for_free_by_asking_for_a_job_nobody_has(
    provider: Scripted, fal: Fal, reply: Reply, good: bool
) -> None:
    provider.on("GET /status", reply)

    assert await fal.check_key() is good

    [asked] = provider.asked
    assert asked.method == "GET"


@pytest.mark.parametrize("reply", [reset(), nginx(502), answer(429)])
async def test_a_key_that_cannot_be_checked_now_is_neither_good_nor_bad(
    provider: Scripted, fal: Fal, reply: Reply
) -> None:
    provider.on("GET /status", reply)

    with pytest.raises(Busy):
        await fal.check_key()
