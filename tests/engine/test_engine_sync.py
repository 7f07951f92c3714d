from __future__ import annotations

import base64
import io
from typing import Any

import jsonschema_rs
import pytest
from PIL import Image

from bot.engine.http.faults import EngineFaultKind
from tests.engine.conftest import EDIT, SIZE, Caller, arguments, data_uri, mask, picture, png

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDPOINT = EDIT.removeprefix("/")
TURBO = "fal-ai/ideogram/v2/turbo/edit"


async def test_the_run_origin_answers_with_the_output_itself(caller: Caller) -> None:
    """S2"""
    answer = await caller.run(seed=4)

    link = answer.json()["images"][0]["url"]
    assert answer.status_code == 200
    assert answer.headers["x-fal-billable-units"] == "1"
    assert link.startswith(caller.engine.run_url)
    assert (await caller.http.get(link)).status_code == 200


async def test_sync_mode_gives_a_data_uri_and_leaves_no_copy(caller: Caller) -> None:
    """S2"""
    answer = await caller.run(seed=4, sync_mode=True)

    link = answer.json()["images"][0]["url"]
    content = base64.b64decode(link.removeprefix("data:image/png;base64,"))
    job = caller.engine.jobs[-1]
    rows = await caller.platform(
        "/models/requests/by-endpoint",
        endpoint_id=ENDPOINT,
        request_id=job.request_id,
        expand="payloads",
    )
    late = await caller.http.get(
        f"{caller.engine.queue_url}/fal-ai/ideogram/requests/{job.request_id}"
    )
    assert Image.open(io.BytesIO(content)).size == SIZE
    assert rows["items"][0]["json_output"] is None
    assert rows["items"][0]["json_input"]["seed"] == 4
    assert late.status_code == 404


async def test_sync_mode_in_the_queue_gives_a_data_uri_too(caller: Caller) -> None:
    output = (await caller.outcome(sync_mode=True)).json()

    assert output["images"][0]["url"].startswith("data:image/png;base64,")


async def test_the_turbo_endpoint_edits_for_its_own_price(caller: Caller) -> None:
    answer = await caller.http.post(f"{caller.engine.run_url}/{TURBO}", json=arguments())

    assert "images" in answer.json()
    assert caller.engine.jobs[-1].unit_price_nano == 50_000_000


@pytest.mark.parametrize(
    ("changes", "field", "kind"),
    [
        ({"prompt": None}, "prompt", "missing"),
        ({"image_url": None}, "image_url", "missing"),
        ({"mask_url": None}, "mask_url", "missing"),
        ({"style": "REALISTIC"}, "style", "literal_error"),
        ({"prompt": 5}, "prompt", "string_type"),
        ({"seed": "many"}, "seed", "int_parsing"),
        ({"seed": 1.5}, "seed", "int_from_float"),
        ({"expand_prompt": "perhaps"}, "expand_prompt", "bool_parsing"),
    ],
)
async def test_input_that_does_not_fit_the_schema_is_a_422_naming_the_field(
    caller: Caller, changes: dict[str, Any], field: str, kind: str
) -> None:
    """S6, F5"""
    answer = await caller.run(**changes)

    assert answer.status_code == 422
    assert answer.headers["x-fal-billable-units"] == "0"
    assert [item["loc"] for item in answer.json()["detail"]] == [["body", field]]
    assert answer.json()["detail"][0]["type"] == kind
    assert len(answer.content) < 2000


async def test_every_wrong_field_is_named_at_once(caller: Caller) -> None:
    answer = await caller.run(prompt=None, style="x", seed="y")

    fields = [item["loc"][-1] for item in answer.json()["detail"]]
    assert fields == ["prompt", "seed", "style"]


async def test_extra_fields_are_ignored(caller: Caller) -> None:
    answer = await caller.run(num_images=4, magic_prompt_option="OFF")

    assert len(answer.json()["images"]) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
async def test_a_body_that_is_no_json_object_is_a_422(caller: Caller, body: bytes) -> None:
    answer = await caller.http.post(f"{caller.engine.run_url}{EDIT}", content=body)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body"]


