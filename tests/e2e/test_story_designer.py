"""The story of a designer: “new headline, everything else untouched” (peers 4.4).

The poster has the ratios of the story at a fiftieth of its size.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.engine import EngineFaultKind
from bot.sandbox import Upload
from tests.e2e.conftest import House, opened, png
from tests.imaging.picture_files import encoded, photo

POSTER: Final = (120, 80)
HEADLINE: Final = (20, 10, 99, 21)  # 960 of 9,600 pixels
RUN: Final = "Run · $0.08"
PROMPT: Final = 'the sign now reads "SUMMER 2027"'


def poster() -> Image.Image:
    """A poster whose corners are transparent, and whose shadow is half so."""
    page = photo(*POSTER).convert("RGBA")
    alpha = Image.new("L", POSTER, 0)
    draw = ImageDraw.Draw(alpha)
    draw.rounded_rectangle((2, 2, 117, 77), radius=12, fill=120)
    draw.rounded_rectangle((5, 5, 114, 74), radius=12, fill=255)
    page.putalpha(alpha)
    return page


def headline(size: tuple[int, int] = POSTER, *, turned: bool = False) -> Upload:
    """The mask of the headline from an editor: hard, white on black."""
    mask = Image.new("L", POSTER, 0)
    ImageDraw.Draw(mask).rectangle(HEADLINE, fill=255)
    mask = mask.resize(size, Image.Resampling.NEAREST)
    return Upload(
        "headline.png", png(mask.transpose(Image.Transpose.ROTATE_90) if turned else mask)
    )


async def edited(house: House, **options: Any) -> Any:
    chosen = {"image": Upload("poster.png", png(poster())), "mask": headline(), "prompt": PROMPT}
    return await house.ada.slash("edit", **(chosen | options))


def outside_is_identical(before: Image.Image, after: Image.Image) -> bool:
    """Whether every pixel outside the headline is as it was, transparency and all."""
    old, new = (np.asarray(image.convert("RGBA")).copy() for image in (before, after))
    left, top, right, bottom = HEADLINE
    for pixels in (old, new):
        pixels[top : bottom + 1, left : right + 1] = 0
    return bool((old == new).all())


async def sent(house: House) -> tuple[Image.Image, Image.Image]:
    """The picture and the mask that the newest edit gave to the provider."""
    row = await house.one("SELECT sent_picture, sent_mask FROM edit ORDER BY id DESC LIMIT 1")
    with (
        Image.open(house.app.folder.path(row["sent_picture"])) as picture,
        Image.open(house.app.folder.path(row["sent_mask"])) as mask,
    ):
        return picture.copy(), mask.copy()


# ---- the way through ----------------------------------------------------------------------------


async def test_of_three_candidates_one_is_refused_and_two_are_charged(house: House) -> None:
    """Rows 18, 21, 22, 24: never a total of $0.24, and nothing outside the headline changed."""
    await house.only_answer(await house.ada.slash("mine preview", when="always"))
    card = await house.preview(await edited(house, style="design", seed=1200, count=3))
    assert "### 10% of the picture will change" in card.text
    assert "your mask, white changes" in card.text
    assert "**Style:** Design · **Seed:** 1200 · 3 pictures" in card.text
    house.break_engine(EngineFaultKind.JOB_FAILS, error_type="content_policy_violation")

    final = await house.card(await house.ada.click(card, "Run · $0.24"))

    first, *results = (opened(file) for file in final.files)
    assert first.size == POSTER
    assert len(results) == 2
    assert all(outside_is_identical(poster(), result) for result in results)
    assert all(
        np.asarray(r)[..., 3].tobytes() == poster().getchannel("A").tobytes() for r in results
    )
    assert final.text.startswith("### Your edit is done: 2 of 3 pictures")
    assert "The model's content filter refused it." in final.text
    assert sum(f"seed {seed}" in final.text for seed in (1200, 1201, 1202)) == 2
    assert "0 of 8,640 pixels outside the area changed" in final.text
    assert (
        "**Cost:** $0.16 for 2 pictures; 1 refused (not charged). $0.84 of $1.00 left ("
    ) in final.text
    assert "$0.24" not in final.text
    assert await house.ledger() == (0, 160_000)


async def test_what_is_sent_is_of_one_size_and_its_mask_is_hard(house: House) -> None:
    await house.card(await edited(house))

    picture, mask = await sent(house)

    assert picture.size == mask.size
    assert sorted(colour for _, colour in mask.getcolors() or ()) == [0, 255]


# ---- masks ---------------------------------------------------------------------------------------


async def test_a_mask_of_half_the_size_is_scaled_and_that_is_said(house: House) -> None:
    """Row 15: 3000 × 2000 on 6000 × 4000."""
    card = await house.preview(await edited(house, mask=headline((60, 40))))
    assert "The mask had another size: I scaled it to the picture." in card.text

    final = await house.card(await house.ada.click(card, RUN))

    assert outside_is_identical(poster(), opened(final.files[1]))
    assert "0 of 8,640 pixels outside the area changed" in final.text


async def test_a_mask_on_its_side_is_asked_about(house: House) -> None:
    """Row 15: 4000 × 6000 on 6000 × 4000, and one button turns it the other way."""
    card = await house.preview(await edited(house, mask=headline(turned=True)))
    assert "The mask lay on its side, and nothing says which way to turn it." in card.text
    assert "Turn it the other way" in [button.label for button in card.buttons]
    first = await _bounds(house)

    other = await house.changed(await house.ada.click(card, "Turn it the other way"))

    second = await _bounds(house)
    assert {first, second} == {(20, 10, 100, 22), (20, 58, 100, 70)}
    assert "Does this look right?" not in other.text
    assert await house.ledger() == (0, 0)


async def _bounds(house: House) -> tuple[int, int, int, int] | None:
    row = await house.one("SELECT mask FROM edit ORDER BY id DESC LIMIT 1")
    with Image.open(house.app.folder.path(row["mask"])) as mask:
        return mask.getbbox()


async def test_an_all_black_mask_selects_nothing(house: House) -> None:
    black = Upload("black.png", png(Image.new("L", POSTER, 0)))

    answer = await house.only_answer(await edited(house, mask=black))

    assert answer.ephemeral
    assert answer.text == (
        "The mask marks nothing. Paint what should change in white. Nothing was charged."
    )
    assert await house.ledger() == (0, 0)


# ---- files ---------------------------------------------------------------------------------------


def _cmyk() -> Upload:
    return Upload("print.jpg", encoded(photo(*POSTER).convert("CMYK"), "JPEG", quality=95))


def _sixteen_bit() -> Upload:
    deep = np.asarray(photo(*POSTER)).astype(np.uint16) * 257 + 90
    done, data = cv2.imencode(".png", deep[..., ::-1])
    assert done
    return Upload("deep.png", data.tobytes())


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (_cmyk(), "It is a print picture (CMYK): I turned it into RGB."),
        (_sixteen_bit(), "It has 16 bits per colour: I worked with 8."),
    ],
    ids=["cmyk", "sixteen-bit"],
)
async def test_what_is_converted_is_said_before_anything_is_paid(
    house: House, image: Upload, sentence: str
) -> None:
    card = await house.preview(await edited(house, image=image))
    assert sentence in card.text
    assert await house.ledger() == (0, 0)
    row = await house.one("SELECT source FROM edit")

    final = await house.card(await house.ada.click(card, RUN))

    with Image.open(house.app.folder.path(row["source"])) as kept:
        assert outside_is_identical(kept, opened(final.files[1]))
    assert sentence in final.text
    assert await house.ledger() == (0, 80_000)
