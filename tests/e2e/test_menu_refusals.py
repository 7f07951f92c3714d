"""What a message menu and its form refuse, and how nothing that was typed is lost."""

from __future__ import annotations

from typing import Any, Final

from PIL import ImageDraw

from bot.sandbox import Upload
from bot.ui.texts.previews import PLACES
from tests.e2e.chat import EDIT, REFILL, RELETTER, asked, opened_form, ringed, sent
from tests.e2e.conftest import PATIENCE, House, OpenHouse, photo, picture, png, reads_only

HEIC: Final = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(90)
GONE: Final = "I no longer have that form"


@reads_only
async def test_a_message_without_a_picture_of_its_own_says_so(shared: House) -> None:
    """Row 20: nothing behind a link is fetched."""
    linked = shared.ada.write("https://example.org/cat.png")
    noted = shared.ada.write("see", Upload("notes.txt", b"hello"))

    answers = [
        await shared.only_answer(await shared.ada.menu(EDIT, linked)),
        await shared.only_answer(await shared.ada.menu(RELETTER, noted)),
    ]

    assert all(answer.ephemeral for answer in answers)
    sentence = "That message holds no picture that was sent to Discord as a file;"
    assert all(answer.text.startswith(sentence) for answer in answers)
    assert all("Nothing was charged." in answer.text for answer in answers)


@reads_only
async def test_the_form_of_somebody_else_is_refused(shared: House) -> None:
    form = await opened_form(shared, shared.ada.write("", picture()))
    bob = shared.discord.person("bob")

    answer = await shared.only_answer(await bob.submit(form, prompt="mine now", where="sky"))

    assert answer.ephemeral
    assert answer.text.startswith(GONE)
    assert await shared.one("SELECT 1 FROM edit") is None


@reads_only
async def test_a_forged_answer_is_no_way_in(shared: House) -> None:
    """Neither a picture that was not offered, nor one form's number under another's name."""
    two = shared.ada.write("", picture(), Upload("second.png", png(photo((48, 32)))))
    form = await opened_form(shared, two)
    other = await opened_form(shared, shared.ada.write("", picture()))
    assert other.modal is not None
    other.modal["custom_id"] = other.modal["custom_id"].replace("edit", "reletter")

    answers = [
        await shared.only_answer(await shared.ada.submit(form, picture="7", prompt="x")),
        await shared.only_answer(await shared.ada.submit(other, prompt="x")),
    ]

    assert all(answer.text.startswith(GONE) for answer in answers)
    assert await shared.one("SELECT 1 FROM edit") is None


async def test_what_contradicts_is_told_and_the_form_comes_back_filled_in(house: House) -> None:
    """Nothing that was typed is lost."""
    message = house.ada.write("", picture(), Upload("second.png", png(photo((48, 32)))))
    form = await opened_form(house, message)
    values = {"picture": "1", "prompt": "a *red* door", "where": "marks", "words": ""}

    answer = await house.only_answer(await house.ada.submit(form, **values))
    again = await house.ada.click(answer, REFILL)
    await again.wait(lambda seen: seen.modal is not None, PATIENCE)

    assert answer.ephemeral
    assert answer.text.startswith("You meant the marks on a copy, but attached none.")
    assert "Nothing was charged." in answer.text
    fields = asked(again)
    assert fields["What should change?"]["value"] == "a *red* door"
    for name, value in (("Where?", "marks"), ("Which picture?", "1")):
        [preset] = [o["value"] for o in fields[name]["options"] if o.get("default")]
        assert preset == value
    copy = photo((48, 32))
    ImageDraw.Draw(copy).ellipse((10, 6, 34, 26), outline=(255, 0, 0), width=3)
    card = await house.preview(await house.ada.submit(again, copy=Upload("copy.png", png(copy))))
    assert "**Prompt:** a \\*red\\* door" in card.text


WRONG: Final[dict[str, dict[str, Any]]] = {
    "You chose “Described below”, but wrote no place.": {"where": "words"},
    "I don't know where. Choose a place": {},
    "You chose a place and wrote one too.": {"where": "sky", "words": "top third"},
    "You attached a marked copy and chose a place too.": {"where": "sky", "copy": ringed()},
    "You attached a marked copy and wrote a place too.": {"words": "sky", "copy": ringed()},
    "I don't know the word “teh”": {"words": "teh sky"},
    "Your copy is 96 × 40, the picture 96 × 64": {"copy": Upload("copy.png", png(photo((96, 40))))},
    "That mask is not a picture": {"copy": Upload("copy.txt", b"not a picture")},
}


@reads_only
async def test_what_is_wrong_with_a_form_is_one_clear_sentence(shared: House) -> None:
    answers = [
        await shared.only_answer(await sent(shared, prompt="snow", **values))
        for values in WRONG.values()
    ]

    for answer, sentence in zip(answers, WRONG, strict=True):
        assert answer.ephemeral
        assert answer.text.startswith(sentence)
        assert "Nothing was charged." in answer.text
        assert [button.label for button in answer.buttons] == [REFILL]
    assert await shared.ledger() == (0, 0)


async def test_a_limit_is_no_fault_of_the_form(open_house: OpenHouse) -> None:
    async with open_house(member_daily_limit_usd=0) as house:
        answer = await house.only_answer(await sent(house, prompt="snow", where="top third"))

        assert "your daily limit is closed" in answer.text
        assert answer.buttons == ()


async def test_r17_a_phone_picture_that_cannot_be_opened_is_told_from_the_menu(
    house: House,
) -> None:
    """Its name alone says that it is a picture: some phones send no type that does."""
    heic = Upload("IMG_0001.HEIC", HEIC, content_type="application/octet-stream")
    form = await opened_form(house, house.ada.write("", heic))

    answer = await house.only_answer(await house.ada.submit(form, prompt="x", where="top third"))

    assert "Apple's HEIC format" in answer.text


async def test_no_link_to_a_picture_reaches_the_books_unsealed(house: House) -> None:
    """I13."""
    await sent(house, prompt="x", where="left third")

    kept = b"".join(
        path.read_bytes() for path in house.app.settings.data_dir.glob("touchup.sqlite3*")
    )
    assert b"/attachments/" not in kept


def test_every_place_that_can_be_chosen_fits_discord() -> None:
    assert len(PLACES) <= 25
    assert all(len(value) <= 100 for value in PLACES)
