"""The real discord.py logs in, is used by people, and is seen by the right ones."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import discord
import pytest

from bot.sandbox import CallbackType, LocalDiscord, Upload
from tests.sandbox.specimen import Interaction, Specimen

Run = Callable[..., AbstractAsyncContextManager[Specimen]]


async def test_a_deferred_edit_shows_text_picture_and_buttons(
    local: LocalDiscord, bot: Specimen, png: bytes
) -> None:
    ada = local.person("ada")

    edit = await ada.slash("edit", image=Upload("photo.png", png), prompt="a red hat", area="left")
    await edit.wait(lambda i: i.followups)

    assert edit.callback is CallbackType.DEFERRED_MESSAGE
    assert edit.acknowledged is not None
    assert edit.acknowledged < 3
    shown = edit.response
    assert shown is not None
    assert shown.text == "**a red hat** in left, 1x"
    assert [(file.filename, file.data, file.description) for file in shown.files] == [
        ("result.png", png, "after")
    ]
    assert [(b.label, b.custom_id, b.url) for b in shown.buttons] == [
        ("Again", "again:7", None),
        ("Docs", None, "https://example.org"),
    ]
    assert shown.edits == 1
    assert [version.loading for version in shown.versions] == [True, False]
    assert local.violations == []


async def test_an_ephemeral_answer_is_seen_by_the_invoker_only(
    local: LocalDiscord, bot: Specimen
) -> None:
    ada, bob = local.person("ada"), local.person("bob")

    secret = await (await ada.slash("secret")).settled()

    assert secret.ephemeral
    seen = local.messages(local.default_channel, viewer=ada)
    assert [message.text for message in seen] == ["for your eyes only"]
    assert local.messages(local.default_channel, viewer=bob) == []
    assert local.messages(local.default_channel) == []


async def test_autocomplete_offers_choices(local: LocalDiscord, bot: Specimen) -> None:
    choices = await local.person("ada").autocomplete("edit", prompt="x", area="le")

    assert [choice.value for choice in choices] == ["left", "left half"]


async def test_subcommands_and_members_as_options_arrive(
    local: LocalDiscord, bot: Specimen
) -> None:
    ada, bob = local.person("ada"), local.person("bob")

    spend = await (await ada.slash("mine spend", member=bob)).settled()

    assert spend.response is not None
    assert spend.response.text == "spent by bob"


async def test_a_button_works_and_still_works_after_a_restart(
    local: LocalDiscord, run: Run, png: bytes
) -> None:
    """D24"""
    ada = local.person("ada")
    async with run() as first:
        edit = await ada.slash("edit", image=Upload("photo.png", png), prompt="hat")
        card = await edit.wait(lambda i: i.followups and i.response)
        assert card
        before = await (await ada.click(card, "Again")).settled()
        assert first.pressed == ["again:7"]

    async with run(sync=False) as second:
        after = await (await ada.click(card, "again:7")).settled()

    assert second.pressed == ["again:7"]
    assert [i.response.text for i in (before, after) if i.response] == ["edit 7 again"] * 2


async def test_a_message_menu_opens_a_form_whose_file_can_be_read(
    local: LocalDiscord, bot: Specimen, png: bytes
) -> None:
    ada = local.person("ada")
    message = ada.write("look", Upload("photo.png", png))

    opened = await (await ada.menu("Edit this picture", message)).settled()
    sent = await ada.submit(opened, what="blue sky", marked=Upload("marked.png", png))
    await sent.settled()

    assert opened.callback is CallbackType.MODAL
    assert sent.response is not None
    assert sent.response.text == f"blue sky [{len(png)}]"


async def test_a_user_menu_knows_the_member(local: LocalDiscord, bot: Specimen) -> None:
    ada, bob = local.person("ada"), local.person("bob")

    who = await (await ada.menu("Who is this", bob)).settled()

    assert who.response is not None
    assert who.response.text == "Bob"


async def test_a_component_can_change_its_message_in_place(
    local: LocalDiscord, bot: Specimen
) -> None:
    ada = local.person("ada")

    class Counter(discord.ui.View):
        @discord.ui.button(label="More")
        async def more(
            self, interaction: discord.Interaction, _: discord.ui.Button[Counter]
        ) -> None:
            await interaction.response.edit_message(content="2", view=None)

    async def behave(interaction: Interaction) -> None:
        await interaction.response.send_message("1", view=Counter())

    bot.behaviour = behave
    first = await (await ada.slash("probe")).settled()
    assert first.response is not None
    pressed = await (await ada.click(first.response, "More")).settled()

    assert pressed.callback is CallbackType.UPDATE
    assert first.response.text == "2"
    assert first.response.buttons == ()
    assert first.response.edits == 1


async def test_direct_messages_can_be_opened_written_and_edited(
    local: LocalDiscord, bot: Specimen
) -> None:
    ada = local.person("ada")

    user = await bot.fetch_user(int(ada.id))
    message = await user.send(f"hello {user.mention}")
    await message.edit(content="bye")

    (seen,) = local.messages(local.dms(ada), viewer=ada)
    assert (seen.text, seen.edits) == ("bye", 1)


async def test_mentions_follow_allowed_mentions(local: LocalDiscord, bot: Specimen) -> None:
    ada, bob = local.person("ada"), local.person("bob")
    words = f"<@{ada.id}> <@{bob.id}> @everyone"
    channel = bot.get_partial_messageable(int(local.default_channel.id))

    await channel.send(
        words, allowed_mentions=discord.AllowedMentions(users=[discord.Object(int(ada.id))])
    )
    await channel.send(words)

    careful, silent = local.messages(local.default_channel)
    assert careful.mentions == {ada.id}
    assert not careful.mentions_everyone
    assert silent.mentions == frozenset()


async def test_a_command_in_direct_messages_arrives_without_a_guild(
    local: LocalDiscord, bot: Specimen
) -> None:
    ada = local.person("ada")

    spend = await (await ada.at(local.dms(ada)).slash("mine spend")).settled()

    assert spend.response is not None
    assert spend.response.text == "spent by ada"
    assert local.messages(local.default_channel, viewer=ada) == []


async def test_what_a_client_would_not_send_is_refused_here(
    local: LocalDiscord, bot: Specimen, png: bytes
) -> None:
    ada = local.person("ada")
    image = Upload("photo.png", png)

    with pytest.raises(LookupError):
        await ada.slash("paint")
    with pytest.raises(LookupError):
        await ada.slash("edit", image=image, prompt="x", colour="red")
    with pytest.raises(ValueError, match="requires"):
        await ada.slash("edit", image=image)
    with pytest.raises(ValueError, match="within"):
        await ada.slash("edit", image=image, prompt="x", count=5)


async def test_rights_and_roles_reach_the_bot(local: LocalDiscord, bot: Specimen) -> None:
    found: list[tuple[bool, int]] = []

    async def behave(interaction: Interaction) -> None:
        assert isinstance(interaction.user, discord.Member)
        found.append((interaction.permissions.manage_guild, len(interaction.user._roles)))
        await interaction.response.send_message("ok")

    bot.behaviour = behave
    await (await local.person("mod", manage_guild=True).slash("probe")).settled()
    await (await local.person("ada").slash("probe")).settled()

    assert found == [(True, 1), (False, 0)]


async def test_every_kind_of_component_and_embed_is_kept_and_shown(
    local: LocalDiscord, bot: Specimen, png: bytes
) -> None:
    async def classic(interaction: Interaction) -> None:
        view = discord.ui.View()
        view.add_item(discord.ui.UserSelect(custom_id="who", placeholder="Who"))
        embed = discord.Embed(title="Receipt", description="2 edits").set_image(
            url="attachment://result.png"
        )
        embed.add_field(name="Left", value="$0.84").set_footer(text="today")
        file = discord.File(io.BytesIO(png), "result.png")
        await interaction.response.send_message("Hello", embed=embed, file=file, view=view)

    async def modern(interaction: Interaction) -> None:
        view = discord.ui.LayoutView()
        thumbnail: discord.ui.Thumbnail[Any] = discord.ui.Thumbnail("attachment://small.png")
        view.add_item(discord.ui.Section("beside a picture", accessory=thumbnail))
        view.add_item(discord.ui.Separator())
        view.add_item(discord.ui.File("attachment://result.png", spoiler=True))
        menu: discord.ui.Select[Any] = discord.ui.Select(
            custom_id="style", options=[discord.SelectOption(label="Anime", value="anime")]
        )
        view.add_item(discord.ui.ActionRow(menu))
        files = [discord.File(io.BytesIO(png), name) for name in ("small.png", "result.png")]
        await interaction.response.send_message(view=view, files=files)

    ada = local.person("ada")
    bot.behaviour = classic
    first = (await (await ada.slash("probe")).settled()).answered[0]
    bot.behaviour = modern
    second = (await (await ada.slash("probe")).settled()).answered[0]

    assert first.text == "Hello\nReceipt\n2 edits\nLeft\n$0.84\ntoday"
    assert [(menu.custom_id, menu.placeholder) for menu in first.selects] == [("who", "Who")]
    assert second.text == "beside a picture"
    assert [(file.filename, file.spoiler) for file in second.files] == [
        ("small.png", False),
        ("result.png", True),
    ]
    assert second.selects[0].options == (("Anime", "anime"),)


async def test_a_choice_in_a_menu_reaches_the_bot(local: LocalDiscord, bot: Specimen) -> None:
    chosen: list[Any] = []

    class Menus(discord.ui.View):
        @discord.ui.select(options=[discord.SelectOption(label=x, value=x) for x in "ab"])
        async def letter(
            self, interaction: discord.Interaction, menu: discord.ui.Select[Menus]
        ) -> None:
            chosen.extend(menu.values)
            await interaction.response.defer()

        @discord.ui.select(cls=discord.ui.UserSelect, placeholder="Who")
        async def who(
            self, interaction: discord.Interaction, menu: discord.ui.UserSelect[Menus]
        ) -> None:
            chosen.extend(member.name for member in menu.values)
            await interaction.response.defer()

    async def behave(interaction: Interaction) -> None:
        await interaction.response.send_message("choose", view=Menus())

    bot.behaviour = behave
    ada, bob = local.person("ada"), local.person("bob")
    message = (await (await ada.slash("probe")).settled()).answered[0]
    first = await ada.choose(message, message.selects[0].custom_id, "b")
    await first.settled()
    await (await ada.choose(message, "Who", bob)).settled()

    assert first.callback is CallbackType.DEFERRED_UPDATE
    assert chosen == ["b", "bob"]
    with pytest.raises(ValueError, match="not among"):
        await ada.choose(message, message.selects[0].custom_id, "c")
