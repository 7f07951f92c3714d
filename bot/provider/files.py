"""Handing pictures to the provider: inside the arguments, or as short-lived uploads."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Final

from bot.domain.errors import NeverSent, ProviderBusy
from bot.failpoints import reach
from bot.provider import models, payloads
from bot.provider.responses import closed_or_busy

if TYPE_CHECKING:
    from bot.provider.follow import PollInterval
    from bot.provider.http import ProviderHttp
    from bot.provider.models import SubmitArguments, UploadFile
    from bot.provider.responses import HttpResponse

log = logging.getLogger(__name__)

MAX_INLINE_BYTES: Final = 6 * 1024 * 1024
"""Larger files are uploaded. fal names no limit for data URIs; the model takes files of 10 MB."""
_EXPIRY_SECONDS: Final = 3600
"""fal has no call that deletes an input, so it is given an end when it is uploaded."""
_ATTEMPTS: Final = 3


async def prepare(
    wire: ProviderHttp, purchase: SubmitArguments, *, max_inline_bytes: int, pace: PollInterval
) -> dict[str, object]:
    """Everything a submit of `purchase` needs but its seed. Free, and safe to repeat.

    Raises:
        Refused: what would be sent is not a picture and its mask.
        NeverSent: the provider's storage could not be reached.
        ProviderBusy: it wants to be left alone for a while.
        ProviderBlocked: the key or the account is refused.
    """
    picture, mask = await asyncio.to_thread(models.sheets, purchase)
    image_url = await _place(wire, picture, max_inline_bytes=max_inline_bytes, pace=pace)
    reach("upload.mid")
    mask_url = await _place(wire, mask, max_inline_bytes=max_inline_bytes, pace=pace)
    return models.arguments(purchase, image_url=image_url, mask_url=mask_url)


async def _place(
    wire: ProviderHttp, sheet: UploadFile, *, max_inline_bytes: int, pace: PollInterval
) -> str:
    """The URL under which the model finds `sheet`."""
    if len(sheet.content) > max_inline_bytes:
        url = await _upload(wire, sheet, pace=pace)
        if url is not None:
            return url
        log.warning("the provider offered no place for an upload; the file goes inline")
    return await asyncio.to_thread(payloads.data_uri, sheet.media_type, sheet.content)


async def _upload(wire: ProviderHttp, sheet: UploadFile, *, pace: PollInterval) -> str | None:
    """Upload for one hour; None when what the provider offers cannot be used."""
    for attempt in range(_ATTEMPTS):
        if attempt:
            await asyncio.sleep(pace.pause_after(attempt - 1))
        try:
            offer = await _initiate(wire, sheet)
        except ProviderBusy:
            continue
        problem = closed_or_busy(offer)
        if problem is not None:
            raise problem
        if offer.status >= 500:
            continue
        place = _usable(wire, offer)
        if place is None:
            return None
        upload_url, file_url = place
        try:
            stored = await wire.put(upload_url, sheet.content, {"Content-Type": sheet.media_type})
        except ProviderBusy:
            continue
        if stored.status < 300:
            return file_url
        log.warning("an upload was answered with HTTP %d", stored.status)
    raise NeverSent("the upload failed")


async def _initiate(wire: ProviderHttp, sheet: UploadFile) -> HttpResponse:
    """Ask where to put the file, and where it will be found.

    Source: `uploadFile` in npm's @fal-ai/client 1.10.1, storage.js.
    """
    lifecycle = json.dumps({"expiration_duration_seconds": _EXPIRY_SECONDS})
    return await wire.call(
        "POST",
        f"{wire.addresses.rest}/storage/upload/initiate?storage_type=fal-cdn-v3",
        body=json.dumps({"content_type": sheet.media_type, "file_name": sheet.name}).encode(),
        headers={
            "Content-Type": "application/json",
            "X-Fal-Object-Lifecycle": lifecycle,
            "X-Fal-Object-Lifecycle-Preference": lifecycle,
        },
    )


def _usable(wire: ProviderHttp, answer: HttpResponse) -> tuple[str, str] | None:
    offer = answer.json()
    upload_url, file_url = offer.get("upload_url"), offer.get("file_url")
    if answer.status >= 300 or not isinstance(upload_url, str) or not isinstance(file_url, str):
        return None
    # A member's picture goes nowhere but to the provider.
    if not wire.addresses.may_hold_files(upload_url):
        return None
    return upload_url, file_url
