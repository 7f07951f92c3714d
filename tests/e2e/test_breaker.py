"""N16, N17: purchases stop and go on again: what members, cards and the operator see of it."""

from __future__ import annotations

import asyncio
import logging
from decimal import Decimal

import pytest

from bot.engine import EngineFaultKind
from bot.sandbox import Message, Person, PersonInteraction
from bot.services.timeouts import Timeouts
from tests.e2e.conftest import PATIENCE, House, OpenHouse

WAITING = "A safety check stopped purchases, and the operator was told."


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What stops purchases is logged as an error, and here all of it is wanted."""
    caplog.set_level(logging.CRITICAL + 1)


@pytest.fixture
def timeouts() -> Timeouts:
    """Jobs that met a stop look again soon."""
    return Timeouts(stopped_pause=0.2)


async def reads(click: PersonInteraction, words: str) -> str:
    """What the answer to a click says, once it says so."""
    await click.wait(lambda seen: bool(seen.response and words in seen.response.text), PATIENCE)
    assert click.response is not None
    return click.response.text


def owner(house: House) -> Person:
    return house.discord.person("owner")


async def told(house: House, count: int = 1) -> list[Message]:
    """What the owner was told, once it was so much."""
    place = house.discord.dms(owner(house))
    await house.discord.wait(lambda: len(house.discord.messages(place)) >= count, PATIENCE)
    return house.discord.messages(place)


async def status(house: House) -> str:
    return (await house.only_answer(await owner(house).slash("owner status"))).text


async def resume(house: House, **options: str) -> str:
    return (await house.only_answer(await owner(house).slash("owner resume", **options))).text


# ---- a burst -------------------------------------------------------------------------------------


async def test_n16_a_burst_waits_with_its_hold_until_the_owner_lets_it_go_on(
    open_house: OpenHouse,
) -> None:
    async with open_house(breaker_burst_usd=Decimal("0.24")) as house:
        burst = await house.edit(count=4)
        card = await reads(burst, WAITING)
        [word] = await told(house)
        refused = await house.only_answer(await house.edit(house.discord.person("bob")))
        seen = await status(house)

        assert "Unusually many pictures were bought in a few minutes." in card
        assert (
            "3 of 4 pictures went on before. **Price:** $0.08 set aside for a day at most; Cancel "
            "frees it now." in card
        )
        async with asyncio.timeout(PATIENCE):
            while await house.ledger() != (80_000, 240_000):
                await asyncio.sleep(0.02)
        assert house.engine_jobs == 3
        assert word.text.startswith(
            "### I stopped buying pictures\n"
            "With one more picture, $0.32 would have been bought within 10 minutes, for 4 pictures "
            "of 1 member; more than $0.24 stops purchases (<t:"
        )
        assert "BREAKER_BURST_USD" in word.text
        assert refused.text == (
            "Editing is paused: unusually many pictures were bought in a few "
            "minutes. The operator was told. Try again later. Nothing was charged."
        )
        assert (
            "**Stopped:** Nothing is bought, because with one more picture, $0.32 would have been "
            "bought within 10 minutes" in seen
        )
        assert "**In line:** 1 waiting" in seen

        answer = await resume(house)
        final = await house.card(burst)

        assert answer.startswith("Purchases go on. They were stopped because:\n- with one more")
        assert len(final.files) == 5
        assert await house.ledger() == (0, 320_000)
        assert await resume(house) == "Nothing is stopped: purchases go on."
        assert len(await told(house)) == 1


async def test_n16_a_burst_still_stops_after_a_restart(open_house: OpenHouse) -> None:
    async with open_house(breaker_burst_usd=Decimal("0.05")) as house:
        click = await house.edit()
        await reads(click, WAITING)
        await told(house)

    async with open_house(breaker_burst_usd=Decimal("0.05")) as house:
        assert "**Stopped:**" in await status(house)
        assert (await house.ledger(), house.engine_jobs) == ((80_000, 0), 0)

        await resume(house)
        await house.card(click)

        assert len(await told(house)) == 1
        assert await house.ledger() == (0, 80_000)


# ---- failures ------------------------------------------------------------------------------------


async def test_n16_many_failures_stop_the_model_and_charge_nobody(open_house: OpenHouse) -> None:
    async with open_house(breaker_failure_percent=10) as house:
        house.break_engine(EngineFaultKind.JOB_WITHOUT_IMAGES, times=None)
        for name in ("ada", "bob", "eve"):
            failed = await house.edited(house.discord.person(name))
        [word] = await told(house)
        house.engine.faults.clear()
        refused = await house.only_answer(await house.edit())

        assert "Cost:** $0.00" in failed.text
        assert (
            "3 of the last 3 pictures of Ideogram V2 Edit failed by the provider's doing"
            in word.text
        )
        assert "too many of the last pictures failed" in refused.text
        assert "Purchases go on." in await resume(house, reason="failures")
        await house.edited()
        assert await house.ledger() == (0, 80_000)


# ---- a locked account ----------------------------------------------------------------------------


async def test_n17_a_locked_account_keeps_the_line_and_tells_the_owner_once(
    open_house: OpenHouse,
) -> None:
    """Peers 4.5.6: the operator gets one message, not forty."""
    hurried = Timeouts(stopped_pause=0.2, blocked_pauses=(0.0,))
    async with open_house(timeouts=hurried) as house:
        faults = house.engine.faults
        house.break_engine(EngineFaultKind.SUBMIT_LOCKED, times=None)
        clicks = [await house.edit(count=4), await house.edit(house.discord.person("bob"), count=4)]
        async with asyncio.timeout(PATIENCE):
            while len(faults.fired) < 40:
                await asyncio.sleep(0.02)
        text = await reads(clicks[0], "takes no new pictures from me at the moment")
        [word] = await told(house)
        later = await house.edit(house.discord.person("eve"))
        card = await reads(later, "takes no new pictures from me at the moment")
        seen = await status(house)

        assert "Nothing was bought yet." in text
        assert "Nothing was bought yet." in card
        assert word.text.startswith("### I cannot buy pictures\nThe provider refuses the account")
        assert "User is locked" in word.text
        assert (
            "**Stopped:** Nothing can be bought, because the provider refuses the account" in seen
        )
        assert await house.ledger() == (720_000, 0)

        house.engine.faults.clear()
        await resume(house)
        for click in (*clicks, later):
            await house.card(click)

        assert await house.ledger() == (0, 720_000)
        assert "Nothing is stopped" in await status(house)
        assert len(await told(house)) == 1


async def test_n17_who_waits_for_a_locked_account_can_take_it_back(open_house: OpenHouse) -> None:
    async with open_house() as house:
        house.break_engine(EngineFaultKind.SUBMIT_LOCKED, times=None)
        click = await house.edit()
        await reads(click, "takes no new pictures from me")
        assert click.response is not None

        await house.ada.click(click.response, "Cancel")
        card = await house.card(click)

        assert card.text.startswith("### Your edit was cancelled")
        assert await house.ledger() == (0, 0)


# ---- another price -------------------------------------------------------------------------------


async def test_n16_another_price_stops_before_anybody_pays_it(open_house: OpenHouse) -> None:
    async with open_house() as house:
        house.break_engine(EngineFaultKind.PRICE_CHANGED, times=None, price_nano_usd=100_000_000)
        house.app.pricing.loop.wake()
        [word] = await told(house)
        refused = await house.only_answer(await house.edit())

        assert (
            "lists Ideogram V2 Edit at $0.10 a picture, and members are quoted $0.08" in word.text
        )
        assert "the picture service changed its price" in refused.text
        assert (await house.ledger(), house.engine_jobs) == ((0, 0), 0)

        house.engine.faults.clear()
        house.app.pricing.loop.wake()
        async with asyncio.timeout(PATIENCE):
            while await house.one("SELECT 1 FROM pause WHERE lifted_at IS NULL"):
                await asyncio.sleep(0.01)
        await house.edited()
        assert await house.ledger() == (0, 80_000)


async def test_n16_a_picture_that_is_billed_otherwise_lets_the_price_be_compared_at_once(
    open_house: OpenHouse,
) -> None:
    """Not hours later: the next pictures may cost their owner more than anybody was quoted."""
    async with open_house() as house:
        await house.edited()
        house.break_engine(EngineFaultKind.PRICE_CHANGED, times=None, price_nano_usd=160_000_000)
        house.break_engine(EngineFaultKind.JOB_UNITS, units=2)

        await house.edit()
        [word] = await told(house)

        assert (
            "lists Ideogram V2 Edit at $0.16 a picture, and members are quoted $0.08" in word.text
        )


# ---- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["owner status", "owner resume"])
async def test_nobody_but_the_operator_sees_or_resumes(open_house: OpenHouse, command: str) -> None:
    """Who may manage a server is offered the command, and is refused."""
    async with open_house(breaker_burst_usd=Decimal("0.05")) as house:
        await reads(await house.edit(), WAITING)
        admin = house.discord.person("mia", administrator=True)

        answer = await house.only_answer(await admin.slash(command))

        assert answer.ephemeral
        assert "Stopped" not in answer.text
        assert "$" not in answer.text
        assert await house.one("SELECT 1 FROM pause WHERE lifted_at IS NULL")


async def test_a_member_of_the_team_who_may_act_resumes(open_house: OpenHouse) -> None:
    async with open_house(breaker_burst_usd=Decimal("0.05")) as house:
        eve = house.discord.person("eve", administrator=True)
        house.discord.join_team(eve)
        click = await house.edit()
        await reads(click, WAITING)

        answer = await house.only_answer(await eve.slash("owner resume"))

        assert answer.ephemeral
        assert answer.text.startswith("Purchases go on.")
        await house.card(click)
