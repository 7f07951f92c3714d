"""`/reletter`: the lettering is found, and only the new words are asked for."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bot.engine.samples import street, street_sign_mask
from bot.sandbox import Message, Upload
from tests.e2e.conftest import PATIENCE, House, opened, photo, png

RUN = "Run · $0.08"
POSTER = (320, 240)


@cache
def poster() -> bytes:
    """Two lines of plain lettering, far apart."""
    page = photo(POSTER).point(lambda value: value // 6)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=40)
    draw.text((40, 24), "SALE", font=font, fill="white")
    draw.text((120, 170), "TODAY", font=font, fill="white")
    return png(page)


@cache
def shop() -> bytes:
    """A photo-like picture of a shop with a sign, as a phone sends it."""
    file = io.BytesIO()
    street().convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


async def mask_of(house: House) -> Image.Image:
    """The mask of the newest draft."""
    row = await house.one("SELECT mask FROM edit ORDER BY id DESC LIMIT 1")
    with Image.open(house.app.folder.path(row["mask"])) as image:
        return image.copy()


async def relettered(house: House, **options: Any) -> Message:
    chosen: dict[str, Any] = {"image": Upload("poster.png", poster())}
    return await house.preview(await house.ada.slash("reletter", **(chosen | options)))


async def test_n10_a_sign_on_a_photo_gets_new_words_and_nothing_else_changes(house: House) -> None:
    """The flagship: only the words are asked for."""
    card = await relettered(house, image=Upload("shop.jpg", shop()), text="FLORIST")
    lettering = np.asarray(await mask_of(house)) > 0

    final = await house.card(await house.ada.click(card, RUN))

    before = np.asarray(Image.open(io.BytesIO(shop())).convert("RGB"))
    after = np.asarray(opened(final.files[1]).convert("RGB"))
    changed = (before != after).any(axis=2)
    sign = np.asarray(street_sign_mask().convert("L")) > 127
    assert "of the picture will be re-lettered" in card.text.splitlines()[0]
    assert "found automatically: text" in card.text
    assert not (lettering & ~sign).any()
    assert changed[lettering].mean() > 0.5
    assert not changed[~lettering].any()
    assert after.shape == before.shape
    assert "**New words:** FLORIST" in final.text
    assert "rewritten" not in final.text
    assert final.text.startswith("### Re-lettered")
    row = await house.one("SELECT kind, area, rewrite FROM edit")
    assert (row["kind"], row["area"], row["rewrite"]) == ("reletter", "text grow 1% feather 1%", 0)
    assert await house.ledger() == (0, 80_000)


async def test_n10_of_several_letterings_one_is_chosen_on_the_preview(house: House) -> None:
    card = await relettered(house, text="OPEN")
    [menu] = card.selects
    labels = dict(menu.options)
    whole = await mask_of(house)
    assert menu.placeholder == "Another lettering…"
    assert {"SALE", "TODAY"} <= {label.strip("“”") for label in labels}

    [today] = [value for label, value in menu.options if "TODAY" in label]
    chosen = await house.changed(await house.ada.choose(card, menu.custom_id, today))

    left, top, right, bottom = (await mask_of(house)).getbbox() or (0, 0, 0, 0)
    assert chosen.id == card.id
    assert (whole.getbbox() or (0, 999))[1] < 120
    assert 120 < top < bottom <= 240
    assert 100 < left < right <= 320
    assert "**New words:** OPEN" in chosen.text


async def test_n10_the_old_words_or_a_place_say_which_lettering_is_meant(house: House) -> None:
    """Row 7: however they are typed."""
    await relettered(house, text="SOLD", where="sale")
    bare = await mask_of(house)
    await relettered(house, text="SOLD", where="“Sale”")
    in_quotes = await mask_of(house)
    below = await relettered(house, text="SOLD", where="text & bottom half")
    today = await mask_of(house)

    _, _, right, bottom = bare.getbbox() or (0, 0, 999, 999)
    assert right < 200
    assert bottom < 120
    assert in_quotes.tobytes() == bare.tobytes()
    assert (today.getbbox() or (0, 0, 0, 0))[1] >= 120
    assert "text & bottom half" in below.text


async def test_words_that_are_not_in_the_picture_are_told_with_what_is_there(house: House) -> None:
    click = await house.ada.slash(
        "reletter", image=Upload("poster.png", poster()), text="OPEN", where="PIZZA"
    )
    await click.wait(lambda seen: bool(seen.answered), PATIENCE)

    answer = await house.only_answer(click)

    assert answer.ephemeral
    assert answer.text.startswith('I found no “text\\:"PIZZA"” in this picture')
    assert 'The nearest I can read there is “text\\:"SALE"”.' in answer.text
    assert "Nothing was charged." in answer.text
    assert await house.ledger() == (0, 0)


async def test_new_words_are_needed(house: House) -> None:
    """Said before anything is looked for."""
    click = await house.ada.slash("reletter", image=Upload("poster.png", poster()), text="  ")

    answer = await house.only_answer(click)

    assert answer.ephemeral
    assert answer.text.startswith("The prompt is empty.")


async def test_which_lettering_is_taught_while_it_is_typed(house: House) -> None:
    """Row 93."""

    async def offered(typed: str) -> dict[str, str]:
        choices = await house.ada.autocomplete("reletter", text="x", where=typed)
        return {choice.value: choice.name for choice in choices}

    nothing, words, place = await offered(""), await offered("Sale now"), await offered("top half")
    everything = await offered("text")

    assert nothing["text"] == "all lettering: text"
    assert everything["text"] == "all lettering: text"
    assert everything['text:"text"'] == "the lettering that reads “text”"
    assert 'text:"SALE"' in nothing
    assert next(iter(words.items())) == (
        'text:"Sale now"',
        "the lettering that reads “Sale now”",
    )
    assert "top half" in place
    assert 'text:"top half"' in place
