"""What Discord and the network may do between a click and its card (D rows)."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from bot.domain.errors import DiscordRefused, LoginRefusal
from bot.engine import EngineFaultKind
from bot.sandbox import CdnBehaviour, Clock, LocalDiscord, routes
from tests.e2e.conftest import PATIENCE, House, OpenHouse, picture

CALLBACK = ("POST", routes.CALLBACK)
PATCH = ("PATCH", routes.ORIGINAL)
POST = ("POST", routes.CHANNEL_MESSAGES)


# ---- the acknowledgement -----------------------------------------------------------------------


async def test_the_same_frame_twice_is_one_edit(house: House) -> None:
    """D4, I10."""
    house.discord.gateway.repeat_next(times=3)

    card = await house.edited()

    assert len(card.files) == 2
    assert await house.ledger() == (0, 80_000)
    assert house.engine_jobs == 1
    assert len(house.cards()) == 1


async def test_the_same_frame_after_a_restart_is_a_no_op(open_house: OpenHouse) -> None:
    """D4: the second line of defence is the database."""
    async with open_house() as house:
        click = await house.edit()
        await house.card(click)

    async with open_house() as house:
        house.discord.gateway.emit("INTERACTION_CREATE", click.payload, click.payload["guild_id"])
        await house.only_answer(await house.ada.slash("mine spend"))

        assert await house.ledger() == (0, 80_000)
        assert len(house.cards()) == 1


async def test_an_acknowledgement_whose_answer_is_lost_still_counts(house: House) -> None:
    """The repeat is told 40060, and that is a success."""
    lost = house.discord.faults.add(CALLBACK, lose_answer=True)

    card = await house.edited()

    assert lost.hits == 1
    assert len(card.files) == 2


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": True}, {"retry_after": 0.2}])
async def test_an_acknowledgement_is_repeated_within_discords_patience(
    house: House, fault: dict[str, Any]
) -> None:
    """D7, D9: discord.py would wait one second and then three."""
    house.discord.faults.add(CALLBACK, times=2, **fault)

    click = await house.edit()
    await house.card(click)

    assert click.acknowledged is not None
    assert click.acknowledged < 2


@pytest.mark.parametrize("code", [10062, 40060])
async def test_an_interaction_that_is_gone_is_left_alone(house: House, code: int) -> None:
    """D5, D6: no second answer is tried, and nothing is bought."""
    refusal = house.discord.faults.add(CALLBACK, code=code)
    gone = await house.edit()
    await house.struck(refusal)

    await house.only_answer(await house.ada.slash("mine spend"))

    calls = [call for call in house.discord.requests if gone.token in str(call)]
    assert len(calls) <= 1
    assert gone.answered == []
    assert await house.one("SELECT 1 FROM edit") is None


@pytest.mark.parametrize(
    "fields",
    [
        {"attachment_size_limit": None},
        {"data": None},
        {"user": None, "member": None},
        {"type": 99},
        {"application_id": "x"},
    ],
)
async def test_a_frame_that_cannot_be_read_does_not_end_the_bot(
    house: House, fields: dict[str, Any]
) -> None:
    """Row 104: discord.py alone would end the whole client."""
    click = await house.edit()
    await house.card(click)
    broken = {**click.payload, "id": "7", **fields}
    broken = {name: value for name, value in broken.items() if value is not None}

    house.discord.gateway.emit("INTERACTION_CREATE", broken, broken["guild_id"])

    assert (await house.only_answer(await house.ada.slash("mine spend"))).ephemeral
    assert house.discord.gateway.resumes == 0


async def test_a_dropped_gateway_loses_nothing(house: House) -> None:
    """D1, D3."""
    await house.discord.gateway.drop(4000)
    first = await house.edit()
    await house.card(first)
    house.discord.gateway.ask_reconnect()

    await house.edited()

    assert house.engine_jobs == 2


async def test_a_revoked_token_ends_the_bot_at_once(house: House) -> None:
    """D20: one attempt, no storm."""
    await house.discord.revoke_token()

    with pytest.raises(DiscordRefused) as caught:
        await asyncio.wait_for(house.serving, PATIENCE)

    assert caught.value.refusal is LoginRefusal.TOKEN
    assert len(house.discord.gateway.identifies) == 1


@pytest.mark.parametrize(
    ("code", "refusal"),
    [(4013, LoginRefusal.INTENTS), (4014, LoginRefusal.INTENTS), (4011, LoginRefusal.SHARDING)],
)
async def test_a_refused_connection_is_named(
    house: House, code: int, refusal: LoginRefusal
) -> None:
    """D21."""
    await house.discord.gateway.drop(code)

    with pytest.raises(DiscordRefused) as caught:
        await asyncio.wait_for(house.serving, PATIENCE)

    assert caught.value.refusal is refusal


# ---- the card ----------------------------------------------------------------------------------


async def test_a_card_is_brought_again_after_discord_was_unwell(house: House) -> None:
    """D7, D9."""
    failing = house.discord.faults.add(PATCH, retry_after=0.3, skip=1)

    card = await house.edited()

    assert failing.hits == 1
    assert len(card.files) == 2
    assert len(house.cards()) == 1


@pytest.mark.parametrize("code", [50027, 10015, 10008])
async def test_a_reply_that_is_gone_becomes_a_message_for_the_member(
    house: House, code: int
) -> None:
    """D10, D11."""
    house.discord.faults.add(PATCH, code=code, times=None)

    click = await house.edit()
    row = await house.delivery()

    [card] = house.cards()
    assert row["way"] == "channel"
    assert card.mentions == {house.ada.id}
    assert not card.mentions_everyone
    assert len(card.files) == 2
    assert click.id != card.id


async def test_after_fifteen_minutes_the_card_is_posted(
    open_house: OpenHouse, clock: Clock
) -> None:
    """D10: the token is not even tried."""
    async with open_house() as house:
        house.break_engine(EngineFaultKind.JOB_SLOW, seconds=1.5)
        click = await house.edit()
        await house.slow(click)
        clock.advance(16 * 60)

        await house.delivery()

        [card] = house.cards()
        assert card.mentions == {house.ada.id}


async def test_a_lost_answer_to_a_posted_card_makes_no_second_card(house: House) -> None:
    """D9: the nonce, and a look at the channel, keep it from being posted twice."""
    house.discord.faults.add(PATCH, code=10008, times=None)
    lost = house.discord.faults.add(POST, lose_answer=True)

    await house.edit()
    row = await house.delivery()

    [card] = house.cards()
    assert lost.hits == 1
    assert row["message_id"] == int(card.id)


async def test_a_card_posted_long_ago_is_found_again(house: House, clock: Clock) -> None:
    """D9: Discord forgets a nonce after a few minutes."""
    house.discord.faults.add(PATCH, code=10008, times=None)
    lost = house.discord.faults.add(POST, lose_answer=True)
    await house.edit()
    await house.struck(lost)
    clock.advance(10 * 60)

    row = await house.delivery()

    [card] = house.cards()
    assert row["message_id"] == int(card.id)


@pytest.mark.parametrize("code", [10003, 50001, 50013])
async def test_a_closed_channel_leads_to_a_direct_message(house: House, code: int) -> None:
    """D12, D13, D14."""
    house.discord.faults.add(PATCH, code=10008, times=None)
    house.discord.faults.add(POST, code=code)

    await house.edit()
    row = await house.delivery()

    [card] = house.cards(house.discord.dms(house.ada))
    assert row["way"] == "direct"
    assert len(card.files) == 2
    assert house.cards() == []


async def test_closed_direct_messages_keep_the_card(house: House) -> None:
    """D15: the charge stands, the picture is kept."""
    house.ada.close_dms()
    house.discord.faults.add(PATCH, code=10008, times=None)
    house.discord.faults.add(POST, code=50013, times=1)

    await house.edit()
    row = await house.delivery()

    assert row["state"] == "kept"
    assert await house.ledger() == (0, 80_000)
    assert house.cards() == []
    assert house.cards(house.discord.dms(house.ada)) == []


async def test_a_file_too_large_for_the_place_is_made_smaller(house: House) -> None:
    """D16: a paid edit never fails for it."""
    too_large = house.discord.faults.add(PATCH, code=40005, skip=1)

    card = await house.edited()

    assert too_large.hits == 1
    assert len(card.files) == 2


async def test_a_card_in_line_that_cannot_be_shown_does_not_matter(house: House) -> None:
    """The edit is bought: nobody is told that it broke."""
    house.discord.faults.add(PATCH, status=400)

    click = await house.edit()
    await house.delivery()

    assert len(house.cards()) == 1
    assert click.followups == []


async def test_a_command_cut_short_by_a_restart_gets_a_word(open_house: OpenHouse) -> None:
    """L rows: acknowledged, then killed while the picture was still being fetched."""
    async with open_house() as house:
        slow = picture(delivery=CdnBehaviour(delay=20))
        click = await house.edit(image=slow, area="top half", prompt="x")
        await click.wait(lambda seen: seen.acknowledged is not None, PATIENCE)
        async with asyncio.timeout(PATIENCE):
            while await house.reply_state(click) != "open":
                await asyncio.sleep(0.01)

    async with open_house() as house:
        answer = await house.only_answer(click)

        assert answer.text.startswith("I was restarted before this edit began")
        assert "Nothing was charged." in answer.text
        assert await house.ledger() == (0, 0)


# ---- what may be written down ------------------------------------------------------------------


async def test_no_interaction_token_reaches_the_books(house: House, local: LocalDiscord) -> None:
    """I13, G2."""
    click = await house.edit()
    await house.card(click)

    row = await house.one("SELECT sealed_token FROM reply WHERE id = :id", id=int(click.id))
    everything = b"".join(
        path.read_bytes() for path in house.app.settings.data_dir.glob("touchup.sqlite3*")
    )

    assert click.token.encode() not in everything
    assert click.token.encode() not in row["sealed_token"]
    assert local.bot_token.encode() not in everything


async def test_logs_hold_no_token_and_no_signed_link(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """I13."""
    caplog.set_level("INFO")
    house.discord.faults.add(CALLBACK, lose_answer=True)
    click = await house.edit()
    await house.card(click)

    assert click.token not in caplog.text
    assert not re.search(r"[?&](ex|hm)=", caplog.text)
