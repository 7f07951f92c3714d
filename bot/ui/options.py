"""Options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from bot.domain import areas
from bot.domain.catalog import Style
from bot.domain.edits import LARGEST_COUNT, LARGEST_SEED, Previewing
from bot.domain.errors import BadPicture, PictureProblem
from bot.ui.messages import on_lists, on_previews, plain, wishes
from bot.ui.messages.words import style_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services.gallery import PastEdit

# https://docs.discord.com/developers/interactions/application-commands
MOST_CHOICES: Final = 25
LARGEST_INTEGER: Final = 2**53 - 1


class _Style(app_commands.Transformer):
    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]]:
        """The styles, by the names members know."""
        return [app_commands.Choice(name=style_name(style), value=style.value) for style in Style]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> Style:
        """Read a style; one that is gone does not fit the command any more."""
        return Style(value)


def style_of(value: str | None) -> Style | None:
    """Read a style that was chosen in a form; None: none that is known."""
    return next((style for style in Style if style.value == value), None)


def style_options() -> list[discord.SelectOption]:
    """The styles, to be chosen from in a form."""
    return [
        discord.SelectOption(
            label=style_name(style), value=style.value, default=style is Style.AUTO
        )
        for style in Style
    ]


class _Previewing(app_commands.Transformer):
    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]]:
        """When to show previews."""
        return [
            app_commands.Choice(name=on_previews.previewing_label(when), value=when.value)
            for when in Previewing
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> Previewing:
        """Read one of them."""
        return Previewing(value)


class _Attached(app_commands.Transformer):
    @property
    def type(self) -> discord.AppCommandOptionType:
        """An attachment."""
        return discord.AppCommandOptionType.attachment

    async def transform(
        self, interaction: discord.Interaction[Any], value: object, /
    ) -> discord.Attachment:
        """Take the attachment, or refuse a payload that names one without bringing it."""
        if not isinstance(value, discord.Attachment):
            raise BadPicture(PictureProblem.GONE)
        return value


Attached = app_commands.Transform[discord.Attachment, _Attached]
StyleOption = app_commands.Transform[Style, _Style]
PreviewingOption = app_commands.Transform[Previewing, _Previewing]
Count = app_commands.Range[int, 1, LARGEST_COUNT]
Seed = app_commands.Range[int, 0, LARGEST_SEED]

EditNumber = app_commands.Range[int, 1, LARGEST_INTEGER]


async def complete_area(
    interaction: discord.Interaction[Any],  # noqa: ARG001 - discord.py's signature
    current: str,
) -> list[app_commands.Choice[str]]:
    """Continue an area in words; pure, so it is answered in a moment."""
    return [app_commands.Choice(name=area, value=area) for area in areas.complete(current)]


def complete_edit(entries: Sequence[PastEdit], current: str) -> list[app_commands.Choice[int]]:
    """Offer those of a member's edits whose number or prompt has what was typed."""
    typed = plain(str(current)).casefold()
    return [
        app_commands.Choice(name=on_lists.choice(entry), value=entry.edit.id)
        for entry in entries
        if typed in str(entry.edit.id) or typed in wishes.plain_name(entry.edit).casefold()
    ][:MOST_CHOICES]
