"""Buttons: who may press them, how often, and what happens a restart later."""

from __future__ import annotations

import asyncio

import pytest

from bot.engine import EngineFaultKind
from bot.sandbox import Clock, Message, PersonInteraction, routes
from bot.services.delivery.outbox import OutboxPauses
from tests.e2e.conftest import PATIENCE, House, OpenHouse
from tests.ui.registered import RELEASED_BUTTONS


async def questioned(house: House) -> tuple[PersonInteraction, Message]:
    """An edit so large that it is asked about first."""
    click = await house.edit(area="everything - center 20%", prompt="snow")
    return click, await house.preview(click)


async def stuck(house: House) -> tuple[PersonInteraction, Message]:
    """An edit that waits at the provider, and its card."""
    house.break_engine(EngineFaultKind.JOB_STUCK_IN_QUEUE)
    click = await house.edit()
    await house.slow(click)
    assert click.response is not None
    return click, click.response


async def test_a_doubt_is_asked_in_private_with_the_price_on_the_button(house: House) -> None:
    _, question = await questioned(house)

    assert question.ephemeral
    assert "% of the picture will change" in question.text
    assert "That is most of the picture. Did you mean it, or rather the rest?" in question.text
    assert [button.label for button in question.buttons] == [
        *("Run · $0.08", "No: change the rest", "Grow", "Shrink", "Softer", "Cancel")
    ]
    assert house.discord.messages(house.discord.default_channel) == []
    assert await house.ledger() == (0, 0)


async def test_run_buys_the_edit_and_shows_it_to_everybody(house: House) -> None:
    _, question = await questioned(house)

    card = await house.card(await house.ada.click(question, "Run · $0.08"))

    assert not card.ephemeral
    assert len(card.files) == 2
    assert await house.ledger() == (0, 80_000)


async def test_run_pressed_twice_at_once_buys_once(house: House) -> None:
    """D22, I10."""
    _, question = await questioned(house)

    presses = [await house.ada.click(question, "Run · $0.08") for _ in range(2)]
    for press in presses:
        await press.wait(lambda seen: bool(seen.answered), PATIENCE)
    won, lost = sorted(presses, key=lambda press: press.answered[0].ephemeral)
    card, refusal = await house.card(won), await house.only_answer(lost)

    assert len(card.files) == 2
    assert refusal.ephemeral
    assert refusal.text.startswith("That edit is already running.")
    assert await house.ledger() == (0, 80_000)
    assert house.engine_jobs == 1


async def test_the_second_of_two_presses_within_a_tenth_of_a_second_buys_nothing(
    house: House,
) -> None:
    """D22, I10: the first may be acknowledged already, and its transaction under way."""
    _, question = await questioned(house)
    # The buttons are still there for a quick press.
    house.discord.faults.add(("PATCH", routes.FOLLOWUP), delay=1)

    first = await house.ada.click(question, "Run · $0.08")
    await asyncio.sleep(0.05)
    second = await house.ada.click(question, "Run · $0.08")
    card, refusal = await house.card(first), await house.only_answer(second)

    assert second.created_at - first.created_at < 0.1
    assert len(card.files) == 2
    assert refusal.ephemeral
    assert refusal.text.startswith("That edit is already running.")
    assert await house.ledger() == (0, 80_000)
    assert house.engine_jobs == 1
    assert len(house.cards()) == 1


async def test_the_question_loses_its_buttons_when_it_is_answered(house: House) -> None:
    asked, question = await questioned(house)
    assert question.buttons

    card = await house.card(await house.ada.click(question, "Run · $0.08"))
    await asked.wait(lambda seen: not seen.followups[0].buttons, PATIENCE)

    [answered] = asked.followups
    assert answered.id == question.id
    assert answered.ephemeral
    assert answered.text == "Running: the result will appear below."
    assert len(card.files) == 2


async def test_a_question_whose_token_has_died_is_left_as_it_is(house: House, clock: Clock) -> None:
    """D10: no call is made that can only be refused."""
    asked, question = await questioned(house)
    clock.advance(16 * 60)

    card = await house.card(await house.ada.click(question, "Run · $0.08"))

    assert len(card.files) == 2
    assert asked.followups[0].buttons
    assert not [call for call in house.discord.requests if call.status == 401]


async def test_putting_a_draft_away_twice_is_putting_it_away_once(house: House) -> None:
    _, question = await questioned(house)

    presses = [await house.ada.click(question, "Cancel") for _ in range(2)]
    answers = [await house.changed(press) for press in presses]

    assert [answer.text for answer in answers] == ["Closed."] * 2
    assert [answer.buttons for answer in answers] == [(), ()]
    assert [answer.files for answer in answers] == [(), ()]
    assert await house.ledger() == (0, 0)


