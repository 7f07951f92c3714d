"""A card that is paid for reaches its member, or waits for them under `/mine edits`."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine import EngineFaultKind
from bot.sandbox import Clock, PersonInteraction, routes
from bot.services.delivery.outbox import OutboxPauses
from tests.e2e.conftest import House, OpenHouse

PATCH = ("PATCH", routes.ORIGINAL)
POST = ("POST", routes.CHANNEL_MESSAGES)
PAST_THE_TOKEN = 16 * 60
SETTLED_SOON = 1.5


async def edited_slowly(house: House) -> PersonInteraction:
    """An edit whose card in line stands, and whose picture comes a moment later."""
    house.break_engine(EngineFaultKind.JOB_SLOW, seconds=SETTLED_SOON)
    click = await house.edit()
    await house.slow(click)
    return click


async def test_the_card_in_line_is_not_taken_for_the_final_card(house: House, clock: Clock) -> None:
    """L16, D9: a post that was cut off is looked for in the channel, where the former stands."""
    cut = house.discord.faults.add(POST, drop=True)
    click = await edited_slowly(house)
    clock.advance(PAST_THE_TOKEN)

    row = await house.delivery()

    [card] = house.cards()
    assert cut.hits == 1
    assert (row["state"], row["way"], row["message_id"]) == ("delivered", "channel", int(card.id))
    assert len(card.files) == 2
    assert card.mentions == {house.ada.id}
    assert not card.mentions_everyone
    assert card.mentioned_roles == frozenset()
    assert click.response is not None
    assert card.id != click.response.id


async def test_a_reply_whose_answer_was_lost_is_not_posted_again(
    open_house: OpenHouse, clock: Clock
) -> None:
    """D9: the token dies before the repeat; the card stands in the channel all the same."""
    async with open_house(pauses=OutboxPauses(retry=(30.0,))) as house:
        await answer_lost_and_token_dead(house, clock)


async def answer_lost_and_token_dead(house: House, clock: Clock) -> None:
    click = await edited_slowly(house)
    house.discord.faults.add(PATCH, lose_answer=True)
    await house.row("SELECT 1 FROM outbox WHERE tries = 1")
    clock.advance(PAST_THE_TOKEN)
    house.discord_app.outbox.loop.wake()

    row = await house.delivery()

    [card] = house.cards()
    assert click.response is not None
    assert card.id == click.response.id
    assert row["message_id"] == int(card.id)


async def test_a_deleted_channel_leads_to_a_direct_message(house: House, clock: Clock) -> None:
    """D12."""
    await edited_slowly(house)
    house.discord.delete_channel(house.discord.default_channel)
    clock.advance(PAST_THE_TOKEN)

    row = await house.delivery()

    [card] = house.cards(house.discord.dms(house.ada))
    assert (row["state"], row["way"]) == ("delivered", "direct")
    assert len(card.files) == 2


async def test_a_kept_picture_is_found_under_mine_edits(house: House, clock: Clock) -> None:
    """D12, D15, invariant 5: what is charged and kept can be had."""
    house.ada.close_dms()
    await edited_slowly(house)
    house.discord.delete_channel(house.discord.default_channel)
    clock.advance(PAST_THE_TOKEN)
    row = await house.delivery()
    elsewhere = house.ada.at(house.discord.channel("elsewhere"))

    answer = await house.only_answer(await elsewhere.slash("mine edits"))

    assert row["state"] == "kept"
    assert await house.ledger() == (0, 80_000)
    assert answer.ephemeral
    assert answer.viewer_id == house.ada.id
    assert "kept for you here" in answer.text
    assert "**Cost:** $0.08" in answer.text
    assert len(answer.files) == 2


async def test_an_interaction_from_no_channel_is_answered_directly(
    house: House, clock: Clock
) -> None:
    """Discord leaves `channel_id` out now and then; 0 is not a channel to post in."""
    await edited_slowly(house)
    await house.app.database.transact(lambda tx: tx.execute("UPDATE reply SET channel_id = 0"))
    clock.advance(PAST_THE_TOKEN)

    row = await house.delivery()

    assert row["way"] == "direct"
    assert "0" not in [call.parameters.get("channel_id") for call in house.discord.requests]


# ---- cards Discord does not take -----------------------------------------------------------------


@pytest.mark.parametrize(
    "refusal", [{"code": 40005, "times": 2}, {"status": 400, "code": 50035, "times": 1}]
)
async def test_a_card_that_is_not_taken_comes_without_its_pictures(
    house: House, refusal: dict[str, Any]
) -> None:
    """D16: never in silence; and the pictures are there for the asking."""
    click = await edited_slowly(house)
    refused = house.discord.faults.add(PATCH, **refusal)

    card = await house.card(click)
    row = await house.delivery()
    answer = await house.only_answer(await house.ada.slash("mine edits"))

    assert refused.hits == refusal["times"]
    assert row["state"] == "delivered"
    assert card.files == ()
    assert "They are kept: see `/mine edits`" in card.text
    assert "**Cost:** $0.08" in card.text
    assert len(answer.files) == 2


async def test_a_card_that_is_malformed_in_any_form_is_kept_after_some_tries(
    open_house: OpenHouse,
) -> None:
    """The same again is refused again: 400s for ever would also block our address."""
    async with open_house(pauses=OutboxPauses(retry=(0.05,))) as house:
        await refused_in_any_form(house)


async def refused_in_any_form(house: House) -> None:
    await edited_slowly(house)
    refused = house.discord.faults.add(PATCH, status=400, code=50035, times=None)

    row = await house.delivery()
    refused.times = refused.hits
    house.discord.faults.clear()
    answer = await house.only_answer(await house.ada.slash("mine edits"))

    assert row["state"] == "kept"
    assert refused.hits < 20
    assert len(answer.files) == 2


async def test_a_source_that_cannot_be_read_does_not_hold_the_picture_back(house: House) -> None:
    """S rows: the small copy of the source is left out."""
    await house.edited()
    row = await house.one("SELECT source FROM edit")
    house.app.folder.path(row["source"]).write_bytes(b"\x89PNG\r\n\x1a\n")

    answer = await house.only_answer(await house.ada.slash("mine edits"))

    [after] = answer.files
    assert after.description is not None
    assert after.description.startswith("After (1)")
