"""What the README promises about commands, areas and permissions is what the code has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
import typer

from bot.cli import app
from bot.domain import areas
from bot.domain.errors import BadArea
from cogs.area import Area
from cogs.edit import Edit
from cogs.mine import Mine
from cogs.recipes import Recipes

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_PICTURE_BYTES: Final = 400 * 1024


def rows(start: str) -> set[str]:
    """What the first cells of the README's tables name, after `start`."""
    return set(re.findall(rf"^\| `({re.escape(start)}[a-z ]+?)(?:`| image)", README, re.MULTILINE))


def test_the_table_of_commands_is_the_command_line() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]

    assert rows("touchup ") == {f"touchup {name}" for name in commands}


def test_the_table_of_slash_commands_is_what_discord_is_told() -> None:
    alone = [*Edit.__cog_app_commands__, *Area.__cog_app_commands__, *Recipes.__cog_app_commands__]
    told = {f"/{command.qualified_name}" for command in alone}
    told |= {f"/mine {command.name}" for command in Mine.__cog_app_commands__}

    assert rows("/") == told


def test_the_invitation_asks_for_the_permissions_it_names() -> None:
    link = re.search(r"https://discord\.com/oauth2/authorize\S+(?=`)", README)
    assert link
    query = parse_qs(urlsplit(link[0]).query)

    assert query["scope"] == ["bot applications.commands"]
    assert discord.Permissions(int(query["permissions"][0])) == discord.Permissions(
        view_channel=True, send_messages=True, send_messages_in_threads=True, attach_files=True
    )


AREAS: Final = [
    *re.findall(r"`([^`]+)`", README[README.index("An **area**") : README.index("A **mask**")]),
    *re.findall(r'--area "([^"]+)"', README),
]


@pytest.mark.parametrize("text", [area for area in AREAS if len(area) > len("shrink")])
def test_every_area_of_the_readme_is_understood(text: str) -> None:
    try:
        areas.parse(text)
    except BadArea as error:
        pytest.fail(f"{text}: {error}")


def test_every_shell_example_names_options_that_exist() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    examples = re.findall(r"^touchup (\w+) (.*)$", README, re.MULTILINE)

    assert len(examples) >= 3
    for name, typed in examples:
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert {word for word in shlex.split(typed) if word.startswith("--")} <= known


def test_the_pictures_are_there_and_small() -> None:
    pictures = [ROOT / name for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)]

    assert len(pictures) >= 2
    assert sum(picture.stat().st_size for picture in pictures) < MOST_PICTURE_BYTES
