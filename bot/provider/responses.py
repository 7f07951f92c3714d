"""What the provider's answers mean: every status and error type, mapped to our errors.

Once a submit was accepted its picture is paid, and only these facts end the job without it:

- a result of the provider's own (with `X-Fal-Request-Id`, in JSON) that is a 4xx or a 5xx;
- its own NOT_FOUND, repeated over minutes;
- its own word that the job was cancelled;
- its own result with status 200 that names no picture;
- bytes that arrived whole and are not a picture we can take, three times.

All else is "ask again later", `ProviderBusy` or `ProviderBlocked`: broken connections, timeouts,
the pages of gateways, whatever a file host says, 401 and 403. The caller decides how long to ask.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import AnswerLost, Broken, Failure, ProviderBlocked, ProviderBusy, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from bot.domain.errors import ProviderError
    from bot.provider.payloads import Body

MAX_DETAIL: Final = 300
DEFAULT_PAUSE_SECONDS: Final = 5.0
MOST_UNITS: Final = 1_000.0
"""More than that is not the bill for one picture, but a mistake of the provider."""
MAX_PAUSE_SECONDS: Final = 300.0
"""A provider that says "come back tomorrow" is asked again after five minutes all the same."""

_BY_TYPE: Final = {
    "content_policy_violation": Failure.CONTENT,
    "no_media_generated": Failure.NO_PICTURE,
    "generation_timeout": Failure.TIMEOUT,
    "request_timeout": Failure.TIMEOUT,
    "startup_timeout": Failure.TIMEOUT,
    "client_cancelled": Failure.CANCELLED,
    "client_disconnected": Failure.PROVIDER,
    "downstream_service_error": Failure.PROVIDER,
    "downstream_service_unavailable": Failure.PROVIDER,
    # Inputs lie with fal itself when they are URLs: not reaching them is its own trouble.
    "file_download_error": Failure.PROVIDER,
    "internal_error": Failure.PROVIDER,
    "internal_server_error": Failure.PROVIDER,
    "runner_scheduling_failure": Failure.PROVIDER,
    "runner_connection_timeout": Failure.PROVIDER,
    "runner_disconnected": Failure.PROVIDER,
    "runner_connection_refused": Failure.PROVIDER,
    "runner_connection_error": Failure.PROVIDER,
    "runner_incomplete_response": Failure.PROVIDER,
    "runner_server_error": Failure.PROVIDER,
}
"""Every other type is about the input (sizes, formats, ranges, missing fields).
Source: fal's error reference, https://docs.fal.ai/errors"""

_ABOUT_THE_INPUT: Final = frozenset({Failure.CONTENT, Failure.INPUT})

_DATA_URI: Final = re.compile(r"data:[^\s,'\"]{0,200},[^\s'\"<>]*", re.IGNORECASE)
_QUERY: Final = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One HTTP answer. The body is cut at the caller's cap, and never printed.

    `lifted` holds what was taken out of the body: long data URIs, by the names that stand there
    in their place.
    """

    status: int
    headers: httpx.Headers = field(repr=False)
    body: Body = field(repr=False)
    lifted: Mapping[str, memoryview] = field(repr=False, default_factory=dict)

    @property
    def is_fals_own(self) -> bool:
        """Whether fal itself spoke, and not a gateway in front of it.

        Source: `_is_ingress_error` in PyPI's fal-client 1.0.3.
        """
        return "x-fal-request-id" in self.headers

    @property
    def is_a_verdict(self) -> bool:
        """Whether fal itself spoke, in whole sentences: such an answer may end a paid job."""
        return self.is_fals_own and bool(self.json())

    @property
    def is_not_found(self) -> bool:
        """Whether fal itself says that it does not know the job."""
        return self.status in {404, 410} and (
            self.is_a_verdict or self.json().get("status") == "NOT_FOUND"
        )

    @property
    def units(self) -> float | None:
        """What the provider says it bills for this answer, in units; None when it does not say."""
        try:
            units = float(self.headers.get("x-fal-billable-units", ""))
        except ValueError:
            return None
        return units if 0 <= units <= MOST_UNITS else None

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is anything else."""
        try:
            value = json.loads(self.body)
        # Deeply nested brackets end in RecursionError.
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


