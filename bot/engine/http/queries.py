"""How the platform API is asked: who may, for which span of time, and page by page."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bot.engine.http.wire import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp import web

    from bot.engine.http.auth import ApiKeyAuth
    from bot.engine.http.faults import EngineFaults

DAY: Final = 86400.0
MAX_DAYS: Final = 90
MOST_VALUES: Final = 50
"""How many values a parameter may have that takes several.
Source: fal's Platform API, https://fal.ai/docs/platform-apis"""


class PlatformAuth:
    """Lets callers in, with the platform API's shape of refusals."""

    def __init__(self, faults: EngineFaults, auth: ApiKeyAuth) -> None:
        self._faults = faults
        self._auth = auth

    def require_key(self, request: web.BaseRequest) -> None:
        """Any key will do."""
        self.require_well()
        if self._auth.key_required and not self._auth.key(request):
            raise problem(401, "authorization_error", "Authentication required")

    def require_admin(self, request: web.BaseRequest) -> None:
        """Only a configured admin key will do."""
        self.require_key(request)
        if not self._auth.is_admin(request):
            raise problem(403, "authorization_error", "This needs an admin key")

    def require_well(self) -> None:
        """Fail here, if a fault says so."""
        fault = self._faults.take("platform")
        if fault:
            status = fault.status or 500
            kind = "rate_limited" if status == 429 else "server_error"
            raise problem(status, kind, fault.text or "Something went wrong")


def problem(status: int, kind: str, message: str) -> ErrorResponse:
    """The platform API's shape of an error."""
    headers = {"Retry-After": "1"} if status == 429 else {}
    return ErrorResponse(status, {"error": {"type": kind, "message": message}}, headers)


def span(request: web.BaseRequest, now: float, *, days: int) -> tuple[float, float]:
    """`start` and `end` (exclusive) as unix seconds; by default the last `days`."""
    try:
        # A moment past now, so that what happened this very second is inside.
        end = moment(request.query.get("end")) or now + 1
        start = moment(request.query.get("start")) or end - days * DAY - 1
    except ValueError:
        raise problem(400, "validation_error", "start or end is no ISO 8601 time") from None
    if end - start > MAX_DAYS * DAY + 2:
        raise problem(400, "validation_error", "The span is longer than 90 days")
    return start, end


def page_of(
    request: web.BaseRequest, rows: list[Any], *, most: int, usual: int
) -> tuple[list[Any], dict[str, Any]]:
    """One page of rows, and the cursor of the next."""
    cursor = request.query.get("cursor")
    try:
        limit = int(request.query.get("limit", usual))
        # fal counts pages from 1: what appears meanwhile moves rows over a page's end.
        number = int(base64.urlsafe_b64decode(cursor)) if cursor else 1
    except (ValueError, binascii.Error):
        raise problem(400, "validation_error", "limit or cursor is wrong") from None
    if not 1 <= limit <= most:
        raise problem(400, "validation_error", f"limit is 1 to {most}")
    if number < 1:
        raise problem(400, "validation_error", "cursor is wrong")
    offset = (number - 1) * limit
    more = offset + limit < len(rows)
    following = base64.urlsafe_b64encode(str(number + 1).encode()).decode()
    return rows[offset : offset + limit], {
        "next_cursor": following if more else None,
        "has_more": more,
    }


def values(request: web.BaseRequest, name: str, *, most: int | None = None) -> list[str]:
    """A parameter that may be repeated or comma-separated, with at most so many values."""
    texts: Iterable[str] = request.query.getall(name, [])
    found = [part for text in texts for part in text.split(",") if part]
    if most is not None and len(found) > most:
        raise problem(400, "validation_error", f"{name} has more than {most} values")
    return found


def iso(moment: float | None) -> str | None:
    """Unix seconds as ISO 8601 with an offset."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()


def moment(text: str | None) -> float | None:
    """ISO 8601 as unix seconds; without an offset it means UTC."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
