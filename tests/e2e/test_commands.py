"""What Discord is told of our commands, and what is said when the fault is our own."""

from __future__ import annotations

from typing import Any

from bot.sandbox import MESSAGE_MENU
from bot.store.database import Transaction
from bot.ui.bot.touchup_bot import sync
from tests.e2e.conftest import PATIENCE, House, reads_only


def told(house: House) -> dict[str, Any]:
    return {command["name"]: command for command in house.discord.state.commands[None].values()}


@reads_only
async def test_discord_is_told_every_command_with_a_description(shared: House) -> None:
    commands = told(shared)
    options = commands["edit"]["options"]

    menus = {name for name, command in commands.items() if command["type"] == MESSAGE_MENU}
    assert menus == {"Edit this picture", "Re-letter this picture"}
    assert set(commands) - menus == {
        *("area", "edit", "erase", "extend", "limits", "mine", "owner", "reletter"),
        *("settings", "spend"),
    }
    assert [option["name"] for option in options] == [
        *("image", "prompt", "mask", "area", "style", "count", "seed", "rewrite")
    ]
    assert [option["name"] for option in options if option.get("required")] == ["image", "prompt"]
    assert [o["name"] for o in commands["area"]["options"]] == ["image", "mask", "area"]
    assert {o["name"] for o in commands["mine"]["options"]} == {
        *("spend", "limits", "queue", "edits", "preview")
    }
    slash = [command for name, command in commands.items() if name not in menus]
    for described in (*slash, *(option for command in slash for option in command["options"])):
        assert len(described["description"]) > 10, described["name"]


@reads_only
async def test_what_moderators_do_is_offered_to_them_alone_and_in_servers_alone(
    shared: House,
) -> None:
    """Discord's offer is a courtesy: who may is decided when a command is used."""
    commands = told(shared)

    for name in ("limits", "settings"):
        assert commands[name]["default_member_permissions"] == str(1 << 5)
        assert commands[name]["contexts"] == [0]
    assert commands["owner"]["default_member_permissions"] == "0"


@reads_only
async def test_styles_are_offered_by_name(shared: House) -> None:
    [style] = [o for o in told(shared)["edit"]["options"] if o["name"] == "style"]

    assert {choice["name"]: choice["value"] for choice in style["choices"]} == {
        "Auto": "auto",
        "General": "general",
        "Realistic": "realistic",
        "Design": "design",
        "3D render": "render_3D",
        "Anime": "anime",
    }


async def test_commands_can_be_tried_in_one_guild_first(house: House) -> None:
    guild = house.discord.default_guild

    count = await sync(house.discord_app.bot, guild_id=int(guild.id))

    assert count == len(told(house))
    assert {c["name"] for c in house.discord.state.commands[guild.id].values()} == set(told(house))


async def test_connecting_alone_tells_discord_nothing(house: House) -> None:
    """Commands are synced by `touchup sync`, not at boot."""
    puts = [call for call in house.discord.requests if call.method == "PUT"]

    assert len(puts) == 1  # the one call of this test's own set-up


async def test_while_the_disk_is_full_nothing_is_bought(house: House) -> None:
    """H6, invariant 8: it is said, and when there is room again the bot goes on."""
    database = house.app.database
    await database.transact(_fill)

    # Longer than a page of the database, so that it needs new ones.
    click = await house.edit(area="top half", prompt="鱼" * 2000)
    await click.wait(lambda seen: bool(seen.answered), PATIENCE)

    [answer] = click.answered
    assert answer.ephemeral
    assert answer.text.startswith("I can't record spend right now, so nothing was bought.")
    assert house.engine_jobs == 0
    await database.transact(lambda tx: tx.fetch_one("PRAGMA max_page_count = 1000000"))
    card = await house.edited(area="top half", prompt="x")
    assert len(card.files) == 2


def _fill(tx: Transaction) -> None:
    """Let the database grow no further, as a full disk does, and leave none of its pages free."""
    free = tx.fetch_one("SELECT freelist_count * page_size AS bytes"
                        " FROM pragma_freelist_count, pragma_page_size")  # fmt: skip
    assert free is not None
    tx.execute("CREATE TABLE filler (bytes BLOB)")
    tx.execute("INSERT INTO filler VALUES (zeroblob(:size))", size=free["bytes"])
    pages = tx.fetch_one("PRAGMA page_count")
    assert pages is not None
    tx.fetch_one(f"PRAGMA max_page_count = {pages['page_count']}")
