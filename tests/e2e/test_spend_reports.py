"""Members see their own money as a chart and a table, and moderators that of their server."""

from __future__ import annotations

import csv
import io
import re

import pytest
from PIL import Image

from bot.sandbox import File, Person
from tests.e2e.conftest import House


async def buy(house: House, who: Person, *, count: int = 1) -> None:
    await house.edited(who, prompt="=1+1", count=count)


def table_of(file: File) -> list[dict[str, str]]:
    text = file.data.decode("ascii")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def require_chart(file: File) -> None:
    assert file.filename == "touchup-spending.png"
    with Image.open(io.BytesIO(file.data)) as chart:
        chart.load()
        assert chart.size == (1200, 675)


async def test_r48_r59_a_moderator_sees_who_spent_what_and_nobody_is_notified(
    house: House, mo: Person
) -> None:
    bob = house.discord.person("bob")
    await buy(house, house.ada, count=2)
    await buy(house, bob)

    report = await house.told(mo, "spend report")
    top = await house.told(mo, "spend top", by="channel", period="year")

    for part in (
        "**$0.24** for 3 pictures · play money",
        "limit, set by whoever hosts the bot:** $20.00; $0.24 spent · $19.76 left",
        f"1. <@{house.ada.id}> · $0.16 · 2 pictures",
        f"2. <@{bob.id}> · $0.08 · 1 picture",
    ):
        assert part in report.text
    [chart] = report.files
    require_chart(chart)
    assert chart.description is not None
    assert re.fullmatch(
        r"Chart of play money spent in \w+ \d{4}: \$0\.24 in all, the most on \w+ \d+ "
        r"\(\$0\.24\) and by Ada \(\$0\.16\)\. This server's monthly limit: 1% of \$20\.00\.",
        chart.description,
    )
    assert f"1. <#{house.discord.default_channel.id}> · $0.24 · 3 pictures" in top.text
    assert not report.mentions
    assert not top.mentions


async def test_r59_a_moderator_takes_home_a_table_of_every_picture(
    house: House, mo: Person
) -> None:
    """W43: what a member wrote is not in it; N14: the operator's own columns are the operator's."""
    await buy(house, house.ada, count=2)

    said = await house.told(mo, "spend export", period="week")

    [file] = said.files
    rows = table_of(file)
    assert file.filename.startswith("touchup-server-week-")
    assert [row["charged_usd"] for row in rows] == ["0.080000"] * 2
    assert {row["member_id"] for row in rows} == {str(house.ada.id)}
    assert {row["currency"] for row in rows} == {"play USD"}
    assert "request_id" not in rows[0]
    assert b"1+1" not in file.data


@pytest.mark.parametrize("command", ["spend report", "spend top", "spend export"])
async def test_g4_members_are_refused_a_servers_money(house: House, command: str) -> None:
    """What Discord hides from a menu is no lock: an owner of the server offers it to everybody."""
    house.discord.override("spend", house.ada, allowed=True)

    said = await house.told(house.ada, command)

    assert "moderators" in said.text
    assert not said.files


async def test_r48_members_see_their_own_days_and_nobody_elses(house: House) -> None:
    """G5."""
    bob = house.discord.person("bob")
    await buy(house, house.ada)
    await buy(house, bob, count=2)

    said = await house.told(house.ada, "mine spend", period="week", table=True, theme="light")

    assert "**$0.08** for 1 picture" in said.text
    assert "Your daily limit" in said.text
    chart, table = said.files
    require_chart(chart)
    assert [row["member_id"] for row in table_of(table)] == [str(house.ada.id)]


async def test_a_month_without_pictures_has_a_report_too(house: House, mo: Person) -> None:
    said = await house.told(mo, "spend report", period="last month")

    assert "Nothing was bought." in said.text
    require_chart(said.files[0])


async def test_who_left_is_in_the_report_by_their_number(house: House, mo: Person) -> None:
    """Discord no longer tells their name; their money was spent all the same."""
    bob = house.discord.person("bob")
    await buy(house, bob)
    bob.leave()

    by_member = await house.told(mo, "spend report")
    by_channel = await house.told(mo, "spend report", by="channel")

    assert f"1. <@{bob.id}> · $0.08 · 1 picture" in by_member.text
    [of_members], [of_channels] = by_member.files, by_channel.files
    require_chart(of_members)
    assert f"by member …{int(bob.id) % 10_000:04d} ($0.08)" in (of_members.description or "")
    assert "by #general ($0.08)" in (of_channels.description or "")
