"""Options of the commands that start edits or show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from bot.domain import areas
from bot.domain.catalog import Style
from bot.domain.edits import prompts
from bot.domain.edits.draft import LARGEST_COUNT, LARGEST_SEED
from bot.domain.edits.extension import MOST_OVERLAP_PIXELS, Edge, parse_extension
from bot.domain.edits.options import Previewing
from bot.domain.errors import BadOption, BadPicture, PictureProblem
from bot.ui.interactions import LARGEST_INTEGER, MOST_CHOICES, EnumOption
from bot.ui.texts import lists, plain, previews
from bot.ui.texts import options as option_texts
from bot.ui.texts.labels import plain_name, style_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.services.edits.gallery import PastEdit

EXAMPLES: Final = ("20%", "128px", "16:9", "1:1", "9:16", "4:3")
"""How much new room there may be, by example."""
VALUE_LENGTH: Final = 100
"""https://docs.discord.com/developers/interactions/application-commands"""


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
StyleOption = app_commands.Transform[Style, EnumOption(Style, style_name)]
SideOption = app_commands.Transform[Edge, EnumOption(Edge, option_texts.edge_name)]
PreviewingOption = app_commands.Transform[
    Previewing, EnumOption(Previewing, previews.previewing_label)
]
Count = app_commands.Range[int, 1, LARGEST_COUNT]
Seed = app_commands.Range[int, 0, LARGEST_SEED]
Overlap = app_commands.Range[int, 0, MOST_OVERLAP_PIXELS]
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
        app_commands.Choice(name=lists.choice(entry), value=entry.edit.id)
        for entry in entries
        if typed in str(entry.edit.id) or typed in plain_name(entry.edit).casefold()
    ][:MOST_CHOICES]


async def complete_amount(
    interaction: discord.Interaction[Any],  # noqa: ARG001 - discord.py's signature
    current: str,
) -> list[app_commands.Choice[str]]:
    """Continue how much a picture grows; pure, so it is answered in a moment."""
    return [
        app_commands.Choice(name=name, value=amount)
        for amount, name in dict(_amounts(str(current).strip())).items()
    ][:MOST_CHOICES]


async def complete_lettering(
    interaction: discord.Interaction[Any],  # noqa: ARG001 - discord.py's signature
    current: str,
) -> list[app_commands.Choice[str]]:
    """Continue which lettering is meant: by what it reads, or by where it is."""
    return [
        app_commands.Choice(name=name, value=area)
        for area, name in dict(_letterings(str(current).strip())).items()
        if len(area) <= VALUE_LENGTH
    ][:MOST_CHOICES]


def _amounts(typed: str) -> Iterator[tuple[str, str]]:
    """What was typed, finished; examples where nothing can come of it."""
    finished = [typed, f"{typed}%", f"{typed}px", f"{typed}:9"]
    begun = [example for example in EXAMPLES if example.startswith(typed)]
    found = list(_understood([*finished, *begun] if typed else EXAMPLES))
    yield from found or _understood(EXAMPLES)


def _understood(amounts: list[str] | tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for said in amounts:
        try:
            extension = parse_extension(Edge.ALL, said)
        except BadOption:
            continue
        amount = str(extension.amount)
        yield amount, option_texts.amount_name(amount, extension)


def _letterings(typed: str) -> Iterator[tuple[str, str]]:
    """The lettering that reads what was typed, then areas that continue it."""
    if not typed:
        for area in option_texts.LETTERINGS:
            yield area, option_texts.lettering_name(area)
        return
    meant = prompts.lettering_area(typed)
    is_area = meant in (typed, prompts.LETTERING)
    if not is_area:  # so it is what the lettering says
        yield meant, option_texts.old_words_name(typed)
    for area in areas.complete(typed):
        yield area, option_texts.lettering_name(area)
    if is_area:  # `SKY` may stand on a sign
        yield str(areas.Found(areas.Thing.TEXT, typed)), option_texts.old_words_name(typed)
