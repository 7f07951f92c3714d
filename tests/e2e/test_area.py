"""`/area`: look at an area for free, set it right, take its mask along, or edit with it."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw

from bot.sandbox import Message, PersonInteraction, Upload
from tests.e2e.conftest import (
    PATIENCE,
    House,
    OpenHouse,
    mask,
    opened,
    painted,
    photo,
    picture,
    png,
    reads_only,
)
from tests.ui.registered import RELEASED_MODALS

WORD = "Edit with this area…"


async def looked(house: House, **options: Any) -> Message:
    return await house.preview(await house.ada.slash("area", image=picture(), **options))


def given_mask(card: Message) -> Image.Image:
    """The mask that a card carries."""
    [file] = [file for file in card.files if file.filename.endswith("-mask.png")]
    return opened(file)


def same(first: Image.Image, second: Image.Image) -> bool:
    return ImageChops.difference(first.convert("L"), second.convert("L")).getbbox() is None


async def worded(house: House, click: PersonInteraction, **values: Any) -> PersonInteraction:
    """Fill in the form that a click opened."""
    await click.wait(lambda seen: seen.modal is not None, PATIENCE)
    return await house.ada.submit(click, **values)


async def opened_form(house: House) -> PersonInteraction:
    click = await house.ada.click(await looked(house, area="left half"), WORD)
    await click.wait(lambda seen: seen.modal is not None, PATIENCE)
    return click


@reads_only
async def test_r13_an_area_is_shown_for_free(shared: House) -> None:
    card = await looked(shared, area="top third + box 10px,40px,20px,20px")

    assert "### This area is 39.3% of the picture" in card.text
    assert "top third \\+ box 10px,40px,20px,20px" in card.text
    assert "Looking at an area is free. The mask above" in card.text
    assert "$" not in card.text
    assert [button.label for button in card.buttons] == [
        *(WORD, "Invert", "Grow", "Shrink", "Softer")
    ]
    assert shared.discord.messages(shared.discord.default_channel) == []
    assert await shared.ledger() == (0, 0)


async def test_an_area_is_shown_where_nothing_may_be_spent(open_house: OpenHouse) -> None:
    async with open_house(member_daily_limit_usd=0) as house:
        card = await looked(house, mask=painted())

        assert same(given_mask(card), mask())


async def test_the_mask_of_an_area_is_a_mask(house: House) -> None:
    """Row 13: what was seen is what changes, pixel for pixel."""
    card = await looked(house, area="ellipse 20%,20%,50%,60%")
    taken = given_mask(card)
    [file] = [file for file in card.files if file.filename.endswith("-mask.png")]

    final = await house.card(
        await house.ada.slash(
            "edit", image=picture(), mask=Upload("taken.png", file.data), prompt="a hat"
        )
    )

    row = await house.one("SELECT mask FROM edit WHERE kind = 'edit'")
    kept = Image.open(house.app.folder.path(row["mask"]))
    assert taken.size == photo().size
    assert sorted(colour for _, colour in taken.getcolors() or ()) == [0, 255]
    assert same(kept, taken)
    assert "your mask, white changes" in final.text


@reads_only
async def test_r11_the_mask_grows_with_the_area(shared: House) -> None:
    card = await looked(shared, mask=painted())

    grown = await shared.changed(await shared.ada.click(card, "Grow"))

    assert given_mask(grown).getbbox() == (8, 8, 43, 33)
    assert given_mask(card).getbbox() == (10, 10, 41, 31)
    assert "### This area is" in grown.text


@reads_only
async def test_r10_the_mask_is_inverted_with_the_area(shared: House) -> None:
    card = await looked(shared, mask=painted())

    inverted = await shared.changed(await shared.ada.click(card, "Invert"))

    assert same(given_mask(inverted), ImageChops.invert(mask()))


async def test_an_area_becomes_an_edit_in_its_place(house: House) -> None:
    card = await looked(house, mask=painted())

    sent = await worded(
        house,
        await house.ada.click(card, WORD),
        **{"What should it show?": "a *red* door", "Style": "anime"},
    )
    preview = await house.changed(sent)
    final = await house.card(await house.ada.click(preview, "Run · $0.08"))

    assert preview.id == card.id
    assert "of the picture will change" in preview.text
    assert "**Prompt:** a \\*red\\* door" in preview.text
    assert "**Style:** Anime" in preview.text
    assert len(preview.files) == 1
    assert not final.ephemeral
    assert "a \\*red\\* door" in final.text
    assert await house.ledger() == (0, 80_000)


async def test_the_form_opened_before_a_restart_is_taken_after_it(open_house: OpenHouse) -> None:
    """discord.py forgets the forms it opened; we do not."""
    async with open_house() as house:
        click = await opened_form(house)

    async with open_house() as house:
        preview = await house.changed(await worded(house, click, prompt="a wall of ivy"))

        assert "**Prompt:** a wall of ivy" in preview.text
        assert "**Style:** Auto" in preview.text


@reads_only
async def test_an_empty_prompt_is_refused_and_the_area_stays(shared: House) -> None:
    card = await looked(shared, area="left half")

    sent = await worded(shared, await shared.ada.click(card, WORD), prompt="\u200b \u200b")
    answer = await shared.only_answer(sent)

    assert answer.ephemeral
    assert answer.text.startswith("The prompt is empty.")
    assert sent.response is not None
    assert sent.response.text == card.text
    assert sent.response.buttons[0].label == WORD


@pytest.mark.parametrize("custom_id", ["tu1:form:gone:7", "other"])
@reads_only
async def test_a_form_of_another_version_is_answered_politely(
    shared: House, custom_id: str
) -> None:
    """D24."""
    form = await opened_form(shared)
    assert form.modal is not None
    form.modal["custom_id"] = custom_id

    answer = await shared.only_answer(await shared.ada.submit(form, prompt="x"))

    assert answer.ephemeral
    assert answer.text.startswith("That form is from another version of me")


async def test_every_modal_ever_released_is_answered(house: House) -> None:
    """D24: also where what it was about is gone."""
    answers = []

    for custom_id in RELEASED_MODALS:
        form = await opened_form(house)
        assert form.modal is not None
        form.modal["custom_id"] = custom_id
        answers.append(await house.only_answer(await house.ada.submit(form, prompt="x")))

    assert all(answer.ephemeral for answer in answers)
    assert not [answer for answer in answers if "another version of me" in answer.text]


@pytest.mark.parametrize("components", [[], [{"type": 18}]])
@reads_only
async def test_a_form_without_its_fields_is_refused_politely(
    shared: House, components: list[dict[str, Any]]
) -> None:
    """W48."""
    form = await opened_form(shared)
    assert form.modal is not None
    form.modal["components"] = components

    answer = await shared.only_answer(await shared.ada.submit(form))

    assert answer.text.startswith("The prompt is empty.")


@reads_only
async def test_an_area_that_nobody_said_is_asked_for(shared: House) -> None:
    answer = await shared.only_answer(await shared.ada.slash("area", image=picture()))

    assert answer.ephemeral
    assert answer.text.startswith("I don't know what should change.")


@reads_only
async def test_marks_on_a_copy_are_shown_as_they_were_read(shared: House) -> None:
    """Row 5: a ring round something means what is inside it."""
    large = photo((480, 320))
    copy = large.copy()
    ImageDraw.Draw(copy).ellipse((120, 80, 260, 220), outline=(255, 0, 0), width=6)
    files = [Upload(name, png(image)) for name, image in (("a.png", large), ("b.png", copy))]

    click = await shared.ada.slash("area", image=files[0], mask=files[1])
    card = await shared.preview(click)

    assert "the marks on your copy, outlines filled" in card.text
    left, top, right, bottom = given_mask(card).getbbox() or (0, 0, 0, 0)
    assert left == pytest.approx(120, abs=6)
    assert top == pytest.approx(80, abs=6)
    assert right == pytest.approx(261, abs=6)
    assert bottom == pytest.approx(221, abs=6)
    assert given_mask(card).getpixel((190, 150)) == 255
