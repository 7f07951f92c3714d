"""What the books should say, told a second time: a list of what was bought, and nothing kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.jobs.lifecycle import Closing
from bot.domain.limits.rules import Boost, Buyer, DefaultLimits, LimitSubject, Rule, RuleAuthor
from bot.domain.limits.windows import Window
from tests.domain.limits import limit_model
from tests.domain.limits.limit_model import Cap


class Used(NamedTuple):
    """Amounts in micro-USD."""

    spent: int
    held: int


@dataclass(slots=True)
class Bought:
    """One picture: for whom, when, for how much, and what became of the hold."""

    provider: str
    buyer: Buyer
    at: float
    price: int
    closing: Closing | None = None

    @property
    def used(self) -> Used:
        return Used(
            self.price if self.closing is Closing.CAPTURE else 0,
            self.price if self.closing is None else 0,
        )

    def is_of(self, scope: str, guild_id: int, subject: int) -> bool:
        """Whether it was paid out of this pot."""
        place = self.buyer.guild_id or 0
        return (guild_id, subject) in {
            "member": [(place, self.buyer.member_id)],
            "channel": [(place, self.buyer.channel_id or 0)],
            "guild": [(place, place)],
            "bot": [(0, 0)],
        }[scope]


def shown(window: Window, moment: float, zone: str) -> object:
    """What calendar and clock on a wall there show: equal in one window, and in no other.

    True of the last years and the coming ones, in which no clock is set back over midnight.
    """
    there = datetime.fromtimestamp(moment // 1, tz=UTC).astimezone(ZoneInfo(zone))
    return {
        Window.HOUR: (there.date(), there.hour, there.utcoffset()),
        Window.DAY: there.date(),
        Window.WEEK: there.isocalendar()[:2],
        Window.MONTH: (there.year, there.month),
        Window.EVER: "ever",
    }[window]


@dataclass(slots=True)
class World:
    """Everything that decides about a purchase, as plain values."""

    caps: DefaultLimits = field(
        default_factory=lambda: DefaultLimits(member_day=1_000, guild_month=3_000, bot_month=6_000)
    )
    zone: str = "UTC"
    zones: dict[int, str] = field(default_factory=dict)
    rules: dict[tuple[LimitSubject, Window, RuleAuthor], Rule] = field(default_factory=dict)
    boosts: dict[int, Boost] = field(default_factory=dict)
    bought: dict[int, Bought] = field(default_factory=dict)

    def limits(self, buyer: Buyer, now: float) -> list[Cap]:
        """Every cap that counts for a buyer."""
        rules = [*self.caps.rules(buyer.guild_id), *self.rules.values()]
        return limit_model.caps(buyer, rules, self.boosts.values(), now=now)

    def used(self, provider: str, cap: Cap, now: float) -> Used:
        """What a pot has used up of a cap, by looking at all that was ever bought."""
        own = None if cap.by_the_bots_clock else self.zones.get(cap.guild_id)
        zone = own or self.zone
        present = shown(cap.window, now, zone)
        return _sum(
            one.used
            for one in self.bought.values()
            if one.provider == provider
            and one.is_of(cap.scope, cap.guild_id, cap.subject)
            and shown(cap.window, one.at, zone) == present
        )

    def stands(self, provider: str, buyer: Buyer, now: float) -> list[tuple[Cap, Used]]:
        """Each cap that counts, and how much of it is used."""
        return [(cap, self.used(provider, cap, now)) for cap in self.limits(buyer, now)]

    def counted(self, counter: Mapping[str, Any]) -> Used:
        """What a counter is by definition."""
        return _sum(
            one.used
            for one in self.bought.values()
            if one.provider == counter["provider"]
            and one.is_of(counter["scope"], counter["guild_id"], counter["subject"])
            and counter["starts"] <= one.at < counter["ends"]
        )

    def open_jobs(self) -> list[int]:
        return [job_id for job_id, one in self.bought.items() if one.closing is None]


def has_room(stands: list[tuple[Cap, Used]], amount: int) -> bool:
    return all(cap.cap and (amount == 0 or sum(used) + amount <= cap.cap) for cap, used in stands)


def _sum(parts: Any) -> Used:
    spent = held = 0
    for part in parts:
        spent, held = spent + part.spent, held + part.held
    return Used(spent, held)
