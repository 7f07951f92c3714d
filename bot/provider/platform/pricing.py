"""fal's platform API: the price list, and the history of requests."""

from __future__ import annotations

import logging
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from bot.domain.errors import Broken, Failure, ProviderBusy
from bot.provider.platform.pages import MAX_PAGES, following, get, iso, nano_usd, parsed
from bot.provider.responses import DEFAULT_PAUSE_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from bot.domain.catalog import Model
    from bot.domain.jobs.states import Submission
    from bot.provider.http import ProviderHttp

log = logging.getLogger(__name__)

_PER_PICTURE: Final = frozenset({"image", "images"})
_MARGIN_SECONDS: Final = 60.0
"""How far the provider's clock may be from ours."""
_PAGE_ROWS: Final = 4
_PAGE_BYTES: Final = 32 * 1024 * 1024
"""Each row of the history holds its whole input: two pictures of 10 MB at most, in base64."""
_PAGE_SECONDS: Final = 300.0
MOST_IDS: Final = 50
"""How many request ids one question may name."""
_DOUBT_PAUSE_SECONDS: Final = 30.0


async def price(wire: ProviderHttp, model: Model) -> int:
    """What the provider lists for one picture of `model`, in nano-USD.

    Raises:
        Broken: the list does not say, or not per picture in USD.
        ProviderBusy: it cannot be read now.
        ProviderBlocked: the key is refused.
    """
    query = {"endpoint_id": model.endpoint}
    answer = await get(wire, "/models/pricing", query, cap=_PAGE_BYTES, seconds=_PAGE_SECONDS)
    rows = (await parsed(answer)).get("prices")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("endpoint_id") == model.endpoint:
            nano = nano_usd(row.get("unit_price"))
            if nano is None or row.get("currency") != "USD" or row.get("unit") not in _PER_PICTURE:
                break
            return nano
    raise Broken(Failure.PROVIDER, detail=f"no price per picture is listed for {model.endpoint}")


async def find(
    wire: ProviderHttp,
    model: Model,
    *,
    seed: int,
    since: float,
    prompt: str | None,
    claimed: Collection[str],
    among: Collection[str] | None = None,
) -> list[Submission]:
    """Every submit of `model` with this `seed` and `prompt` since about `since`, as listed.

    `since` is unix seconds: what was sent before it is not looked at. `claimed` are request ids
    the books know as those of other jobs. `among` are the only request ids that come into question;
    None: all. An empty list means: all of the history was read, every
    row of it is somebody else's, and ours is not there (yet). A job that still waits may not be
    listed.

    Raises:
        ProviderBusy: the list could not be read to its end, or holds a row that may be ours and
            cannot be read.
        ProviderBlocked: the key is refused.
        Broken: the provider does not understand the question.
    """
    found: dict[str, Submission] = {}
    doubtful = 0
    async for row in _history(wire, model, since=since, among=among):
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
        raise ProviderBusy(retry_after=_DOUBT_PAUSE_SECONDS)
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


async def _history(
    wire: ProviderHttp, model: Model, *, since: float, among: Collection[str] | None
) -> AsyncIterator[object]:
    """Every row, page by page. A list that cannot be read to its end is an error."""
    query = {
        "endpoint_id": model.endpoint,
        "start": iso(since - _MARGIN_SECONDS),
        "expand": "payloads",
        "limit": str(_PAGE_ROWS),
    }
    if among is None:
        async for row in _rows(wire, query):
            yield row
        return
    wanted = sorted(among)
    for first in range(0, len(wanted), MOST_IDS):
        asked = {**query, "request_id": ",".join(wanted[first : first + MOST_IDS])}
        async for row in _rows(wire, asked):
            yield row


async def _rows(wire: ProviderHttp, query: dict[str, str]) -> AsyncIterator[object]:
    for _ in range(MAX_PAGES):
        page = await parsed(
            await get(
                wire,
                "/models/requests/by-endpoint",
                query,
                cap=_PAGE_BYTES,
                seconds=_PAGE_SECONDS,
            )
        )
        rows = page.get("items")
        if not isinstance(rows, list):
            if query["limit"] == "1":
                raise ProviderBusy(retry_after=DEFAULT_PAUSE_SECONDS)
            # Rows with large pictures in them: one fits for certain.
            query["limit"] = "1"
            continue
        for row in rows:
            yield row
        cursor = following(page, query.get("cursor"))
        if cursor is None:
            return
        query["cursor"] = cursor
    log.warning("the provider's history does not end")
    raise ProviderBusy(retry_after=DEFAULT_PAUSE_SECONDS)
