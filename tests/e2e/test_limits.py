"""A moderator sets limits, members meet them, and everybody is told the same numbers."""

from __future__ import annotations

import re
from typing import Any

from bot.domain.limits.rules import LimitSubject, Scope, everyone, guild
from bot.sandbox import Clock, Message, Person, PersonInteraction
from bot.store.limits import changes as change_log
from bot.store.limits import rules as rule_store
from tests.e2e.conftest import PATIENCE, House


async def bought(house: House, who: Person) -> Message:
    """The outcome of asking for one picture: its final card, or why there is none."""
    click: PersonInteraction = await house.edit(who, area="top half", prompt="x")

    def final(seen: PersonInteraction) -> bool:
        ends = ("Cost:", "This costs", "Editing is switched off")
        return any(end in said.text for said in seen.answered for end in ends)

    await click.wait(final, PATIENCE)
    return click.answered[-1]


async def rules(house: House) -> dict[LimitSubject, int]:
    found = await house.app.database.transact(rule_store.rules, int(house.discord.default_guild.id))
    return {rule.subject: rule.cap for rule in found}


async def changes(house: House) -> list[tuple[str, str | None, str | None, str]]:
    found = await house.app.database.transact(
        change_log.changes, int(house.discord.default_guild.id), count=50
    )
    return [(line.action.value, line.before, line.after, line.reason) for line in found]


async def test_r49_r50_r51_limits_of_members_roles_channels_and_the_server_are_set_and_counted(
    house: House, mo: Person
) -> None:
    """Peers 4.1: the limit with no room refuses by its name, and nothing is charged."""
    guild_id = int(house.discord.default_guild.id)
    booster = house.discord.role("Booster")
    showcase = house.discord.channel("showcase")
    house.ada.give(booster)

    said = [
        await house.told(mo, "limits set", amount="$0.08", window="day", role=everyone_of(house)),
        await house.told(mo, "limits set", amount="0.16", window="day", role=booster),
        await house.told(mo, "limits set", amount="closed", window="month", channel=showcase),
        await house.told(mo, "limits set", amount="40", window="month", reason="spring"),
        await house.told(mo, "limits set", amount="1", window="hour", member=house.ada),
    ]

    assert [line.text.splitlines()[0] for line in said] == [
        "Each member can now spend up to **$0.08 a day**.",
        f"Each member with <@&{booster.id}> can now spend up to **$0.16 a day**.",
        f"The monthly limit of <#{showcase.id}> is **closed** now.",
        "All members of this server together can now spend up to **$40.00 a month**.",
        f"<@{house.ada.id}> can now spend up to **$1.00 an hour**.",
    ]
    assert "this server's monthly limit of $20.00 counts as well" in said[3].text.lower()
    assert await rules(house) == {
        everyone(guild_id): 80_000,
        LimitSubject(Scope.ROLE, guild_id, int(booster.id)): 160_000,
        LimitSubject(Scope.CHANNEL, guild_id, int(showcase.id)): 0,
        guild(guild_id): 40_000_000,
        LimitSubject(Scope.MEMBER, guild_id, int(house.ada.id)): 1_000_000,
    }
    closed = await bought(house, house.ada.at(showcase))
    assert closed.text == (
        f"Editing is switched off here: the monthly limit of <#{showcase.id}> is closed. "
        "Only a moderator can change that. Nothing was charged."
    )
    assert "**Cost:** $0.08" in (await bought(house, house.ada)).text
    assert "**Cost:** $0.08" in (await bought(house, house.ada)).text
    refused = await bought(house, house.ada)
    assert refused.ephemeral
    assert re.fullmatch(
        r"This costs \$0\.08, and only \$0\.00 is left\. Your daily limit, from the role "
        rf"<@&{booster.id}>, is \$0\.16, with \$0\.16 spent; it renews <t:\d+:R>\. "
        r"Come back then\. Nothing was charged\.",
        refused.text,
    )


def everyone_of(house: House) -> Any:
    return house.discord.default_guild.everyone


async def test_r57_explain_tells_the_moderator_and_the_member_the_same_numbers(
    house: House, mo: Person
) -> None:
    booster = house.discord.role("Booster")
    house.ada.give(booster)
    await house.told(mo, "limits set", amount="0.24", window="day", role=everyone_of(house))
    await house.told(mo, "limits set", amount="0.80", window="day", role=booster)
    await bought(house, house.ada)
    await bought(house, house.ada)

    told = await house.told(mo, "limits explain", member=house.ada)
    own = await house.told(house.ada, "mine limits")

    assert f"### What <@{house.ada.id}> may spend" in told.text
    assert "**Their daily limit decides: $0.64 left (8 pictures).**" in told.text
    assert "**Your daily limit decides: $0.64 left (8 pictures).**" in own.text
    for text in (told.text, own.text):
        assert "`██░░░░░░░░░░`\n$0.16 spent · $0.64 left" in text
        assert f"-# From the role <@&{booster.id}> · renews <t:" in text
        assert "This server's monthly limit, set by whoever hosts the bot: $20.00**" in text
        assert "The whole bot's monthly limit: $50.00**" in text
        assert (
            "-# $0.24 a day, for everyone in this server: the role "
            f"<@&{booster.id}> counts instead" in text
        )
        assert "$1.00 a day, the bot's setting for everyone" in text
    await house.told(mo, "limits set", amount="0.10", window="day", member=house.ada)
    removed = await house.told(mo, "limits remove", member=house.ada)
    assert f"What counts now: $0.80 a day (from the role <@&{booster.id}>)." in removed.text