async def test_the_card_of_a_cancelled_edit_does_not_wait_for_a_timer(
    open_house: OpenHouse,
) -> None:
    """A cancel that ends the edit at once wakes the outbox."""
    pauses = OutboxPauses(idle=10 * PATIENCE)
    async with open_house(fal_concurrency=1, pauses=pauses) as house:
        await stuck(house)
        waiting = await house.edit(prompt="second")
        await house.slow(waiting)
        assert waiting.response is not None

        await house.only_answer(await house.ada.click(waiting.response, "Cancel"))
        card = await house.card(waiting)

        assert "Your edit was cancelled" in card.text
        assert await house.ledger() == (80_000, 0)


async def test_a_draft_that_was_put_away_stays_away(house: House) -> None:
    _, question = await questioned(house)

    # The buttons are still there for a quick press.
    slow = house.discord.faults.add(("PATCH", routes.ORIGINAL), delay=0.5)
    put_away = await house.ada.click(question, "Cancel")
    await house.struck(slow)
    run_after = await house.only_answer(await house.ada.click(question, "Run · $0.08"))

    assert (await house.changed(put_away)).text == "Closed."
    assert run_after.text.startswith("That edit is no longer here.")
    assert await house.ledger() == (0, 0)


@pytest.mark.parametrize("verb", ["run", "drop", "cancel"])
async def test_somebody_elses_button_is_refused_in_private(house: House, verb: str) -> None:
    """D23, G4, W49: even when the press is forged."""
    _, card = await stuck(house)
    bob = house.discord.person("bob")
    data = {"custom_id": f"tu1:{verb}:1", "component_type": 2, "id": 1}
    # The card has one button; the forger gives it another meaning.
    card.payload["components"][0]["components"][1]["components"][0]["custom_id"] = data["custom_id"]

    click = await bob.forge(3, data, message=card)
    answer = await house.only_answer(click)

    assert answer.ephemeral
    assert answer.viewer_id == bob.id
    assert answer.text.startswith("Only the member who asked for this edit may do that.")
    assert await house.ledger() == (80_000, 0)


async def test_cancel_stops_an_edit_and_gives_its_price_back(house: House) -> None:
    click, card = await stuck(house)
    assert await house.ledger() == (80_000, 0)

    answer = await house.only_answer(await house.ada.click(card, "Cancel"))
    final = await house.card(click)

    assert answer.ephemeral
    assert "Cancel" in answer.text or "stop" in answer.text
    assert "Your edit was cancelled" in final.text
    assert "**Cost:** $0.00" in final.text
    assert final.buttons == ()
    assert await house.ledger() == (0, 0)


async def test_cancel_after_the_end_says_that_it_is_too_late(house: House) -> None:
    click, card = await stuck(house)
    queue = await house.only_answer(await house.ada.slash("mine queue"))
    await house.only_answer(await house.ada.click(card, "Cancel"))
    await house.card(click)

    answer = await house.only_answer(await house.ada.click(queue, "Cancel"))

    assert answer.text.startswith("That edit has ended already")
    assert "nothing left to cancel" in answer.text


@pytest.mark.parametrize("custom_id", ["tu0:again:1", "tu1:run:x", "tu2:cancel:1", "other"])
async def test_a_button_of_another_version_is_answered_politely(
    house: House, custom_id: str
) -> None:
    """D24."""
    _, question = await questioned(house)
    data = {"custom_id": custom_id, "component_type": 2, "id": 1}
    parts = question.payload["components"][0]["components"]
    row = next(part for part in parts if part["type"] == 1)
    row["components"][0]["custom_id"] = custom_id

    answer = await house.only_answer(await house.ada.forge(3, data, message=question))

    assert answer.ephemeral
    assert answer.text.startswith("That button is from another version of me")


async def test_every_button_ever_released_is_answered(house: House) -> None:
    """D24: also where what it was about is gone."""
    _, question = await questioned(house)
    parts = question.payload["components"][0]["components"]
    button = next(part for part in parts if part["type"] == 1)["components"][0]
    answers = []

    for custom_id in RELEASED_BUTTONS:
        button["custom_id"] = custom_id
        data = {"custom_id": custom_id, "component_type": 2, "id": 1, "values": ["0"]}
        click = await house.ada.forge(3, data, message=question)
        await click.wait(lambda seen: bool(seen.answered or seen.modal), PATIENCE)
        answers += [answer.text for answer in click.answered]

    assert len(answers) == len(RELEASED_BUTTONS) - 1  # one opens a modal
    assert not [text for text in answers if "another version of me" in text]


async def test_buttons_work_after_a_restart(open_house: OpenHouse) -> None:
    """D24."""
    async with open_house() as house:
        _, question = await questioned(house)

    async with open_house() as house:
        card = await house.card(await house.ada.click(question, "Run · $0.08"))

        assert len(card.files) == 2
        assert await house.ledger() == (0, 80_000)
