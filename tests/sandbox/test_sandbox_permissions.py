"""Who may do what where: roles, overwrites, threads, and which commands are offered to whom."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import discord
import pytest

from bot.sandbox import Channel, LocalDiscord, Person
from bot.sandbox.rest.permissions import ALL, Overwrite, Permission, overwritten
from tests.sandbox.conftest import Rest
from tests.sandbox.specimen import Interaction, Specimen

Run = Callable[..., AbstractAsyncContextManager[Specimen]]


async def seen(bot: Specimen, person: Person) -> Interaction:
    """What the bot is told of somebody who uses a command."""
    found = []

    async def behave(interaction: Interaction) -> None:
        found.append(interaction)
        await interaction.response.send_message("seen", ephemeral=True)

    bot.behaviour = behave
    await (await person.slash("probe")).settled()
    return found[0]


async def test_roles_come_and_go_between_two_commands(local: LocalDiscord, bot: Specimen) -> None:
    ada, booster = local.person("ada"), local.role("Booster", manage_guild=True)

    before = await seen(bot, ada)
    ada.give(booster)
    during = await seen(bot, ada)
    ada.take(booster)
    after = await seen(bot, ada)

    assert [click.permissions.manage_guild for click in (before, during, after)] == [
        False,
        True,
        False,
    ]
    assert isinstance(during.user, discord.Member)
    assert during.user._roles.has(int(booster.id))


async def test_a_deleted_role_is_worn_by_nobody(local: LocalDiscord, bot: Specimen) -> None:
    ada, booster = local.person("ada"), local.role("Booster")
    ada.give(booster)

    local.delete_role(booster)

    click = await seen(bot, ada)
    assert isinstance(click.user, discord.Member)
    assert list(click.user._roles) == []
    with pytest.raises(LookupError, match="no role"):
        ada.give(booster)


async def test_a_bot_with_guilds_in_view_hears_of_roles_and_threads(
    local: LocalDiscord, run: Run
) -> None:
    guild = local.default_guild
    early = local.thread("early")
    async with run(intents=discord.Intents(guilds=True)) as bot:
        cached = bot.get_guild(int(guild.id))
        assert cached is not None
        assert [thread.name for thread in cached.threads] == ["early"]
        booster, late = local.role("Booster"), local.thread("late")
        await seen(bot, local.person("ada"))
        assert [role.name for role in cached.roles] == ["@everyone", "Booster"]
        assert {thread.name for thread in cached.threads} == {"early", "late"}

        local.delete_role(booster)
        local.delete_channel(late)
        await seen(bot, local.person("ada"))
        assert [role.name for role in cached.roles] == ["@everyone"]
        assert [thread.id for thread in cached.threads] == [int(early.id)]


async def test_a_channels_overwrites_count_for_members_and_for_the_bot(
    local: LocalDiscord, bot: Specimen
) -> None:
    art, booster = local.channel("art"), local.role("Booster")
    art.overwrite(local.default_guild.everyone, deny=("ATTACH_FILES", "EMBED_LINKS"))
    art.overwrite(booster, allow=("ATTACH_FILES",))
    ada = local.person("ada", channel=art)

    plain = await seen(bot, ada)
    ada.give(booster)
    boosted = await seen(bot, ada)
    elsewhere = await seen(bot, ada.at(local.default_channel))

    assert not plain.permissions.attach_files
    assert boosted.permissions.attach_files
    assert not boosted.permissions.embed_links
    assert not boosted.app_permissions.attach_files
    assert elsewhere.permissions.embed_links
    assert elsewhere.app_permissions.attach_files


def test_overwrites_are_applied_from_everyone_over_roles_to_the_member() -> None:
    """As Discord's documentation orders them: denied, then allowed, layer by layer."""
    send, files, view = (
        Permission.SEND_MESSAGES,
        Permission.ATTACH_FILES,
        Permission.VIEW_CHANNEL,
    )
    overwrites = [
        Overwrite("me", is_member=True, deny=view),
        Overwrite("strict", is_member=False, deny=files | send),
        Overwrite("kind", is_member=False, allow=files),
        Overwrite("guild", is_member=False, deny=send, allow=view),
    ]

    def allowed(granted: Permission, *roles: str, me: str = "other") -> Permission:
        return overwritten(granted, overwrites, guild_id="guild", role_ids=roles, member_id=me)

    assert allowed(send | files) == files | view
    assert allowed(send | files, "strict") == view
    assert allowed(send, "strict", "kind") == files | view
    assert allowed(send, "kind", "strict", me="me") == files
    assert allowed(Permission.ADMINISTRATOR, "strict", me="me") == ALL


