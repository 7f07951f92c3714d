"""What a model is sent: arguments, polarity, and files inline or uploaded."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageChops

from bot.domain.catalog import IDEOGRAM_V2_EDIT, Style
from bot.domain.errors import Failure, NeverSent, ProviderBlocked, ProviderBusy, Refused
from bot.provider import models
from bot.provider.client import FalClient
from bot.provider.models import SubmitArguments
from tests.provider.conftest import KEY, png
from tests.provider.scripted import Reply, Scripted, answer, nginx, reset

BLACK_IS_EDIT = replace(IDEOGRAM_V2_EDIT, white_is_edit=False)


def inside(uri: object) -> Image.Image:
    head, _, body = str(uri).partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))


async def test_all_inputs_of_the_endpoint_are_set_and_sync_mode_never(
    provider: Scripted, fal: FalClient, purchase: SubmitArguments
) -> None:
    purchase = replace(purchase, style=Style.RENDER_3D, expand_prompt=True)

    prepared = await fal.prepare(purchase)

    arguments = models.with_seed(prepared, 7)
    assert set(arguments) == {
        "prompt",
        "image_url",
        "mask_url",
        "seed",
        "style",
        "expand_prompt",
        "sync_mode",
    }
    assert arguments["prompt"] == "a red door"
    assert arguments["style"] == "render_3D"
    assert arguments["expand_prompt"] is True
    assert arguments["sync_mode"] is False
    assert provider.connections == 0


async def test_small_files_go_inline_byte_for_byte(
    fal: FalClient, purchase: SubmitArguments
) -> None:
    prepared = await fal.prepare(purchase)

    for url, file in (("image_url", purchase.picture), ("mask_url", purchase.mask)):
        assert base64.b64decode(str(prepared[url]).partition(",")[2]) == file.read_bytes()


async def test_the_mask_is_turned_only_for_a_model_that_edits_black(
    fal: FalClient, purchase: SubmitArguments
) -> None:
    white = await fal.prepare(purchase)
    black = await fal.prepare(replace(purchase, model=BLACK_IS_EDIT))

    ours, theirs = inside(white["mask_url"]), inside(black["mask_url"])
    assert theirs.mode == "L"
    assert ImageChops.invert(ours).tobytes() == theirs.tobytes()
    assert white["image_url"] == black["image_url"]


@pytest.mark.parametrize(
    ("mask", "detail"),
    [
        (png("L", (24, 32)), "the picture is 32 x 24, the mask 24 x 32"),
        (png("RGB"), "colour mode RGB"),
    ],
    ids=["another size", "colours"],
)
async def test_what_is_no_mask_of_the_picture_is_refused_before_anything_is_sent(
    provider: Scripted, fal: FalClient, purchase: SubmitArguments, mask: bytes, detail: str
) -> None:
    purchase.mask.write_bytes(mask)

    with pytest.raises(Refused, match=detail) as caught:
        await fal.prepare(purchase)

    assert caught.value.failure is Failure.INPUT
    assert not caught.value.possibly_billed
    assert provider.connections == 0


@pytest.mark.parametrize(
    ("level", "dot", "detail"),
    [(0, 0, "even colour"), (255, 255, "even colour"), (0, 128, "grey"), (255, 254, "grey")],
)
async def test_an_even_or_a_grey_mask_is_refused(
    fal: FalClient, purchase: SubmitArguments, level: int, dot: int, detail: str
) -> None:
    mask = Image.new("L", (32, 24), level)
    mask.putpixel((3, 3), dot)
    mask.save(purchase.mask)

    with pytest.raises(Refused, match=detail):
        await fal.prepare(purchase)


async def test_a_file_beyond_what_the_model_takes_is_refused(
    fal: FalClient, purchase: SubmitArguments
) -> None:
    small = replace(IDEOGRAM_V2_EDIT, max_bytes=20)

    with pytest.raises(Refused, match="20 are allowed"):
        await fal.prepare(replace(purchase, model=small))


# ---- uploads -----------------------------------------------------------------------------------


def offer(provider: Scripted, host: str | None = None) -> Reply:
    url = host or provider.url
    return answer(
        200, {"upload_url": f"{url}/put/it?sig=SIGNED", "file_url": f"{provider.url}/files/it"}
    )


@pytest.fixture
def uploading(provider: Scripted, connect: Callable[..., FalClient]) -> FalClient:
    """A client for which every file is too large to go inline."""
    return connect(provider.url, max_inline_bytes=0)


async def test_large_files_are_uploaded_for_an_hour_and_the_key_stays_with_the_storage_call(
    provider: Scripted, uploading: FalClient, purchase: SubmitArguments
) -> None:
    provider.on("POST /storage/upload/initiate", offer(provider))
    provider.on("PUT", answer(200))

    prepared = await uploading.prepare(purchase)

    first, put_picture, second, put_mask = provider.asked
    assert prepared["image_url"] == prepared["mask_url"] == f"{provider.url}/files/it"
    assert first.json() == {"content_type": "image/png", "file_name": "picture.png"}
    assert second.json() == {"content_type": "image/png", "file_name": "mask.png"}
    assert first.headers["authorization"] == f"Key {KEY}"
    assert first.headers["x-fal-object-lifecycle"] == '{"expiration_duration_seconds": 3600}'
    assert put_picture.body == purchase.picture.read_bytes()
    assert put_mask.body == purchase.mask.read_bytes()
    assert "authorization" not in put_picture.headers
    assert put_picture.headers["content-type"] == "image/png"


async def test_an_upload_is_free_and_so_it_is_tried_again(
    provider: Scripted, uploading: FalClient, purchase: SubmitArguments
) -> None:
    provider.on("POST /storage/upload/initiate", nginx(502), offer(provider))
    provider.on("PUT", reset(), answer(200))

    prepared = await uploading.prepare(purchase)

    assert prepared["mask_url"] == f"{provider.url}/files/it"


async def test_an_upload_that_never_succeeds_leaves_the_attempt_unsent(
    provider: Scripted, uploading: FalClient, purchase: SubmitArguments
) -> None:
    provider.on("POST /storage/upload/initiate", offer(provider))
    provider.on("PUT", answer(500))

    with pytest.raises(NeverSent):
        await uploading.prepare(purchase)

    assert len(provider.asked_for("PUT")) == 3


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer(403, {"detail": "User is locked."}), ProviderBlocked),
        (answer(429, b"", {"Retry-After": "9"}), ProviderBusy),
    ],
)
async def test_f6_f7_a_storage_that_refuses_or_is_busy_says_so(
    provider: Scripted,
    uploading: FalClient,
    purchase: SubmitArguments,
    reply: Reply,
    error: type[Exception],
) -> None:
    provider.on("POST /storage/upload/initiate", reply)

    with pytest.raises(error):
        await uploading.prepare(purchase)

    assert len(provider.asked) == 1


async def test_a_members_picture_is_not_put_at_a_strangers(
    provider: Scripted, stranger: Scripted, uploading: FalClient, purchase: SubmitArguments
) -> None:
    provider.on("POST /storage/upload/initiate", offer(provider, stranger.url))

    prepared = await uploading.prepare(purchase)

    assert str(prepared["image_url"]).startswith("data:image/png;base64,")
    assert stranger.connections == 0


@pytest.mark.parametrize("body", [b"", b"{{{", {"upload_url": 7}, {"file_url": "x"}, []])
async def test_an_offer_that_makes_no_sense_means_inline(
    provider: Scripted, uploading: FalClient, purchase: SubmitArguments, body: Any
) -> None:
    provider.on("POST /storage/upload/initiate", answer(200, body))

    prepared = await uploading.prepare(purchase)

    assert str(prepared["image_url"]).startswith("data:image/png;base64,")


async def test_the_process_can_be_stopped_between_the_two_uploads(
    provider: Scripted, purchase: SubmitArguments
) -> None:
    import asyncio

    provider.on("POST /storage/upload/initiate", offer(provider))
    provider.on("PUT", answer(200))
    program = f"""
        import asyncio
        from pathlib import Path
        from bot import failpoints
        from bot.domain.catalog import IDEOGRAM_V2_EDIT
        from bot.provider.hosts import Addresses
        from bot.provider.client import FalClient
        from bot.provider.models import SubmitArguments

        async def main():
            failpoints.arm("upload.mid")
            address = Addresses.single({provider.url!r})
            fal = FalClient(address, name="t", key="k", max_inline_bytes=0)
            picture, mask = Path({str(purchase.picture)!r}), Path({str(purchase.mask)!r})
            await fal.prepare(
                SubmitArguments(model=IDEOGRAM_V2_EDIT, prompt="x", picture=picture, mask=mask)
            )

        asyncio.run(main())
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stderr=subprocess.DEVNULL
    )

    assert await process.wait() == 137
    assert len(provider.asked_for("PUT")) == 1
