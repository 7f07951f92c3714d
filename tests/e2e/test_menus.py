"""The message menus: a picture that is in the chat already, and a form about it."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import pytest
from PIL import Image, ImageDraw

from bot.sandbox import Clock, Upload, routes
from tests.e2e.chat import EDIT, RELETTER, asked, opened_form, ringed, sent
from tests.e2e.conftest import PATIENCE, SIZE, House, OpenHouse, opened, photo, picture, png

GALLERY: Final = 12
RUN: Final = "Run · $0.08"
GONE: Final = "I no longer have that form"


# ---- the way through ----------------------------------------------------------------------------


async def test_r2_a_picture_in_the_chat_is_edited_from_its_menu(house: House) -> None:
    """Somebody else's picture too: what is in the chat can be taken from there."""
    message = house.discord.person("bob").write("look", picture())
    form = await opened_form(house, message)
    assert list(asked(form)) == [
        *("What should change?", "Where?", "Or say where in words", "Marked copy")
    ]

    click = await house.ada.submit(form, prompt="a red door", where="left third")
    card = await house.preview(click)
    final = await house.card(await house.ada.click(card, RUN))

    assert "### 33.3% of the picture will change" in card.text
    assert "**Prompt:** a red door" in card.text
    assert await house.ledger() == (0, 80_000)
    assert opened(final.files[1]).size == SIZE
    assert not final.ephemeral
    assert not final.mentions


async def test_r5_a_ring_on_a_copy_says_where(house: House) -> None:
    """N3; and nothing but the copy and the words has to be given."""
    card = await house.preview(await sent(house, prompt="a red door", copy=ringed()))

    share = float(card.text.splitlines()[0].removeprefix("### ").split("%")[0])
    assert share == pytest.approx(100 * 3.14159 * 17 * 17 / (96 * 64), rel=0.15)
    assert "the marks on your copy, outlines filled" in card.text


async def test_r27_a_form_without_words_removes_what_is_there(house: House) -> None:
    card = await house.preview(await sent(house, where="marks", copy=ringed()))

    assert "of the picture will be erased" in card.text.splitlines()[0]


async def test_r6_a_place_can_be_said_in_words(house: House) -> None:
    words = "top third - center 20%"

    card = await house.preview(await sent(house, prompt="snow", where="words", words=words))

    assert "top third \\- center 20%" in card.text


async def test_marks_and_words_go_together(house: House) -> None:
    card = await house.preview(
        await sent(house, prompt="snow", words="marks & left half", copy=ringed())
    )

    row = await house.one("SELECT area, reading FROM edit")
    assert (row["area"], row["reading"]) == ("marks & left half", "marked copy")
    assert "of the picture will change" in card.text


async def test_r2_of_several_pictures_one_is_chosen(house: House) -> None:
    small = Upload("small.png", png(photo((48, 32))))
    message = house.ada.write("two", Upload("notes.txt", b"hello"), picture(), small)
    form = await opened_form(house, message)
    which = asked(form)["Which picture?"]
    assert [option["label"] for option in which["options"]] == ["1: photo.png", "2: small.png"]
    assert which["required"]
    assert len(asked(form)) == 5

    await house.preview(await house.ada.submit(form, picture="1", prompt="x", where="top third"))

    row = await house.one("SELECT width, height FROM edit")
    assert (row["width"], row["height"]) == (48, 32)


async def test_r38_a_result_can_be_edited_further_from_its_menu(house: House) -> None:
    result = await house.edited(area="left half", prompt="a wall")
    form = await opened_form(house, result)
    assert [option["label"] for option in asked(form)["Which picture?"]["options"]] == [
        "1: touchup-1-before.jpg",
        "2: touchup-1-1.png",
    ]

    await house.preview(
        await house.ada.submit(form, picture="1", prompt="a door", where="right third")
    )

    row = await house.one("SELECT source FROM edit ORDER BY id DESC LIMIT 1")
    with Image.open(house.app.folder.path(row["source"])) as source:
        assert source.convert("RGB").tobytes() == opened(result.files[1]).convert("RGB").tobytes()


async def test_r2_pictures_of_a_forwarded_message_are_found(house: House) -> None:
    message = house.ada.write("", picture())
    data = (await opened_form(house, message)).payload["data"]
    told = data["resolved"]["messages"][message.id]
    forwarded = {
        **told,
        "attachments": [],
        "message_snapshots": [{"message": {**told, "timestamp": told["timestamp"]}}],
    }
    data["resolved"]["messages"][message.id] = forwarded

    click = await house.ada.forge(2, data)
    await click.wait(lambda seen: seen.modal is not None, PATIENCE)
    card = await house.preview(await house.ada.submit(click, prompt="x", where="left third"))

    assert "### 33.3% of the picture will change" in card.text


