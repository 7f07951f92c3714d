"""R56: who is told what of their limits, once, on the local Discord."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from bot.sandbox import Channel, Clock, Message, Person, PersonInteraction, routes
from bot.services.delivery.outbox import OutboxPauses
from bot.store.database import Transaction
from bot.store.limits import guilds
from tests.e2e.conftest import PATIENCE, House, OpenHouse

DAY = 86_400
POST = ("POST", routes.CHANNEL_MESSAGES)


async def bought(
    house: House, person: Person | None = None, *, count: int = 1, **options: Any
) -> PersonInteraction:
    """An edit whose card has come."""
    click = await house.edit(person, count=count, **options)
    await house.card(click)
    return click


async def choose_log(house: House, name: str = "mod-log") -> Channel:
    """The moderators want to be told there."""
    channel = house.discord.channel(name)
    await house.app.database.transact(
        guilds.set_log_channel, int(house.discord.default_guild.id), int(channel.id)
    )
    return channel


async def quiet(house: House) -> list[tuple[int, str, str]]:
    """Every alert once nothing is owed: threshold, state and how it was told, or why not."""
    async with asyncio.timeout(PATIENCE):
        while await house.one("SELECT 1 FROM outbox WHERE state = 'due'"):
            await asyncio.sleep(0.01)
    rows = await house.app.database.transact(
        lambda tx: tx.fetch_all(
            """
            SELECT threshold, state, COALESCE(reason, json_extract(address, '$[0][0]')) AS way
            FROM alert JOIN outbox ON kind = 'alert' AND subject = alert.id ORDER BY alert.id
            """
        )
    )
    return [(row["threshold"], row["state"], row["way"]) for row in rows]


async def due_again(house: House, which: str, *, doubtful: bool = True) -> None:
    """Let alerts be due as they were before it was written down how they ended."""

    def forget(tx: Transaction) -> None:
        rows = tx.fetch_all(f"SELECT * FROM outbox WHERE kind = 'alert' AND {which}")
        for row in rows:
            tx.execute("DELETE FROM outbox WHERE id = :id", id=row["id"])
            tx.execute(
                """
                INSERT INTO outbox (id, kind, subject, edit_id, turn, address, state, doubtful,
                                    created_at)
                VALUES (:id, 'alert', :subject, :edit_id, :turn, :address, 'due', :doubtful, :at)
                """,
                id=row["id"],
                subject=row["subject"],
                edit_id=row["edit_id"],
                turn=row["turn"],
                address=row["address"],
                doubtful=doubtful,
                at=row["created_at"],
            )

    await house.app.database.transact(forget)


def said(house: House, channel: Channel) -> list[Message]:
    return house.discord.messages(channel)


def owner_heard(house: House) -> list[Message]:
    return said(house, house.discord.dms(house.discord.person("owner")))


# ---- a server's limit ----------------------------------------------------------------------------


async def test_r56_moderators_hear_once_at_half_at_most_and_at_all_of_their_limit(
    open_house: OpenHouse,
) -> None:
    async with open_house(guild_monthly_limit_usd=Decimal("0.40")) as house:
        log = await choose_log(house)
        bob = house.discord.person("bob")
        heard = []
        for person in (house.ada, house.ada, bob, house.ada, bob):
            await bought(house, person)
            await quiet(house)
            heard.append(len(said(house, log)))

        half, most, everything = said(house, log)

    assert heard == [0, 0, 1, 2, 3]
    assert half.text.startswith("### 50% of this server's monthly limit is used\n$0.24 of $0.40 ")
    assert most.text.startswith("### 80% of this server's monthly limit is used")
    assert "$0.32 of $0.40 of play money is spent, for 4 pictures; it renews <t:" in most.text
    assert "There is room for 1 more picture at $0.08." in most.text
    people = f"<@{house.ada.id}> $0.24 (3 pictures), <@{bob.id}> $0.08 (1 picture)."
    assert f"Most of it: {people}" in most.text
    assert everything.text.startswith("### This server's monthly limit is used up")
    assert "There is no room for one more at $0.08." in everything.text
    for message in (half, most, everything):
        assert not message.mentions
        assert "`/limits boost`" in message.text


async def test_r56_the_forecast_says_where_it_leads(open_house: OpenHouse, clock: Clock) -> None:
    """Half of a month is over, and half of the limit is spent: twice as much by its end."""
    clock.advance(_to_the_middle_of_a_month(clock()))
    async with open_house(guild_monthly_limit_usd=Decimal("0.16")) as house:
        log = await choose_log(house)
        await bought(house)
        await quiet(house)

        [half] = said(house, log)

    assert "At this pace it would be $0.16 by then." in half.text


def _to_the_middle_of_a_month(now: float) -> float:
    """Seconds until 00:00 UTC on the 16th of April 2027, half of a month of 30 days."""
    return 1_807_833_600 - now


async def test_r56_without_a_log_channel_it_is_kept(open_house: OpenHouse) -> None:
    async with open_house(guild_monthly_limit_usd=Decimal("0.10")) as house:
        await bought(house)

        assert (100, "kept", "no log channel") in await quiet(house)
        assert owner_heard(house) == []
        mia = house.discord.person("mia", manage_guild=True)
        listed = await house.only_answer(await mia.slash("limits list"))
        assert "- This server's monthly limit is used up: $0.08 of $0.10" in listed.text


async def test_r56_naming_a_log_channel_tells_there_what_could_not_be_told_before(
    open_house: OpenHouse,
) -> None:
    async with open_house(guild_monthly_limit_usd=Decimal("0.20")) as house:
        await bought(house, count=2)
        await quiet(house)
        mia = house.discord.person("mia", manage_guild=True)
        heard = []

        for name in ("mod-log", "other-log"):
            log = house.discord.channel(name)
            await house.only_answer(await mia.slash("settings log", channel=log))
            await quiet(house)
            heard.append([line.text.splitlines()[0] for line in said(house, log)[1:]])

        assert heard == [["### This server's monthly limit is used up"], []]
        assert (100, "delivered", "log") in await quiet(house)


async def test_a_log_channel_that_is_gone_is_said_to_the_owner_once_and_edits_go_on(
    open_house: OpenHouse,
) -> None:
    """Peers 4.1, branch: the setting is marked broken, the owner gets one message."""
    async with open_house(guild_monthly_limit_usd=Decimal("0.40")) as house:
        log = await choose_log(house)
        house.discord.delete_channel(log)
        for count in (3, 1, 1):
            await bought(house, count=count)
            await quiet(house)

        [word] = owner_heard(house)
        assert word.text.startswith("### A log channel is closed to me")
        assert f"<#{log.id}>" in word.text
        ended = {(part, state, way) for part, state, way in await quiet(house)}
        assert ended == {(part, "kept", "closed") for part in (50, 80, 100)}
        chosen = await house.one("SELECT log_broken_at AS at FROM guild_setting")
        assert chosen["at"] is not None
        assert await house.ledger() == (0, 400_000)
        mia = house.discord.person("mia", manage_guild=True)
        listed = await house.only_answer(await mia.slash("limits list"))
        assert "**What I could not post in the log channel**" in listed.text
        assert "- This server's monthly limit is used up: $0.40 of $0.40" in listed.text
        assert "80% of" not in listed.text  # of one limit, the latest


async def test_a_log_channel_that_is_open_again_is_whole_again(open_house: OpenHouse) -> None:
    async with open_house(guild_monthly_limit_usd=Decimal("0.40")) as house:
        log = await choose_log(house)
        house.discord.faults.add(POST, code=50013)
        await bought(house, count=3)
        await quiet(house)
        assert (said(house, log), len(owner_heard(house))) == ([], 1)

        await bought(house)
        await quiet(house)

        [most] = said(house, log)
        assert most.text.startswith("### 80%")
        chosen = await house.one("SELECT log_broken_at AS at FROM guild_setting")
        assert chosen["at"] is None


async def test_while_discord_is_unwell_moderators_hear_of_it_later(
    open_house: OpenHouse,
) -> None:
    pauses = OutboxPauses(retry=(0.05,))
    async with open_house(guild_monthly_limit_usd=Decimal("0.10"), pauses=pauses) as house:
        log = await choose_log(house)
        failing = house.discord.faults.add(POST, status=503, times=2)
        await bought(house)
        await quiet(house)

        assert len(said(house, log)) == 1
        assert failing.hits == 2


async def test_r56_an_alert_whose_answer_was_lost_is_posted_once(open_house: OpenHouse) -> None:
    async with open_house(guild_monthly_limit_usd=Decimal("0.10")) as house:
        log = await choose_log(house)
        house.discord.faults.add(POST, lose_answer=True)
        await bought(house)

        assert (100, "delivered", "log") in await quiet(house)
        assert len(said(house, log)) == 1


async def test_r56_after_a_death_in_the_middle_it_is_not_posted_again(
    open_house: OpenHouse, clock: Clock
) -> None:
    """The bot died between the post and its record; Discord forgot the nonce meanwhile."""
    async with open_house(guild_monthly_limit_usd=Decimal("0.10")) as house:
        log = await choose_log(house)
        await bought(house)
        await quiet(house)
        await due_again(house, "state = 'delivered'")
    clock.advance(3600)

    async with open_house(guild_monthly_limit_usd=Decimal("0.10")) as house:
        assert (100, "delivered", "log") in await quiet(house)
        assert len(said(house, log)) == 1


# ---- a member's limit ----------------------------------------------------------------------------


async def test_r56_a_member_is_told_in_private_after_their_picture(open_house: OpenHouse) -> None:
    async with open_house(member_daily_limit_usd=Decimal("0.20")) as house:
        log = await choose_log(house)
        click = await bought(house, count=2)

        assert (100, "delivered", "beside") in await quiet(house)
        [word] = click.followups
        assert word.ephemeral
        assert word.text.startswith(
            "With edit 1, your daily limit is used up: $0.16 of $0.20 of play money is spent; "
        )
        assert "Cost:" in click.response.text if click.response else False
        assert said(house, log) == []
        assert owner_heard(house) == []


async def test_r56_the_next_day_begins_anew(open_house: OpenHouse, clock: Clock) -> None:
    async with open_house(member_daily_limit_usd=Decimal("0.10")) as house:
        first = await bought(house)
        await quiet(house)
        clock.advance(DAY)
        second = await bought(house)
        await quiet(house)

        assert [len(click.followups) for click in (first, second)] == [1, 1]


async def test_r56_once_the_reply_is_dead_a_member_is_told_directly(
    open_house: OpenHouse,
) -> None:
    async with open_house(member_daily_limit_usd=Decimal("0.10")) as house:
        house.discord.faults.add(("POST", routes.FOLLOWUPS), status=401, code=50027)
        click = await bought(house)
        await quiet(house)

        [word] = said(house, house.discord.dms(house.ada))
        assert word.text.startswith("With edit 1, your daily limit is used up")
        assert click.followups == []


async def test_a_member_who_takes_no_messages_finds_it_where_they_look(
    open_house: OpenHouse,
) -> None:
    async with open_house(member_daily_limit_usd=Decimal("0.10")) as house:
        house.discord.faults.add(("POST", routes.FOLLOWUPS), status=401, code=50027)
        house.ada.close_dms()
        await bought(house)

        assert (100, "kept", "closed") in await quiet(house)


async def test_a_private_word_that_may_have_been_said_is_not_said_again(
    open_house: OpenHouse,
) -> None:
    async with open_house(member_daily_limit_usd=Decimal("0.10")) as house:
        click = await bought(house)
        await quiet(house)
        await due_again(house, "state = 'delivered'")

    async with open_house(member_daily_limit_usd=Decimal("0.10")) as house:
        assert (100, "delivered", "beside") in await quiet(house)
        assert len(click.followups) == 1
        assert said(house, house.discord.dms(house.ada)) == []


# ---- the whole bot's limit -----------------------------------------------------------------------


async def test_r56_the_owner_hears_of_the_whole_bots_limit(open_house: OpenHouse) -> None:
    async with open_house(bot_monthly_limit_usd=Decimal("0.16")) as house:
        await bought(house)
        await quiet(house)

        [word] = owner_heard(house)
        assert word.text.startswith("### 50% of the whole bot's monthly limit is used")
        home = house.discord.default_guild.id
        assert f"Most of it: server {home} $0.08 (1 picture)." in word.text
        assert "`/owner status`" in word.text


async def test_r56_both_pots_of_one_picture_are_told_to_whom_they_concern(
    open_house: OpenHouse,
) -> None:
    async with open_house(
        member_daily_limit_usd=Decimal("0.10"),
        guild_monthly_limit_usd=Decimal("0.16"),
        bot_monthly_limit_usd=Decimal("0.16"),
    ) as house:
        log = await choose_log(house)
        click = await bought(house)
        await quiet(house)

        heads = [click.followups, said(house, log), owner_heard(house)]
        assert [[message.text.split(":")[0].split("\n")[0] for message in it] for it in heads] == [
            ["With edit 1, your daily limit is used up"],
            ["### 50% of this server's monthly limit is used"],
            ["### 50% of the whole bot's monthly limit is used"],
        ]


async def test_an_alert_whose_window_is_over_is_old_news(
    open_house: OpenHouse, clock: Clock
) -> None:
    async with open_house(member_daily_limit_usd=Decimal("0.10")) as house:
        click = await bought(house)
        await quiet(house)
        await due_again(house, "reason IS NOT 'overtaken'", doubtful=False)
    clock.advance(2 * DAY)

    async with open_house(member_daily_limit_usd=Decimal("0.10")) as house:
        assert (100, "kept", "over") in await quiet(house)
        assert len(click.followups) == 1
