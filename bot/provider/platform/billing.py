"""fal's own books: what it billed, and what it was asked to do.

Rows that make no sense are counted, never dropped in silence: a reader of the bill must know that
there was more on it.

Source: https://fal.ai/docs/platform-apis/v1/models/billing-events
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from bot.domain.billing.bills import BillingEvent, HistoryRow
from bot.provider.platform.pages import iso, moment, nano_usd, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.provider.follow import PollInterval
    from bot.provider.http import ProviderHttp

T = TypeVar("T", BillingEvent, HistoryRow)

EVENTS_A_PAGE: Final = 5_000
"""Of 10 000 at most; at some 350 bytes a row still far below what is read of one answer."""
REQUESTS_A_PAGE: Final = 100
LONGEST_SPAN_SECONDS: Final = 90 * 24 * 3600
"""Billing events are refused for a longer span."""

_PAGE_BYTES: Final = 16 * 1024 * 1024
_LARGEST_COST: Final = 10**15
"""A million dollars for one request is not a price."""
_MAX_ID: Final = 200


@dataclass(slots=True)
class BillingPages(Generic[T]):
    """What was read. `unreadable` rows made no sense; `again` were seen on an earlier page too."""

    rows: list[T] = field(default_factory=list)
    unreadable: int = 0
    again: int = 0


async def events(
    wire: ProviderHttp,
    endpoints: Iterable[str],
    *,
    since: float,
    until: float,
    pace: PollInterval,
    page_rows: int = EVENTS_A_PAGE,
) -> BillingPages[BillingEvent]:
    """Everything billed for these endpoints from `since` until before `until` (unix seconds).

    Raises:
        ProviderBlocked: there is no admin key, or it is refused.
        ProviderBusy: the bill could not be read to its end.
        Broken: the provider does not understand the question.
    """
    return await _read(
        wire,
        "/models/billing-events",
        {"endpoint_id": ",".join(endpoints), "limit": str(page_rows)},
        rows="billing_events",
        span=(since, until),
        pace=pace,
        as_admin=True,
        read=_billed,
    )


async def requests(
    wire: ProviderHttp,
    endpoints: Iterable[str],
    *,
    since: float,
    until: float,
    pace: PollInterval,
    page_rows: int = REQUESTS_A_PAGE,
) -> BillingPages[HistoryRow]:
    """Everything asked of these endpoints in that time, without what was sent and returned.

    Raises:
        ProviderBlocked: the key is refused.
        ProviderBusy: the history could not be read to its end.
        Broken: the provider does not understand the question.
    """
    return await _read(
        wire,
        "/models/requests/by-endpoint",
        {"endpoint_id": ",".join(endpoints), "limit": str(page_rows)},
        rows="items",
        span=(since, until),
        pace=pace,
        as_admin=False,
        read=_listed,
    )


async def _read(
    wire: ProviderHttp,
    path: str,
    query: dict[str, str],
    *,
    rows: str,
    span: tuple[float, float],
    pace: PollInterval,
    as_admin: bool,
    read: Callable[[object], T | None],
) -> BillingPages[T]:
    found: BillingPages[T] = BillingPages()
    seen: Counter[T] = Counter()
    for start, end in windows(*span):
        asked = {**query, "start": iso(start), "end": iso(end)}
        async for page in pages(
            wire, path, asked, rows=rows, cap=_PAGE_BYTES, pace=pace, as_admin=as_admin
        ):
            here: Counter[T] = Counter()
            for row in page:
                value = read(row)
                if value is None:
                    found.unreadable += 1
                    continue
                here[value] += 1
                # Equal in all it says, and on an earlier page: the same row, moved over the end
                # of its page. Twice on one page it is on the bill twice.
                if here[value] <= seen[value]:
                    found.again += 1
                else:
                    found.rows.append(value)
            seen |= here
    return found


def windows(since: float, until: float) -> Iterator[tuple[float, float]]:
    """A span in parts that the provider takes, from and to whole seconds: so it is asked."""
    start, last = math.floor(since), math.ceil(until)
    while start < last:
        end = min(start + LONGEST_SPAN_SECONDS, last)
        yield start, end
        start = end


def _billed(row: object) -> BillingEvent | None:
    """An event, or None when it does not say what was billed, when and for what."""
    if not isinstance(row, dict):
        return None
    request_id, at, cost = _id(row.get("request_id")), moment(row.get("timestamp")), _cost(row)
    endpoint = row.get("endpoint_id")
    if request_id is None or at is None or cost is None or not isinstance(endpoint, str):
        return None
    return BillingEvent(request_id=request_id, endpoint=endpoint, at=at, cost=cost)


def _cost(row: dict[str, object]) -> int | None:
    """What an event costs, in nano-USD: the provider's own count of them, else its dollars."""
    nano = row.get("cost_estimate_nano_usd")
    if nano is None:
        return nano_usd(row.get("cost_total"))
    if isinstance(nano, bool) or not isinstance(nano, int | Decimal):
        return None
    # Its size first: 1e3000000 is a short text, and as a whole number it takes minutes.
    if not 0 <= nano <= _LARGEST_COST or nano != int(nano):
        return None
    return int(nano)


def _listed(row: object) -> HistoryRow | None:
    if not isinstance(row, dict):
        return None
    request_id, endpoint = _id(row.get("request_id")), row.get("endpoint_id")
    at = moment(row.get("sent_at"))
    if at is None:
        at = moment(row.get("started_at"))
    status = row.get("status_code")
    if request_id is None or at is None or not isinstance(endpoint, str):
        return None
    is_status = isinstance(status, int) and not isinstance(status, bool)
    return HistoryRow(
        request_id=request_id, endpoint=endpoint, at=at, status=status if is_status else None
    )


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_ID else None
