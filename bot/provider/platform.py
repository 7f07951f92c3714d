"""fal's platform API: the price list, and the history of requests."""

from __future__ import annotations

import asyncio
import json
import logging
import unicodedata
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import httpx

from bot.domain.errors import Broken, Busy, Failure
from bot.provider.answers import DEFAULT_PAUSE_SECONDS, closed_or_busy, detail_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from bot.domain.catalog import Model
    from bot.domain.jobs import Submission
    from bot.provider.answers import Answer
    from bot.provider.wire import Wire

log = logging.getLogger(__name__)

_NANO: Final = 1_000_000_000
_PER_PICTURE: Final = frozenset({"image", "images"})
_MARGIN_SECONDS: Final = 60.0
"""How far the provider's clock may be from ours."""
_PAGE_ROWS: Final = 4
_PAGE_BYTES: Final = 32 * 1024 * 1024
"""Each row of the history holds its whole input: two pictures of 10 MB at most, in base64."""
_PAGE_SECONDS: Final = 300.0
_MAX_PAGES: Final = 500
_DOUBT_PAUSE_SECONDS: Final = 30.0


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


async def find(
    wire: Wire,
    model: Model,
    *,
    seed: int,
    since: float,
    prompt: str | None,
    claimed: Collection[str],
) -> list[Submission]:
    """Every submit of `model` with this `seed` and `prompt` since about `since`, as listed.

    `since` is unix seconds: what was sent before it is not looked at. `claimed` are request ids
    the books know as those of other jobs. An empty list means: all of the history was read, every
    row of it is somebody else's, and ours is not there (yet). A job that still waits may not be
    listed.

    Raises:
        Busy: the list could not be read to its end, or holds a row that may be ours and cannot
            be read.
        LineClosed: the key is refused.
        Broken: the provider does not understand the question.
    """
    found: dict[str, Submission] = {}
    doubtful = 0
    async for row in _history(wire, model, since=since):
        request_id = row.get("request_id") if isinstance(row, dict) else None
        if isinstance(request_id, str) and request_id in claimed:
            continue
        is_ours = _is_ours(row, seed=seed, prompt=prompt)
        if is_ours and isinstance(request_id, str) and request_id:
            found[request_id] = wire.addresses.submission(model.endpoint, request_id)
        elif is_ours is not False:
            doubtful += 1
    if doubtful and not found:
        log.warning("%d rows of the provider's history may be ours and cannot be read", doubtful)
        raise Busy(retry_after=_DOUBT_PAUSE_SECONDS)
    return list(found.values())


def _is_ours(row: object, *, seed: int, prompt: str | None) -> bool | None:
    """Whether a row shows our submit; None when it does not show enough to tell.

    We always send a seed, and send it as a whole number.
    """
    sent = row.get("json_input") if isinstance(row, dict) else None
    if not isinstance(sent, dict) or not sent:
        return None
    theirs = sent.get("seed")
    if theirs is None:
        return False
    if isinstance(theirs, bool) or not isinstance(theirs, int | Decimal):
        return None
    if theirs != seed:
        return False
    if prompt is None:
        return True
    words = sent.get("prompt")
    return _words(words) == _words(prompt) if isinstance(words, str) else None


def _words(text: str) -> list[str]:
    """The prompt, whatever became of its spaces and accents on the way there and back."""
    return unicodedata.normalize("NFC", text).split()


async def _history(wire: Wire, model: Model, *, since: float) -> AsyncIterator[object]:
    """Every row, page by page. A list that cannot be read to its end is an error."""
    query = {
        "endpoint_id": model.endpoint,
        "start": _iso(since - _MARGIN_SECONDS),
        "expand": "payloads",
        "limit": str(_PAGE_ROWS),
    }
    for _ in range(_MAX_PAGES):
        page = await _parsed(await _get(wire, "/models/requests/by-endpoint", query))
        rows = page.get("items")
        if not isinstance(rows, list):
            if query["limit"] == "1":
                raise Busy(retry_after=DEFAULT_PAUSE_SECONDS)
            # Rows with large pictures in them: one fits for certain.
            query["limit"] = "1"
            continue
        for row in rows:
            yield row
        cursor, has_more = page.get("next_cursor"), page.get("has_more")
        if has_more is False or (cursor in (None, "") and has_more is None):
            return
        if not isinstance(cursor, str) or not cursor or cursor == query.get("cursor"):
            break
        query["cursor"] = cursor
    log.warning("the provider's history does not end")
    raise Busy(retry_after=DEFAULT_PAUSE_SECONDS)


async def _get(wire: Wire, path: str, query: dict[str, str]) -> Answer:
    url = httpx.URL(f"{wire.addresses.api}{path}", params=query)
    answer = await wire.call("GET", str(url), cap=_PAGE_BYTES, seconds=_PAGE_SECONDS)
    problem = closed_or_busy(answer)
    if problem is not None:
        raise problem
    if answer.status >= 500:
        raise Busy(retry_after=DEFAULT_PAUSE_SECONDS)
    if answer.status != 200:
        raise Broken(Failure.PROVIDER, detail=detail_of(answer) or f"HTTP {answer.status}")
    return answer


async def _parsed(answer: Answer) -> dict[str, Any]:
    """The body with exact decimals, parsed in a thread."""
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
