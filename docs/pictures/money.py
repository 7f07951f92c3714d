"""Pictures about money: what may be spent, a refusal, and what a server spent in a month."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from benchmarks.labelled.pens import jpeg
from bot.sandbox import Clock, Upload
from docs.pictures.card import DARK, LIGHT, card, smaller
from docs.pictures.member import PATIENCE_SECONDS, Member, at_discord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from bot.sandbox import Channel, LocalDiscord, Message
    from docs.pictures.card import Palette

TODAY: Final = datetime(2027, 3, 24, 18, 0, tzinfo=UTC)
FIRST_DAY: Final = TODAY.replace(day=1)
SIZE: Final = (96, 64)

# How many pictures each bought, day by day, and where.
MONTH: Final[Mapping[str, tuple[str, Sequence[int]]]] = {
    "Ada": ("general", (0, 2, 0, 1, 4, 0, 0, 2, 0, 0, 3, 4, 0, 1, 0, 0, 2, 0, 4, 3, 0, 1, 0, 2)),
    "Bob": ("showcase", (1, 0, 0, 2, 1, 0, 0, 0, 3, 0, 0, 2, 0, 0, 2, 1, 0, 0, 2, 0, 0, 0, 4, 1)),
    "Cleo": ("general", (0, 0, 1, 0, 2, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 2, 0, 0, 0, 1)),
    "Dev": ("contest", (0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 1, 0)),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A server with a moderator, and a clock that can be set on."""

    discord: LocalDiscord
    clock: Clock
    ada: Member
    moderator: Member

    def member(self, name: str, channel: str = "general") -> Member:
        """Somebody in a channel; both come when they are first named."""
        person = self.discord.person(name.lower(), channel=self.channel(channel))
        return Member(self.discord, person)

    def channel(self, name: str) -> Channel:
        """A channel by its name."""
        known = {channel.name: channel for channel in self.discord.default_guild.channels}
        return known.get(name) or self.discord.channel(name)

    def seen(self, message: Message, palette: Palette = DARK, **roles: str) -> Image.Image:
        """A message as a client shows it; `roles` are the ids of roles by their names."""
        guild = self.discord.default_guild
        names = {channel.id: channel.name for channel in guild.channels}
        names |= {self.member(name).person.id: name for name in (*MONTH, "Mo")}
        names |= {number: name for name, number in roles.items()}
        return smaller(card(message, now=self.clock(), names=names, palette=palette))


@asynccontextmanager
async def _place(when: datetime) -> AsyncIterator[Place]:
    clock = Clock()
    clock.advance(when.timestamp() - clock())
    async with at_discord(clock) as ada:
        moderator = Member(ada.discord, ada.discord.person("mo", manage_guild=True))
        yield Place(ada.discord, clock, ada, moderator)


async def explained() -> Image.Image:
    """Every limit that counts for a member, as a moderator reads it."""
    async with _place(TODAY) as place:
        booster = place.discord.role("Booster")
        place.ada.person.give(booster)
        ask, everyone = place.moderator.ask, place.discord.default_guild.everyone
        await ask("limits set", amount="0.24", window="day", role=everyone)
        await ask("limits set", amount="0.80", window="day", role=booster)
        await ask("limits set", amount="12", window="month", reason="spring budget")
        ada = place.ada.person
        await ask("limits boost", amount="0.40", duration="3d", member=ada, reason="poster contest")
        await _buy(place.ada, 4)
        await _buy(place.ada, 3)
        message = await ask("limits explain", member=ada)
        return place.seen(message, Booster=booster.id)


async def refused() -> Image.Image:
    """What a member reads whose limit has no room."""
    async with _place(TODAY) as place:
        everyone = place.discord.default_guild.everyone
        await place.moderator.ask("limits set", amount="0.40", window="day", role=everyone)
        await _buy(place.ada, 3)
        return place.seen(await place.ada.ask("edit", image=_photo(), **WISH, count=4))


async def reported() -> Image.Image:
    """What a server spent, by its members, on Discord's dark ground."""
    async with _place(FIRST_DAY) as place:
        await _live(place)
        return place.seen(await place.moderator.ask("spend report"))


async def reported_in_light() -> Image.Image:
    """The same by channels, on its light ground."""
    async with _place(FIRST_DAY) as place:
        await _live(place)
        message = await place.moderator.ask("spend report", by="channel", theme="light")
        return place.seen(message, LIGHT)


WISH: Final = {"area": "top half", "prompt": "a clear sky"}


async def _live(place: Place) -> None:
    """A month goes by until today."""
    await place.moderator.ask("limits set", amount="8", window="month")
    await place.moderator.ask("limits set", amount="1.20", window="day")
    for day in range(TODAY.day):
        moment = FIRST_DAY + timedelta(days=day)
        place.clock.advance(moment.timestamp() - place.clock())
        await asyncio.gather(
            *(
                _buy(place.member(name, channel), days[day])
                for name, (channel, days) in MONTH.items()
                if days[day]
            )
        )


async def _buy(member: Member, count: int) -> None:
    said = await member.person.slash("edit", image=_photo(), **WISH, count=count)
    await said.wait(lambda seen: any("Cost:" in it.text for it in seen.answered), PATIENCE_SECONDS)


def _photo() -> Upload:
    picture = Image.new("RGB", SIZE, "#8fb7d9")
    ImageDraw.Draw(picture).rectangle((0, 40, *SIZE), fill="#5d8a4a")
    return Upload("photo.jpg", jpeg(picture, 92))
