"""Answers that say no to a submit: F5 to F9. One POST each, and a reason in our words."""

from __future__ import annotations

import pytest

from bot.domain.errors import Broken, Failure, ProviderBlocked, ProviderBusy, ProviderError, Refused
from bot.provider.client import FalClient
from tests.provider.conftest import submit
from tests.provider.scripted import Reply, Scripted, answer, nginx


def model_error(kind: str, msg: str = "No.") -> dict[str, object]:
    entry = {"loc": ["body", "image_url"], "msg": msg, "type": kind, "input": "data:x,SECRET"}
    return {"detail": [entry]}


INPUT_TYPES = """
    image_too_small image_too_large image_load_error face_detection_error file_too_large
    greater_than greater_than_equal less_than less_than_equal multiple_of sequence_too_short
    sequence_too_long one_of feature_not_supported invalid_archive
    archive_file_count_below_minimum archive_file_count_exceeds_maximum
    unsupported_image_format missing enum string_type value_error something_new
""".split()  # noqa: SIM905 - a list of words is easier to compare with the source

MAPPED: dict[str, tuple[Reply, type[ProviderError], Failure]] = {
    **{
        f"F5 {kind}": (answer(422, model_error(kind)), Refused, Failure.INPUT)
        for kind in INPUT_TYPES
    },
    "F5 content": (
        answer(422, model_error("content_policy_violation")),
        Refused,
        Failure.CONTENT,
    ),
    "F5 plain text": (answer(422, {"detail": "Sizes differ"}), Refused, Failure.INPUT),
    "F5 nothing readable": (answer(422, b"<html>"), Refused, Failure.INPUT),
    "F5 too large": (nginx(413), Refused, Failure.INPUT),
    "F5 bad request": (
        answer(400, {"detail": "Bad", "error_type": "bad_request"}),
        Refused,
        Failure.INPUT,
    ),
    "no media": (answer(422, model_error("no_media_generated")), Broken, Failure.NO_PICTURE),
    "download": (answer(422, model_error("file_download_error")), Broken, Failure.PROVIDER),
    "partner 400": (answer(400, model_error("downstream_service_error")), Broken, Failure.PROVIDER),
    "F8 own 500": (answer(500, model_error("internal_server_error")), Broken, Failure.PROVIDER),
    "F8 own 503": (
        answer(503, {"detail": "x", "error_type": "runner_disconnected"}),
        Broken,
        Failure.PROVIDER,
    ),
    "F8 own 504": (answer(504, model_error("generation_timeout")), Broken, Failure.TIMEOUT),
    "F9 start timeout": (
        answer(504, {"detail": "x"}, {"X-Fal-Request-Timeout-Type": "user"}),
        Broken,
        Failure.TIMEOUT,
    ),
    "F9 header only": (
        answer(503, b"", {"X-Fal-Error-Type": "startup_timeout"}),
        Broken,
        Failure.TIMEOUT,
    ),
    "no such model": (answer(404, {"detail": "Application not found"}), Broken, Failure.PROVIDER),
}


@pytest.mark.parametrize(("reply", "kind", "failure"), MAPPED.values(), ids=MAPPED)
async def test_an_answer_that_says_no_is_final_and_said_in_our_words(
    provider: Scripted,
    fal: FalClient,
    reply: Reply,
    kind: type[Refused | Broken],
    failure: Failure,
) -> None:
    """F5, F8, F9."""
    provider.on("POST", reply)

    with pytest.raises(kind) as caught:
        await submit(fal)

    assert isinstance(caught.value, Refused | Broken)
    assert caught.value.failure is failure
    assert caught.value.detail
    assert "SECRET" not in str(caught.value)
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers", "billed", "units"),
    [
        (422, {}, True, None),
        (422, {"X-Fal-Billable-Units": "0"}, False, 0.0),
        (422, {"X-Fal-Billable-Units": "1"}, True, 1.0),
        (422, {"X-Fal-Billable-Units": "nan"}, True, None),
        (422, {"X-Fal-Billable-Units": "-1"}, True, None),
        (422, {"X-Fal-Billable-Units": "1e300"}, True, None),  # would fit in no book
        (500, {}, False, None),
        (404, {}, False, None),
    ],
)
async def test_f5_whether_a_refusal_may_cost_is_told_by_its_status_and_units(
    provider: Scripted,
    fal: FalClient,
    status: int,
    headers: dict[str, str],
    billed: bool,
    units: float | None,
) -> None:
    provider.on("POST", answer(status, model_error("content_policy_violation"), headers))

    with pytest.raises((Refused, Broken)) as caught:
        await submit(fal)

    assert isinstance(caught.value, Refused | Broken)
    assert caught.value.possibly_billed is billed
    assert caught.value.units == units


async def test_f5_what_fal_says_is_passed_on_short_and_without_pictures_or_signed_links(
    provider: Scripted, fal: FalClient
) -> None:
    msg = (
        "Could not\nread data:image/png;base64,iVBORw0KGgo= from "
        f"https://v3.fal.media/files/x.png?sig=SIGNED {'long ' * 200}"
    )
    provider.on("POST", answer(422, model_error("image_load_error", msg)))

    with pytest.raises(Refused) as caught:
        await submit(fal)

    detail = caught.value.detail
    assert detail.startswith("Could not read [data] from https://v3.fal.media/files/x.png long")
    assert len(detail) == 300


LOCKED = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai."


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"detail": "Cannot access application"}, "Cannot access application"),
        (401, b"", "HTTP 401"),
        (403, {"detail": LOCKED}, LOCKED),
    ],
)
async def test_f6_a_refused_key_or_a_locked_account_closes_the_line(
    provider: Scripted, fal: FalClient, status: int, body: object, reason: str
) -> None:
    provider.on("POST", answer(status, body))

    with pytest.raises(ProviderBlocked) as caught:
        await submit(fal)

    assert caught.value.reason == reason
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "86400"}, 300),
        ({"Retry-After": "-3"}, 1),
        ({"Retry-After": "soon"}, 5),
        ({"Retry-After": "nan"}, 5),
        ({}, 5),
        (
            {
                "Date": "Sun, 22 Nov 2026 10:00:00 GMT",
                "Retry-After": "Sun, 22 Nov 2026 10:00:42 GMT",
            },
            42,
        ),
    ],
)
async def test_f7_too_many_requests_is_a_wait_within_bounds(
    provider: Scripted, fal: FalClient, headers: dict[str, str], seconds: float
) -> None:
    provider.on("POST", answer(429, {"detail": "Slow down"}, headers))

    with pytest.raises(ProviderBusy) as caught:
        await submit(fal)

    assert caught.value.retry_after == seconds
    assert len(provider.asked) == 1
