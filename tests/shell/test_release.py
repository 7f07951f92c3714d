"""`touchup unknown --release`: what nobody can look for is decided by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.jobs import JobState
from bot.domain.lifecycle import AnswerWasLost, Claimed, Ready
from bot.shell import words
from bot.store import jobs
from bot.store.sqlite import open_sqlite
from tests.store.books import NOW, PROVIDER, put_in_line
from tests.store.test_jobs import advance

if TYPE_CHECKING:
    from bot.store.database import Transaction
    from tests.shell.conftest import Shell


def lose_a_submit(tx: Transaction) -> int:
    (job_id,) = put_in_line(tx)
    jobs.claim(tx, provider=PROVIDER, lease="a", may_submit=True, now=NOW)
    advance(tx, job_id, Claimed(), Ready(seed=7, start_by=NOW + 300), AnswerWasLost())
    return job_id


async def test_a_job_in_doubt_is_given_up_by_hand_once(shell: Shell) -> None:
    books = shell.folder / "data" / "touchup.sqlite3"
    async with open_sqlite(books) as database:
        job_id = await database.transact(lose_a_submit)

    first = await shell.touchup("unknown", "--release", str(job_id))
    second = await shell.touchup("unknown", "--release", str(job_id))
    async with open_sqlite(books) as database:
        job = await database.transact(jobs.get, job_id)
        held = await database.transact(
            lambda tx: tx.fetch_all("SELECT SUM(held) AS held FROM ledger_entry")[0]["held"]
        )

    assert job is not None
    assert (job.state, held) == (JobState.FAILED, 0)
    assert (first.code, first.out) == (0, f"{words.released(job)}\n")
    assert (second.code, second.out) == (3, f"{words.nothing_to_release(job_id)}\n")
