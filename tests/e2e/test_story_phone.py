"""The story of a member with a phone: “make the man in the background go away” (peers 4.3).

The pictures are small and the waiting is a moved clock; everything else is as in the story.
"""

from __future__ import annotations

import io
import math
from typing import Any, Final

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.engine import EngineFaultKind
from bot.sandbox import Clock, Message, PersonInteraction, Upload
from tests.e2e.chat import opened_form
from tests.e2e.conftest import PATIENCE, House, opened
from tests.imaging.picture_files import encoded, exif, photo

RUN: Final = "Run · $0.08"
UPRIGHT: Final = (120, 160)
MAN: Final = (70, 40, 104, 90)  # a ring around the man in the background
HEIC: Final = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(90)


def portrait() -> Image.Image:
    """The photo as it is seen, upright."""
    return photo(*UPRIGHT)


def taken() -> Upload:
    """The photo as the phone writes it: on its side, turned by a tag, with the place in it."""
    on_its_side = portrait().transpose(Image.Transpose.ROTATE_90)
    return Upload("IMG_2027.jpg", encoded(on_its_side, "JPEG", quality=92, exif=exif(6, gps=True)))


def copied(draw: Any = None, *, box: tuple[int, int, int, int] | None = None) -> Upload:
    """A copy from the phone's gallery: upright, saved again, drawn on, perhaps cropped."""
    with Image.open(io.BytesIO(taken().data)) as file:
        copy = file.convert("RGB").transpose(Image.Transpose.ROTATE_270)
    if draw is not None:
        draw(ImageDraw.Draw(copy))
    if box is not None:
        copy = copy.crop(box)
    return Upload("IMG_2027 copy.jpg", encoded(copy, "JPEG", quality=85))


