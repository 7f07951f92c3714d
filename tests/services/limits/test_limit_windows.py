"""What is counted under a limit, from when, and by which clock."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.domain.errors import BadLimit
from bot.domain.limits.rules import BOT, guild
from bot.domain.limits.windows import Window
from bot.services.limits.guilds import time_zone_named, time_zones
from tests.services.limits.limit_office import (
    ADA,
    BOOSTER,
    DAY,
    GUILD,
    MO,
    OPERATOR,
    SHOWCASE,
    Office,
    bought,
)


async def test_a_limit_set_in_the_middle_of_its_window_counts_what_was_bought_before(
    office: Office,
) -> None:
    await bought(office, 3)

    for subject in (ADA, SHOWCASE, guild(GUILD)):
        found = await office.limits.set(MO, subject, Window.WEEK, 10**7)
        assert found.standing is not None
        assert found.standing.held == 240_000
    assert (await office.limits.set(MO, BOOSTER, Window.WEEK, 10**7)).standing is None


async def counters_of(office: Office) -> set[tuple[str, int, str, int]]:
    """Every counter: whose, for how long, and in which hour of the day it begins."""
    rows = await office.database.transact(lambda tx: tx.fetch_all("SELECT * FROM counter"))
    return {
        (row["scope"], row["subject"], row["window"], row["starts"] % DAY // 3600) for row in rows
    }


async def test_what_a_new_limit_counts_is_added_up_once_and_not_at_each_refusal(
    office: Office,
) -> None:
    """Also a closed one's, under which no hold will ever make its counter."""
    await bought(office, 3)
    for subject, window in (
        (ADA, Window.EVER),
        (SHOWCASE, Window.WEEK),
        (guild(GUILD), Window.DAY),
        (BOOSTER, Window.WEEK),
    ):
        await office.limits.set(MO, subject, window, 0)
    await office.limits.set(OPERATOR, BOT, Window.EVER, 0)

    found = await counters_of(office)

    assert found >= {
        ("member", 42, "ever", 0),
        ("channel", 50, "week", 0),
        ("guild", GUILD, "day", 0),
        ("bot", 0, "ever", 0),
    }
    assert ("member", 0) not in {(scope, number) for scope, number, _, _ in found}


async def test_what_counts_after_a_change_of_the_time_zone_is_added_up_with_it(
    office: Office,
) -> None:
    for subject in (ADA, SHOWCASE, guild(GUILD)):
        await office.limits.set(MO, subject, Window.DAY, 0)

    await office.guilds.set_time_zone(MO, GUILD, "Asia/Tokyo")

    assert await counters_of(office) >= {
        ("member", 42, "day", 15),  # midnight in Tokyo
        ("channel", 50, "day", 15),
        ("guild", GUILD, "day", 15),
    }


async def test_a_guilds_days_begin_by_its_own_time_zone_and_the_whole_bots_by_the_bots(
    office: Office,
) -> None:
    state = await office.guilds.set_time_zone(MO, GUILD, "Asia/Tokyo")

    member, _, whole = (await office.explanation()).standings

    assert state.time_zone == "Asia/Tokyo"
    assert member.renews_at == state.day_ends
    assert state.day_ends % DAY == 15 * 3600  # midnight in Tokyo
    assert whole.renews_at is not None
    assert whole.renews_at % DAY == 0
    assert (await office.guilds.set_time_zone(MO, GUILD, None)).time_zone == "UTC"


@pytest.mark.parametrize(
    ("text", "meant"),
    [("europe/berlin", "Europe/Berlin"), (" America/New York ", "America/New_York")],
)
def test_a_time_zone_is_known_however_it_is_spelled(text: str, meant: str) -> None:
    assert time_zone_named(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"), [("Berlin", "Europe/Berlin"), ("tokio", "Asia/Tokyo"), ("Narnia", None)]
)
def test_an_unknown_time_zone_is_refused_with_the_nearest(text: str, meant: str | None) -> None:
    with pytest.raises(BadLimit) as refused:
        time_zone_named(text)
    assert refused.value.facts.get("meant") == meant


def test_every_time_zone_that_is_offered_exists() -> None:
    assert all(ZoneInfo(name) for name in time_zones())
    assert time_zones()[0].startswith("Africa/")
