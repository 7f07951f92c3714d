"""R56: the process dies while somebody is told of a limit; they are told exactly once."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.crash.selection import moments
from tests.crash.stage import Stage

ONE_PICTURE = {"BOT_MONTHLY_LIMIT_USD": "0.10"}


def told(stage: Stage) -> list[str]:
    """How the one alert that was not overtaken ended."""
    file = stage.data / "touchup.sqlite3"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as books:
        rows = books.execute(
            """
            SELECT outbox.state FROM alert JOIN outbox ON kind = 'alert' AND subject = alert.id
            WHERE threshold = 100
            """
        ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("point", moments(["alert.before", "alert.after"], always={"alert.after"}))
async def test_r56_a_death_while_the_owner_is_told_makes_neither_none_nor_two(
    stage: Stage, point: str
) -> None:
    await stage.edit_and_die(point, **ONE_PICTURE)
    assert told(stage) == ["due"]

    await stage.start(**ONE_PICTURE)
    await stage.until(lambda: told(stage) == ["delivered"])
    await stage.settle()

    [word] = stage.discord.messages(stage.discord.dms(stage.discord.person("owner")))
    assert word.text.startswith("### The whole bot's monthly limit is used up")
