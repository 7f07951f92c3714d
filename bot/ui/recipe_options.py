"""Options of the commands that need no prompt, or only part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from bot.domain import areas, extending, recipes
from bot.domain.errors import BadOption
from bot.domain.extending import MOST_OVERLAP_PIXELS, Edge
from bot.ui.messages import on_options
from bot.ui.options import MOST_CHOICES

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES: Final = ("20%", "128px", "16:9", "1:1", "9:16", "4:3")
"""How much new room there may be, by example."""
VALUE_LENGTH: Final = 100
"""https://docs.discord.com/developers/interactions/application-commands"""


class _Side(app_commands.Transformer):
    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]]:
        """The sides, by the names members know."""
        return [
            app_commands.Choice(name=on_options.edge_name(edge), value=edge.value) for edge in Edge
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> Edge:
        """Read a side; one that is gone does not fit the command any more."""
        return Edge(value)


SideOption = app_commands.Transform[Edge, _Side]
Overlap = app_commands.Range[int, 0, MOST_OVERLAP_PIXELS]


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
            extension = extending.parse(Edge.ALL, said)
        except BadOption:
            continue
        amount = str(extension.amount)
        yield amount, on_options.amount_name(amount, extension)


def _letterings(typed: str) -> Iterator[tuple[str, str]]:
    """The lettering that reads what was typed, then areas that continue it."""
    if not typed:
        for area in on_options.LETTERINGS:
            yield area, on_options.lettering_name(area)
        return
    meant = recipes.lettering_area(typed)
    is_area = meant in (typed, recipes.LETTERING)
    if not is_area:  # so it is what the lettering says
        yield meant, on_options.old_words_name(typed)
    for area in areas.complete(typed):
        yield area, on_options.lettering_name(area)
    if is_area:  # `SKY` may stand on a sign
        yield str(areas.Found(areas.Thing.TEXT, typed)), on_options.old_words_name(typed)
