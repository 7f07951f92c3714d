"""A member sees what will change, sets it right, and only then pays."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from bot.sandbox import Upload, routes
from tests.e2e.conftest import PATIENCE, House, opened, painted, photo, picture, png

if TYPE_CHECKING:
    from bot.sandbox import Clock, Interaction, Message, Person
    from tests.e2e.conftest import OpenHouse

RUN: Final = "Run · $0.08"
ORIGINAL: Final = ("PATCH", routes.ORIGINAL)


def black_mask() -> Upload:
    """Black on white: read the other way round, which the member should see."""
    drawn = Image.new("L", (96, 64), 255)
    ImageDraw.Draw(drawn).rectangle((30, 20, 60, 45), fill=0)
    return Upload("mask.png", png(drawn))


async def previewed(house: House, **options: Any) -> tuple[Interaction, Message]:
    """An edit whose mask was read in a way that may be wrong."""
    chosen: dict[str, Any] = {"image": picture(), "mask": black_mask(), "prompt": "a hat"}
    click = await house.ada.slash("edit", **(chosen | options))
    return click, await house.preview(click)


async def press(house: House, card: Message, button: str) -> Message:
    return await house.changed(await house.ada.click(card, button))


async def drafts(house: House) -> list[tuple[int, str]]:
    rows = await house.app.database.transact(
        lambda tx: tx.fetch_all("SELECT id, state FROM edit ORDER BY id")
    )
    return [(row["id"], row["state"]) for row in rows]


async def kept_mask(house: House, edit_id: int) -> Image.Image:
    row = await house.one("SELECT mask FROM edit WHERE id = :id", id=edit_id)
    return Image.open(house.app.folder.path(row["mask"])).convert("L")


def share(card: Message) -> float:
    """The part of the picture that a card says will change, in per cent."""
    headline = card.text.splitlines()[0]
    return float(headline.removeprefix("### ").split(" %")[0])


def state(card: Message, label: str) -> bool:
    """Whether a button can be pressed."""
    [button] = [button for button in card.buttons if button.label == label]
    return not button.disabled


# ---- what is shown -----------------------------------------------------------------------------


async def test_r13_a_preview_shows_what_will_change_before_money_moves(house: House) -> None:
    _, card = await previewed(house, style="anime", seed=5)

    assert "### 13.1 % of the picture will change" in card.text
    assert "your mask, black changes" in card.text
    assert "**Prompt:** a hat" in card.text
    assert "**Style:** Anime · **Seed:** 5 · 1 picture" in card.text
    assert "$1.00 of $1.00 left (your limit for today, renews <t:" in card.text
    assert card.files[0].description == (
        "Preview: the picture, 96 by 64 pixels; what will change is tinted and outlined: "
        "your mask, black changes, 13.1 % of the picture"
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
    click = await house.ada.slash("edit", image=picture(), mask=painted(), prompt="a hat")

    card = await house.card(click)

    assert len(card.files) == 2


async def test_an_area_that_is_looked_for_is_answered_in_private_from_the_start(
    house: House,
) -> None:
    """Nobody sees "is thinking…" for a preview."""
    click = await house.ada.slash("edit", image=picture(), area="sky", prompt="clouds")

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
    click = await house.ada.slash(
        "edit", image=picture(), area="everything - left third", prompt="snow"
    )
    card = await house.preview(click)
    assert "Did you mean it, or rather the rest?" in card.text

    rest = await press(house, card, "No: change the rest")
    final = await house.card(await house.ada.click(rest, RUN))

    assert "most of the picture" not in rest.text
    assert share(rest) == pytest.approx(33.3, abs=1)
    assert f"({share(rest)} % of the picture)" in final.text


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
    assert f"({share(grown)} % of the picture)" in final.text
    assert await house.ledger() == (0, 80_000)


async def test_cancel_takes_the_card_away(house: House) -> None:
    click, card = await previewed(house)

    answer = await press(house, card, "Cancel")

    assert answer.id == card.id
    assert answer.text == "Put away. Nothing was charged."
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
    assert pressed.response.text == "You said yes: this edit is running, and its card is below."
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


# ---- what is refused ---------------------------------------------------------------------------


async def test_a_stale_preview_is_not_bought_and_the_newest_one_is_shown(house: House) -> None:
    """What runs is what was seen."""
    _, card = await previewed(house)
    # Both presses are made on the card as it stood at first.
    slow = house.discord.faults.add(ORIGINAL, delay=1)
    growing = await house.ada.click(card, "Grow")
    async with asyncio.timeout(PATIENCE):
        while not slow.hits:
            await asyncio.sleep(0.01)

    refused = await house.only_answer(await house.ada.click(card, RUN))
    grown = await house.changed(growing)

    assert refused.ephemeral
    assert refused.text.startswith("The area was changed since this preview was shown")
    assert "Nothing was charged." in refused.text.splitlines()[0]
    assert share(grown) == float(refused.text.splitlines()[1].removeprefix("### ").split(" %")[0])
    assert await house.ledger() == (0, 0)
    final = await house.card(await house.ada.click(refused, RUN))
    assert len(final.files) == 2
    assert await house.ledger() == (0, 80_000)


VERBS: Final = ("run", "drop", "invert", "grow", "shrink", "soften", "turn", "word")


async def test_somebody_elses_preview_cannot_be_pressed(house: House) -> None:
    """D23, W49: even when the press is forged."""
    _, card = await previewed(house)
    bob = house.discord.person("bob")

    answers = [await forged(house, bob, card, verb) for verb in VERBS]
    chosen = await forged(house, bob, card, "choose")

    assert all(answer.ephemeral and answer.viewer_id == bob.id for answer in answers)
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].text.startswith("Only the member who asked for this edit may do that.")
    # It offers no choices.
    assert chosen.text.startswith("That edit is no longer here.")
    assert [state for _, state in await drafts(house)] == ["draft"]
    assert await house.ledger() == (0, 0)


async def forged(house: House, forger: Person, card: Message, verb: str) -> Message:
    """What is said to somebody who gives a button of this card another meaning."""
    data = {"custom_id": f"tu1:{verb}:1", "component_type": 2, "id": 1, "values": ["0"]}
    parts = card.payload["components"][0]["components"]
    row = [part for part in parts if part["type"] == 1][-1]
    row["components"][0]["custom_id"] = data["custom_id"]
    click = await forger.forge(3, data, message=card)
    if verb == "word":
        await click.wait(lambda seen: seen.modal is not None, PATIENCE)
        click = await forger.submit(click, prompt="mine now")
    return await house.only_answer(click)


async def test_shrinking_to_nothing_is_refused_and_the_card_stays(house: House) -> None:
    dot = Image.new("L", (96, 64), 255)
    ImageDraw.Draw(dot).rectangle((40, 30, 43, 33), fill=0)
    _, card = await previewed(house, mask=Upload("mask.png", png(dot)))

    click = await house.ada.click(card, "Shrink")
    answer = await house.only_answer(click)

    assert answer.ephemeral
    assert answer.text.startswith("That area selects nothing of the picture.")
    assert click.response is not None
    assert click.response.text == card.text
    assert state(click.response, "Grow")


async def test_over_the_limit_run_is_refused_and_the_preview_stays(open_house: OpenHouse) -> None:
    async with open_house(member_daily_limit_usd="0.10") as house:
        _, card = await previewed(house)
        _, second = await previewed(house)
        await house.card(await house.ada.click(card, RUN))

        answer = await house.only_answer(await house.ada.click(second, RUN))

        assert answer.text.startswith("This costs $0.08, and only $0.02 is left.")
        assert await house.ledger() == (0, 80_000)


# ---- restarts and expired tokens ---------------------------------------------------------------


async def test_a_preview_works_after_a_restart(open_house: OpenHouse) -> None:
    """D24, row 16."""
    async with open_house() as house:
        _, card = await previewed(house)

    async with open_house() as house:
        grown = await press(house, card, "Grow")
        assert share(grown) > share(card)

    async with open_house() as house:
        final = await house.card(await house.ada.click(grown, RUN))

        assert f"({share(grown)} % of the picture)" in final.text
        assert await house.ledger() == (0, 80_000)


async def test_a_preview_works_the_next_day(house: House, clock: Clock) -> None:
    """The token that brought it died long ago; every press has its own."""
    _, card = await previewed(house)
    clock.advance(24 * 3600)

    grown = await press(house, card, "Grow")
    final = await house.card(await house.ada.click(grown, RUN))

    assert share(grown) > share(card)
    assert len(final.files) == 2
    assert not [call for call in house.discord.requests if call.status == 401]


async def test_a_press_cut_short_is_told_beside_the_card_which_stays(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.STOP_SECONDS", 0.3)
    async with open_house() as house:
        _, card = await previewed(house)
        slow = house.discord.faults.add(ORIGINAL, delay=20, times=None)
        click = await house.ada.click(card, "Grow")
        async with asyncio.timeout(PATIENCE):
            while not slow.hits:
                await asyncio.sleep(0.01)
    house.discord.faults.clear()

    async with open_house() as house:
        answer = await house.only_answer(click)

        assert answer.ephemeral
        assert answer.text == (
            "I was restarted before I could do that. Nothing was charged. Please press it again."
        )
        assert click.response is not None
        assert click.response.text == card.text
        assert click.response.files
        # The growth was recorded; the next press shows it.
        softer = await press(house, card, "Softer")
        assert "grown by 2 px" in softer.text


async def test_a_refusal_that_discord_does_not_take_at_once_still_arrives(house: House) -> None:
    _, card = await previewed(house)
    house.discord.faults.add(("POST", routes.FOLLOWUPS), status=503)
    clicks = [await house.ada.click(card, "Cancel"), await house.ada.click(card, "Grow")]

    answer = await house.only_answer(clicks[1])

    assert answer.text.startswith("That edit is no longer here.")