async def test_r2_pictures_are_found_in_the_parts_of_a_card(house: House) -> None:
    """A card is built of parts; what they show of the web is left alone."""
    result = await house.edited(area="left half", prompt="a wall")
    data = (await opened_form(house, result)).payload["data"]
    told = data["resolved"]["messages"][result.id]
    told["attachments"] = []
    [gallery] = [part for part in told["components"][0]["components"] if part["type"] == GALLERY]
    elsewhere = {"url": "https://example.org/cat.png", "content_type": "image/png"}
    gallery["items"].append({"media": elsewhere, "description": None, "spoiler": False})

    form = await house.ada.forge(2, data)
    await form.wait(lambda seen: seen.modal is not None, PATIENCE)

    assert [option["label"] for option in asked(form)["Which picture?"]["options"]] == [
        "1: touchup-1-before.jpg",
        "2: touchup-1-1.png",
    ]


async def test_n10_a_sign_in_the_chat_is_re_lettered_from_its_menu(house: House) -> None:
    sign = Image.new("RGB", (320, 120), "navy")
    ImageDraw.Draw(sign).text((60, 30), "SALE", font_size=56, fill="white")
    form = await opened_form(house, house.ada.write("", Upload("a.png", png(sign))), RELETTER)
    assert list(asked(form)) == ["New words", "Which lettering?"]

    card = await house.preview(await house.ada.submit(form, prompt="SOLD", words="sale"))

    assert "of the picture will be re-lettered" in card.text.splitlines()[0]
    assert "**New words:** SOLD" in card.text
    row = await house.one("SELECT area, rewrite FROM edit")
    assert (row["area"], row["rewrite"]) == ('text:"sale"', 0)


async def test_a_menu_works_in_direct_messages(house: House) -> None:
    ada = house.ada.at(house.discord.dms(house.ada))
    click = await ada.menu(EDIT, ada.write("", picture()))
    await click.wait(lambda seen: seen.modal is not None, PATIENCE)

    card = await house.preview(await ada.submit(click, prompt="x", where="center"))

    assert "of the picture will change" in card.text


async def test_who_wants_no_previews_gets_none_from_a_form_either(house: House) -> None:
    await house.only_answer(await house.ada.slash("mine preview", when="never"))

    final = await house.card(await sent(house, prompt="snow", where="top third"))

    assert not final.ephemeral
    assert await house.ledger() == (0, 80_000)


# ---- time ---------------------------------------------------------------------------------------


async def test_a_form_opened_before_a_restart_can_be_sent_after_it(open_house: OpenHouse) -> None:
    async with open_house() as house:
        form = await opened_form(house, house.ada.write("", picture()))

    async with open_house() as house:
        card = await house.preview(await house.ada.submit(form, prompt="x", where="left third"))

        assert "### 33.3% of the picture will change" in card.text


async def test_a_form_opens_while_the_books_are_slow(house: House) -> None:
    """Discord waits three seconds; the form is written down meanwhile."""
    message = house.ada.write("", picture())
    slow = asyncio.create_task(house.app.database.transact(lambda _: time.sleep(1.5)))

    form = await opened_form(house, message)
    await slow

    assert form.acknowledged is not None
    assert form.acknowledged < 1.2
    await house.preview(await house.ada.submit(form, prompt="x", where="left third"))


async def test_a_form_that_is_a_day_old_says_what_to_do(house: House, clock: Clock) -> None:
    form = await opened_form(house, house.ada.write("", picture()))
    clock.advance(25 * 3600)

    answer = await house.only_answer(await house.ada.submit(form, prompt="x", where="sky"))

    assert answer.ephemeral
    assert answer.text.startswith(GONE)
    assert "Nothing was charged." in answer.text
    assert answer.buttons == ()
    assert await house.one("SELECT 1 FROM edit") is None


async def test_a_form_sent_twice_is_one_draft_each_and_no_charge(house: House) -> None:
    form = await opened_form(house, house.ada.write("", picture()))
    first = await house.preview(await house.ada.submit(form, prompt="x", where="left third"))
    second = await house.preview(await house.ada.submit(form, prompt="y", where="top third"))

    assert "**Prompt:** x" in first.text
    assert "**Prompt:** y" in second.text
    assert await house.ledger() == (0, 0)


async def test_a_lost_answer_to_a_menu_still_opens_the_form(house: House) -> None:
    """D7: Discord took the form, and only its word was lost."""
    house.discord.faults.add(("POST", routes.CALLBACK), lose_answer=True)

    form = await opened_form(house, house.ada.write("", picture()))

    await house.preview(await house.ada.submit(form, prompt="x", where="left third"))
