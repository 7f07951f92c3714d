"""What Discord sends back, from a command, a button or a modal to its answer."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

import discord
from discord import app_commands

if TYPE_CHECKING:
    from collections.abc import Callable

E = TypeVar("E", bound=StrEnum)

BotInteraction: TypeAlias = discord.Interaction[Any]
"""Any interaction with the bot; naming its client's class here would close an import circle."""

# https://docs.discord.com/developers/interactions/application-commands
MOST_CHOICES: Final = 25
LARGEST_INTEGER: Final = 2**53 - 1


class EnumOption(app_commands.Transformer, Generic[E]):
    """An option that takes a member of an enumeration, by the name that people know it by."""

    def __init__(self, kind: type[E], name_of: Callable[[E], str]) -> None:
        self._kind = kind
        self._name_of = name_of

    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]]:
        """All of them."""
        return [app_commands.Choice(name=self._name_of(one), value=one.value) for one in self._kind]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> E:
        """Read one of them; one that is gone does not fit the command any more."""
        return self._kind(value)
