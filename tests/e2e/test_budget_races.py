"""A limit holds for every member, in every place, and for any number of clicks at once.

Through the local Discord: what members are told is read off their screens, what was bought off the
ledger and off the engine's own bill.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Final

import pytest

from bot.domain.limits.rules import (
    BOT,
    Buyer,
    DefaultLimits,
    LimitSubject,
    Pot,
    Rule,
    RuleAuthor,
    Scope,
    applied,
    everyone,
)
from bot.domain.limits.rules import guild as whole_guild
from bot.domain.limits.windows import Window
from bot.engine import EngineFault, EngineFaultKind
from bot.sandbox import Channel, Clock, Message, Person, PersonInteraction, Role, Thread
from bot.services.billing.audit import audit
from bot.services.limits.log import Actor
from tests.e2e.conftest import PATIENCE, House, OpenHouse, final, picture
from tests.e2e.previewed import RUN, black_mask

PRICE: Final = 80_000
DOLLAR: Final = 1_000_000
TWELVE: Final = 12 * PRICE
WISH: Final[Mapping[str, Any]] = {"area": "top half", "prompt": "a hat"}
PHOTO: Final = picture()
WIDE: Final = {
    "member_daily_limit_usd": 1000,
    "guild_monthly_limit_usd": 1000,
    "bot_monthly_limit_usd": 1000,
    "breaker_burst_usd": 0,
    "breaker_failure_percent": 0,
    "fal_concurrency": 4,
}
"""Settings under which nothing binds but what a test says."""
ONE_BY_ONE: Final = WIDE | {"fal_concurrency": 1}
"""The rest waits in line for the first, however slow that is."""
REFUSAL: Final = re.compile(
    r"This costs \$0\.08, and only (?P<left>\$0\.0\d+) is left\. (?P<name>.+?) is \$[\d.]+, "
    r"with \$[\d.]+ spent(?: and \$[\d.]+ set aside)?; it (?:renews <t:\d+:R>|never renews)\. "
    r".*Nothing was charged\."
)


@pytest.fixture(autouse=True)
def far_from_midnight(clock: Clock) -> None:
    """No window may end while a test counts what is left of it."""
    left = 3600 - clock() % 3600
    if left < 10 * 60:
        clock.advance(left + 60)


# ---- members, and what they are told -----------------------------------------------------------


async def storm(people: Iterable[Person]) -> list[PersonInteraction]:
    """Everybody asks for an edit at once."""
    return await asyncio.gather(*(person.slash("edit", image=PHOTO, **WISH) for person in people))


def last_word(click: PersonInteraction) -> Message | None:
    """A final card, or a private answer."""
    for answer in click.answered:
        if final(answer) or (answer.ephemeral and not answer.buttons):
            return answer
    return None


async def ended(
    house: House, clicks: Sequence[PersonInteraction]
) -> dict[PersonInteraction, Message]:
    """The last word of each click, once nothing is owed to any."""
    words = {}
    for click in clicks:
        word = await click.wait(last_word, 2 * PATIENCE)
        assert word is not None
        words[click] = word
        await house.quiet(click)
    async with asyncio.timeout(PATIENCE):
        while (await house.ledger())[0]:
            await asyncio.sleep(0.01)
    return words


def accepted(words: Mapping[PersonInteraction, Message]) -> list[PersonInteraction]:
    return [click for click, word in words.items() if final(word)]


def cost(word: Message) -> str:
    """What a final card says it cost."""
    match = re.search(r"\*\*Cost:\*\* (\$[\d.]+)", word.text)
    assert match, word.text
    return match[1]


def refusals(words: Mapping[PersonInteraction, Message]) -> Counter[tuple[str, str]]:
    """What the refused were told: the limit's name, and what is left of it."""
    told: Counter[tuple[str, str]] = Counter()
    for word in words.values():
        if not final(word):
            assert word.ephemeral
            match = REFUSAL.search(word.text)
            assert match, word.text
            told[match["name"], match["left"]] += 1
    return told


