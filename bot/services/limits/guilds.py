"""How a guild counts, and where its moderators are told."""

from __future__ import annotations

import asyncio
import difflib
import zoneinfo
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bot.domain.errors import BadLimit, LimitProblem
from bot.domain.limits import listing
from bot.domain.limits.windows import Window, span
from bot.services.limits import log
from bot.store.delivery.outbox import UndeliveredReason
from bot.store.limits import alerts, guilds, rules
from bot.store.limits.changes import LimitAction

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.services.limits.guard import SpendGuard
    from bot.services.limits.log import Actor
    from bot.store.database import Database, Transaction
    from bot.store.limits.guilds import GuildSettings


_UNTOLD = (UndeliveredReason.NO_CHANNEL, UndeliveredReason.CLOSED)
"""Why moderators were not told, where choosing another channel helps."""
_ALIKE = 0.7
"""How alike two names must be, 0 to 1: "tokio" is 0.8 of Tokyo, "narnia" 0.67 of Manila."""
_LONGEST_NAME = 60
"""No time zone has a longer name; comparing with one takes time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildState:
    """What a guild chose, the name of the time zone it counts by, and when its day ends."""

    chosen: GuildSettings
    time_zone: str
    day_ends: int


class GuildService:
    """Shows and changes a guild's settings. Whether somebody may is asked before.

    `news` is called when there may be something to tell where nobody could be told before.
    """

    def __init__(
        self,
        database: Database,
        guard: SpendGuard,
        *,
        clock: Callable[[], float],
        news: Callable[[], None],
    ) -> None:
        self._database = database
        self._guard = guard
        self._clock = clock
        self._news = news

    async def of(self, guild_id: int) -> GuildState:
        """What a guild chose."""
        return await self._database.transact(self._of, guild_id)

    def _of(self, tx: Transaction, guild_id: int) -> GuildState:
        zone = self._guard.guild_zone(tx, guild_id)
        return GuildState(
            chosen=guilds.get(tx, guild_id),
            time_zone=zone.key,
            day_ends=span(Window.DAY, now=self._clock(), zone=zone).end,
        )

    async def set_time_zone(self, actor: Actor, guild_id: int, name: str | None) -> GuildState:
        """Let the guild's hours, days, weeks and months begin by a time zone; None: by the bot's.

        What was spent in the windows that begin again by it still counts in them.

        Raises:
            BadLimit: there is no such time zone.
        """
        found = None if name is None else await asyncio.to_thread(time_zone_named, name)
        return await self._database.transact(self._set_time_zone, actor, guild_id, found)

    def _set_time_zone(
        self, tx: Transaction, actor: Actor, guild_id: int, name: str | None
    ) -> GuildState:
        log.note_guild(
            tx,
            actor,
            LimitAction.TIME_ZONE,
            guild_id,
            before=guilds.get(tx, guild_id).time_zone,
            after=name,
            now=self._clock(),
        )
        guilds.set_time_zone(tx, guild_id, name)
        for subject in {rule.subject for rule in rules.rules(tx, guild_id)}:
            self._guard.count(tx, listing.buyer_about(subject))
        return self._of(tx, guild_id)

    async def set_log_channel(self, actor: Actor, guild_id: int, channel_id: int | None) -> None:
        """Tell the moderators in a channel, first what was kept without one; None: nowhere."""
        await self._database.transact(self._set_log_channel, actor, guild_id, channel_id)
        self._news()

    def _set_log_channel(
        self, tx: Transaction, actor: Actor, guild_id: int, channel_id: int | None
    ) -> None:
        log.note_guild(
            tx,
            actor,
            LimitAction.LOG_CHANNEL,
            guild_id,
            before=guilds.get(tx, guild_id).log_channel_id,
            after=channel_id,
            now=self._clock(),
        )
        guilds.set_log_channel(tx, guild_id, channel_id)
        if channel_id is not None:
            alerts.owe_again(tx, guild_id, reasons=_UNTOLD, now=self._clock())


@cache
def time_zones() -> tuple[str, ...]:
    """Every time zone by name, those of places first."""
    known = zoneinfo.available_timezones() - {"localtime", "Factory"}
    return tuple(sorted(known, key=lambda name: ("/" not in name, name.startswith("Etc"), name)))


def time_zone_named(text: str) -> str:
    """The time zone that is meant, whatever its letters' case.

    Raises:
        BadLimit: there is none; one of a like name is offered.
    """
    wanted = text.strip().replace(" ", "_").casefold()
    for name in time_zones():
        if name.casefold() == wanted:
            return name
    facts: dict[str, str | int] = {"text": text}
    names = {name.casefold(): name for name in time_zones()}
    names |= {name.rpartition("/")[2]: full for name, full in names.items()}
    if like := difflib.get_close_matches(wanted[:_LONGEST_NAME], names, n=1, cutoff=_ALIKE):
        facts["meant"] = names[like[0]]
    raise BadLimit(LimitProblem.NO_ZONE, **facts)
