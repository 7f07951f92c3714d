"""Moderators choose by which clock their server counts, and where they are told."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import Permission, Person
from bot.store.limits import changes, guilds
from tests.e2e.conftest import House


async def said(house: House, who: Person, command: str, **options: Any) -> str:
    return (await house.told(who, f"settings {command}", **options)).text


async def chosen(house: House) -> guilds.GuildSettings:
    return await house.app.database.transact(guilds.get, int(house.discord.default_guild.id))


async def test_r55_a_server_counts_by_its_own_clock(house: House, mo: Person) -> None:
    assert "**Time zone:** UTC (the bot's). Its day ends <t:" in await said(house, mo, "show")
    names = [choice.name for choice in await mo.autocomplete("settings timezone", zone="berl")]

    told = await said(house, mo, "timezone", zone=names[0])

    assert names == ["Europe/Berlin"]
    assert told.startswith("Days begin at midnight in Europe/Berlin now; this one ends <t:")
    assert (await chosen(house)).time_zone == "Europe/Berlin"
    wrong = await said(house, mo, "timezone", zone="Europe/Berlim")
    assert wrong.startswith(
        r"I don't know the time zone “Europe\/Berlim”. Did you mean “Europe\/Berlin”?"
    )
    assert (await said(house, mo, "timezone", zone="the bot's")).startswith(
        "Days begin at midnight in UTC now, as for the whole bot;"
    )
    assert (await chosen(house)).time_zone is None
    lines = await house.app.database.transact(
        changes.changes, int(house.discord.default_guild.id), count=9
    )
    assert [(line.action.value, line.before, line.after, line.actor_id) for line in lines] == [
        ("time zone", "Europe/Berlin", None, int(mo.id)),
        ("time zone", None, "Europe/Berlin", int(mo.id)),
    ]


async def test_the_log_channel_is_tried_out_before_it_is_chosen(house: House, mo: Person) -> None:
    channel = house.discord.channel("mod-log")

    told = await said(house, mo, "log", channel=channel)

    assert told.startswith(f"I tell moderators in <#{channel.id}> now")
    [line] = house.discord.messages(channel)
    assert line.text.startswith("Test: I can post here.")
    assert (await chosen(house)).log_channel_id == int(channel.id)
    assert f"**Log channel:** <#{channel.id}>." in await said(house, mo, "show")
    assert "Nothing is posted for moderators any more" in await said(house, mo, "log")
    assert (await chosen(house)).log_channel_id is None
    assert "**Log channel:** none." in await said(house, mo, "show")


@pytest.mark.parametrize(
    ("denied", "missing"),
    [
        (Permission.VIEW_CHANNEL, "View Channel"),
        (Permission.SEND_MESSAGES, "Send Messages"),
    ],
    ids=["view", "send"],
)
async def test_a_channel_the_bot_cannot_post_in_is_not_chosen(
    house: House, mo: Person, denied: Permission, missing: str
) -> None:
    channel = house.discord.channel("hidden")
    channel.denied = denied

    told = await said(house, mo, "log", channel=channel)

    assert told == (
        f"I can't post in <#{channel.id}>: there I need the permission {missing}. "
        "Nothing was changed."
    )
    assert (await chosen(house)).log_channel_id is None


async def test_a_broken_log_channel_is_shown_as_such(house: House, mo: Person) -> None:
    guild_id, channel = int(house.discord.default_guild.id), house.discord.channel("mod-log")
    await said(house, mo, "log", channel=channel)

    assert await house.app.database.transact(
        guilds.mark_log_broken, guild_id, int(channel.id), now=1_790_000_000
    )

    assert "**I can't post there:** since <t:1790000000:R>" in await said(house, mo, "show")
    await said(house, mo, "log", channel=channel)
    assert (await chosen(house)).log_broken_at is None
