"""`touchup export`: tables that agree with each other and with the books."""

from __future__ import annotations

import asyncio
import csv
import resource
import stat
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.app import books_file
from bot.cli import export
from bot.cli.export import ExportOptions
from bot.cli.texts import export as export_texts
from bot.domain.errors import ConfigError
from bot.domain.jobs.lifecycle import Closing
from bot.settings.model import Settings
from bot.store.billing import ledger
from bot.store.database import Transaction
from bot.store.sqlite import open_sqlite
from tests.cli.conftest import Shell
from tests.support.books import NOW, put_in_line

PRICE = Decimal("0.08")
TODAY = datetime.fromtimestamp(NOW, tz=UTC).date()


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="ascii", newline="") as opened:
        return list(csv.DictReader(opened, strict=True))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Books with one picture of each provider, and one of the next day that is still held."""
    settings = Settings(engine="embedded", data_dir=tmp_path / "data")

    def buy(tx: Transaction) -> None:
        for provider in ("fal", "embedded"):
            [job_id] = put_in_line(tx, guild_id=5, channel_id=50, provider=provider)
            ledger.close(tx, job_id, Closing.CAPTURE, now=NOW + 86_400)
        put_in_line(tx, provider="fal", now=NOW + 86_400)

    async with open_sqlite(books_file(settings)) as database:
        await database.transact(buy)
    return settings


async def buy_much(settings: Settings) -> None:
    def buy(tx: Transaction) -> None:
        for _ in range(150):
            put_in_line(tx, provider="fal", now=NOW + 86_400, count=4)

    async with open_sqlite(books_file(settings)) as database:
        await database.transact(buy)


async def exported(settings: Settings, out: Path, **days: Any) -> list[list[dict[str, str]]]:
    assert await export.run(settings, ExportOptions(out=out, **days)) == export.DONE
    return [table(out / name) for name in (export.SPEND, export.LEDGER, export.COSTS)]


async def test_r59_n14_three_tables_tell_the_same_sums_while_a_bot_works(shell: Shell) -> None:
    """N14: one row for each picture with its receipt, who paid, and what the owner is billed."""
    assert (await shell.edit("--area", "top half", "--count", "2")).code == 0

    async with open_sqlite(shell.folder / "data" / "touchup.sqlite3"):
        answer = await shell.touchup("export", "--out", "tables")

    assert (answer.code, answer.err) == (0, "")
    folder = shell.folder / "tables"
    spend, booked, costs = (table(folder / f"{name}.csv") for name in ("spend", "ledger", "costs"))
    assert [row["outcome"] for row in spend] == ["done"] * 2
    assert all(row["request_id"] and row["bought_at"].endswith("Z") for row in spend)
    assert [row["entry"] for row in booked].count("hold") == 2
    assert (
        total(spend, "charged_usd")
        == total(booked, "spent_change_usd")
        == total(spend, "owner_cost_usd")
        == total(costs, "owner_cost_change_usd")
        == 2 * PRICE
    )
    assert total(spend, "held_usd") == total(booked, "held_change_usd") == 0
    assert {row["currency"] for row in (*spend, *booked, *costs)} == {spend[0]["currency"]}
    assert answer.out.splitlines()[0] == "tables/spend.csv: 2 rows"
    assert "2 jobs, $0.16 charged to members; the provider takes $0.16" in answer.out


async def test_play_money_is_marked_and_never_added(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spend, _, _ = await exported(settings, tmp_path / "tables")

    assert [row["currency"] for row in spend] == ["USD", "play USD", "USD"]
    *_, play, real = capsys.readouterr().out.splitlines()
    assert play.startswith("embedded (play money): 1 job, $0.08 charged to members; ")
    assert real.startswith("fal: 2 jobs, $0.08 charged to members, $0.08 set aside; ")


async def test_g8_tables_are_for_their_owners_eyes_and_replace_older_ones(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "tables"
    folder.mkdir(mode=0o755)
    (folder / "spend.csv").write_text("old")
    (folder / "spend.csv").chmod(0o644)

    spend, _, _ = await exported(settings, folder)

    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["costs.csv", "ledger.csv", "spend.csv"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert len(spend) == 3


async def test_days_are_whole_and_a_picture_belongs_to_the_one_it_was_ordered(
    settings: Settings, tmp_path: Path
) -> None:
    tomorrow = TODAY + timedelta(days=1)

    all_of_it = await exported(settings, tmp_path / "all")
    first = await exported(settings, tmp_path / "first", until=TODAY)
    second = await exported(settings, tmp_path / "second", since=tomorrow, until=tomorrow)
    later = await exported(settings, tmp_path / "later", since=tomorrow + timedelta(days=1))

    assert [len(rows) for rows in first] == [2, 4, 0]
    assert [len(rows) for rows in second] == [1, 1, 0]
    assert later == [[], [], []]
    assert all(
        sorted([*one, *other], key=str) == sorted(whole, key=str)
        for one, other, whole in zip(first, second, all_of_it, strict=True)
    )


async def test_small_batches_bring_the_same_tables(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await exported(settings, tmp_path / "whole")
    monkeypatch.setattr(export, "_BATCH", 1)

    assert await exported(settings, tmp_path / "parts") == whole


async def test_days_that_make_no_sense_are_refused(shell: Shell) -> None:
    answer = await shell.touchup(
        "export", "--out", "x", "--since", "2026-11-02", "--until", "2026-11-01"
    )

    assert (answer.code, answer.err) == (2, "--until 2026-11-01 is before --since 2026-11-02.\n")


async def test_without_books_there_is_nothing_to_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(engine="embedded", data_dir=tmp_path / "data")

    assert await export.run(settings, ExportOptions(out=tmp_path / "tables")) == export.DONE

    assert capsys.readouterr().out == f"{export_texts.NOTHING_TO_EXPORT()}\n"
    assert list(tmp_path.iterdir()) == []


async def test_a_place_that_cannot_be_written_is_told_before_anything_is_read(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "tables").write_text("a file")

    with pytest.raises(ConfigError) as refusal:
        await export.run(settings, ExportOptions(out=tmp_path / "tables", since=date(2026, 1, 1)))

    # An export never charges anybody, so it does not say that it did not.
    assert refusal.value.problems == (
        f"--out is {tmp_path / 'tables'}, but must be a folder I can write in (file exists).",
    )


async def test_h6_a_full_disk_leaves_the_older_tables_as_they_were(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tables"
    before = await exported(settings, folder, until=TODAY)

    await buy_much(settings)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Enough for SQLite's own working files, and less than the table of these jobs.
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        code = await export.run(settings, ExportOptions(out=folder))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert code == export.NOT_WRITTEN
    assert "What was there is as it was." in capsys.readouterr().err
    assert len(list(folder.iterdir())) == 3
    assert [table(folder / name) for name in (export.SPEND, export.LEDGER, export.COSTS)] == before


async def test_an_export_that_is_stopped_leaves_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await buy_much(settings)
    monkeypatch.setattr(export, "_BATCH", 1)
    folder = tmp_path / "tables"
    exporting = asyncio.create_task(export.run(settings, ExportOptions(out=folder)))
    # It has begun, and has hundreds of batches before it.
    while not exporting.done() and not (folder / ".spend.csv.partial").exists():
        await asyncio.sleep(0)

    exporting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await exporting
    assert list(folder.iterdir()) == []
