"""Options of the commands about limits and stops: who is meant, for how long it counts, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ChannelType, app_commands

from bot.domain.billing.breaker import PauseReason
from bot.domain.errors import BadLimit, LimitProblem
from bot.domain.limits.reading import REASON_LENGTH
from bot.domain.limits.windows import Window
from bot.ui.interactions import LARGEST_INTEGER, MOST_CHOICES, EnumOption
from bot.ui.texts import billing, guilds, plain
from bot.ui.texts.limits import changes

if TYPE_CHECKING:
    from collections.abc import Sequence


CHANNELS: Final = (
    ChannelType.text,
    ChannelType.news,
    ChannelType.voice,
    ChannelType.stage_voice,
    ChannelType.forum,
    ChannelType.media,
    ChannelType.public_thread,
    ChannelType.private_thread,
    ChannelType.news_thread,
)
"""Where pictures can be asked for; a thread counts as the channel it is in."""


class _Member(app_commands.Transformer):
    @property
    def type(self) -> discord.AppCommandOptionType:
        """A member; a user who left comes too."""
        return discord.AppCommandOptionType.user

    async def transform(
        self, interaction: discord.Interaction[Any], value: object, /
    ) -> discord.User | discord.Member:
        """Take people Discord resolved; refuse a payload that names somebody it did not resolve.

        Raises:
            BadLimit: so it does.
        """
        if not isinstance(value, discord.User | discord.Member):
            raise BadLimit(LimitProblem.LEFT)
        return value


class _Role(app_commands.Transformer):
    @property
    def type(self) -> discord.AppCommandOptionType:
        """A role, @everyone among them."""
        return discord.AppCommandOptionType.role

    async def transform(
        self, interaction: discord.Interaction[Any], value: object, /
    ) -> discord.Role:
        """Take a role of this guild.

        Raises:
            BadLimit: Discord did not bring it.
        """
        if not isinstance(value, discord.Role):
            raise BadLimit(LimitProblem.FOREIGN)
        return value


class ChannelOption(app_commands.Transformer):
    """A channel of this guild, by the id under which it counts."""

    def __init__(self, *kinds: ChannelType, of_threads: bool) -> None:
        """`of_threads`: a thread stands for the channel it is in."""
        self._kinds = kinds
        self._of_threads = of_threads

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[ChannelType]:
        """What Discord offers."""
        return list(self._kinds)

    async def transform(self, interaction: discord.Interaction[Any], value: object, /) -> int:
        """Read a channel.

        Raises:
            BadLimit: Discord did not bring it, or it is of another kind.
        """
        if (
            not isinstance(value, app_commands.AppCommandChannel | app_commands.AppCommandThread)
            or value.type not in self._kinds
        ):
            raise BadLimit(LimitProblem.FOREIGN)
        if isinstance(value, app_commands.AppCommandThread) and self._of_threads:
            return value.parent_id
        return value.id


WindowOption = app_commands.Transform[Window, EnumOption(Window, changes.window_label)]
MemberOption = app_commands.Transform[discord.User | discord.Member, _Member]
RoleOption = app_commands.Transform[discord.Role, _Role]
CountedChannel = app_commands.Transform[int, ChannelOption(*CHANNELS, of_threads=True)]
StopOption = app_commands.Transform[PauseReason, EnumOption(PauseReason, billing.title)]
Reason = app_commands.Range[str, 0, REASON_LENGTH]
PageNumber = app_commands.Range[int, 1, LARGEST_INTEGER]


def complete_duration(current: str) -> list[app_commands.Choice[str]]:
    """Show how lengths of time are written."""
    typed = str(current).strip().casefold()
    return [
        app_commands.Choice(name=f"{text}: {said}", value=text)
        for text, said in changes.DURATIONS.items()
        if text.startswith(typed)
    ]


def complete_time_zone(names: Sequence[str], current: str) -> list[app_commands.Choice[str]]:
    """Offer the time zones whose name contains what was typed; those that begin with it first."""
    typed = plain(str(current)).replace(" ", "_").casefold()
    found = [name for name in names if typed in name.casefold()]
    found.sort(key=lambda name: not name.casefold().rpartition("/")[2].startswith(typed))
    if typed in guilds.BOTS_ZONE():
        found.insert(0, guilds.BOTS_ZONE())
    return [app_commands.Choice(name=name, value=name) for name in found[:MOST_CHOICES]]
