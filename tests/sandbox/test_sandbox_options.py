"""Members, roles, channels and threads as options: what the real discord.py makes of them."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from discord import app_commands

from bot.sandbox import LocalDiscord, Person, PersonInteraction
from tests.sandbox.specimen import Specimen


@pytest.fixture
def mia(local: LocalDiscord) -> Person:
    """A moderator."""
    return local.person("mia", manage_guild=True)


async def said(bot: Specimen, person: Person, **options: object) -> tuple[PersonInteraction, Any]:
    """Set a limit, and return how it was answered and what the bot was told."""
    click = await (await person.slash("limits set", **options)).settled()
    assert bot.errors == []
    return click, bot.heard[-1]


async def test_a_member_as_an_option_comes_with_roles_and_permissions(
    local: LocalDiscord, bot: Specimen, mia: Person
) -> None:
    booster = local.role("Booster", attach_files=True)
    bob = local.person("bob")
    bob.give(booster)

    click, heard = await said(bot, mia, amount=0.8, member=bob)

    assert isinstance(heard["member"], discord.Member)
    assert heard["member"].id == int(bob.id)
    assert heard["member"].joined_at is not None
    assert heard["member"].resolved_permissions is not None
    assert heard["member"].resolved_permissions.attach_files
    sent = click.payload["data"]["resolved"]
    assert sent["members"][bob.id]["roles"] == [booster.id]
    assert not {"user", "deaf", "mute"} & set(sent["members"][bob.id])
    assert sent["users"][bob.id]["username"] == "bob"


async def test_whoever_left_the_guild_comes_as_an_account_only(
    local: LocalDiscord, bot: Specimen, mia: Person
) -> None:
    bob = local.person("bob")
    bob.leave()

    click, heard = await said(bot, mia, amount=1, member=bob)

    assert type(heard["member"]) is discord.User
    assert "members" not in click.payload["data"]["resolved"]


async def test_a_role_as_an_option_arrives_and_everyone_has_the_guilds_id(
    local: LocalDiscord, bot: Specimen, mia: Person
) -> None:
    booster = local.role("Booster")
    guild = local.default_guild

    _, first = await said(bot, mia, amount=0.8, role=booster)
    _, second = await said(bot, mia, amount=0, role=guild.everyone)

    assert isinstance(first["role"], discord.Role)
    assert (first["role"].id, first["role"].name) == (int(booster.id), "Booster")
    assert second["role"].id == int(guild.id)
    assert second["role"].is_default()


async def test_whom_may_be_a_role_or_a_member(
    local: LocalDiscord, bot: Specimen, mia: Person
) -> None:
    booster, bob = local.role("Booster"), local.person("bob")

    _, first = await said(bot, mia, amount=1, whom=booster)
    _, second = await said(bot, mia, amount=1, whom=bob)

    assert first["whom"].id == int(booster.id)
    assert second["whom"].id == int(bob.id)


async def test_a_channel_as_an_option_says_what_its_reader_and_the_bot_may_do_there(
    local: LocalDiscord, bot: Specimen, mia: Person
) -> None:
    art = local.channel("art")
    art.overwrite(mia.user, deny=("ATTACH_FILES",))
    art.deny("EMBED_LINKS")

    click, heard = await said(bot, mia, amount=1, channel=art)

    assert isinstance(heard["channel"], app_commands.AppCommandChannel)
    assert (heard["channel"].id, heard["channel"].name) == (int(art.id), "art")
    assert heard["channel"].permissions.manage_guild
    assert heard["channel"].permissions.embed_links
    assert not heard["channel"].permissions.attach_files
    sent = click.payload["data"]["resolved"]["channels"][art.id]
    app = discord.Permissions(int(sent["app_permissions"]))
    assert (app.attach_files, app.embed_links) == (True, False)
    assert "permission_overwrites" not in sent
    assert sent["guild_id"] == local.default_guild.id


async def test_a_thread_as_an_option_knows_its_channel(
    local: LocalDiscord, bot: Specimen, mia: Person
) -> None:
    thread = local.thread("cats", channel=local.channel("art"))

    _, heard = await said(bot, mia, amount=1, channel=thread)

    assert isinstance(heard["channel"], app_commands.AppCommandThread)
    assert heard["channel"].parent_id == int(local.channel("art").id)
    assert not heard["channel"].archived
    assert heard["channel"].type is discord.ChannelType.public_thread


async def test_numbers_and_choices_are_what_a_client_would_send(
    bot: Specimen, mia: Person, local: LocalDiscord
) -> None:
    click, heard = await said(bot, mia, amount=0.5, window="month")

    assert (heard["amount"], heard["window"]) == (0.5, "month")
    assert click.response is not None
    assert click.response.text == "0.50 a month UTC"
    refused: list[dict[str, Any]] = [
        {"amount": "0.5"},
        {"amount": True},
        {"amount": -0.1},
        {"amount": 1, "window": "year"},
        {"amount": 1, "member": local.role("Booster")},
        {"amount": 1, "role": mia},
        {"amount": 1, "channel": mia},
        {"amount": 1, "whom": local.default_channel},
        {"amount": 1, "zone": "x" * 6001},
    ]
    for options in refused:
        with pytest.raises(ValueError, match="must be"):
            await mia.slash("limits set", **options)


async def test_only_what_a_client_lists_can_be_chosen(
    bot: Specimen, mia: Person, local: LocalDiscord
) -> None:
    elsewhere = local.guild("Elsewhere")
    hidden = local.channel("hidden")
    hidden.overwrite(local.default_guild.everyone, deny=("VIEW_CHANNEL",))
    gone = local.role("Gone")
    local.delete_role(gone)

    for options in (
        {"role": local.role("Theirs", elsewhere)},
        {"role": gone},
        {"channel": elsewhere.channels[0]},
        {"channel": hidden},
    ):
        with pytest.raises(ValueError, match="not among what is offered"):
            await mia.slash("limits set", amount=1, **options)


async def test_completing_sends_ids_alone_and_numbers_as_they_are_typed(
    bot: Specimen, mia: Person, local: LocalDiscord
) -> None:
    booster = local.role("Booster")

    zones = await mia.autocomplete("limits set", amount=1, role=booster, zone="ber")
    amounts = await mia.autocomplete("limits set", amount="1.")

    assert [(choice.name, choice.value) for choice in zones] == [("Ber", "ber")]
    assert [(choice.name, choice.value) for choice in amounts] == [("A dollar", 1.0)]
    assert bot.heard == [
        {"amount": 1.0, "role": discord.Object(int(booster.id)), "zone": "ber"},
        {"amount": "1."},
    ]
    with pytest.raises(LookupError, match="completes nothing"):
        await mia.autocomplete("limits set", window="d")
