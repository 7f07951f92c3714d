"""Who may change limits and settings is decided when it is done, whatever Discord hides (G4)."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import Person, PersonInteraction
from tests.e2e.conftest import PATIENCE, House

COMMANDS: dict[str, dict[str, Any]] = {
    "limits set": {"amount": "100", "window": "day"},
    "limits remove": {"which": "1"},
    "limits list": {},
    "limits explain": {},
    "limits boost": {"amount": "1", "duration": "1d", "reason": "x"},
    "settings show": {},
    "settings timezone": {"zone": "Asia/Tokyo"},
    "settings log": {},
}
_TYPES = {str: 3, int: 4}


async def forged(
    house: House, who: Person, name: str, options: list[dict[str, Any]], **resolved: Any
) -> PersonInteraction:
    """A command as no client would send it."""
    group, command = name.split()
    click = await who.forge(
        2,
        {
            "id": "1",
            "name": group,
            "type": 1,
            "options": [{"name": command, "type": 1, "options": options}],
            "resolved": resolved,
        },
    )
    await click.wait(lambda seen: bool(seen.answered), PATIENCE)
    await house.quiet(click)
    return click


def plain(options: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": _TYPES[type(value)], "value": value}
        for name, value in options.items()
    ]


async def changed(house: House) -> int:
    row = await house.one(
        "SELECT (SELECT COUNT(*) FROM limit_change) + (SELECT COUNT(*) FROM spending_limit)"
        " + (SELECT COUNT(*) FROM boost) + (SELECT COUNT(*) FROM guild_setting) AS rows"
    )
    return int(row["rows"])


async def test_a_member_is_refused_whatever_their_client_sends(house: House) -> None:
    """Their client offers none of it; a forged click is answered in one private sentence."""
    for name, options in COMMANDS.items():
        with pytest.raises(LookupError, match="not offered to ada"):
            await house.ada.slash(name, **options)
        click = await forged(house, house.ada, name, plain(options))

        [answer] = click.answered
        assert answer.ephemeral
        assert answer.text == (
            "That is for this server's moderators: it takes the permission Manage Server. "
            "Nothing was changed."
        ), name
    assert await changed(house) == 0


async def test_rights_that_were_taken_away_count_no_longer(house: House) -> None:
    mo = house.discord.person("mo", manage_guild=True)
    assert (
        "now"
        in (await house.only_answer(await mo.slash("limits set", amount="1", window="day"))).text
    )
    mo.take(next(role for role in house.discord.default_guild.roles_of(mo.user)))

    click = await forged(house, mo, "limits set", plain(COMMANDS["limits set"]))

    assert "moderators" in click.answered[0].text
    assert await changed(house) == 2


async def test_in_direct_messages_nobody_is_a_moderator(house: House) -> None:
    mo = house.discord.person("mo", manage_guild=True)

    click = await forged(
        house, mo.at(house.discord.dms(mo)), "limits set", plain(COMMANDS["limits set"])
    )

    assert "moderators" in click.answered[0].text
    assert await changed(house) == 0


async def test_r52_the_whole_bot_is_capped_by_its_owner_and_by_no_moderator(house: House) -> None:
    mo = house.discord.person("mo", manage_guild=True, administrator=True)
    owner = house.discord.person("owner")
    options = {"amount": "closed", "window": "month"}

    refused = await house.only_answer(await mo.slash("owner limit", **options))
    assert refused.text == "That is for whoever runs this bot. Nothing was changed."
    assert await changed(house) == 0
    guild_id = house.discord.default_guild.id
    here = await house.only_answer(
        await owner.slash("owner limit", amount="0.16", window="month", server="this")
    )
    assert here.text.startswith(
        f"-# Server {guild_id}\n"
        "All members of this server together can now spend up to **$0.16 a month**."
    )
    assert (
        "Only a limit set by whoever hosts the bot counts there"
        in (
            await house.only_answer(
                await mo.slash("limits boost", amount="1", duration="1d", reason="more")
            )
        ).text
    )
    whole = await house.only_answer(await owner.slash("owner limit", **options))
    assert whole.text.startswith("The monthly limit of the whole bot is **closed** now.")
    explained = await house.only_answer(await house.ada.slash("mine limits"))
    assert (
        "**The whole bot's monthly limit decides: editing is switched off here." in explained.text
    )
    assert "This server's monthly limit, set by whoever hosts the bot: $0.16**" in explained.text
    gone = await house.only_answer(await owner.slash("owner limit", amount="none", window="month"))
    assert "What counts now: $50.00 a month (the bot's setting)." in gone.text
    wrong = await house.only_answer(await owner.slash("owner limit", server="12", **options))
    assert wrong.text == "“12” is not the number of a server. Nothing was changed."


async def test_who_runs_the_bot_is_asked_each_time_and_an_invitation_is_no_membership(
    house: House,
) -> None:
    owner = house.discord.person("owner")
    bob, eve = (house.discord.person(name, administrator=True) for name in ("bob", "eve"))

    async def may(person: Person) -> bool:
        answer = await house.only_answer(await person.slash("owner status"))
        return "That is for whoever runs this bot" not in answer.text

    assert [await may(person) for person in (owner, bob, eve)] == [True, False, False]
    house.discord.join_team(bob)
    house.discord.join_team(eve, accepted=False)
    assert [await may(person) for person in (owner, bob, eve)] == [False, True, False]


async def test_w49_ids_of_elsewhere_are_refused_and_change_nothing(house: House) -> None:
    """A role, a channel or a member that Discord does not bring along is none of this server's."""
    mo = house.discord.person("mo", manage_guild=True)
    elsewhere = house.discord.guild("elsewhere")
    role = house.discord.role("spenders", elsewhere)
    amount = plain({"amount": "100", "window": "day"})
    for option, kind, number, said in (
        ("member", 6, "7", "That is nobody in this server."),
        ("role", 8, role.id, "That is no role or channel of this server."),
        ("channel", 7, elsewhere.channels[0].id, "That is no role or channel of this server."),
    ):
        click = await forged(
            house, mo, "limits set", [*amount, {"name": option, "type": kind, "value": number}]
        )

        assert click.answered[0].text == f"{said} Nothing was changed."
    assert await changed(house) == 0