async def require_sound(house: House, *, bought: int) -> None:
    """Ledger, counters, engine and Discord agree: so many pictures were delivered and paid."""
    assert await house.ledger() == (0, bought * PRICE)
    delivered = await house.one(
        "SELECT COUNT(*) AS count, COALESCE(SUM(price), 0) AS price FROM job WHERE state = 'done'"
    )
    assert (delivered["count"], delivered["price"]) == (bought, bought * PRICE)
    assert sum(job.billed_units for job in house.engine.jobs) == bought
    assert await house.app.database.transact(audit) == []


async def limit(house: House, cap: str, window: Window, place: Channel, **whom: object) -> None:
    """A moderator of the guild that `place` is in sets a limit."""
    assert place.guild is not None
    moderator = house.discord.person(f"{place.guild.name} moderator", channel=place)
    moderator.give(house.discord.role("Moderator", place.guild, manage_guild=True))
    click = await moderator.slash("limits set", amount=cap, window=window.value, **whom)
    answer = await house.only_answer(click)
    assert f"${cap}" in answer.text, answer.text


async def limit_all(house: House, cap: int, window: Window) -> None:
    """The operator sets a limit of the whole bot, in micro-USD."""
    actor = Actor(member_id=1, author=RuleAuthor.OPERATOR, reason="a test")
    await house.app.limits.set(actor, BOT, window, cap)


def of(role: Role) -> str:
    return f"from the role <@&{role.id}>"


def people(house: House, *names: str) -> list[Person]:
    return [house.discord.person(name) for name in names]


# ---- fifty against a dollar ----------------------------------------------------------------------


async def test_r53_of_fifty_edits_at_once_a_dollar_buys_exactly_twelve(
    open_house: OpenHouse,
) -> None:
    """C1, N1: one member, the setting for everyone. The 38 others are told which limit and why."""
    async with open_house(**WIDE | {"member_daily_limit_usd": 1}) as house:
        words = await ended(house, await storm([house.ada] * 50))

        assert len(accepted(words)) == 12
        assert refusals(words) == {("Your daily limit", "$0.04"): 38}
        assert len(house.cards()) == 12
        await require_sound(house, bought=12)


async def test_r53_pictures_that_fail_give_their_room_back_exactly(open_house: OpenHouse) -> None:
    """Four of the twelve break at the engine: spent is what was delivered, and four fit again."""
    async with open_house(**ONE_BY_ONE | {"member_daily_limit_usd": 1}) as house:
        words = await ended(house, await broken(house, 4, storm([house.ada] * 50), refused=38))

        assert Counter(cost(words[click]) for click in accepted(words)) == {"$0.08": 8, "$0.00": 4}
        await require_sound(house, bought=8)
        more = await ended(house, await storm([house.ada] * 6))
        assert len(accepted(more)) == 4
        assert refusals(more) == {("Your daily limit", "$0.04"): 2}
        await require_sound(house, bought=12)


async def broken(
    house: House, times: int, clicking: Awaitable[list[PersonInteraction]], *, refused: int
) -> list[PersonInteraction]:
    """Let everybody click; of what was accepted, `times` break once `refused` were refused."""
    faults = house.engine.faults
    faults.add(EngineFault(kind=EngineFaultKind.JOB_SLOW, seconds=1))
    clicks = await clicking
    await house.discord.wait(
        lambda: sum(last_word(click) is not None for click in clicks) >= refused, PATIENCE
    )
    fault = EngineFault(kind=EngineFaultKind.JOB_FAILS, error_type="content_policy_violation")
    faults.add(fault, times=times)
    return clicks


# ---- the same under each of the five -------------------------------------------------------------


