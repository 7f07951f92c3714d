"""Lists of the platform API: asked with exact numbers, read page by page to their end."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import httpx

from bot.domain.errors import Broken, Failure, ProviderBusy
from bot.provider.responses import DEFAULT_PAUSE_SECONDS, closed_or_busy, detail_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.provider.follow import PollInterval
    from bot.provider.http import ProviderHttp
    from bot.provider.responses import HttpResponse

log = logging.getLogger(__name__)

MAX_PAGES: Final = 500
_NANO: Final = 1_000_000_000
_TRIES: Final = 3
"""How often a page is asked for before the list counts as unreadable: it costs nothing."""


async def get(
    wire: ProviderHttp,
    path: str,
    query: Mapping[str, str],
    *,
    cap: int,
    seconds: float | None = None,
    as_admin: bool = False,
) -> HttpResponse:
    """One answer with status 200, of at most `cap` bytes.

    Raises:
        ProviderBusy: it cannot be read now.
        ProviderBlocked: the key is refused.
        Broken: the provider does not understand the question.
    """
    url = str(httpx.URL(f"{wire.addresses.api}{path}", params=dict(query)))
    answer = await wire.call("GET", url, cap=cap, seconds=seconds, as_admin=as_admin)
    problem = closed_or_busy(answer)
    if problem is not None:
        raise problem
    if answer.status >= 500:
        raise ProviderBusy(retry_after=DEFAULT_PAUSE_SECONDS)
    if answer.status != 200:
        raise Broken(Failure.PROVIDER, detail=detail_of(answer) or f"HTTP {answer.status}")
    return answer


async def parsed(answer: HttpResponse) -> dict[str, Any]:
    """The body with exact decimals, parsed in a thread; empty when it is not a JSON object."""
    try:
        value = await asyncio.to_thread(json.loads, answer.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


async def pages(
    wire: ProviderHttp,
    path: str,
    query: Mapping[str, str],
    *,
    rows: str,
    cap: int,
    pace: PollInterval,
    as_admin: bool = False,
) -> AsyncIterator[list[object]]:
    """Every page of a list, each the value of `rows`; asked for again where one got lost.

    fal counts its pages: a row that appears meanwhile moves others over a page's end, so that one
    may be seen twice.

    Raises:
        ProviderBusy: it cannot be read to its end now.
        ProviderBlocked: the key is refused.
        Broken: the provider does not understand the question.
    """
    asked = dict(query)
    for _ in range(MAX_PAGES):
        page = await _page(wire, path, asked, rows=rows, cap=cap, pace=pace, as_admin=as_admin)
        yield page[rows]
        cursor = following(page, asked.get("cursor"))
        if cursor is None:
            return
        asked["cursor"] = cursor
    log.warning("the provider's list %s does not end", path)
    raise ProviderBusy(retry_after=DEFAULT_PAUSE_SECONDS)


async def _page(
    wire: ProviderHttp,
    path: str,
    query: Mapping[str, str],
    *,
    rows: str,
    cap: int,
    pace: PollInterval,
    as_admin: bool,
) -> dict[str, Any]:
    for failures in range(_TRIES):
        if failures:
            await asyncio.sleep(pace.pause_after(failures))
        try:
            page = await parsed(await get(wire, path, query, cap=cap, as_admin=as_admin))
        except ProviderBusy:
            continue
        if isinstance(page.get(rows), list):
            return page
    raise ProviderBusy(retry_after=DEFAULT_PAUSE_SECONDS)


def following(page: Mapping[str, Any], cursor: str | None) -> str | None:
    """The cursor of the next page; None at the end. `cursor` is that of `page`.

    Raises:
        ProviderBusy: there is more, and no way to it.
    """
    found, has_more = page.get("next_cursor"), page.get("has_more")
    if has_more is False or (found in (None, "") and has_more is None):
        return None
    if not isinstance(found, str) or not found or found == cursor:
        log.warning("the provider's list does not end")
        raise ProviderBusy(retry_after=DEFAULT_PAUSE_SECONDS)
    return found


def nano_usd(value: object) -> int | None:
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


def iso(seconds: float) -> str:
    """Unix seconds as the platform API reads times."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def moment(value: object) -> float | None:
    """A time of the platform API as unix seconds, without an offset in UTC; or None."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