async def test_no_limit_is_set_for_a_bot_or_for_who_left_but_theirs_can_be_removed(
    house: House,
) -> None:
    mo = house.discord.person("mo", manage_guild=True)
    options: dict[str, Any] = {"amount": "2", "window": "week"}
    bob = house.discord.person("bob")
    await house.only_answer(await mo.slash("limits set", member=bob, **options))
    bob.leave()

    left = await house.only_answer(await mo.slash("limits set", member=bob, **options))
    robot = await house.only_answer(
        await mo.slash("limits set", member=house.discord.state.bot, **options)
    )
    explained = await house.only_answer(await mo.slash("limits explain", member=bob))
    removed = await house.only_answer(await mo.slash("limits remove", member=bob))

    assert left.text == explained.text == "That is nobody in this server. Nothing was changed."
    assert robot.text.startswith("Bots buy nothing here")
    assert removed.text.startswith(f"The weekly limit of <@{bob.id}>, $2.00, is removed.")


async def test_what_is_named_twice_or_not_there_is_refused(house: House) -> None:
    mo = house.discord.person("mo", manage_guild=True)
    role = house.discord.role("Booster")
    limit: dict[str, Any] = {"amount": "2", "window": "week"}
    for command, options, said in (
        ("set", {**limit, "role": role, "member": house.ada}, "Name only one of them"),
        ("remove", {"role": role}, "There is no such limit."),
        ("remove", {"role": role, "which": "1"}, "Name only one of them"),
        ("boost", {"role": role, "amount": "1", "duration": "1d", "reason": "x"}, "No such limit"),
        ("boost", {"amount": "0", "duration": "1d", "reason": "x"}, "A boost has to be more"),
    ):
        answer = await house.only_answer(await mo.slash(f"limits {command}", **options))
        assert answer.text.startswith(said)
    assert await changed(house) == 0