async def test_r53_a_members_own_limit_binds_them_alone(open_house: OpenHouse) -> None:
    async with open_house(**WIDE) as house:
        bob = house.discord.person("bob")
        await limit(house, "1.00", Window.HOUR, house.ada.channel, member=house.ada)

        words = await ended(house, await storm([*[house.ada] * 50, bob]))

        assert Counter(click.person.name for click in accepted(words)) == {"ada": 12, "bob": 1}
        assert refusals(words) == {("Your hourly limit", "$0.04"): 38}
        await require_sound(house, bought=13)


async def test_r53_a_roles_limit_binds_each_who_has_it(open_house: OpenHouse) -> None:
    """By themselves: two members at a dollar each are two dollars."""
    async with open_house(**WIDE) as house:
        booster, bob, cyd = house.discord.role("Booster"), *people(house, "bob", "cyd")
        for person in (house.ada, bob):
            person.give(booster)
        await limit(house, "1.00", Window.WEEK, house.ada.channel, role=booster)

        words = await ended(house, await storm([*[house.ada] * 50, *[bob] * 14, cyd]))

        counts = Counter(click.person.name for click in accepted(words))
        assert counts == {"ada": 12, "bob": 12, "cyd": 1}
        assert refusals(words) == {(f"Your weekly limit, {of(booster)},", "$0.04"): 40}
        await require_sound(house, bought=25)


async def test_r53_a_channels_limit_binds_all_in_it_and_in_its_threads(
    open_house: OpenHouse,
) -> None:
    async with open_house(**WIDE) as house:
        art = house.discord.channel("art")
        places = (art, house.discord.thread("cats", channel=art))
        crowd = [
            person.at(place)
            for person in people(house, *(f"member-{number}" for number in range(25)))
            for place in places
        ]
        await limit(house, "1.00", Window.DAY, art, channel=art)

        words = await ended(house, await storm([*crowd, house.ada]))

        assert [click.person.name for click in accepted(words)].count("ada") == 1
        assert len(accepted(words)) == 13
        assert refusals(words) == {(f"The daily limit of <#{art.id}>", "$0.04"): 38}
        await require_sound(house, bought=13)


async def test_r53_a_servers_limit_binds_all_members_who_were_never_seen_before(
    open_house: OpenHouse,
) -> None:
    """C13: fifty first uses at once, in two channels; in direct messages it does not count."""
    async with open_house(**WIDE) as house:
        strangers = people(house, *(f"stranger-{number}" for number in range(50)))
        art = house.discord.channel("art")
        crowd = [*strangers[:25], *(person.at(art) for person in strangers[25:])]
        await limit(house, "1.00", Window.MONTH, art)
        alone = house.ada.at(house.discord.dms(house.ada))

        words = await ended(house, await storm([*crowd, alone]))

        assert len(accepted(words)) == 13
        assert refusals(words) == {("This server's monthly limit", "$0.04"): 38}
        await require_sound(house, bought=13)


async def test_r53_the_operators_limit_binds_everybody_everywhere(open_house: OpenHouse) -> None:
    async with open_house(**WIDE) as house:
        elsewhere = house.discord.guild("Elsewhere").channels[0]
        crowd = []
        for number, person in enumerate(people(house, *(f"m-{number}" for number in range(50)))):
            places = (person.channel, elsewhere, house.discord.dms(person))
            crowd.append(person.at(places[number % 3]))
        await limit_all(house, DOLLAR, Window.EVER)

        words = await ended(house, await storm(crowd))

        assert len(accepted(words)) == 12
        assert refusals(words) == {("The whole bot's all-time limit", "$0.04"): 38}
        await require_sound(house, bought=12)


# ---- all five at once ----------------------------------------------------------------------------


