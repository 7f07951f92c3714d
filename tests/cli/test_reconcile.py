"""`touchup reconcile`: what differs is named, and booked only when told to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import ENGINE_ADMIN_KEY
from bot.cli.texts import reconcile
from bot.domain.jobs.events import Claimed, Ready, SubmitUnknown
from bot.engine import Engine, EngineFault, EngineFaultKind
from bot.store.database import Transaction
from bot.store.jobs import jobs
from bot.store.sqlite import open_sqlite
from tests.cli.conftest import Shell
from tests.store.jobs.test_jobs import advance
from tests.support.books import put_in_line

TOP = ("--area", "top half")
REFUSED = EngineFault(kind=EngineFaultKind.JOB_FAILS, error_type="content_policy_violation")


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    """A server of one's own that shows its bill."""
    async with Engine(admin_keys=[ENGINE_ADMIN_KEY]) as started:
        yield started


def books(shell: Shell) -> Path:
    return shell.folder / "data" / "touchup.sqlite3"


async def test_r61_n15_the_evening_on_which_the_owner_compares(
    shell: Shell, engine: Engine
) -> None:
    """Peers 4.5: a refused request was billed; the owner's loss is named, and booked once."""
    shell.environment["ENGINE_URL"] = engine.queue_url
    await shell.edit(*TOP)
    engine.faults.add(REFUSED)
    engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_BILLED_ANYWAY))
    await shell.edit(*TOP)
    request = engine.jobs[1].request_id
    paid = await shell.money()

    seen = await shell.touchup("reconcile")
    async with open_sqlite(books(shell)):  # as the bot does while it runs
        machine = await shell.touchup("reconcile", "--json")
        in_use = await shell.touchup("reconcile", "--apply")
    booked = await shell.touchup("reconcile", "--apply")
    again = await shell.touchup("reconcile", "--apply", "--json")
    after = await shell.touchup("reconcile")

    today = datetime.now(UTC).date()
    head = f"Pictures bought from your own server from {today - timedelta(30)} to {today} (UTC)."
    members = "Members were charged $0.08 for 1 picture; that stays as it is."
    assert seen.code == 1
    assert seen.out.splitlines() == [
        head,
        "Ledger 1 picture = $0.08; your own server billed 2 = $0.16. The bill has $0.08 more.",
        "Not counted in it, for it is only possible: 1 picture = $0.08.",
        members,
        "",
        "Billed without a picture: 1 (+$0.08)",
        f"  Job 2 of edit 2, request {request}: failed (content), and billed $0.08.",
        "",
        (
            "Nothing was changed. `touchup reconcile --apply` books 1 correction of your own cost "
            "(+$0.08), with the bot stopped."
        ),
    ]
    assert machine.code == 1
    assert machine.json["difference_nano_usd"] == 80_000_000
    assert machine.json["findings"][0]["request"] == request
    assert machine.json["findings"][0]["kind"] == "billed without a picture"
    assert (machine.json["corrections"], machine.json["applied"]) == (1, False)
    assert in_use.code == 2
    assert booked.code == 0
    assert booked.out.splitlines()[-2:] == [
        "Booked: 1 correction of your own cost (+$0.08).",
        "Settled as billed: 1 cost.",
    ]
    assert (again.code, again.json["corrections"], again.json["confirmations"]) == (0, 0, 0)
    assert after.code == 0
    assert after.out.splitlines() == [
        head,
        "Ledger 2 pictures = $0.16; your own server billed 2 = $0.16. They agree.",
        members,
    ]
    assert await shell.money() == paid