def refused_submit(answer: HttpResponse) -> ProviderError:
    """What an answer to a submit means that carries no request id."""
    if answer.status < 300 or answer.status in {408, 499}:
        return AnswerLost(f"HTTP {answer.status} without a request id")
    if answer.status >= 500 and not answer.is_fals_own:
        return AnswerLost(f"HTTP {answer.status} from a gateway")
    return closed_or_busy(answer) or failed_job(answer)


def closed_or_busy(answer: HttpResponse) -> ProviderBlocked | ProviderBusy | None:
    """Whether an answer is about the key, the account or the pace, and not about a job."""
    if answer.status in {401, 403}:
        return ProviderBlocked(reason=detail_of(answer) or f"HTTP {answer.status}")
    if answer.status == 429:
        return ProviderBusy(retry_after=retry_after(answer))
    return None


def failed_job(answer: HttpResponse) -> Refused | Broken:
    """What an error answer says about the job it belongs to.

    fal never bills a 5xx, nor an address that does not exist. Any other 4xx "may still be
    charged", unless the units header says 0: the books keep it as possible until fal's own bill
    settles it.
    """
    failure = _failure(answer)
    detail = detail_of(answer) or f"HTTP {answer.status}"
    billable = 400 <= answer.status < 500 and answer.status not in {404, 405}
    possibly_billed = billable and answer.units != 0
    if failure in _ABOUT_THE_INPUT:
        return Refused(failure, detail=detail, possibly_billed=possibly_billed, units=answer.units)
    return Broken(failure, detail=detail, possibly_billed=possibly_billed, units=answer.units)


def _failure(answer: HttpResponse) -> Failure:
    for kind in _types(answer):
        if kind in _BY_TYPE:
            return _BY_TYPE[kind]
    if answer.status == 504 or "x-fal-request-timeout-type" in answer.headers:
        return Failure.TIMEOUT
    if answer.status in {400, 413, 415, 422}:
        return Failure.INPUT
    return Failure.PROVIDER


def _types(answer: HttpResponse) -> list[str]:
    """The error types an answer names: in `detail`, beside it, and in a header."""
    body = answer.json()
    detail = body.get("detail")
    entries = detail if isinstance(detail, list) else [detail]
    found = [entry.get("type") for entry in entries if isinstance(entry, dict)]
    found += [body.get("error_type"), answer.headers.get("x-fal-error-type")]
    return [kind for kind in found if isinstance(kind, str)]


def detail_of(answer: HttpResponse) -> str:
    """The provider's own words, fit to be shown: empty when it had none we can read."""
    body = answer.json()
    detail = body.get("detail")
    error = body.get("error")
    if detail is None and isinstance(error, dict):
        detail = error.get("message")  # the platform API's shape
    if isinstance(detail, str):
        return plain(detail)
    entries = detail if isinstance(detail, list) else [detail]
    # Never `input`: it echoes what we sent, whole pictures included.
    words = [entry.get("msg") for entry in entries if isinstance(entry, dict)]
    return plain("; ".join(word for word in words if isinstance(word, str)))


def plain(text: str, limit: int = MAX_DETAIL) -> str:
    """`text` on one line, at most `limit` characters, without pictures or signed links in it."""
    text = _QUERY.sub(r"\1", _DATA_URI.sub("[data]", text))
    text = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def retry_after(answer: HttpResponse) -> float:
    """How many seconds the provider wants to be left alone; bounded, whatever it says."""
    value = answer.headers.get("retry-after", "").strip()
    seconds = DEFAULT_PAUSE_SECONDS
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, answer.headers.get("date", ""))
    if not math.isfinite(seconds):
        seconds = DEFAULT_PAUSE_SECONDS
    return min(max(seconds, 1.0), MAX_PAUSE_SECONDS)


def _until(value: str, date: str) -> float:
    """Seconds between two HTTP dates: both are the provider's, so our clock does not matter."""
    try:
        return (parsedate_to_datetime(value) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return DEFAULT_PAUSE_SECONDS
