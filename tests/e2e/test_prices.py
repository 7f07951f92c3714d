"""The price before, what is left after: nothing runs at a price that its button does not say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.domain.catalog import IDEOGRAM_V2_TURBO_EDIT
from bot.engine import EngineFault, EngineFaultKind
from bot.sandbox import Message, PersonInteraction
from tests.e2e.conftest import PATIENCE, House, OpenHouse
from tests.e2e.previewed import RUN, drafts, press, previewed

TEN_CENTS = Decimal("0.10")
DEARER = (
    "A picture costs $0.10 now, and cost $0.08 when this preview was made, so I did not run it. "
    "Run on the newest preview has the price of today. Nothing was charged."
)


async def runs(house: House, card: Message, button: str = RUN) -> PersonInteraction:
    return await house.ada.click(card, button)


async def asked_again(house: House, click: PersonInteraction) -> Message:
    """The preview that a press on Run is answered with instead of an edit."""
    answer = await house.only_answer(click)
    assert answer.ephemeral
    assert "-preview." in answer.files[0].filename
    assert house.engine_jobs == 0
    assert await house.ledger() == (0, 0)
    return answer


def run_buttons(card: Message) -> list[str]:
    return [button.label for button in card.buttons if str(button.label).startswith("Run")]


# ---- before ------------------------------------------------------------------------------------


async def test_r47_run_says_what_all_pictures_cost_together(house: House) -> None:
    _, card = await previewed(house, count=4)

    assert run_buttons(card) == ["Run · $0.32"]


async def test_r47_an_edit_that_starts_at_once_says_its_price_in_line(house: House) -> None:
    house.break_engine(EngineFaultKind.JOB_SLOW, seconds=0.3, times=4)
    click = await house.edit(count=4)

    await house.slow(click)

    assert click.response is not None
    assert "**Price:** $0.32 set aside; you only pay for pictures you get." in (click.response.text)
    final = await house.card(click)
    assert "**Cost:** $0.32; $0.68 of $1.00 left (your daily limit, renews <t:" in final.text


@pytest.mark.parametrize(
    ("now", "says", "button"),
    [
        (TEN_CENTS, DEARER, "Run · $0.10"),
        (Decimal("0.05"), DEARER.replace("0.10", "0.05"), "Run · $0.05"),
    ],
)
async def test_r47_a_price_that_changed_over_a_restart_is_shown_before_it_is_paid(
    open_house: OpenHouse, now: Decimal, says: str, button: str
) -> None:
    """Up and down: nothing is bought before the member has seen it."""
    async with open_house() as house:
        _, card = await previewed(house)
    async with open_house(engine_price_usd=now) as house:
        answer = await asked_again(house, await runs(house, card))

        assert answer.text.splitlines()[0] == says
        assert run_buttons(answer) == [button]
        assert [state for _, state in await drafts(house)] == ["dropped", "draft"]
        final = await house.card(await runs(house, answer, button))
        assert f"**Cost:** ${now}; " in final.text
        assert await house.ledger() == (0, int(now * 1_000_000))
        assert house.engine_jobs == 1


async def test_an_old_button_pressed_twice_shows_the_new_price_twice_and_buys_once(
    open_house: OpenHouse,
) -> None:
    async with open_house() as house:
        _, card = await previewed(house)
    async with open_house(engine_price_usd=TEN_CENTS) as house:
        presses = [await runs(house, card) for _ in range(2)]
        answers = [await asked_again(house, click) for click in presses]

        assert [answer.text.splitlines()[0] for answer in answers] == [DEARER, DEARER]
        assert len(await drafts(house)) == 2
        await house.card(await runs(house, answers[0], "Run · $0.10"))
        late = await house.only_answer(await runs(house, card))
        assert (
            late.text == "That edit is already running. I don't buy it twice. Nothing was charged."
        )
        assert await house.ledger() == (0, 100_000)


async def test_an_old_button_stays_without_effect_beside_the_new_one(
    open_house: OpenHouse,
) -> None:
    async with open_house() as house:
        _, card = await previewed(house)
    async with open_house(engine_price_usd=TEN_CENTS) as house:
        await asked_again(house, await runs(house, card))
    async with open_house(engine_price_usd=TEN_CENTS) as house:
        answer = await asked_again(house, await runs(house, card))

        assert answer.text.splitlines()[0] == DEARER
        assert len(await drafts(house)) == 2


async def test_back_at_its_price_an_old_button_is_good_again(open_house: OpenHouse) -> None:
    """What was seen is what is bought: the same area, at the price on the button."""
    async with open_house() as house:
        _, card = await previewed(house)
    async with open_house(engine_price_usd=TEN_CENTS) as house:
        dearer = await asked_again(house, await runs(house, card))
    async with open_house() as house:
        cheaper = await asked_again(house, await runs(house, dearer, "Run · $0.10"))
        assert cheaper.text.startswith("A picture costs $0.08 now, and cost $0.10 when")

        await house.card(await runs(house, card))

        assert await house.ledger() == (0, 80_000)
        assert house.engine_jobs == 1


async def test_adjusting_an_old_preview_shows_the_price_of_today(open_house: OpenHouse) -> None:
    async with open_house() as house:
        _, card = await previewed(house)
    async with open_house(engine_price_usd=TEN_CENTS) as house:
        grown = await press(house, card, "Grow")

        assert run_buttons(grown) == ["Run · $0.10"]
        await house.card(await runs(house, grown, "Run · $0.10"))
        assert await house.ledger() == (0, 100_000)


async def test_another_model_leaves_an_old_preview_its_own_price(open_house: OpenHouse) -> None:
    """It is painted by the model it was quoted for, and billed as that one."""
    async with open_house() as house:
        _, card = await previewed(house)
    async with open_house(model=IDEOGRAM_V2_TURBO_EDIT.id) as house:
        await house.card(await runs(house, card))
        _, other = await previewed(house)

        assert run_buttons(other) == ["Run · $0.05"]
        assert await house.ledger() == (0, 80_000)
        assert [job.unit_price_nano for job in house.engine.jobs] == [80_000_000]
        cost = await house.one("SELECT cost FROM job")
        assert cost["cost"] == 80_000_000


# ---- after -------------------------------------------------------------------------------------


async def test_n14_each_of_several_pictures_is_charged_by_itself(house: House) -> None:
    """Three candidates: one is refused, one breaks, and one is paid."""
    for error in ("content_policy_violation", "internal_server_error"):
        house.break_engine(EngineFaultKind.JOB_FAILS, error_type=error)
    card = await house.edited(count=3)

    assert (
        "**Cost:** $0.08 for 1 picture; 1 refused (not charged); "
        "1 failed (not charged). $0.92 of $1.00 left (your daily limit, renews <t:"
    ) in card.text
    assert card.text.count("Not charged.") == 2
    assert await house.ledger() == (0, 80_000)


async def test_n14_pictures_that_ended_alike_share_one_line(house: House) -> None:
    fault = EngineFault(kind=EngineFaultKind.JOB_FAILS, error_type="content_policy_violation")
    house.engine.faults.add(fault, times=2)
    card = await house.edited(count=2)

    assert "**1, 2:** The model's content filter refused it. Not charged." in card.text
    assert "**Cost:** $0.00; $1.00 of $1.00 left" in card.text


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({}, "$0.92 of $1.00 left (your daily limit, renews <t:"),
        (
            {"guild_monthly_limit_usd": Decimal("0.10")},
            "$0.02 of $0.10 left (this server's monthly limit, renews <t:",
        ),
        (
            {"bot_monthly_limit_usd": Decimal("0.08")},
            "$0.00 of $0.08 left (the whole bot's monthly limit, renews <t:",
        ),
    ],
)
async def test_r57_the_receipt_says_what_is_left_of_the_limit_that_binds(
    open_house: OpenHouse, limits: dict[str, Any], says: str
) -> None:
    async with open_house(**limits) as house:
        click = await house.edit()

        card = await house.card(click)

        assert f"**Cost:** $0.08; {says}" in card.text
        await click.wait(lambda seen: bool(seen.answered), PATIENCE)
