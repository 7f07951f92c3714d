"""What members see when the bot is stopped, or cut short, in the middle of a click."""

from __future__ import annotations

import asyncio

from bot.engine import EngineFaultKind
from bot.sandbox import CdnBehaviour, PersonInteraction, routes
from bot.services.timeouts import Timeouts
from tests.e2e.conftest import PATIENCE, House, OpenHouse, picture

CALLBACK = ("POST", routes.CALLBACK)
PATCH = ("PATCH", routes.ORIGINAL)
HURRIED = Timeouts(stop=0.3)


async def written_down(house: House, click: PersonInteraction) -> None:
    async with asyncio.timeout(PATIENCE):
        while await house.reply_state(click) != "open":
            await asyncio.sleep(0.01)


async def test_a_command_that_is_nearly_done_is_finished_before_the_end(
    open_house: OpenHouse,
) -> None:
    """A picture that arrives a second later is not a reason for an apology."""
    async with open_house() as house:
        late = picture(delivery=CdnBehaviour(delay=1))
        click = await house.edit(image=late, area="top half", prompt="x")
        await written_down(house, click)

    async with open_house() as house:
        card = await house.card(click)

        assert len(card.files) == 2
        assert len(click.answered) == 1
        assert await house.ledger() == (0, 80_000)


async def test_a_press_that_is_under_way_is_finished_before_the_end(open_house: OpenHouse) -> None:
    async with open_house() as house:
        asked = await house.edit(area="everything - center 20%", prompt="snow")
        question = await house.preview(asked)
        slow = house.discord.faults.add(CALLBACK, delay=0.8)
        press = await house.ada.click(question, "Run · $0.08")
        await house.struck(slow)

    async with open_house() as house:
        card = await house.card(press)

        assert len(card.files) == 2
        assert await house.ledger() == (0, 80_000)


async def test_a_command_that_takes_too_long_is_cut_short_and_gets_a_word(
    open_house: OpenHouse,
) -> None:
    """L rows: acknowledged, and cut off while the picture was still being fetched."""
    async with open_house(timeouts=HURRIED) as house:
        endless = picture(delivery=CdnBehaviour(delay=20))
        click = await house.edit(image=endless, area="top half", prompt="x")
        await click.wait(lambda seen: seen.acknowledged is not None, PATIENCE)
        await written_down(house, click)

    async with open_house() as house:
        answer = await house.only_answer(click)

        assert answer.text.startswith("I was restarted before this edit began")
        assert "Nothing was charged." in answer.text
        assert await house.ledger() == (0, 0)


async def test_a_cancel_cut_short_is_not_told_that_nothing_was_made(
    open_house: OpenHouse,
) -> None:
    """The cancel was done; only its answer was not."""
    async with open_house(timeouts=HURRIED) as house:
        house.break_engine(EngineFaultKind.JOB_STUCK_IN_QUEUE)
        click = await house.edit()
        await house.slow(click)
        assert click.response is not None
        house.discord.faults.add(PATCH, delay=20, times=None)
        press = await house.ada.click(click.response, "Cancel")
        async with asyncio.timeout(PATIENCE):
            while not (await house.one("SELECT cancel_asked AS asked FROM job"))["asked"]:
                await asyncio.sleep(0.01)
    house.discord.faults.clear()

    async with open_house() as house:
        answer = await house.only_answer(press)
        final = await house.card(click)

        assert answer.text.startswith("I was restarted before I could say what came of that.")
        assert "not made" not in answer.text
        assert "`/mine queue`" in answer.text
        assert "Your edit was cancelled" in final.text
        assert await house.ledger() == (0, 0)


async def test_a_look_cut_short_is_not_told_of_an_edit(
    open_house: OpenHouse,
) -> None:
    async with open_house(timeouts=HURRIED) as house:
        slow = house.discord.faults.add(PATCH, delay=20, times=None)
        click = await house.ada.slash("mine spend")
        await house.struck(slow)
    house.discord.faults.clear()

    async with open_house() as house:
        answer = await house.only_answer(click)

        assert answer.text == (
            "I was restarted before I could answer. Looking costs nothing: please ask again."
        )
