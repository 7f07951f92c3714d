"""A member sees what will change, sets it right, and only then pays."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from bot.sandbox import Upload
from tests.e2e.conftest import PATIENCE, House, opened, photo, picture, png
from tests.e2e.previewed import RUN, drafts, kept_mask, press, previewed, share, state

# ---- what is shown -----------------------------------------------------------------------------


async def test_r13_a_preview_shows_what_will_change_before_money_moves(house: House) -> None:
    _, card = await previewed(house, style="anime", seed=5)

    assert "### 13.1% of the picture will change" in card.text
    assert "your mask, black changes" in card.text
    assert "**Prompt:** a hat" in card.text
    assert "**Style:** Anime · **Seed:** 5 · 1 picture" in card.text
    assert "$1.00 of $1.00 left (your daily limit, renews <t:" in card.text
    assert card.files[0].description == (
        "Preview: the picture, 96 by 64 pixels; what will change is tinted and outlined: "
        "your mask, black changes, 13.1% of the picture"
    )
    assert house.discord.messages(house.discord.default_channel) == []
    assert await house.ledger() == (0, 0)
    assert house.engine_jobs == 0


async def test_n4_the_preview_tints_the_area_and_nothing_else(house: House) -> None:
    _, card = await previewed(house)

    # A tiny picture is shown larger.
    shown = opened(card.files[0]).convert("RGB").resize(photo().size)

    def magenta(image: Image.Image, x: int, y: int) -> float:
        red, green, blue = ImageStat.Stat(image.crop((x, y, x + 4, y + 4))).mean
        return (red + blue) / 2 - green

    for inside in ((34, 24), (44, 32), (54, 40)):
        assert magenta(shown, *inside) > magenta(photo(), *inside) + 20
    for outside in ((4, 4), (88, 56), (20, 32), (44, 10), (70, 32), (44, 52)):
        assert abs(magenta(shown, *outside)) <= abs(magenta(photo(), *outside)) + 4


async def test_n4_the_buttons_stand_in_two_rows_with_the_price_on_run(house: House) -> None:
    _, card = await previewed(house, count=3)

    rows = [part for part in card.payload["components"][0]["components"] if part["type"] == 1]

    assert [[button["label"] for button in row["components"]] for row in rows] == [
        ["Run · $0.24", "Invert", "Grow", "Shrink", "Softer"],
        ["Cancel"],
    ]


async def test_r13_a_guessed_area_is_shown_before_money_moves(house: House) -> None:
    ground = Image.effect_noise((180, 120), 20).convert("RGB")
    scene = Image.blend(ground, Image.new("RGB", ground.size, (90, 150, 90)), 0.8)
    ImageDraw.Draw(scene).ellipse((60, 25, 120, 95), fill=(200, 40, 30))
    click = await house.ada.slash(
        "edit", image=Upload("a.png", png(scene)), area="subject", prompt="a balloon"
    )

    card = await house.preview(click)

    assert click.callback_data == {"flags": 64}
    assert "**Area:** found automatically: subject" in card.text
    assert share(card) == pytest.approx(15.3, abs=1.5)
    final = await house.card(await house.ada.click(card, RUN))
    assert "0 of " in final.text


async def test_a_mask_that_reads_one_way_only_starts_at_once(house: House) -> None:
    card = await house.edited()

    assert len(card.files) == 2


async def test_an_area_that_is_looked_for_is_answered_in_private_from_the_start(
    house: House,
) -> None:
    """Nobody sees "is thinking…" for a preview."""
    click = await house.edit(area="sky", prompt="clouds")

    answer = await house.only_answer(click)

    assert click.callback_data == {"flags": 64}
    assert answer.ephemeral


# ---- what is pressed ---------------------------------------------------------------------------


async def test_r11_grow_and_shrink_change_the_card_in_its_place(house: House) -> None:
    click, card = await previewed(house)

    grown = await press(house, card, "Grow")
    back = await press(house, grown, "Shrink")
    shrunk = await press(house, back, "Shrink")

    assert {grown.id, back.id, shrunk.id} == {card.id}
    assert len(click.answered) == 1
    assert share(grown) > share(card)
    assert share(back) == share(card)
    assert share(shrunk) < share(card)
    assert "**Adjusted:** grown by 2 px" in grown.text
    assert "**Adjusted:**" not in back.text
    assert "**Adjusted:** shrunk by 2 px" in shrunk.text
    assert grown.files[0].data != card.files[0].data
    assert back.files[0].data == card.files[0].data
    assert len(grown.files) == 1
    assert await house.ledger() == (0, 0)


async def test_r10_invert_changes_the_rest_instead(house: House) -> None:
    _, card = await previewed(house)

    inverted = await press(house, card, "Invert")

    assert share(inverted) == pytest.approx(100 - share(card), abs=0.1)
    assert "**Adjusted:** inverted" in inverted.text
    assert "That is most of the picture." in inverted.text
    assert "No: change the rest" in [button.label for button in inverted.buttons]


async def test_r10_the_question_about_most_of_the_picture_is_answered_by_inverting(
    house: House,
) -> None:
    click = await house.edit(area="everything - left third", prompt="snow")
    card = await house.preview(click)
    assert "Did you mean it, or rather the rest?" in card.text

    rest = await press(house, card, "No: change the rest")
    final = await house.card(await house.ada.click(rest, RUN))

    assert "most of the picture" not in rest.text
    assert share(rest) == pytest.approx(33.3, abs=1)
    assert f"({share(rest)}% of the picture)" in final.text


async def test_r15_a_mask_on_its_side_is_asked_about_and_can_be_turned(house: House) -> None:
    """Row 15, story 4.4: nothing in the file says which way it was turned."""
    upright = Image.new("L", (64, 96), 0)
    ImageDraw.Draw(upright).rectangle((5, 10, 25, 40), fill=255)
    click = await house.ada.slash(
        "edit", image=picture(), mask=Upload("m.png", png(upright)), prompt="a hat"
    )
    card = await house.preview(click)
    assert "The mask lay on its side, and nothing says which way to turn it." in card.text

    turned = await press(house, card, "Turn it the other way")
    back = await press(house, turned, "Turn it the other way")
    final = await house.card(await house.ada.click(back, RUN))

    masks = [await kept_mask(house, number) for number in (1, 2, 3)]
    ways = [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270]
    assert {mask.tobytes() for mask in masks} == {upright.transpose(way).tobytes() for way in ways}
    assert masks[0].tobytes() == masks[2].tobytes() != masks[1].tobytes()
    assert "**Adjusted:** turned the other way" in turned.text
    assert len(final.files) == 2


async def test_r12_softer_fades_deeper_and_ends_somewhere(house: House) -> None:
    _, card = await previewed(house)

    once = await press(house, card, "Softer")
    last = await press(house, await press(house, once, "Softer"), "Softer")

    assert share(once) == share(last) == share(card)
    assert "fades in over " in once.text
    assert state(once, "Softer")
    assert not state(last, "Softer")


async def test_the_area_that_was_seen_is_the_area_that_changes(house: House) -> None:
    """Row 13: what is bought is what the last card showed, and nothing outside it changes."""
    _, card = await previewed(house)
    grown = await press(house, await press(house, card, "Grow"), "Grow")

    final = await house.card(await house.ada.click(grown, RUN))

    after = opened(final.files[1]).convert("RGB")
    change = ImageChops.difference(photo(), after).convert("L").point(lambda v: v and 255)
    grown_box = Image.new("L", (96, 64), 0)
    ImageDraw.Draw(grown_box).rectangle((26, 16, 64, 49), fill=255)
    assert change.getbbox() is not None
    assert ImageChops.subtract(change, grown_box).getbbox() is None
    assert "0 of " in final.text
    assert f"({share(grown)}% of the picture)" in final.text
    assert await house.ledger() == (0, 80_000)


async def test_cancel_takes_the_card_away(house: House) -> None:
    click, card = await previewed(house)

    answer = await press(house, card, "Cancel")

    assert answer.id == card.id
    assert answer.text == "Closed."
    assert answer.buttons == ()
    assert answer.files == ()
    assert len(click.answered) == 1
    assert [state for _, state in await drafts(house)] == ["dropped"]
    assert await house.ledger() == (0, 0)


async def test_run_takes_the_buttons_off_an_adjusted_card(house: House) -> None:
    """The card was changed by another click than the one that brought it."""
    _, card = await previewed(house)
    pressed = await house.ada.click(card, "Grow")
    grown = await house.changed(pressed)

    final = await house.card(await house.ada.click(grown, RUN))
    await pressed.wait(lambda seen: bool(seen.response and not seen.response.buttons), PATIENCE)

    assert not final.ephemeral
    assert pressed.response is not None
    assert pressed.response.text == "Running: the result will appear below."
    assert pressed.response.files == ()


async def test_three_clicks_on_run_are_one_job(house: House) -> None:
    """D22, I10, story 4.3."""
    _, card = await previewed(house)

    presses = [await house.ada.click(card, RUN) for _ in range(3)]
    for click in presses:
        await click.wait(lambda seen: bool(seen.answered), PATIENCE)
    [won] = [click for click in presses if not click.answered[0].ephemeral]
    refusals = [await house.only_answer(click) for click in presses if click is not won]

    await house.card(won)
    assert all(answer.text.startswith("That edit is already running.") for answer in refusals)
    assert house.engine_jobs == 1
    assert await house.ledger() == (0, 80_000)


async def test_grow_pressed_twice_at_once_grows_twice(house: House) -> None:
    _, card = await previewed(house)

    presses = [await house.ada.click(card, "Grow") for _ in range(2)]
    for click in presses:
        await house.changed(click)

    rows = await drafts(house)
    assert [state for _, state in rows] == ["dropped", "dropped", "draft"]
    last = await press(house, card, "Softer")
    assert "grown by 4 px" in last.text
