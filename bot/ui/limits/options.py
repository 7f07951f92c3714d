"""Options of the commands about limits and stops: who is meant, for how long it counts, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ChannelType, app_commands

from bot.domain.billing.breaker import PauseReason
from bot.domain.errors import BadLimit, LimitProblem, MissingKind, NothingToChange
from bot.domain.limits import rules
from bot.domain.limits.reading import REASON_LENGTH
from bot.domain.limits.rules import LimitSubject, Scope
from bot.domain.limits.windows import Window
from bot.ui.interactions import LARGEST_INTEGER, MOST_CHOICES
from bot.ui.texts import billing, guilds, plain
from bot.ui.texts.limits import changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.limits.rules import Boost, Rule


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


HERE: Final = "this"
_BOOST: Final = re.compile("[0-9]{1,15}")
_RULE: Final = re.compile(rf"({'|'.join(Scope)}):([0-9]{{1,19}}):({'|'.join(Window)})")
# https://docs.discord.com/developers/reference#snowflakes: the first were made in 2015.
_SNOWFLAKE: Final = re.compile("[1-9][0-9]{16,18}")


class _Window(app_commands.Transformer):
    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]]:
        """How long a limit counts."""
        return [
            app_commands.Choice(name=changes.window_label(window), value=window.value)
            for window in Window
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> Window:
        """Read one of them."""
        return Window(value)


class _Member(app_commands.Transformer):
    @property
    def type(self) -> discord.AppCommandOptionType:
        """A member; a user who left comes too."""
        return discord.AppCommandOptionType.user

    async def transform(
        self, interaction: discord.Interaction[Any], value: object, /
    ) -> discord.User | discord.Member:
        """Take whom Discord knows, or refuse a payload that names somebody without bringing them.

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
            raise BadLimit(LimitProblem.STRANGER)
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
            raise BadLimit(LimitProblem.STRANGER)
        if isinstance(value, app_commands.AppCommandThread) and self._of_threads:
            return value.parent_id
        return value.id


class _Stop(app_commands.Transformer):
    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]]:
        """The reasons to stop, by the names the operator knows."""
        return [
            app_commands.Choice(name=billing.title(reason), value=reason.value)
            for reason in PauseReason
        ]

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> PauseReason:
        """Read one of them."""
        return PauseReason(value)


WindowOption = app_commands.Transform[Window, _Window]
MemberOption = app_commands.Transform[discord.User | discord.Member, _Member]
RoleOption = app_commands.Transform[discord.Role, _Role]
CountedChannel = app_commands.Transform[int, ChannelOption(*CHANNELS, of_threads=True)]
StopOption = app_commands.Transform[PauseReason, _Stop]
Reason = app_commands.Range[str, 0, REASON_LENGTH]
PageNumber = app_commands.Range[int, 1, LARGEST_INTEGER]


def subject_of(
    guild_id: int,
    *,
    member: discord.User | discord.Member | None,
    role: discord.Role | None,
    channel_id: int | None,
) -> LimitSubject:
    """Whom a limit is about; the whole guild where nobody is named. Always of this guild.

    Raises:
        BadLimit: several are named.
    """
    named = [
        LimitSubject(scope, guild_id, number)
        for scope, number in (
            (Scope.MEMBER, member.id if member else None),
            (Scope.ROLE, role.id if role else None),
            (Scope.CHANNEL, channel_id),
        )
        if number is not None
    ]
    if len(named) > 1:
        raise BadLimit(LimitProblem.TWO_SUBJECTS)
    return named[0] if named else rules.guild(guild_id)


def wide_subject(server: str | None, *, here: int | None) -> LimitSubject:
    """The guild of a number, or the one that it was said in; the whole bot without `server`.

    Raises:
        BadLimit: it is no number of a guild.
    """
    if server is None:
        return rules.BOT
    if server.strip().casefold() == HERE and here is not None:
        return rules.guild(here)
    if not _SNOWFLAKE.fullmatch(server.strip()):
        raise BadLimit(LimitProblem.NO_GUILD, text=server)
    return rules.guild(int(server))


def require_buyer(member: discord.User | discord.Member | None) -> None:
    """Refuse whom no limit can be for.

    Raises:
        BadLimit: it is a bot, or not a member of this guild.
    """
    if member is None:
        return
    if member.bot:
        raise BadLimit(LimitProblem.BOT)
    if not isinstance(member, discord.Member):
        raise BadLimit(LimitProblem.LEFT)


def complete_which(
    boosts: Sequence[Boost], rules: Sequence[Rule], current: str
) -> list[app_commands.Choice[str]]:
    """Offer the boosts and limits of a guild in which is found what was typed."""
    typed = plain(str(current)).casefold()
    offered = [(changes.boost_choice(boost), str(boost.id)) for boost in boosts]
    offered += [
        (
            changes.rule_choice(rule),
            f"{rule.subject.scope}:{rule.subject.id}:{rule.window}",
        )
        for rule in rules
    ]
    return [
        app_commands.Choice(name=name, value=value)
        for name, value in offered
        if typed in name.casefold()
    ][:MOST_CHOICES]


def read_which(value: str, guild_id: int) -> int | tuple[LimitSubject, Window]:
    """Read what `complete_which` offered: a boost's number, or a limit of this guild.

    Raises:
        NothingToChange: it was not offered.
    """
    if _BOOST.fullmatch(value):
        return int(value)
    found = _RULE.fullmatch(value)
    if found is None:
        raise NothingToChange(MissingKind.LIMIT)
    scope, number, window = found.groups()
    return LimitSubject(Scope(scope), guild_id, int(number)), Window(window)


def complete_duration(current: str) -> list[app_commands.Choice[str]]:
    """Show how lengths of time are written."""
    typed = str(current).strip().casefold()
    return [
        app_commands.Choice(name=f"{text}: {said}", value=text)
        for text, said in changes.DURATIONS.items()
        if text.startswith(typed)
    ]


def complete_time_zone(names: Sequence[str], current: str) -> list[app_commands.Choice[str]]:
    """Offer the time zones in whose name is found what was typed; those that begin so first."""
    typed = plain(str(current)).replace(" ", "_").casefold()
    found = [name for name in names if typed in name.casefold()]
    found.sort(key=lambda name: not name.casefold().rpartition("/")[2].startswith(typed))
    if typed in guilds.BOTS_ZONE():
        found.insert(0, guilds.BOTS_ZONE())
    return [app_commands.Choice(name=name, value=name) for name in found[:MOST_CHOICES]]
