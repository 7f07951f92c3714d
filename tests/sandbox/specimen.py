"""A tiny bot on the real discord.py that does what an image bot does."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Literal

import discord
from discord import app_commands, ui

Interaction = discord.Interaction["Specimen"]


class Specimen(discord.AutoShardedClient):
    """Identifies at once and considers itself ready at once, as tests want."""

    def __init__(
        self, intents: discord.Intents | None = None, *, sync: bool = True, **options: Any
    ) -> None:
        super().__init__(
            intents=intents or discord.Intents.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0,
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.seen: list[int] = []
        self.pressed: list[str] = []
        self.errors: list[Exception] = []
        self.heard: list[dict[str, Any]] = []
        self.behaviour: Callable[[Interaction], Coroutine[Any, Any, None]] | None = None
        self._sync = sync
        add_commands(self.tree)
        add_limits(self.tree)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(AgainButton)
        self.tree.error(self._note_error)
        if self._sync:
            await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Skip the flat wait of five seconds between shards."""

    async def on_interaction(self, interaction: Interaction) -> None:
        self.seen.append(interaction.id)

    async def _note_error(self, _: Interaction, error: app_commands.AppCommandError) -> None:
        self.errors.append(getattr(error, "original", error))


class AgainButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"again:(?P<edit>[0-9]+)"):
    def __init__(self, edit: int) -> None:
        super().__init__(ui.Button(label="Again", custom_id=f"again:{edit}"))
        self.edit = edit

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: ui.Item[Any], match: re.Match[str]
    ) -> AgainButton:
        return cls(int(match["edit"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        assert isinstance(interaction.client, Specimen)
        interaction.client.pressed.append(f"again:{self.edit}")
        await interaction.response.send_message(f"edit {self.edit} again", ephemeral=True)


class WordsForm(ui.Modal, title="Edit this picture"):
    what: ui.Label[Any] = ui.Label(text="What", component=ui.TextInput(custom_id="what"))
    marked: ui.Label[Any] = ui.Label(
        text="Marked copy", component=ui.FileUpload(custom_id="marked", required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.what.component, ui.TextInput)
        assert isinstance(self.marked.component, ui.FileUpload)
        sizes = [len(await file.read()) for file in self.marked.component.values]
        await interaction.response.send_message(f"{self.what.component.value} {sizes}")


def card(text: str, filename: str, edit: int) -> ui.LayoutView:
    """Build a Components V2 card: text, picture, buttons."""
    view = ui.LayoutView(timeout=None)
    row: ui.ActionRow[Any] = ui.ActionRow(
        AgainButton(edit), ui.Button(label="Docs", url="https://example.org")
    )
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery(
        discord.MediaGalleryItem(f"attachment://{filename}", description="after")
    )
    view.add_item(ui.Container(ui.TextDisplay(text), gallery, row))
    return view


def picture(data: bytes, name: str = "result.png") -> discord.File:
    return discord.File(io.BytesIO(data), name, description="a picture")


def add_commands(tree: app_commands.CommandTree[Specimen]) -> None:
    @tree.command()
    @app_commands.describe(image="picture", prompt="words", area="where", count="how many")
    async def edit(
        interaction: Interaction,
        image: discord.Attachment,
        prompt: app_commands.Range[str, 1, 100],
        area: str = "all",
        count: app_commands.Range[int, 1, 4] = 1,
    ) -> None:
        """Change a picture."""
        await interaction.response.defer()
        data = await image.read()
        view = card(f"**{prompt}** in {area}, {count}x", "result.png", 7)
        await interaction.edit_original_response(attachments=[picture(data)], view=view)
        await interaction.followup.send("only you", ephemeral=True)

    @edit.autocomplete("area")
    async def areas(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        words = ("left", "left half", "right")
        return [app_commands.Choice(name=w, value=w) for w in words if w.startswith(typed)]

    @tree.command()
    async def secret(interaction: Interaction) -> None:
        """Answer in private."""
        await interaction.response.send_message("for your eyes only", ephemeral=True)

    @tree.command()
    async def probe(interaction: Interaction) -> None:
        """Do what the test wants."""
        assert interaction.client.behaviour is not None
        await interaction.client.behaviour(interaction)

    @tree.context_menu(name="Edit this picture")
    async def menu(interaction: Interaction, message: discord.Message) -> None:
        interaction.extras["files"] = len(message.attachments)
        await interaction.response.send_modal(WordsForm())

    @tree.context_menu(name="Who is this")
    async def who(interaction: Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(member.display_name)

    mine: app_commands.Group = app_commands.Group(name="mine", description="Yours")

    @mine.command()
    async def spend(interaction: Interaction, member: discord.User | None = None) -> None:
        """Show what you spent."""
        await interaction.response.send_message(f"spent by {member or interaction.user}")

    tree.add_command(mine)


Place = app_commands.AppCommandChannel | app_commands.AppCommandThread


def add_limits(tree: app_commands.CommandTree[Specimen]) -> None:
    limits: app_commands.Group = app_commands.Group(
        name="limits",
        description="Who may spend what",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
    )

    @limits.command(name="set")
    async def set_limit(
        interaction: Interaction,
        amount: app_commands.Range[float, 0, 1000],
        window: Literal["day", "month"] = "day",
        member: discord.Member | discord.User | None = None,
        role: discord.Role | None = None,
        channel: Place | None = None,
        whom: discord.Member | discord.Role | None = None,
        zone: str = "UTC",
    ) -> None:
        """Set a limit, where moderators do."""
        if not interaction.permissions.manage_guild:
            await interaction.response.send_message("only moderators", ephemeral=True)
            return
        interaction.client.heard.append(dict(iter(interaction.namespace)))
        await interaction.response.send_message(f"{amount:.2f} a {window} {zone}")

    @set_limit.autocomplete("zone")
    async def zones(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        interaction.client.heard.append(dict(iter(interaction.namespace)))
        return [app_commands.Choice(name=typed.title(), value=typed)]

    @set_limit.autocomplete("amount")
    async def amounts(interaction: Interaction, _: str) -> list[app_commands.Choice[float]]:
        interaction.client.heard.append(dict(iter(interaction.namespace)))
        return [app_commands.Choice(name="A dollar", value=1.0)]

    tree.add_command(limits)


async def running(client: Specimen, token: str) -> AsyncIterator[Specimen]:
    """Log in, connect, wait until every shard is ready; close at the end."""
    await client.login(token)
    connection = asyncio.create_task(client.connect(), name="specimen")
    ready = asyncio.create_task(client.wait_until_ready())
    await asyncio.wait((connection, ready), return_when=asyncio.FIRST_COMPLETED)
    try:
        if connection.done():
            connection.result()
        yield client
    finally:
        ready.cancel()
        await client.close()
        await asyncio.gather(connection, return_exceptions=True)