async def test_a_command_in_a_thread_says_which_channel_the_thread_is_in(
    local: LocalDiscord, bot: Specimen
) -> None:
    art = local.channel("art")
    art.overwrite(local.default_guild.everyone, deny=("EMBED_LINKS",))
    private = local.thread("cats", channel=art, private=True)

    click = await seen(bot, local.person("ada", channel=private))

    assert isinstance(click.channel, discord.Thread)
    assert (click.channel.id, click.channel.parent_id) == (int(private.id), int(art.id))
    assert click.channel.is_private()
    assert not click.permissions.embed_links


async def test_a_thread_can_be_read_and_written_to_where_threads_may_be(
    local: LocalDiscord, rest: Rest
) -> None:
    thread = local.thread("cats")
    path = f"/channels/{thread.id}"

    assert (await rest("GET", path))[1]["parent_id"] == local.default_channel.id
    assert (await rest("POST", f"{path}/messages", {"content": "hello"}))[0] == 200
    local.default_channel.deny("SEND_MESSAGES")
    assert (await rest("POST", f"{path}/messages", {"content": "still"}))[0] == 200
    local.default_channel.deny("SEND_MESSAGES_IN_THREADS")
    assert (await rest("POST", f"{path}/messages", {"content": "no more"}))[1]["code"] == 50013
    assert [message.text for message in local.messages(thread)] == ["hello", "still"]


async def test_a_channel_takes_its_threads_along(local: LocalDiscord, rest: Rest) -> None:
    art = local.channel("art")
    thread = local.thread("cats", channel=art)

    local.delete_channel(art)

    for place in (art, thread):
        assert (await rest("GET", f"/channels/{place.id}"))[1]["code"] == 10003


async def test_a_member_is_shown_with_the_roles_worn_now(local: LocalDiscord, rest: Rest) -> None:
    ada, booster = local.person("ada"), local.role("Booster")
    ada.give(booster)
    path = f"/guilds/{local.default_guild.id}/members/{ada.id}"

    _, shown = await rest("GET", path)
    ada.leave()

    assert shown["roles"] == [booster.id]
    assert (await rest("GET", path))[1]["code"] == 10007


async def test_a_command_for_moderators_is_offered_to_them_alone(
    local: LocalDiscord, bot: Specimen
) -> None:
    moderator = local.role("Moderator", manage_guild=True)
    ada, eve = local.person("ada"), local.person("eve", administrator=True)

    with pytest.raises(LookupError, match="not offered to ada"):
        await ada.slash("limits set", amount=1)
    ada.give(moderator)
    for person in (ada, eve, local.person("owner")):
        click = await (await person.slash("limits set", amount=1)).settled()
        assert click.response is not None
        assert click.response.text == "1.00 a day UTC"

    ada.take(moderator)
    with pytest.raises(LookupError, match="not offered to ada"):
        await ada.slash("limits set", amount=1)


async def test_an_owner_may_offer_a_command_to_others_so_bots_must_look_again(
    local: LocalDiscord, bot: Specimen
) -> None:
    ada, booster = local.person("ada"), local.role("Booster")
    ada.give(booster)
    local.override("limits", booster, allowed=True)

    click = await (await ada.slash("limits set", amount=1)).settled()

    assert click.response is not None
    assert click.response.text == "only moderators"
    assert bot.heard == []


def nobody(local: LocalDiscord, person: Person) -> list[tuple[Any, bool]]:
    return [(local.default_guild.everyone, False)]


def all_but_them(local: LocalDiscord, person: Person) -> list[tuple[Any, bool]]:
    return [(local.default_guild.everyone, True), (person, False)]


def not_here(local: LocalDiscord, person: Person) -> list[tuple[Any, bool]]:
    return [(person, True), (person.channel, False)]


@pytest.mark.parametrize("overrides", [nobody, all_but_them, not_here])
async def test_an_owner_may_take_a_command_away(
    local: LocalDiscord, bot: Specimen, overrides: Callable[..., list[tuple[Any, bool]]]
) -> None:
    ada = local.person("ada")
    await (await ada.slash("secret")).settled()

    for target, allowed in overrides(local, ada):
        local.override("secret", target, allowed=allowed)

    with pytest.raises(LookupError, match="not offered"):
        await ada.slash("secret")


@pytest.mark.parametrize("name", ["USE_APPLICATION_COMMANDS", "VIEW_CHANNEL"])
async def test_nobody_uses_commands_where_they_may_not(
    local: LocalDiscord, bot: Specimen, name: str
) -> None:
    place: Channel = local.channel("quiet")
    place.overwrite(local.default_guild.everyone, deny=(name,))

    with pytest.raises(LookupError):
        await local.person("ada", channel=place).slash("secret")
    with pytest.raises(LookupError):
        await local.person("ada", channel=local.thread("cats", channel=place)).slash("secret")
    assert (await local.person("owner", channel=place).slash("secret")).kind == 2