async def test_lowering_below_what_is_spent_keeps_the_spend_and_says_so(
    house: House, mo: Person
) -> None:
    for _ in range(2):
        await bought(house, house.ada)
    before = await house.ledger()

    lowered = await house.told(mo, "limits set", amount="0", window="day", member=house.ada)
    assert "is **closed** now" in lowered.text
    lowered = await house.told(mo, "limits set", amount="0.08", window="day", member=house.ada)

    assert "(before: closed)." in lowered.text
    assert "Today it is over by $0.08: what is spent stays" in lowered.text
    assert "over by $0.08" in (await house.told(house.ada, "mine limits")).text
    assert "it is over by $0.08" in (await bought(house, house.ada)).text
    removed = await house.told(mo, "limits remove", member=house.ada)
    assert "What counts now: $1.00 a day (the bot's setting for everyone)." in removed.text
    assert await house.ledger() == before == (0, 160_000)


async def test_r58_a_boost_gives_room_until_its_end_and_says_exactly_how_much(
    house: House, mo: Person, clock: Clock
) -> None:
    await house.told(mo, "limits set", amount="0.08", window="day", member=house.ada)
    await bought(house, house.ada)
    assert "only $0.00 is left" in (await bought(house, house.ada)).text
    now = clock()

    given = await house.told(
        mo,
        "limits boost",
        member=house.ada,
        amount="$0.08",
        duration="1h",
        reason="**won** @everyone",
    )

    ends = re.search(r"^Until <t:(\d+):f>, ", given.text)
    assert ends
    assert now + 3600 <= int(ends[1]) <= now + 3660
    assert f"<@{house.ada.id}> can spend **$0.16 a day**: $0.08 + $0.08 boost." in given.text
    assert "Cost" in (await bought(house, house.ada)).text
    assert "$0.08 of it is a boost until" in (await house.told(house.ada, "mine limits")).text
    clock.advance(3700)
    assert "over by $0.08" in (await bought(house, house.ada)).text


async def test_a_boost_is_ended_by_its_number_and_only_in_its_own_server(
    house: House, mo: Person
) -> None:
    """W49, in an autocomplete value."""
    await house.told(
        mo,
        *("limits boost",),
        member=house.ada,
        amount="2",
        duration="2w",
        reason="contest",
    )
    elsewhere = house.discord.guild("elsewhere")
    other = mo.at(elsewhere.channels[0])
    other.give(house.discord.role("mods", elsewhere, manage_guild=True))
    [choice] = await mo.autocomplete("limits remove", which="con")

    assert choice.name == f"boost 1: $2.00 more a day for member {house.ada.id}: contest"
    assert await other.autocomplete("limits remove", which="") == []
    refused = await house.told(other, "limits remove", which=choice.value)
    assert refused.text.startswith("That boost has ended, or is not one of this server's.")
    ended = await house.told(mo, "limits remove", which=choice.value, reason="over")
    assert ended.text.startswith(f"Boost 1 has ended: <@{house.ada.id}> had $2.00 more a day")
    again = await house.told(mo, "limits remove", which=choice.value)
    assert again.text.startswith("That boost has ended")
    assert await changes(house) == [
        ("end boost", "2000000", None, "over"),
        ("boost", None, "2000000", "contest"),
    ]


async def test_every_change_is_listed_with_who_made_it_and_why(house: House, mo: Person) -> None:
    await house.told(mo, "limits set", amount="5", window="week", reason="try *it*")
    await house.told(mo, "limits set", amount="2.5", window="week")
    await house.told(mo, "limits remove", reason="too low")

    listed = (await house.told(mo, "limits list")).text

    assert f"<@{mo.id}> set the weekly limit of this server to $5.00 · “try \\*it\\*”" in listed
    assert f"<@{mo.id}> set the weekly limit of this server to $2.50, before $5.00" in listed
    assert f"<@{mo.id}> removed the weekly limit of this server, $2.50 · “too low”" in listed
    assert "- **$20.00 a month** · the bot's setting" in listed
    assert "- Everyone: **$1.00 a day** · the bot's setting for everyone" in listed


async def test_a_thread_counts_as_its_channel_and_explain_looks_wherever_it_is_asked_to(
    house: House, mo: Person
) -> None:
    showcase = house.discord.channel("showcase")
    thread = house.discord.thread("one picture", channel=showcase)

    said = await house.told(mo, "limits set", amount="0.08", window="week", channel=thread)

    assert said.text.startswith(f"All members in <#{showcase.id}> together can now spend up to")
    assert "**Cost:** $0.08" in (await bought(house, house.ada.at(thread))).text
    refused = await bought(house, house.ada.at(showcase))
    assert f"The weekly limit of <#{showcase.id}> is $0.08, with $0.08 spent" in refused.text
    there = await house.told(mo, "limits explain", member=house.ada, channel=thread)
    here = await house.told(mo, "limits explain", member=house.ada)
    assert f"The weekly limit of <#{showcase.id}> decides: $0.00 left" in there.text
    assert "weekly limit" not in here.text


async def test_the_limit_of_a_deleted_role_can_still_be_removed(house: House, mo: Person) -> None:
    role = house.discord.role("Booster")
    await house.told(mo, "limits set", amount="2", window="week", role=role, reason="old")
    house.discord.delete_role(role)

    [choice] = await mo.autocomplete("limits remove", which="old")

    assert choice.name == f"$2.00 a week for role {role.id}: old"
    gone = await house.told(mo, "limits remove", which=choice.value)
    assert gone.text.startswith(f"The weekly limit of <@&{role.id}>, $2.00, is removed.")
    for nonsense in ("role:1:year", "bot:0:month", "x", "9" * 40):
        wrong = await house.told(mo, "limits remove", which=nonsense)
        assert wrong.text.endswith("Nothing was changed.")
    assert [found.value for found in await mo.autocomplete("limits boost", duration="1")] == [
        *("1h", "12h", "1d", "1mo")
    ]