async def test_without_its_admin_key_the_bill_is_not_known_and_that_is_said(shell: Shell) -> None:
    """Real money first: fal's addresses lead to an engine with a key of its own for the bill."""
    async with Engine(admin_keys=["the:owners-own-key"]) as fal:
        shell.environment |= {
            "FAL_KEY": "plain:key-of-the-bot",
            "LOG_LEVEL": "DEBUG",
            "FAL_QUEUE_URL": fal.queue_url,
            "FAL_REST_URL": fal.queue_url,
            "FAL_CDN_URL": fal.queue_url,
            "FAL_API_URL": f"{fal.queue_url}/v1",
        }
        await shell.edit(*TOP)
        keyless = await shell.touchup("reconcile")
        shell.environment["FAL_ADMIN_KEY"] = "another:persons-key"
        refused = await shell.touchup("reconcile")
        shell.environment["FAL_ADMIN_KEY"] = "the:owners-own-key"
        owner = await shell.touchup("reconcile")
        own = await shell.touchup("reconcile", "--engine-url", fal.queue_url)

    assert keyless.code == 3
    assert "Ledger 1 picture = $0.08; what fal billed is not known." in keyless.out
    assert "that needs FAL_ADMIN_KEY" in keyless.out
    assert refused.code == 3
    assert "does not accept the admin key" in refused.out
    for answer in (keyless, refused, owner):
        assert "persons-key" not in answer.out + answer.err
        assert "owners-own-key" not in answer.out + answer.err
        assert "key-of-the-bot" not in answer.out + answer.err
    assert own.code == 1  # its history has what these books bought from fal
    assert f"ENGINE_ADMIN_KEY={ENGINE_ADMIN_KEY}" in own.out
    assert "Not compared here, as bought elsewhere: 1 picture of fal." in own.out
    assert owner.code == 0
    assert "Ledger 1 picture = $0.08; fal billed 1 = $0.08. They agree." in owner.out


async def test_a_program_that_asks_before_there_are_books_gets_what_it_can_read(
    shell: Shell,
) -> None:
    asked = await shell.touchup("reconcile", "--json", "--until", "2026-03-01")

    assert asked.code == 0
    assert (asked.json["findings"], asked.json["bill"]) == ([], None)
    assert asked.json["books"] == {"pictures": 0, "nano_usd": 0}
    assert asked.json["until"] - asked.json["since"] == 31 * 86_400
    assert not (shell.folder / "data").exists()


async def test_books_that_are_not_there_and_days_that_make_no_sense(shell: Shell) -> None:
    none = await shell.touchup("reconcile")
    backwards = await shell.touchup("reconcile", "--since", "2026-02-02", "--until", "2026-02-01")
    wordless = await shell.touchup("reconcile", "--since", "yesterday")

    assert (none.code, none.out) == (0, f"{reconcile.NOTHING_TO_COMPARE()}\n")
    assert not (shell.folder / "data").exists()
    assert backwards.code == wordless.code == 2
    assert backwards.err == "--until 2026-02-01 is before --since 2026-02-02.\n"


def lose_a_submit(tx: Transaction, *, now: float) -> int:
    (job_id,) = put_in_line(tx, provider="custom", now=now)
    assert jobs.claim(tx, provider="custom", lease="a", may_submit=True, now=now)
    advance(tx, job_id, Claimed(), Ready(seed=7, start_by=now + 300), SubmitUnknown(), now=now)
    # It was looked for often: nobody waits for the next time, in half a minute.
    tx.execute("UPDATE job SET tries = 5")
    return job_id


async def test_unknown_lists_each_job_with_its_age_price_model_and_seed(
    shell: Shell, engine: Engine
) -> None:
    sent = datetime.now(UTC) - timedelta(minutes=5, seconds=30)
    async with open_sqlite(books(shell)) as database:
        job_id = await database.transact(lose_a_submit, now=sent.timestamp())
    shell.environment["ENGINE_URL"] = engine.queue_url

    compared = await shell.touchup("reconcile", "--json")
    answer = await shell.touchup("unknown")

    found = json.loads(compared.out)
    assert compared.code == 1
    assert [one["kind"] for one in found["findings"]] == ["unknown"]
    assert found["possible"] == {"pictures": 1, "nano_usd": 80_000_000}
    assert answer.code == 3
    assert answer.out.startswith(
        f"Job {job_id} of edit 1: $0.08, Ideogram V2 Edit, seed 7, sent 5 min ago ("
    )
    assert "It may have been bought: it is looked for until " in answer.out