async def test_r53_five_limits_at_once_let_each_have_exactly_what_the_rules_say(
    open_house: OpenHouse,
) -> None:
    """C2: different limits bind different members; how many each gets depends on no order."""
    settings = WIDE | {"member_daily_limit_usd": "0.22"}
    async with open_house(**settings) as house:
        rules, crowd = await five_limits(house)
        first = [person for person in crowd for _ in range(6)]
        third = house.discord.guild("Third").channels[0]
        late = [person.at(third) for person in people(house, "hal", "ivy", "jon")]
        second = [person for person in (*crowd, *late) for _ in range(2)]

        groups = decided((first, second), rules)

        words = await ended(house, await storm(first))
        assert by_group(accepted(words)) == groups[0]
        assert refusals(words) == {
            ("Your hourly limit", "$0.02"): 4,
            (f"Your daily limit, {of(house.discord.role('Booster'))},", "$0.04"): 3 + 3,
            ("Your daily limit", "$0.06"): 4 + 4,  # also of a member with two of the three roles
            (f"The daily limit of <#{house.discord.channel('art').id}>", "$0.07"): 5,
            ("This server's monthly limit", "$0.01"): 14,
        }
        await require_sound(house, bought=17)

        words = await ended(house, await storm(second))
        assert by_group(accepted(words)) == groups[1] == {"Third": 2}
        assert refusals(words)["The whole bot's all-time limit", "$0.05"] >= 4
        await require_sound(house, bought=19)


Spent = Counter[tuple[Pot, Window]]
"""What each pot has spent in micro-USD; no window ends meanwhile."""
GROUPS: Final = {
    **dict.fromkeys(("cyd", "dan"), "art"),
    **dict.fromkeys(("eve", "fay", "flo"), "Second"),
    **dict.fromkeys(("hal", "ivy", "jon"), "Third"),
}
"""Who shares a limit: how it is shared out among them may depend on the order."""


async def five_limits(house: House) -> tuple[list[Rule], list[Person]]:
    """Set all five kinds, and return them with the members under each."""
    discord = house.discord
    booster, art = discord.role("Booster"), discord.channel("art")
    second = discord.guild("Second")
    ada, bea, bob, cyd, dan, gil = people(house, "ada", "bea", "bob", "cyd", "dan", "gil")
    for person in (bea, bob):
        person.give(booster)
    await limit(house, "0.18", Window.HOUR, art, member=ada)
    await limit(house, "0.26", Window.DAY, art, member=ada)
    await limit(house, "0.28", Window.DAY, art, role=booster)
    # By days as well: of two that are full the one that opens last refuses, else the fuller one.
    await limit(house, "0.31", Window.DAY, art, channel=art)
    await limit(house, "0.33", Window.MONTH, second.channels[0])
    await limit(house, "5.00", Window.DAY, second.channels[0], role=second.everyone)
    await limit_all(house, 19 * PRICE + 50_000, Window.EVER)
    home = int(discord.default_guild.id)
    rules = [
        rule(LimitSubject(Scope.MEMBER, home, int(ada.id)), Window.HOUR, 180_000),
        rule(LimitSubject(Scope.MEMBER, home, int(ada.id)), Window.DAY, 260_000),
        rule(LimitSubject(Scope.ROLE, home, int(booster.id)), Window.DAY, 280_000),
        rule(LimitSubject(Scope.CHANNEL, home, int(art.id)), Window.DAY, 310_000),
        rule(whole_guild(int(second.id)), Window.MONTH, 330_000),
        rule(everyone(int(second.id)), Window.DAY, 5 * DOLLAR),
        rule(BOT, Window.EVER, 19 * PRICE + 50_000, RuleAuthor.OPERATOR),
    ]
    shared = [person.at(second.channels[0]) for person in people(house, "eve", "fay", "flo")]
    in_art = [cyd.at(art), dan.at(discord.thread("cats", channel=art))]
    return rules, [ada, bea, bob, *in_art, *shared, gil.at(discord.dms(gil))]


def rule(
    subject: LimitSubject, window: Window, cap: int, author: RuleAuthor = RuleAuthor.MODERATOR
) -> Rule:
    return Rule(subject=subject, window=window, cap=cap, author=author)


def by_group(clicks: Iterable[PersonInteraction]) -> Counter[str]:
    names = (click.person.name for click in clicks)
    return Counter(GROUPS.get(name, name) for name in names)


