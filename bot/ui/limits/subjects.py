"""Whom a command about limits means, and which limit or boost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands

from bot.domain.errors import BadLimit, LimitProblem, MissingKind, NothingToChange
from bot.domain.limits import rules
from bot.domain.limits.rules import LimitSubject, Scope
from bot.domain.limits.windows import Window
from bot.ui.interactions import MOST_CHOICES
from bot.ui.texts import plain
from bot.ui.texts.limits import changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.limits.rules import Boost, Rule

HERE: Final = "this"
_BOOST: Final = re.compile("[0-9]{1,15}")
_RULE: Final = re.compile(rf"({'|'.join(Scope)}):([0-9]{{1,19}}):({'|'.join(Window)})")
# https://docs.discord.com/developers/reference#snowflakes: the first were made in 2015.
_SNOWFLAKE: Final = re.compile("[1-9][0-9]{16,18}")


def subject_of(
    guild_id: int,
    *,
    member: discord.User | discord.Member | None,
    role: discord.Role | None,
    channel_id: int | None,
) -> LimitSubject:
    """The target of a limit; the whole guild where nobody is named. Always of this guild.

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
        BadLimit: it is not a guild's number.
    """
    if server is None:
        return rules.BOT
    if server.strip().casefold() == HERE and here is not None:
        return rules.guild(here)
    if not _SNOWFLAKE.fullmatch(server.strip()):
        raise BadLimit(LimitProblem.NO_GUILD, text=server)
    return rules.guild(int(server))


def require_buyer(member: discord.User | discord.Member | None) -> None:
    """Refuse targets that no limit can be for.

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
