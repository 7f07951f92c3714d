"""Faults on demand: what fal, its gateway or its pictures may do wrong, armed one by one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter


class EngineFaultKind(StrEnum):
    """What goes wrong. The word before the dot says at which step it is looked for."""

    # At the POST, of the queue and of the sync origin alike.
    SUBMIT_DROPPED = "submit.dropped"  # connection closed, no job made
    SUBMIT_ACCEPTED_THEN_DROPPED = "submit.accepted_then_dropped"  # job made, no answer
    SUBMIT_SLOW = "submit.slow"  # job made, the answer comes after `seconds`
    SUBMIT_GATEWAY = "submit.gateway"  # nginx page of `status`, no job made
    SUBMIT_ACCEPTED_THEN_GATEWAY = "submit.accepted_then_gateway"  # job made, nginx page
    SUBMIT_BUSY = "submit.busy"  # 429, Retry-After `seconds`
    SUBMIT_LOCKED = "submit.locked"  # 403 "User is locked", reason in `text`
    SUBMIT_UNAUTHORIZED = "submit.unauthorized"  # 401
    SUBMIT_REFUSED = "submit.refused"  # the model error `error_type` at once, no job made
    SUBMIT_BROKEN = "submit.broken"  # fal's own JSON error of `status`, no job made
    SUBMIT_TIMEOUT = "submit.timeout"  # 504 with X-Fal-Request-Timeout-Type: user
    SUBMIT_BROKEN_JSON = "submit.broken_json"  # job made, 200, half a JSON object
    SUBMIT_WITHOUT_ID = "submit.without_id"  # job made, 200, no request_id

    # Bound to the next job that is made.
    JOB_STUCK_IN_QUEUE = "job.stuck_in_queue"  # until cancelled or its time to start is over
    JOB_STUCK_IN_PROGRESS = "job.stuck_in_progress"  # until cancelled
    JOB_SLOW = "job.slow"  # takes `seconds` longer
    JOB_FAILS = "job.fails"  # COMPLETED with `error`; the result is the error `error_type`
    JOB_IGNORES_CANCEL = "job.ignores_cancel"  # 202, but it goes on and is billed
    JOB_WITHOUT_IMAGES = "job.without_images"
    JOB_NULL_URL = "job.null_url"
    JOB_WRONG_SIZE = "job.wrong_size"  # picture of `width` x `height`
    JOB_ROTATED = "job.rotated"  # picture turned by 90 degrees
    JOB_BLACK = "job.black"  # a black picture, as a safety filter returns
    JOB_UNCHANGED = "job.unchanged"  # the input comes back
    JOB_SWAPPED = "job.swapped"  # everything but the masked part is changed
    JOB_DATA_URI = "job.data_uri"  # the picture as a data URI although not asked for
    JOB_UNITS = "job.units"  # `units` are billed
    JOB_BILLED_ANYWAY = "job.billed_anyway"  # one unit is billed although the job fails
    JOB_LISTED_LATE = "job.listed_late"  # not in by-endpoint for `seconds` after its start
    JOB_EVENT_LATE = "job.event_late"  # billing event `seconds` after the end
    JOB_EVENT_MISSING = "job.event_missing"  # never a billing event
    JOB_EVENT_TWICE = "job.event_twice"  # a second event under an id nobody submitted
    JOB_EVENT_REPEATED = "job.event_repeated"  # a second event under its own id
    JOB_EVENT_DIFFERENT = "job.event_different"  # the event says `price_nano_usd`

    # At GET .../status.
    STATUS_UNKNOWN_WORD = "status.unknown_word"  # status is `text`
    STATUS_WITHOUT_KEYS = "status.without_keys"  # only `status`, no logs, no position
    STATUS_BUSY = "status.busy"  # 429, Retry-After `seconds`
    STATUS_GATEWAY = "status.gateway"
    STATUS_BROKEN = "status.broken"  # fal's own JSON error of `status`
    STATUS_DROPPED = "status.dropped"
    STATUS_NOT_FOUND = "status.not_found"
    STATUS_BROKEN_JSON = "status.broken_json"

    # At one event of a stream.
    EVENT_UNKNOWN_WORD = "event.unknown_word"
    EVENT_WITHOUT_KEYS = "event.without_keys"

    # At GET .../status/stream.
    STREAM_ENDS = "stream.ends"  # closes after the first event
    STREAM_SILENT = "stream.silent"  # stays open, says nothing more for `seconds`
    STREAM_GARBAGE = "stream.garbage"  # an event that is not JSON, then continues
    STREAM_GATEWAY = "stream.gateway"

    # At GET of the result.
    RESULT_NOT_READY = "result.not_ready"  # 400 although COMPLETED
    RESULT_SLOW = "result.slow"  # `seconds` late
    RESULT_GONE = "result.gone"  # 404, or `status`
    RESULT_BROKEN_JSON = "result.broken_json"
    RESULT_GATEWAY = "result.gateway"
    RESULT_BUSY = "result.busy"
    RESULT_DROPPED = "result.dropped"

    # At PUT .../cancel.
    CANCEL_ALREADY_COMPLETED = "cancel.already_completed"  # 400, and the job goes on
    CANCEL_NOT_FOUND = "cancel.not_found"  # 404, and the job goes on
    CANCEL_GATEWAY = "cancel.gateway"
    CANCEL_DROPPED = "cancel.dropped"

    # At GET of a result's picture.
    FILE_CORRUPT = "file.corrupt"  # a PNG with damaged pixels
    FILE_TRUNCATED = "file.truncated"  # half of it, with an honest Content-Length
    FILE_CUT = "file.cut"  # half of it, then the connection closes
    FILE_HTML = "file.html"
    FILE_SVG = "file.svg"
    FILE_EMPTY = "file.empty"
    FILE_HUGE = "file.huge"  # `size_bytes` of it
    FILE_REDIRECT = "file.redirect"  # 302 to `text`
    FILE_GONE = "file.gone"  # 404, or `status`
    FILE_SLOW = "file.slow"

    # At an upload, and at any call of the platform API.
    UPLOAD_BROKEN = "upload.broken"  # `status`
    PLATFORM_BROKEN = "platform.broken"  # `status`

    # While armed, whatever `times` says: what new jobs cost and the price list shows.
    PRICE_CHANGED = "price.changed"  # `price_nano_usd`


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFault:
    """One thing going wrong. Fields a kind does not name are ignored.

    `status` 0 means the kind's usual HTTP status; `endpoint` "" means any endpoint.
    """

    kind: EngineFaultKind
    seconds: float = 0.0
    status: int = 0
    error_type: str = ""
    text: str = ""
    width: int = 0
    height: int = 0
    units: int = 1
    size_bytes: int = 200 * 1024 * 1024
    price_nano_usd: int = 0
    endpoint: str = ""

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> EngineFault:
        """Read a fault from the HTTP control.

        Raises:
            ValueError: an unknown kind or field, or a value of the wrong type.
        """
        unknown = body.keys() - {item.name for item in fields(cls)}
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        return TypeAdapter(cls).validate_python(body)


class EngineFaults:
    """The armed faults, oldest first; `fired` lists those that happened."""

    def __init__(self) -> None:
        self._armed: list[tuple[EngineFault, int | None]] = []
        self.fired: list[EngineFault] = []

    def add(self, fault: EngineFault, *, times: int | None = 1) -> None:
        """Arm a fault for the next `times` occasions; None means until cleared.

        Raises:
            ValueError: `times` is not a positive number.
        """
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError("times is 1 or more, or null for ever")
        self._armed.append((fault, times))

    def clear(self, kind: EngineFaultKind | None = None) -> None:
        """Disarm one kind, or all."""
        self._armed = [pair for pair in self._armed if kind and pair[0].kind != kind]

    def armed(self, kind: EngineFaultKind) -> EngineFault | None:
        """The oldest armed fault of a kind, which stays armed."""
        return next((fault for fault, _ in self._armed if fault.kind == kind), None)

    def listed(self) -> list[dict[str, Any]]:
        """Kind and remaining times of all armed faults."""
        return [{"kind": fault.kind.value, "times": times} for fault, times in self._armed]

    def take(self, step: str, *, endpoint: str = "") -> EngineFault | None:
        """Use up one occasion of the oldest fault armed for a step, the word before the dot."""
        for index, (fault, times) in enumerate(self._armed):
            if fault.kind.partition(".")[0] == step and fault.endpoint in ("", endpoint):
                self._use(index, fault, times)
                return fault
        return None

    def take_for_job(self, *, endpoint: str) -> dict[EngineFaultKind, EngineFault]:
        """Use up one occasion of each kind armed for jobs: one job may have several."""
        taken: dict[EngineFaultKind, EngineFault] = {}
        for fault, times in list(self._armed):
            if not fault.kind.startswith("job.") or fault.kind in taken:
                continue
            if fault.endpoint in ("", endpoint):
                taken[fault.kind] = fault
                self._use(self._armed.index((fault, times)), fault, times)
        return taken

    def _use(self, index: int, fault: EngineFault, times: int | None) -> None:
        self.fired.append(fault)
        if times is None:
            return
        if times > 1:
            self._armed[index] = (fault, times - 1)
        else:
            del self._armed[index]
