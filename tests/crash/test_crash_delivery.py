"""Cards and the process's death: a card reaches its member once, by the way that is left."""

from __future__ import annotations

import pytest

from bot.sandbox import routes
from tests.crash.selection import moments
from tests.crash.stage import DIED, Stage

DONE = "### Your edit is done"


async def test_a_card_whose_token_has_died_is_posted_for_the_member(stage: Stage) -> None:
    """L16, D10: the process was away for longer than a token lives."""
    click = await stage.edit_and_die("deliver.before")
    stage.pass_time(16 * 60)

    await stage.start()
    books = await stage.settle()

    [card] = stage.answers(click)
    assert card.channel_id == click.channel.id
    assert DONE in card.text
    assert card.mentions == {click.person.id}
    assert books.ways == [("delivered", "channel")]


@pytest.mark.crash
async def test_a_token_that_dies_early_leads_to_the_channel(stage: Stage) -> None:
    """L16, D10: by our clock it still lives, Discord says otherwise."""
    click = await stage.edit_and_die("deliver.before")
    click.expire()

    await stage.start()
    books = await stage.settle()

    assert DONE in stage.answers(click)[0].text
    assert books.ways == [("delivered", "channel")]


@pytest.mark.parametrize("point", moments(["deliver.mid", "deliver.after"], always={"deliver.mid"}))
async def test_a_death_while_a_card_is_posted_makes_neither_none_nor_two(
    stage: Stage, point: str
) -> None:
    """L16-L18: the card in line stands in the same channel, and is not taken for the final one."""
    click = await stage.edit_and_die("deliver.before")
    stage.pass_time(16 * 60)
    await stage.die(point)

    await stage.start()
    books = await stage.settle()

    [card] = stage.answers(click)
    assert DONE in card.text
    assert len(card.files) == 2
    assert books.ways == [("delivered", "channel")]


@pytest.mark.crash
async def test_a_card_posted_long_before_the_restart_is_found_again(stage: Stage) -> None:
    """L18: after five minutes Discord has forgotten the nonce."""
    click = await stage.edit_and_die("deliver.before")
    stage.pass_time(16 * 60)
    await stage.die("deliver.after")
    stage.pass_time(10 * 60)

    await stage.start()
    await stage.settle()

    assert len(stage.answers(click)) == 1


async def test_a_reply_whose_answer_was_lost_is_not_posted_again(stage: Stage) -> None:
    """L18: the reply was there when the process died, and its token is dead at the restart."""
    click = await stage.edit_and_die("deliver.after")
    stage.pass_time(16 * 60)

    await stage.start()
    books = await stage.settle()

    [card] = stage.answers(click)
    assert card.interaction_id == click.id
    assert books.ways[0][0] == "delivered"


@pytest.mark.crash
async def test_a_channel_deleted_meanwhile_leads_to_a_direct_message(stage: Stage) -> None:
    """L16, D12"""
    click = await stage.edit_and_die("deliver.before")
    stage.pass_time(16 * 60)
    stage.discord.delete_channel(click.channel)

    await stage.start()
    books = await stage.settle()

    [card] = stage.answers(click)
    assert card.channel_id == stage.discord.dms(stage.discord.person("ada")).id
    assert books.ways == [("delivered", "direct")]


async def test_a_death_after_a_direct_message_was_sent_makes_no_second(stage: Stage) -> None:
    """L18, D12"""
    click = await stage.edit_and_die("deliver.before")
    stage.pass_time(16 * 60)
    stage.discord.delete_channel(click.channel)
    await stage.die("deliver.after")

    await stage.start()
    await stage.settle()

    assert len(stage.answers(click)) == 1


async def test_with_every_way_closed_the_picture_is_kept_and_paid(stage: Stage) -> None:
    """L16, D12, D15"""
    click = await stage.edit_and_die("deliver.before")
    stage.pass_time(16 * 60)
    stage.discord.delete_channel(click.channel)
    stage.discord.person("ada").close_dms()
    stage.given_up(click)

    await stage.start()
    books = await stage.settle()

    assert stage.answers(click) == []
    assert books.ways == [("kept", "direct")]
    assert books.spent > 0


@pytest.mark.crash
async def test_a_word_about_an_interruption_that_comes_too_late_is_not_posted(stage: Stage) -> None:
    """L4: after fifteen minutes Discord itself has said that nothing came."""
    click = await stage.edit_and_die("prepare.before")
    stage.pass_time(16 * 60)
    stage.given_up(click)

    await stage.start()
    books = await stage.settle()

    assert stage.answers(click) == []
    assert books.ways == [("kept", None)]


@pytest.mark.crash
@pytest.mark.parametrize("point", ["acknowledge.after", "accept.after"])
async def test_two_deaths_in_a_row_are_no_worse_than_one(stage: Stage, point: str) -> None:
    """L3, L4, L18: the second one dies while it tells of the first."""
    click = await stage.edit_and_die(point)
    second = await stage.spawn(TOUCHUP_DIE_AT="deliver.after")
    assert await second.ended() == DIED

    await stage.start()
    await stage.settle()

    assert len(stage.answers(click)) == 1
    answers = [
        r for r in stage.discord.requests if (r.method, r.route) == ("PATCH", routes.ORIGINAL)
    ]
    assert answers[-1].status == 200
