"""A preview that is stale, cut short or somebody else's buys nothing; a restart changes nothing."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw

from bot.sandbox import Clock, Message, Person, Upload, routes
from bot.services.timeouts import Timeouts
from tests.e2e.conftest import PATIENCE, House, OpenHouse, png
from tests.e2e.previewed import ORIGINAL, RUN, drafts, press, previewed, share, state

# ---- what is refused ---------------------------------------------------------------------------


async def test_a_stale_preview_is_not_bought_and_the_newest_one_is_shown(house: House) -> None:
    """What runs is what was seen."""
    _, card = await previewed(house)
    # Both presses are made on the card as it stood at first.
    slow = house.discord.faults.add(ORIGINAL, delay=1)
    growing = await house.ada.click(card, "Grow")
    await house.struck(slow)

    pressed = await house.ada.click(card, RUN)
    refused = await house.only_answer(pressed)
    grown = await house.changed(growing)

    assert refused.ephemeral
    assert refused.text.startswith("The area was changed since this preview was shown")
    assert "Nothing was charged." in refused.text.splitlines()[0]
    assert share(grown) == float(refused.text.splitlines()[1].removeprefix("### ").split("%")[0])
    assert await house.ledger() == (0, 0)
    final = await house.card(await house.ada.click(refused, RUN))
    assert len(final.files) == 2
    assert await house.ledger() == (0, 80_000)
    # Neither of the two previews can be pressed any more.
    await pressed.wait(lambda seen: not seen.followups[0].buttons, PATIENCE)
    await growing.wait(lambda seen: bool(seen.response and not seen.response.buttons), PATIENCE)
    assert pressed.followups[0].text.startswith("Running: ")


HURRIED: Final = Timeouts(stop=0.3)
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

        assert f"({share(grown)}% of the picture)" in final.text
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
    open_house: OpenHouse,
) -> None:
    async with open_house(timeouts=HURRIED) as house:
        _, card = await previewed(house)
        slow = house.discord.faults.add(ORIGINAL, delay=20, times=None)
        click = await house.ada.click(card, "Grow")
        await house.struck(slow)
    house.discord.faults.clear()

    async with open_house() as house:
        answer = await house.only_answer(click)

        assert answer.ephemeral
        assert answer.text == (
            "I was restarted before I could show what that did. Nothing was charged. "
            "The next press shows what came of it."
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
