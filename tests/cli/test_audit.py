"""`touchup audit`: finds what contradicts itself, and changes nothing, also while a bot works."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.cli.texts import audit
from bot.services.billing.audit import AuditFinding, AuditProblem
from bot.store.sqlite import open_sqlite
from tests.cli.conftest import Shell, Terminal


def listing(folder: Path) -> dict[str, bytes]:
    """Every file of the data folder but SQLite's own working files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


async def test_sound_books_are_clean_and_stay_as_they_are(shell: Shell) -> None:
    assert (await shell.edit("--area", "top half")).code == 0
    before = listing(shell.folder / "data")

    with Terminal() as terminal:
        async with shell.running("audit", stderr=terminal.end) as process:
            shown = await terminal.read_until("Reading every picture… 1 of ")
            out, _ = await process.communicate()

    assert "Reading the books…" in shown
    assert (process.returncode, out.decode()) == (0, f"{audit.AUDIT_CLEAN()}\n")
    assert listing(shell.folder / "data") == before


async def test_it_looks_while_a_bot_works(shell: Shell) -> None:
    async with open_sqlite(shell.folder / "data" / "touchup.sqlite3"):
        answer = await shell.touchup("audit")

    assert (answer.code, answer.out) == (0, f"{audit.AUDIT_CLEAN()}\n")


async def test_where_there_are_no_books_none_are_made(shell: Shell) -> None:
    answer = await shell.touchup("audit")

    assert (answer.code, answer.out) == (0, f"{audit.NOTHING_TO_AUDIT()}\n")
    assert not (shell.folder / "data").exists()


async def test_h4_a_missing_and_an_altered_picture_and_a_forged_counter_are_found(
    shell: Shell,
) -> None:
    assert (await shell.edit("--area", "top half")).code == 0
    pictures = shell.folder / "data" / "pictures"
    missing, altered, *_ = sorted(path for path in pictures.rglob("*") if path.is_file())
    missing.unlink()
    altered.write_bytes(b"something else")
    with sqlite3.connect(shell.folder / "data" / "touchup.sqlite3") as forger:
        forger.execute("UPDATE counter SET spent = 0 WHERE scope = 'member'")
    forger.close()

    answer = await shell.touchup("audit")
    quick = await shell.touchup("audit", "--quick")

    assert (answer.code, answer.err) == (1, "")
    lines = answer.out.splitlines()
    assert f"The file of picture {missing.name} is missing." in lines
    assert f"The file of picture {altered.name} was altered." in lines
    assert [line for line in lines if line.startswith("Counter ")] != []
    assert lines[-1].startswith("3 things are not as they must be")
    assert [line for line in quick.out.splitlines() if "picture" in line] == []
    assert quick.out.splitlines()[-1].startswith("1 thing is not as it must be")


async def test_h3_a_newer_versions_books_are_not_judged(shell: Shell) -> None:
    books = shell.folder / "data" / "touchup.sqlite3"
    async with open_sqlite(books):
        pass
    with sqlite3.connect(books) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()

    answer = await shell.touchup("audit")

    assert answer.code == 2
    assert "newer version of Touchup" in answer.err


@pytest.mark.parametrize("problem", AuditProblem)
def test_every_finding_has_a_sentence_that_names_what_it_is_about(problem: AuditProblem) -> None:
    sentence = audit.finding(AuditFinding(problem, 41, "the detail"))

    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "41" in sentence or "the detail" in sentence
    assert "{" not in sentence


def test_what_is_not_named_is_counted() -> None:
    named = AuditFinding(AuditProblem.NOT_HELD, 4)
    last = AuditFinding(AuditProblem.NOT_HELD, 5, more=1200)

    assert list(audit.findings([named, last])) == [
        "The price of job 4 was never set aside.",
        "The price of job 5 was never set aside.",
        "  … and 1,200 more like this.",
    ]
