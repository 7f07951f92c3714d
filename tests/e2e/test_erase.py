"""`/erase`: a member points, and what was there is gone."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw, ImageStat

from bot.domain.edits.prompts import ERASE
from bot.sandbox import Upload
from tests.e2e.conftest import House, mask, opened, painted, photo, picture, png

BOX = (40, 20, 59, 43)


def stain() -> Image.Image:
    """The photo with something on it that does not belong there."""
    spoilt = photo()
    ImageDraw.Draw(spoilt).rectangle(BOX, fill=(255, 0, 0))
    return spoilt


async def test_r27_erasing_needs_a_place_and_no_words(house: House) -> None:
    click = await house.ada.slash(
        "erase", image=Upload("photo.png", png(stain())), area="box 38px,18px,24px,28px"
    )

    card = await house.card(click)

    after = opened(card.files[1]).convert("RGB")
    red, green, blue = ImageStat.Stat(after.crop((42, 22, 58, 42))).mean
    assert card.text.startswith("### Erased")
    assert "**Prompt:**" not in card.text
    assert abs(red - (green + blue) / 2) < 120  # it was 255 apart
    assert "0 of 5,472 pixels outside the area changed" in card.text
    assert await house.ledger() == (0, 80_000)


async def test_r27_a_mask_says_what_to_erase_as_well(house: House) -> None:
    click = await house.ada.slash("erase", image=picture(), mask=painted())

    card = await house.card(click)

    change = ImageChops.difference(photo(), opened(card.files[1]).convert("RGB")).convert("L")
    assert ImageChops.subtract(change.point(lambda v: v and 255), mask()).getbbox() is None
    assert "your mask, white changes" in card.text
    row = await house.one("SELECT kind, prompt, rewrite FROM edit")
    assert (row["kind"], row["prompt"], row["rewrite"]) == ("erase", ERASE, 0)


async def test_what_was_erased_from_the_picture_is_erased(house: House) -> None:
    """Row 4: the erased copy says where, and nothing else has to be said."""
    cut = photo().convert("RGBA")
    cut.putalpha(ImageChops.invert(mask()))

    card = await house.card(await house.ada.slash("erase", image=Upload("cut.png", png(cut))))

    assert "the part you erased from the picture" in card.text


async def test_erasing_without_a_place_asks_for_one(house: House) -> None:
    answer = await house.only_answer(await house.ada.slash("erase", image=picture()))

    assert answer.ephemeral
    assert answer.text.startswith("I don't know what should change.")
    assert "Nothing was charged." in answer.text
    assert await house.ledger() == (0, 0)


async def test_what_is_looked_for_is_shown_before_it_is_erased(house: House) -> None:
    card = await house.preview(
        await house.ada.slash("erase", image=Upload("photo.png", png(stain())), area="subject")
    )

    assert "of the picture will be erased" in card.text.splitlines()[0]
    assert await house.ledger() == (0, 0)
