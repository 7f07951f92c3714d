"""A member changes part of a picture."""

from __future__ import annotations

import io

from PIL import Image, ImageChops

from bot.sandbox import File
from tests.e2e.conftest import PATIENCE, House, mask, photo, picture


def opened(file: File) -> Image.Image:
    image = Image.open(io.BytesIO(file.data))
    image.load()
    return image.convert("RGB")


async def test_r1_a_picture_and_its_mask_are_attached_and_nothing_else_changes(
    house: House,
) -> None:
    card = await house.edited(prompt="a red door")

    before, after = card.files
    change = ImageChops.difference(photo(), opened(after)).convert("L").point(lambda v: v and 255)
    assert ImageChops.subtract(change, mask()).getbbox() is None
    assert change.getbbox() is not None
    assert opened(before).size == photo().size
    assert "0 of 5,493 pixels outside the area changed" in card.text
    assert "your mask, white changes" in card.text
    assert "**Cost:** $0.08; $0.92 of $1.00 left" in card.text
    assert await house.ledger() == (0, 80_000)


async def test_the_answer_is_public_and_mentions_nobody(house: House) -> None:
    """W42: even when the prompt asks for it."""
    prompt = "@everyone <@1> [a](https://evil.example) # big ||x||"
    click = await house.edit(area="top half", prompt=prompt)

    card = await house.card(click)

    assert not card.ephemeral
    assert not card.mentions
    assert not card.mentions_everyone
    assert "@everyone" not in card.text
    assert click.acknowledged is not None
    assert click.acknowledged < 1
    assert click.callback_data is None


async def test_r23_an_area_in_words_with_a_prompt_that_may_be_rewritten_and_says_so(
    house: House,
) -> None:
    click = await house.ada.slash(
        "edit",
        image=picture(),
        area="top third - center 20%",
        prompt="a clear sky",
        style="anime",
        seed=7,
        rewrite=True,
    )

    card = await house.card(click)

    assert "top third \\- center 20% (" in card.text
    assert "**Style:** Anime · **Seed:** 7 · prompt rewritten by the model" in card.text
    assert card.files[0].description == "Before: the original picture, 96 by 64 pixels"
    assert card.files[1].description is not None
    assert card.files[1].description.endswith("of it shows: a clear sky")
    assert card.buttons == ()


async def test_r22_several_pictures_come_on_one_card(house: House) -> None:
    card = await house.edited(count=3)

    assert len(card.files) == 4
    assert "3 pictures" in card.text
    assert await house.ledger() == (0, 240_000)
    assert house.engine_jobs == 3


async def test_an_edit_in_direct_messages(house: House) -> None:
    ada = house.ada.at(house.discord.dms(house.ada))

    card = await house.edited(ada, area="left half", prompt="a wall")

    assert len(card.files) == 2
    assert "This server" not in card.text


async def test_while_it_waits_the_card_shows_the_price_set_aside(house: House) -> None:
    click = await house.edit()
    await house.card(click)
    assert click.response is not None

    texts = [version.text for version in click.response.versions if not version.loading]

    assert "set aside" in texts[0]
    assert "Cost" not in texts[0]
    assert "set aside" not in texts[-1]


async def test_the_area_is_completed_while_it_is_typed(house: House) -> None:
    """Row 93."""
    offered = await house.ada.autocomplete("edit", area="top th")
    nothing_typed = await house.ada.autocomplete("edit", area="")

    assert "top third" in [choice.value for choice in offered]
    assert 5 <= len(nothing_typed) <= 25
    assert await house.one("SELECT 1 FROM reply") is None


async def test_two_members_edits_do_not_mix(house: House) -> None:
    bob = house.discord.person("bob")
    first = await house.edit(area="top half", prompt="for ada")
    second = await house.edit(bob, area="top half", prompt="for bob")

    cards = [await house.card(click) for click in (first, second)]

    assert ["for ada" in card.text for card in cards] == [True, False]
    assert ["for bob" in card.text for card in cards] == [False, True]
    assert all("$0.92 of $1.00 left" in card.text for card in cards)
    assert first.age < PATIENCE