def ring(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse(MAN, outline=(255, 30, 30), width=4)


def stroke(draw: ImageDraw.ImageDraw) -> None:
    draw.line([(60, 50), (80, 60), (100, 110)], fill=(255, 30, 30), width=6)


def wide_ring(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((5, 5, 114, 150), outline=(255, 30, 30), width=4)


def share(card: Message) -> float:
    """The part of the picture that a card says will change."""
    headline = card.text.splitlines()[0]
    return float(headline.removeprefix("### ").split("%")[0]) / 100


async def sent(house: House, copy: Upload | None, **values: Any) -> PersonInteraction:
    """She posts the photo, opens its menu, says that she marked a copy, and attaches it."""
    form = await opened_form(house, house.ada.write("", taken()))
    given = {"prompt": "an empty beach", "where": "marks"} | values
    return await house.ada.submit(form, **given, **({"copy": copy} if copy else {}))


async def previewed(house: House, copy: Upload) -> Message:
    return await house.preview(await sent(house, copy))


# ---- the way through -----------------------------------------------------------------------------


async def test_the_man_goes_away_and_the_answer_comes_after_eighteen_minutes(
    house: House, clock: Clock
) -> None:
    """Rows 2, 5, 11, 13, 16, 35, 42; one text field, nothing spent before Run."""
    card = await previewed(house, copied(ring))
    ringed = math.pi * (104 - 70) * (90 - 40) / 4 / (120 * 160)
    assert share(card) == pytest.approx(ringed, rel=0.15)
    assert "the marks on your copy, outlines filled" in card.text
    assert "1 picture" in card.text
    assert "$1.00 of $1.00 left (your daily limit" in card.text
    grown = await house.changed(await house.ada.click(card, "Grow"))
    assert share(grown) > share(card)
    assert await house.ledger() == (0, 0)

    house.break_engine(EngineFaultKind.JOB_SLOW, seconds=1.0)
    click = await house.ada.click(grown, RUN)
    await house.slow(click)
    assert await house.ledger() == (80_000, 0)
    clock.advance(18 * 60)
    row = await house.delivery()

    [final] = house.cards()
    assert row["way"] == "channel"
    assert final.mentions == {house.ada.id}
    assert not final.mentions_everyone
    before, after = (opened(file) for file in final.files)
    assert before.size == after.size == UPRIGHT
    assert before.getexif().get(0x0112, 1) == after.getexif().get(0x0112, 1) == 1
    assert all(b"SECRETCAMERA" not in file.data for file in final.files)
    await _only_the_area_changed(house, after)
    assert "**Cost:** $0.08; $0.92 of $1.00 left (your daily limit" in final.text
    assert "0 of " in final.text
    assert await house.ledger() == (0, 80_000)


async def _only_the_area_changed(house: House, after: Image.Image) -> None:
    row = await house.one("SELECT source, mask FROM edit ORDER BY id DESC LIMIT 1")
    with (
        Image.open(house.app.folder.path(row["source"])) as source,
        Image.open(house.app.folder.path(row["mask"])) as mask,
    ):
        upright = source.transpose(Image.Transpose.ROTATE_270) if source.width > 120 else source
        kept, area = np.asarray(upright.convert("RGB")), np.asarray(mask) > 0
    changed = (kept != np.asarray(after.convert("RGB"))).any(axis=2)
    assert changed[area].mean() > 0.5
    assert not changed[~area].any()


async def test_three_clicks_on_run_are_one_job(house: House) -> None:
    """Row 36."""
    card = await previewed(house, copied(ring))

    presses = [await house.ada.click(card, RUN) for _ in range(3)]
    for click in presses:
        await click.wait(lambda seen: bool(seen.answered), PATIENCE)
    [won] = [click for click in presses if not click.answered[0].ephemeral]
    await house.card(won)

    assert house.engine_jobs == 1
    assert await house.ledger() == (0, 80_000)


# ---- what goes wrong on the way ------------------------------------------------------------------


async def test_a_heic_file_is_told_with_the_way_out(house: House) -> None:
    """Row 17: the decoder is an extra, and here it is not installed."""
    message = house.ada.write("", Upload("IMG_0001.HEIC", HEIC))

    answer = await house.only_answer(
        await house.ada.submit(await opened_form(house, message), prompt="x", where="left third")
    )

    assert answer.ephemeral
    assert "Apple's HEIC format" in answer.text
    assert "Most Compatible" in answer.text
    assert "Nothing was charged." in answer.text


async def test_a_cropped_copy_is_refused_with_both_sizes(house: House) -> None:
    answer = await house.only_answer(await sent(house, copied(ring, box=(0, 0, 120, 135))))

    assert answer.text.startswith(
        "Your copy is 120 × 135, the picture 120 × 160: mark a copy without cropping it."
    )
    assert "Nothing was charged." in answer.text


async def test_open_strokes_are_themselves_the_area_and_she_decides(house: House) -> None:
    card = await previewed(house, copied(stroke))

    assert "the strokes themselves, because none closes" in card.text
    assert 0 < share(card) < 0.06
    assert "Cancel" in [button.label for button in card.buttons]
    assert await house.ledger() == (0, 0)


async def test_an_identical_copy_has_no_marks(house: House) -> None:
    answer = await house.only_answer(await sent(house, copied()))

    assert answer.text.startswith("I found no marks on that copy.")
    assert "Nothing was charged." in answer.text


async def test_an_area_over_most_of_the_picture_is_asked_about(house: House) -> None:
    """Row 10: “did you mean the rest?” is answered with one tap."""
    card = await previewed(house, copied(wide_ring))
    assert share(card) > 0.6
    assert "Did you mean it, or rather the rest?" in card.text

    rest = await house.changed(await house.ada.click(card, "No: change the rest"))

    assert share(rest) == pytest.approx(1 - share(card), abs=0.002)
    assert "Did you mean it" not in rest.text


async def test_a_prompt_the_provider_refuses_is_not_charged(house: House) -> None:
    house.break_engine(EngineFaultKind.JOB_FAILS, error_type="content_policy_violation")
    card = await previewed(house, copied(ring))

    final = await house.card(await house.ada.click(card, RUN))

    assert "The model's content filter refused it." in final.text
    assert "Nothing was charged." in final.text
    assert "**Cost:** $0.00; $1.00 of $1.00 left" in final.text
    assert await house.ledger() == (0, 0)


async def test_the_answer_comes_by_direct_message_when_the_channel_is_gone(
    house: House, clock: Clock
) -> None:
    card = await previewed(house, copied(ring))
    house.break_engine(EngineFaultKind.JOB_SLOW, seconds=1.0)
    await house.slow(await house.ada.click(card, RUN))
    house.discord.delete_channel(house.discord.default_channel)
    clock.advance(18 * 60)

    row = await house.delivery()

    [final] = house.cards(house.discord.dms(house.ada))
    assert row["way"] == "direct"
    assert len(final.files) == 2
