"""`touchup export`: tables that agree with each other and with the books."""

from __future__ import annotations

import csv
import stat
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.shell import export_words
from bot.store.sqlite import open_sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shell.conftest import Shell

PRICE = Decimal("0.08")


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="ascii", newline="") as opened:
        return list(csv.DictReader(opened, strict=True))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


async def test_r59_three_tables_tell_the_same_sums_while_a_bot_works(shell: Shell) -> None:
    """N14: one row for each picture with its receipt, who paid, and what the owner is billed."""
    assert (await shell.edit("--area", "top half", "--count", "2")).code == 0

    async with open_sqlite(shell.folder / "data" / "touchup.sqlite3"):
        answer = await shell.touchup("export", "--out", "tables")

    assert (answer.code, answer.err) == (0, "")
    folder = shell.folder / "tables"
    spend, ledger, costs = (table(folder / f"{name}.csv") for name in ("spend", "ledger", "costs"))
    assert [row["outcome"] for row in spend] == ["done"] * 2
    assert all(row["request_id"] and row["bought_at"].endswith("Z") for row in spend)
    assert [row["entry"] for row in ledger].count("hold") == 2
    assert (
        total(spend, "charged_usd")
        == total(ledger, "spent_change_usd")
        == total(spend, "owner_cost_usd")
        == total(costs, "owner_cost_change_usd")
        == 2 * PRICE
    )
    assert total(spend, "held_usd") == total(ledger, "held_change_usd") == 0
    assert {row["currency"] for row in (*spend, *ledger, *costs)} == {spend[0]["currency"]}
    assert answer.out.splitlines()[0] == "tables/spend.csv: 2 rows"
    assert "2 jobs, $0.16 charged to members; the provider takes $0.16" in answer.out


async def test_g8_tables_are_for_their_owners_eyes_and_replace_older_ones(shell: Shell) -> None:
    assert (await shell.edit("--area", "top half")).code == 0
    folder = shell.folder / "tables"
    folder.mkdir(mode=0o755)
    (folder / "spend.csv").write_text("old")
    (folder / "spend.csv").chmod(0o644)

    assert (await shell.touchup("export", "--out", folder)).code == 0

    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["costs.csv", "ledger.csv", "spend.csv"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert len(table(folder / "spend.csv")) == 1


async def test_days_are_whole_and_both_included(shell: Shell) -> None:
    assert (await shell.edit("--area", "top half")).code == 0
    answer = await shell.touchup("export", "--out", "all")
    assert answer.code == 0
    [row] = table(shell.folder / "all" / "spend.csv")
    day = row["local_date"]

    on_it = await shell.touchup("export", "--out", "one", "--since", day, "--until", day)
    before = await shell.touchup("export", "--out", "none", "--until", "2020-02-29")

    assert (on_it.code, before.code) == (0, 0)
    assert table(shell.folder / "one" / "spend.csv") == [row]
    assert [table(file) for file in sorted((shell.folder / "none").iterdir())] == [[], [], []]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--since", "2026-11-02", "--until", "2026-11-01"), "is before --since"),
        (("--since", "yesterday"), "does not match"),
    ],
)
async def test_days_that_make_no_sense_are_refused(
    shell: Shell, arguments: tuple[str, ...], told: str
) -> None:
    answer = await shell.touchup("export", "--out", "tables", *arguments)

    assert answer.code == 2
    assert told in answer.err
    assert not (shell.folder / "tables").exists()


async def test_without_books_there_is_nothing_to_export(shell: Shell) -> None:
    answer = await shell.touchup("export", "--out", "tables")

    assert (answer.code, answer.out) == (0, f"{export_words.NOTHING_TO_EXPORT}\n")
    assert not (shell.folder / "data").exists()


async def test_a_folder_that_cannot_be_written_is_told_before_anything_is_read(
    shell: Shell,
) -> None:
    assert (await shell.edit("--area", "top half")).code == 0
    (shell.folder / "tables").write_text("a file")

    answer = await shell.touchup("export", "--out", "tables")

    assert answer.code == 2
    assert "a folder I can write in" in answer.err
