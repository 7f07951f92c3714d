"""fal's platform API: the price list, the history of requests, and the bill."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import httpx

from bot.domain.errors import Broken, Busy, Failure
from bot.provider.answers import DEFAULT_PAUSE_SECONDS, closed_or_busy, detail_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.domain.catalog import Model
    from bot.domain.jobs import Submission
    from bot.provider.answers import Answer
    from bot.provider.wire import Wire

log = logging.getLogger(__name__)

_NANO: Final = 1_000_000_000
_PER_PICTURE: Final = frozenset({"image", "images"})
_MARGIN_SECONDS: Final = 60.0
"""How far the provider's clock may be from ours."""
_PAGE: Final = 10
"""Each row of the history holds its whole input, two pictures included."""
_PAGE_BYTES: Final = 256 * 1024 * 1024
_PAGE_SECONDS: Final = 300.0
_MAX_PAGES: Final = 200
_IDS_PER_CALL: Final = 50
"""Source: fal's Platform API description, `request_id`: 1 to 50 values."""


async def price(wire: Wire, model: Model) -> int:
    """What the provider lists for one picture of `model`, in nano-USD.

    Raises:
        Broken: the list does not say, or not per picture in USD.
        Busy: it cannot be read now.
        LineClosed: the key is refused.
    """
    answer = await _get(wire, "/models/pricing", {"endpoint_id": model.endpoint})
    rows = (await _parsed(answer)).get("prices")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("endpoint_id") == model.endpoint:
            nano = _nano_usd(row.get("unit_price"))
            if nano is None or row.get("currency") != "USD" or row.get("unit") not in _PER_PICTURE:
                break
            return nano
    raise Broken(Failure.PROVIDER, detail=f"no price per picture is listed for {model.endpoint}")


async def find(wire: Wire, model: Model, *, seed: int, since: float) -> list[Submission]:
    """Every submit of `model` with this `seed` since about `since` (unix seconds), as listed.

    An empty list means: all of the history was read, and it is not there (yet). A job that still
    waits may not be listed.

    Raises:
        Busy: the list could not be read to its end.
        LineClosed: the key is refused.
        Broken: the provider does not understand the question.
    """
    found: dict[str, Submission] = {}
    unreadable = 0
    async for row in _history(wire, model, since=since):
        sent = row.get("json_input")
        if not isinstance(sent, dict):
            unreadable += 1
            continue
        request_id = row.get("request_id")
        if sent.get("seed") == seed and isinstance(request_id, str) and request_id:
            found[request_id] = wire.addresses.submission(model.endpoint, request_id)
    if unreadable:
        log.warning("%d requests in the provider's history do not show their input", unreadable)
    return list(found.values())


async def billing(wire: Wire, request_ids: Sequence[str], *, since: float) -> dict[str, int] | None:
    """What the provider billed for each request, in nano-USD; ids without an event are left out.

    `since` is unix seconds; the provider looks at most 90 days back. None without an admin key.

    Raises:
        Busy: the bill cannot be read now.
        LineClosed: the admin key is refused.
        Broken: the provider does not understand the question.
    """
    if not wire.has_admin_key:
        return None
    billed: dict[str, int] = {}
    for first in range(0, len(request_ids), _IDS_PER_CALL):
        ids = request_ids[first : first + _IDS_PER_CALL]
        query = {"request_id": ",".join(ids), "start": _iso(since - _MARGIN_SECONDS)}
        async for row in _pages(
            wire, "/models/billing-events", query, "billing_events", admin=True
        ):
            nano = row.get("cost_estimate_nano_usd")
            cost = nano if type(nano) is int else _nano_usd(row.get("cost_total"))
            request_id = row.get("request_id")
            if isinstance(request_id, str) and request_id in ids and cost is not None:
                billed[request_id] = billed.get(request_id, 0) + cost
    return billed


async def _history(wire: Wire, model: Model, *, since: float) -> AsyncIterator[dict[str, Any]]:
    query = {
        "endpoint_id": model.endpoint,
        "start": _iso(since - _MARGIN_SECONDS),
        "expand": "payloads",
        "limit": str(_PAGE),
    }
    async for row in _pages(wire, "/models/requests/by-endpoint", query, "items"):
        yield row


async def _pages(
    wire: Wire, path: str, query: dict[str, str], rows: str, *, admin: bool = False
) -> AsyncIterator[dict[str, Any]]:
    """Every row of a list, page by page. A list that cannot be read to its end is an error."""
    for _ in range(_MAX_PAGES):
        answer = await _get(wire, path, query, admin=admin)
        page = await _parsed(answer)
        found = page.get(rows)
        if not isinstance(found, list):
            raise Busy(retry_after=DEFAULT_PAUSE_SECONDS)
        for row in found:
            if isinstance(row, dict):
                yield row
        cursor = page.get("next_cursor")
        if not isinstance(cursor, str) or not cursor or page.get("has_more") is False:
            return
        if cursor == query.get("cursor"):
            break
        query = {**query, "cursor": cursor}
    log.warning("a list of the provider's does not end: %s", path)
    raise Busy(retry_after=DEFAULT_PAUSE_SECONDS)


async def _get(wire: Wire, path: str, query: dict[str, str], *, admin: bool = False) -> Answer:
    url = httpx.URL(f"{wire.addresses.api}{path}", params=query)
    answer = await wire.call("GET", str(url), cap=_PAGE_BYTES, seconds=_PAGE_SECONDS, admin=admin)
    problem = closed_or_busy(answer)
    if problem is not None:
        raise problem
    if answer.status >= 500:
        raise Busy(retry_after=DEFAULT_PAUSE_SECONDS)
    if answer.status != 200:
        raise Broken(Failure.PROVIDER, detail=detail_of(answer) or f"HTTP {answer.status}")
    return answer


async def _parsed(answer: Answer) -> dict[str, Any]:
    """The body, parsed in a thread and with exact decimals: it may hold megabytes of pictures."""
    try:
        value = await asyncio.to_thread(json.loads, answer.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _nano_usd(value: object) -> int | None:
    """USD as nano-USD, rounded up; None for anything that is not an amount."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount < 1_000_000:
        return None
    return int((amount * _NANO).to_integral_value(ROUND_CEILING))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
