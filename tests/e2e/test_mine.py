"""A member looks at their own spending and their own line."""

from __future__ import annotations

from bot.engine import EngineFaultKind
from tests.e2e.conftest import House


async def test_spend_shows_every_level_and_the_last_edits(house: House) -> None:
    await house.edited(prompt="a red hat")

    answer = await house.only_answer(await house.ada.slash("mine spend"))

    assert answer.ephemeral
    for part in (
        "Your daily limit:** $1.00; $0.08 spent · $0.92 left; renews <t:",
        "This server's monthly limit, set by whoever hosts the bot:** $20.00; $0.08 spent",
        "The whole bot's monthly limit:** $50.00; $0.08 spent",
        "$0.08 · a red hat",
    ):
        assert part in answer.text


async def test_spend_is_ones_own(house: House) -> None:
    """G5."""
    await house.edited(prompt="ada's secret")
    bob = house.discord.person("bob")

    answer = await house.only_answer(await bob.slash("mine spend"))

    assert "secret" not in answer.text
    assert "Your daily limit:** $1.00; $0.00 spent" in answer.text


async def test_an_empty_queue_says_how_to_start(house: House) -> None:
    answer = await house.only_answer(await house.ada.slash("mine queue"))

    assert answer.ephemeral
    assert "nothing in line" in answer.text


async def test_the_queue_lists_what_waits_and_cancels_it(house: House) -> None:
    house.break_engine(EngineFaultKind.JOB_STUCK_IN_QUEUE, times=2)
    clicks = []
    for prompt in ("first hat", "second hat"):
        click = await house.edit(prompt=prompt)
        await click.wait(lambda seen: bool(seen.response and seen.response.buttons))
        clicks.append(click)

    queue = await house.only_answer(await house.ada.slash("mine queue"))
    assert "first hat" in queue.text
    assert "second hat" in queue.text
    assert [button.label for button in queue.buttons] == ["Cancel", "Cancel"]
    assert await house.ledger() == (160_000, 0)

    second = queue.buttons[1].custom_id
    assert second is not None
    await house.only_answer(await house.ada.click(queue, second))
    final = await house.card(clicks[1])
    later = await house.only_answer(await house.ada.slash("mine queue"))

    assert "Your edit was cancelled" in final.text
    assert "second hat" not in later.text
    assert "first hat" in later.text
    assert await house.ledger() == (80_000, 0)
