"""`touchup unknown --release`: what nobody can look for is decided by hand."""

from __future__ import annotations

from bot.cli.texts import commands
from bot.domain.jobs.events import Claimed, Ready, SubmitUnknown
from bot.domain.jobs.states import CostState, JobState
from bot.store.database import Transaction
from bot.store.jobs import jobs
from bot.store.sqlite import open_sqlite
from tests.cli.conftest import Shell
from tests.store.jobs.test_jobs import advance
from tests.support.books import NOW, PRICE, PROVIDER, put_in_line


def lose_a_submit(tx: Transaction) -> int:
    (job_id,) = put_in_line(tx)
    jobs.claim(tx, provider=PROVIDER, lease="a", may_submit=True, now=NOW)
    advance(tx, job_id, Claimed(), Ready(seed=7, start_by=NOW + 300), SubmitUnknown())
    return job_id


def last_entry(tx: Transaction, job_id: int) -> tuple[str, int, str]:
    row = tx.fetch_one(
        "SELECT * FROM cost_entry WHERE job_id = :id ORDER BY id DESC LIMIT 1", id=job_id
    )
    assert row is not None
    return row["reason"], row["change"], row["state"]


async def test_a_job_in_doubt_is_given_up_by_hand_once(shell: Shell) -> None:
    books = shell.folder / "data" / "touchup.sqlite3"
    async with open_sqlite(books) as database:
        job_id = await database.transact(lose_a_submit)

    giving_up = ("unknown", "--release", str(job_id))
    wordless = await shell.touchup(*giving_up)
    blank = await shell.touchup(*giving_up, "--reason", " ")
    first = await shell.touchup(*giving_up, "--reason", "the server is gone")
    second = await shell.touchup(*giving_up, "--reason", "the server is gone")
    async with open_sqlite(books) as database:
        job = await database.transact(jobs.get, job_id)
        held = await database.transact(
            lambda tx: tx.fetch_all("SELECT SUM(held) AS held FROM ledger_entry")[0]["held"]
        )

        kept = await database.transact(last_entry, job_id)

    assert job is not None
    assert (job.state, held) == (JobState.FAILED, 0)
    assert (job.cost, job.cost_state) == (PRICE * 1000, CostState.POSSIBLE)
    assert kept == ("released by hand: the server is gone", 0, "possible")
    assert wordless.code == blank.code == 2
    assert "say why: the books keep it" in wordless.err
    assert first.code == 0
    assert first.out == (
        f"Job {job_id} of edit {job.edit_id} is given up (the server is gone): the $0.08 set aside "
        "for its member is free again. The provider may bill it all the same, so $0.08 of your own "
        "cost stays possible: `touchup reconcile` compares.\n"
    )
    assert (second.code, second.out) == (3, f"{commands.nothing_to_release(job_id)}\n")
