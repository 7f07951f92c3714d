"""Where a photo was taken is nobody's business: it leaves with no copy, and stays in none (45)."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from bot.sandbox import Upload
from tests.canary.conftest import Watched
from tests.crash.stage import picture

PLACE = b"canary on a mast 48.2082N 16.3738E"
LATITUDE = (48.0, 12.0, 29.52371)
FORMATS = {"JPEG": "photo.jpg", "PNG": "photo.png", "WEBP": "photo.webp"}


def taken_somewhere(form: str) -> Upload:
    exif = Image.Exif()
    exif[Base.ImageDescription] = PLACE.decode()
    exif.get_ifd(IFD.GPSInfo).update({1: "N", 2: LATITUDE, 28: b"ASCII\0\0\0" + PLACE})
    file = io.BytesIO()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + PLACE + b"</x:xmpmeta>"
    with Image.open(io.BytesIO(picture().data)) as photo:
        more = {} if form == "PNG" else {"xmp": xmp}
        photo.save(file, form, exif=exif, **more)
    return Upload(FORMATS[form], file.getvalue())


def latitude_bytes(upload: Upload) -> bytes:
    """The three rationals as they stand in the file: they are in no text."""
    with Image.open(io.BytesIO(upload.data)) as photo:
        raw = photo.info["exif"]
    found = raw.find(b"\x30\x00\x00\x00\x01\x00\x00\x00\x0c\x00\x00\x00")
    other = raw.find(b"\x00\x00\x00\x30\x00\x00\x00\x01\x00\x00\x00\x0c")
    at = max(found, other)
    assert at >= 0
    return bytes(raw[at : at + 24])


def inline_files(sent: bytes) -> list[bytes]:
    found = re.findall(rb"data:image/\w+;base64,([A-Za-z0-9+/=]+)", sent)
    return [base64.b64decode(content) for content in found]


@pytest.mark.parametrize("form", FORMATS)
async def test_no_place_leaves_the_house_or_stays_in_it(watched: Watched, form: str) -> None:
    upload = taken_somewhere(form)
    marks = (PLACE, latitude_bytes(upload))
    assert all(mark in upload.data for mark in marks)
    bot = await watched.start()
    click = await watched.edit("ada", image=upload)
    await watched.stage.quiet()
    await bot.stop()

    inline = inline_files(watched.to_engine.sent)
    pictures = [path for path in watched.kept if path.parent.parent.name == "pictures"]
    shown = [file.data for file in watched.stage.answers(click)[0].files]

    assert len(inline) == 2
    assert len(shown) == 2
    assert len(pictures) >= 4
    for content in (*inline, *shown, *watched.kept.values(), watched.to_discord.sent):
        assert not any(mark in content for mark in marks)
    for content in (*inline, *shown, *(path.read_bytes() for path in pictures)):
        with Image.open(io.BytesIO(content)) as opened:
            assert not opened.getexif()
            assert not {"exif", "xmp", "XML:com.adobe.xmp"} & opened.info.keys()