def decided(storms: Sequence[Sequence[Person]], rules: Sequence[Rule]) -> list[Counter[str]]:
    """What the pure rule gives each group in each storm, in whatever order they click."""
    outcomes = []
    for seed in range(20):
        chance, spent = random.Random(seed), Spent()
        orders = [chance.sample(crowd, len(crowd)) for crowd in storms]
        outcomes.append([one_by_one(order, rules, spent) for order in orders])
    assert all(outcome == outcomes[0] for outcome in outcomes)
    return outcomes[0]


def buyer_of(person: Person) -> Buyer:
    place, guild = person.channel, person.guild
    counted = place.parent if isinstance(place, Thread) else place
    worn = guild.roles_of(person.user) if guild else ()
    return Buyer(
        member_id=int(person.id),
        guild_id=int(guild.id) if guild else None,
        channel_id=int(counted.id),
        role_ids=tuple(int(role.id) for role in worn),
    )


def one_by_one(crowd: Sequence[Person], rules: Sequence[Rule], spent: Spent) -> Counter[str]:
    """Decide click after click, as if nothing happened at once."""
    bought: Counter[str] = Counter()
    for person in crowd:
        buyer = buyer_of(person)
        caps = DefaultLimits(member_day=220_000, guild_month=1000 * DOLLAR, bot_month=1000 * DOLLAR)
        mine = [*caps.rules(buyer.guild_id), *rules]
        counted = applied(buyer, mine, (), now=0).limits
        if all(spent[limit.pot, limit.rule.window] + PRICE <= limit.cap for limit in counted):
            spent.update({(limit.pot, limit.rule.window): PRICE for limit in counted})
            bought[GROUPS.get(person.name, person.name)] += 1
    return bought


# ---- presses of Run ------------------------------------------------------------------------------


async def shown(house: House, members: Sequence[Person]) -> list[Message]:
    """A preview for each, with its price on Run; no money has moved."""
    wish: dict[str, Any] = {"image": PHOTO, "mask": black_mask(), "prompt": "a hat"}
    clicks = await asyncio.gather(*(person.slash("edit", **wish) for person in members))
    return [await house.preview(click) for click in clicks]


async def pressed(members: Sequence[Person], cards: Sequence[Message]) -> list[PersonInteraction]:
    """Everybody presses Run at once."""
    pairs = zip(members, cards, strict=True)
    return await asyncio.gather(*(member.click(card, RUN) for member, card in pairs))


async def test_thirty_press_run_on_a_servers_last_dollar_and_what_fails_is_free_for_the_next(
    open_house: OpenHouse,
) -> None:
    """Twelve are taken; one of them is refused by the provider, and the next click may have it."""
    async with open_house(**ONE_BY_ONE | {"guild_monthly_limit_usd": 1}) as house:
        members = people(house, *(f"member-{number}" for number in range(30)))
        cards = await shown(house, members)
        assert await house.ledger() == (0, 0)

        clicks = await broken(house, 1, pressed(members, cards), refused=18)
        words = await ended(house, clicks)

        assert Counter(cost(words[click]) for click in accepted(words)) == {"$0.08": 11, "$0.00": 1}
        assert refusals(words) == {("This server's monthly limit", "$0.04"): 18}
        await require_sound(house, bought=11)
        again = [n for n, click in enumerate(clicks) if click not in accepted(words)][:2]
        more = await ended(
            house, await pressed([members[n] for n in again], [cards[n] for n in again])
        )
        assert len(accepted(more)) == 1
        assert refusals(more) == {("This server's monthly limit", "$0.04"): 1}
        await require_sound(house, bought=12)


async def test_a_nervous_member_who_presses_run_five_times_buys_once(house: House) -> None:
    """C16: and every press is answered."""
    [card] = await shown(house, [house.ada])

    words = await ended(house, await pressed([house.ada] * 5, [card] * 5))

    assert len(accepted(words)) == 1
    assert sum("already running. I don't buy it twice." in w.text for w in words.values()) == 4
    await require_sound(house, bought=1)
