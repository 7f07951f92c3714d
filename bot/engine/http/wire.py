"""What every answer of the engine has in common: JSON, fal's headers and fal's shapes of errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.engine.jobs.store import EngineRequest

REQUEST_ID: Final = "x-fal-request-id"
BILLABLE_UNITS: Final = "X-Fal-Billable-Units"
ERROR_TYPE: Final = "X-Fal-Error-Type"
RETRYABLE: Final = "X-Fal-Retryable"
TIMEOUT_TYPE: Final = "X-Fal-Request-Timeout-Type"

# Model errors: type -> (HTTP status, example of its `ctx`).
# Source: https://fal.ai/docs/documentation/model-apis/errors.md
MODEL_ERRORS: Final[Mapping[str, tuple[int, dict[str, Any] | None]]] = {
    "internal_server_error": (500, None),
    "generation_timeout": (504, None),
    "downstream_service_error": (400, None),
    "downstream_service_unavailable": (500, None),
    "content_policy_violation": (422, None),
    "no_media_generated": (422, None),
    "image_too_small": (422, {"min_height": 256, "min_width": 256}),
    "image_too_large": (422, {"max_height": 4096, "max_width": 4096}),
    "image_load_error": (422, None),
    "file_download_error": (422, None),
    "face_detection_error": (422, None),
    "file_too_large": (422, {"max_size": 10485760}),
    "greater_than": (422, {"gt": 0}),
    "greater_than_equal": (422, {"ge": 0}),
    "less_than": (422, {"lt": 1}),
    "less_than_equal": (422, {"le": 1}),
    "multiple_of": (422, {"multiple_of": 8}),
    "sequence_too_short": (422, {"min_length": 1}),
    "sequence_too_long": (422, {"max_length": 2000}),
    "one_of": (422, {"expected": ["auto", "general"]}),
    "feature_not_supported": (422, None),
    "invalid_archive": (422, {"supported_extensions": [".zip"]}),
    "archive_file_count_below_minimum": (422, {"min_count": 1}),
    "archive_file_count_exceeds_maximum": (422, {"max_count": 10}),
    "unsupported_image_format": (422, {"supported_formats": ["png", "jpeg", "webp"]}),
    "unsupported_audio_format": (422, {"supported_formats": ["mp3"]}),
    "unsupported_video_format": (422, {"supported_formats": ["mp4"]}),
    "audio_duration_too_long": (422, {"max_duration": 60}),
    "audio_duration_too_short": (422, {"min_duration": 1}),
    "video_duration_too_long": (422, {"max_duration": 60}),
    "video_duration_too_short": (422, {"min_duration": 1}),
    # Plain pydantic errors, which fal's server passes through.
    "missing": (422, None),
    "enum": (422, None),
    "string_type": (422, None),
    "value_error": (422, None),
}

# Request errors: type -> HTTP status.
# Source: https://fal.ai/docs/documentation/model-apis/request-errors.md
REQUEST_ERRORS: Final[Mapping[str, int]] = {
    "request_timeout": 504,
    "startup_timeout": 504,
    "runner_scheduling_failure": 503,
    "runner_connection_timeout": 503,
    "runner_disconnected": 503,
    "runner_connection_refused": 503,
    "runner_connection_error": 503,
    "runner_incomplete_response": 502,
    "runner_server_error": 500,
    "client_disconnected": 499,
    "client_cancelled": 499,
    "bad_request": 400,
    "internal_error": 500,
}


class ErrorResponse(Exception):
    """An answer that is not a success: HTTP status, JSON body and headers."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        """The problem as an HTTP answer."""
        return web.json_response(self.body, status=self.status, headers=self.headers)


class DroppedConnection(Exception):
    """Close the connection without an answer."""


class RawResponse(Exception):
    """Send exactly this, without any of fal's headers: it does not come from fal."""

    def __init__(self, response: web.Response) -> None:
        super().__init__(f"HTTP {response.status}")
        self.response = response


def error_response(
    status: int, detail: str, *, error_type: str = "", headers: Mapping[str, str] | None = None
) -> ErrorResponse:
    """An infrastructure error: `{"detail": text, "error_type": ...}`."""
    body: dict[str, Any] = {"detail": detail}
    extra = dict(headers or {})
    if error_type:
        body["error_type"] = error_type
        extra[ERROR_TYPE] = error_type
    return ErrorResponse(status, body, extra)


def model_error(
    kind: str,
    message: str,
    *,
    loc: tuple[str, ...] = ("body",),
    ctx: Mapping[str, Any] | None = None,
    value: Any = None,
    retryable: bool = False,
) -> ErrorResponse:
    """A model's error: `{"detail": [{loc, msg, type, url, ctx?, input?}]}`."""
    item: dict[str, Any] = {
        "loc": list(loc),
        "msg": message,
        "type": kind,
        "url": f"https://docs.fal.ai/errors/#{kind}",
    }
    if ctx:
        item["ctx"] = dict(ctx)
    if value is not None:
        item["input"] = shortened(value)
    status = MODEL_ERRORS.get(kind, (422, None))[0]
    return ErrorResponse(status, {"detail": [item]}, {RETRYABLE: "true" if retryable else "false"})


def timed_out() -> ErrorResponse:
    """The job did not start before its X-Fal-Request-Timeout."""
    return error_response(
        504,
        "Request timed out before it started processing",
        error_type="request_timeout",
        headers={TIMEOUT_TYPE: "user", BILLABLE_UNITS: "0"},
    )


def cancelled() -> ErrorResponse:
    """The caller took the job back."""
    return error_response(
        499,
        "Request was cancelled by the client",
        error_type="client_cancelled",
        headers={BILLABLE_UNITS: "0"},
    )


def gateway(status: int) -> web.Response:
    """The page of a proxy in front of fal: HTML, and none of fal's headers."""
    reason = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}
    title = f"{status} {reason.get(status, 'Bad Gateway')}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return web.Response(status=status, text=page, content_type="text/html")


def shortened(value: Any) -> Any:
    """Echo a caller's value as fal does, but not megabytes of it."""
    if isinstance(value, str) and len(value) > 200:
        return value[:80] + "…"
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value[:20]]
    return value


def json_response(
    body: Any,
    *,
    job: EngineRequest | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """A JSON answer; `job` gives its id to the header that carries it."""
    extra = dict(headers or {})
    if job is not None:
        extra[REQUEST_ID] = job.request_id
    return web.Response(
        text=json.dumps(body), status=status, headers=extra, content_type="application/json"
    )