async def test_in_the_queue_the_422_is_the_result_of_a_completed_job(caller: Caller) -> None:
    """F15"""
    submission = await caller.accepted(style="watercolour")

    status = await caller.finished(submission)
    result = await caller.http.get(submission["response_url"])

    assert status["error"] == "Invalid status code: 422"
    assert status["error_type"]
    assert result.status_code == 422
    assert result.json()["detail"][0]["loc"] == ["body", "style"]


def _gif() -> bytes:
    out = io.BytesIO()
    picture().save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("changes", "field", "kind"),
    [
        ({"image_url": data_uri(b"no picture")}, "image_url", "image_load_error"),
        ({"image_url": data_uri(b"")}, "image_url", "image_load_error"),
        ({"image_url": data_uri(png(picture())[:90])}, "image_url", "image_load_error"),
        ({"image_url": "data:image/png;base64,§"}, "image_url", "image_load_error"),
        ({"image_url": "data:nothing"}, "image_url", "image_load_error"),
        ({"image_url": data_uri(_gif())}, "image_url", "unsupported_image_format"),
        ({"mask_url": data_uri(png(mask((48, 33))))}, "mask_url", "value_error"),
        ({"mask_url": data_uri(png(Image.new("L", SIZE)))}, "mask_url", "value_error"),
        ({"mask_url": data_uri(b"<html>")}, "mask_url", "image_load_error"),
        ({"image_url": data_uri(png(Image.new("1", (9000, 8))))}, "image_url", "image_too_large"),
    ],
)
async def test_pictures_the_model_cannot_use_are_a_422_of_the_right_type(
    caller: Caller, changes: dict[str, Any], field: str, kind: str
) -> None:
    """F5"""
    answer = await caller.run(**changes)

    detail = answer.json()["detail"][0]
    assert answer.status_code == 422
    assert detail["loc"] == ["body", field]
    assert detail["type"] == kind
    assert detail["url"] == f"https://docs.fal.ai/errors/#{kind}"
    assert answer.headers["x-fal-retryable"] == "false"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://example.com/a.png",
        "http://127.0.0.1:1/a.png",
        "http://localhost/files/abc/a.png",
        "file:///etc/passwd",
        "/etc/passwd",
        "http://[::1",
        "ftp://127.0.0.1/x",
        "",
    ],
)
async def test_no_address_of_the_callers_choice_is_ever_fetched(caller: Caller, url: str) -> None:
    answer = await caller.run(image_url=url)

    detail = answer.json()["detail"][0]
    assert answer.status_code == 422
    assert (detail["loc"], detail["type"]) == (["body", "image_url"], "file_download_error")


async def test_the_openapi_document_describes_what_is_accepted_and_given(caller: Caller) -> None:
    """S6"""
    document = (
        await caller.http.get(
            f"{caller.engine.queue_url}/api/openapi/queue/openapi.json",
            params={"endpoint_id": ENDPOINT},
        )
    ).json()

    schemas = document["components"]["schemas"]
    taken = schemas["IdeogramV2EditInput"]
    given = {**schemas["IdeogramV2EditOutput"], "components": document["components"]}
    output = (await caller.run()).json()
    jsonschema_rs.validator_for(taken).validate(arguments(seed=1, style="anime"))
    jsonschema_rs.validator_for(given).validate(output)
    assert not jsonschema_rs.is_valid(taken, arguments(style="oil"))
    assert taken["required"] == ["prompt", "image_url", "mask_url"]
    assert taken["properties"]["style"]["enum"][0] == "auto"
    assert taken["properties"]["expand_prompt"]["default"] is True
    assert f"/{ENDPOINT}/requests/{{request_id}}/status" in document["paths"]


async def test_an_unknown_endpoint_has_no_openapi_document(caller: Caller) -> None:
    answer = await caller.http.get(
        f"{caller.engine.queue_url}/api/openapi/queue/openapi.json?endpoint_id=fal-ai/flux"
    )

    assert answer.status_code == 422


async def test_a_failing_model_answers_the_waiting_caller(caller: Caller) -> None:
    caller.arm(EngineFaultKind.JOB_FAILS, error_type="generation_timeout")

    answer = await caller.run()

    assert answer.status_code == 504
    assert answer.json()["detail"][0]["type"] == "generation_timeout"
