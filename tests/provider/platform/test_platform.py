"""Cancelling, finding a lost submit, prices, and the free check of a key."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import Broken, ProviderBlocked, ProviderBusy
from bot.domain.jobs.states import Submission
from bot.provider.client import CancelOutcome, FalClient
from bot.provider.platform import pricing
from tests.provider.conftest import KEY
from tests.provider.scripted import Asked, Reply, Scripted, answer, nginx, reset

HISTORY = "GET /models/requests/by-endpoint"
NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z


def query(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.target).query).items()}


# ---- cancel ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (answer(200, {"status": "OK"}), CancelOutcome.REMOVED),
        (answer(200, {"status": "CANCELLATION_REQUESTED"}), CancelOutcome.REQUESTED),
        (answer(200, {"success": True}), CancelOutcome.REQUESTED),
        (answer(200, b""), CancelOutcome.REQUESTED),
        (answer(202, {"status": "CANCELLATION_REQUESTED"}), CancelOutcome.REQUESTED),
        (answer(202, {"status": "OK"}), CancelOutcome.REQUESTED),
        (answer(400, {"status": "ALREADY_COMPLETED"}), CancelOutcome.TOO_LATE),
        (answer(200, {"status": "ALREADY_COMPLETED"}), CancelOutcome.TOO_LATE),
        (answer(200, {"status": "OK"}, fals_own=False), CancelOutcome.REQUESTED),
        (answer(404, {"status": "NOT_FOUND"}), CancelOutcome.UNKNOWN),
        (answer(400, {"detail": "?"}), CancelOutcome.UNKNOWN),
    ],
)
async def test_f10_to_f13_only_a_sure_removal_is_called_one(
    provider: Scripted, fal: FalClient, submission: Submission, reply: Reply, meaning: CancelOutcome
) -> None:
    provider.on("PUT /requests/r/cancel", reply)

    assert await fal.cancel(submission) is meaning


@pytest.mark.parametrize(
    "reply", [reset(), nginx(502), nginx(404), nginx(400), answer(500), answer(429)]
)
async def test_a_cancel_that_may_not_have_arrived_is_asked_again_later(
    provider: Scripted, fal: FalClient, submission: Submission, reply: Reply
) -> None:
    provider.on("PUT /requests/r/cancel", reply)

    with pytest.raises(ProviderBusy):
        await fal.cancel(submission)


# ---- find --------------------------------------------------------------------------------------


def row(request_id: str, seed: object, **sent: object) -> dict[str, object]:
    payload = {"prompt": "p", "image_url": "data:x,y", "seed": seed, **sent}
    return {"request_id": request_id, "json_input": payload, "duration": 1.5}


async def test_a_lost_submit_is_found_by_its_seed_over_all_pages(
    provider: Scripted, fal: FalClient
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


async def test_a_seed_that_is_not_listed_is_an_empty_answer(
    provider: Scripted, fal: FalClient
) -> None:
    provider.on(HISTORY, answer(200, {"items": [row("a", 1)], "next_cursor": None}))

    assert await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON) == []


UNREADABLE: dict[str, object] = {
    "no input": {"request_id": "a"},
    "an input that is kept back": {"request_id": "a", "json_input": None},
    "an input that is wiped": {"request_id": "a", "json_input": {}},
    "an input that is text": {"request_id": "a", "json_input": '{"seed": 7}'},
    "a seed that is text": row("a", "7"),
    "a seed that is a list": row("a", [7]),
    "no prompt": {"request_id": "a", "json_input": {"seed": 7}},
    "a prompt that is no text": {"request_id": "a", "json_input": {"seed": 7, "prompt": 7}},
    "ours without an id": {"json_input": {"seed": 7, "prompt": "p"}},
    "ours with an empty id": row("", 7),
    "ours with an id that is no text": {**row("", 7), "request_id": 7},
    "no row": None,
    "a list": [],
}


@pytest.mark.parametrize("unreadable", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_row_that_may_be_ours_and_cannot_be_read_is_never_taken_for_not_there(
    provider: Scripted, fal: FalClient, unreadable: object
) -> None:
    """L9: not having been able to look releases nothing."""
    provider.on(HISTORY, answer(200, {"items": [row("b", 1), unreadable, row("c", 2)]}))

    with pytest.raises(ProviderBusy):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, prompt="p")


async def test_our_own_row_is_found_beside_one_that_cannot_be_read(
    provider: Scripted, fal: FalClient
) -> None:
    provider.on(HISTORY, answer(200, {"items": [{"request_id": "a"}, row("b", 7)]}))

    found = await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, prompt="p")

    assert [submission.request_id for submission in found] == ["b"]


async def test_what_the_books_know_as_another_jobs_is_neither_found_nor_in_doubt(
    provider: Scripted, fal: FalClient
) -> None:
    """L10: a second edit with the same wish and the same seed."""
    provider.on(HISTORY, answer(200, {"items": [row("a", 7), {"request_id": "b"}]}))

    async def find(*claimed: str) -> list[str]:
        found = await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, prompt="p", claimed=claimed)
        return [submission.request_id for submission in found]

    assert await find("a", "b") == []
    assert await find("b") == ["a"]
    with pytest.raises(ProviderBusy):
        await find("a")


@pytest.mark.parametrize(
    "strangers",
    [
        row("a", 7, prompt="another wish"),
        row("a", 8),
        row("a", 7.5),
        row("a", None),
        {"request_id": "a", "json_input": {"prompt": "p"}},
    ],
    ids=["another prompt", "another seed", "no whole number", "null", "no seed"],
)
async def test_a_strangers_request_is_not_adopted(
    provider: Scripted, fal: FalClient, strangers: object
) -> None:
    """L10: members choose their seeds, and so does everybody else with the same key."""
    provider.on(HISTORY, answer(200, {"items": [strangers]}))

    assert await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, prompt="p") == []


@pytest.mark.parametrize("seed", [7, 7.0])
@pytest.mark.parametrize("listed", ["a  red  Tu\u0308r", " a red T\u00fcr\n"])
async def test_a_prompt_that_was_tidied_up_on_its_way_is_still_ours(
    provider: Scripted, fal: FalClient, seed: float, listed: str
) -> None:
    provider.on(HISTORY, answer(200, {"items": [row("a", seed, prompt=listed)]}))

    found = await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, prompt="a red T\u00fcr")

    assert [submission.request_id for submission in found] == ["a"]


async def test_a_page_with_too_many_pictures_is_asked_for_row_by_row(
    provider: Scripted, fal: FalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pricing, "_PAGE_BYTES", 3_000_000)
    rows = [row(str(number), number, image_url=f"data:,{'A' * 1_000_000}") for number in range(8)]

    async def play(asked: Asked, writer: asyncio.StreamWriter) -> None:
        first, limit = int(query(asked).get("cursor", "0")), int(query(asked)["limit"])
        last = first + limit
        more = str(last) if last < len(rows) else None
        page = answer(200, {"items": rows[first:last], "next_cursor": more})
        await page(asked, writer)

    provider.on(HISTORY, play)

    found = await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, prompt="p")

    assert [submission.request_id for submission in found] == ["7"]
    assert len(provider.asked) == 9


async def test_a_page_without_end_is_cut_off(provider: Scripted, fal: FalClient) -> None:
    sent = 0

    async def play(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b'HTTP/1.1 200 OK\r\n\r\n{"items": [{"json_input": {"image_url": "data:,')
        while True:
            writer.write(b"A" * 1_000_000)
            await writer.drain()
            sent += 1_000_000

    provider.on(HISTORY, play)

    with pytest.raises(ProviderBusy):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, prompt="p")

    assert len(provider.asked) == 2
    assert sent < 2 * 48_000_000


async def test_a_list_that_has_more_and_does_not_say_where_is_not_read_to_its_end(
    provider: Scripted, fal: FalClient
) -> None:
    page = {"items": [row("a", 1)], "next_cursor": None, "has_more": True}
    provider.on(HISTORY, answer(200, page))

    with pytest.raises(ProviderBusy):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON, prompt="p")


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
    provider: Scripted, fal: FalClient, reply: Reply
) -> None:
    first = answer(200, {"items": [row("a", 1)], "next_cursor": "c2"})
    provider.on(HISTORY, first, reply)

    with pytest.raises(ProviderBusy):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)


async def test_a_list_that_goes_round_in_circles_is_left(
    provider: Scripted, fal: FalClient
) -> None:
    provider.on(HISTORY, answer(200, {"items": [row("a", 1)], "next_cursor": "same"}))

    with pytest.raises(ProviderBusy):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)

    assert len(provider.asked) == 2


async def test_a_search_with_a_refused_key_closes_the_line(
    provider: Scripted, fal: FalClient
) -> None:
    provider.on(HISTORY, answer(401, {"error": {"type": "authorization_error"}}))

    with pytest.raises(ProviderBlocked):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)


async def test_a_search_the_provider_does_not_understand_is_an_error(
    provider: Scripted, fal: FalClient
) -> None:
    provider.on(HISTORY, answer(404))

    with pytest.raises(Broken):
        await fal.find(IDEOGRAM_V2_EDIT, seed=7, since=NOON)


# ---- prices --------------------------------------------------------------------------------


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
    provider: Scripted, fal: FalClient, unit_price: object, nano_usd: int
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
    provider: Scripted, fal: FalClient, reply: Reply
) -> None:
    provider.on("GET /models/pricing", reply)

    with pytest.raises(Broken):
        await fal.price(IDEOGRAM_V2_EDIT)


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
    provider: Scripted, fal: FalClient, reply: Reply, good: bool
) -> None:
    provider.on("GET /status", reply)

    assert await fal.check_key() is good

    [asked] = provider.asked
    assert asked.method == "GET"


@pytest.mark.parametrize("reply", [reset(), nginx(502), answer(429)])
async def test_a_key_that_cannot_be_checked_now_is_neither_good_nor_bad(
    provider: Scripted, fal: FalClient, reply: Reply
) -> None:
    provider.on("GET /status", reply)

    with pytest.raises(ProviderBusy):
        await fal.check_key()


async def test_a_web_server_that_is_no_queue_says_nothing_about_a_key(
    provider: Scripted, fal: FalClient
) -> None:
    provider.on("GET /status", nginx(404))

    with pytest.raises(Broken):
        await fal.check_key()
