"""Each thing the provider may answer: what the member reads and pays, and what the owner pays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from bot.domain.errors import Failure
from bot.domain.jobs.events import Event, Failed, LocalFault, NotSent
from bot.domain.jobs.lifecycle import Closing, step
from bot.domain.jobs.states import Job, JobState
from bot.provider.follow import PollInterval
from bot.sandbox import Clock, Message, Person, PersonInteraction
from bot.services.timeouts import Timeouts
from bot.store.billing import pauses
from bot.ui.texts import edits, notes
from bot.ui.texts.errors import FREE
from tests.e2e.conftest import PATIENCE, House, local_discord, opened_house
from tests.e2e.endings import ENDINGS, OTHERS, OUR_FAULT, STOPPED, UNREACHABLE, Ending, table

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCS: Final = Path(__file__).parents[2] / "docs"
PRICE: Final = 80_000
LISTED_NANO: Final = 80_000_000
HURRIED: Final = PollInterval(
    quiet=0.3,
    quiet_share=0.0,
    poll_least=0.02,
    poll_most=0.05,
    back_off=0.005,
    most_back_off=0.02,
    gone_answers=3,
    gone_pause=0.005,
)
START_SECONDS: Final = 4
FINISH_SECONDS: Final = 1
PATIENCE_SECONDS: Final = 1.0
"""With a picture that never ends, which has to be waited for in full."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One bot for all of them: each comes from another member."""
    clock = Clock()
    timeouts = Timeouts(grace=0.1, pace=HURRIED)
    async with (
        local_discord(clock) as local,
        opened_house(
            local,
            clock,
            tmp_path_factory.mktemp("outcomes") / "data",
            timeouts=timeouts,
            monotonic=clock,
            start_timeout_seconds=START_SECONDS,
            finish_timeout_seconds=FINISH_SECONDS,
            # Far more goes wrong here than the breaker would bear.
            breaker_failure_percent=0,
            breaker_burst_usd=0,
        ) as house,
    ):
        yield house


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
async def test_r54_n14_whatever_the_provider_answers_is_said_and_booked(
    shared: House, ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Demand 3, F5-F10, F15-F21: who pays, by what fal says of each outcome."""
    house, member = shared, shared.discord.person(f"member-{ending.name}")
    _let_time_pass(house)
    if ending.never_ends:
        hurried = replace(house.app.worker._deps, start_timeout=PATIENCE_SECONDS, finish_timeout=0)
        monkeypatch.setattr(house.app.worker, "_deps", hurried)
    submits = house.engine_jobs
    for fault, times in ending.faults:
        house.engine.faults.add(fault, times=times)

    click = await house.edit(member)
    job = await _bought(house, member)
    if ending.meanwhile:
        await _read_meanwhile(house, member, job, ending)
    if ending.cancels:
        await _cancel(house, member, click, job["id"], waits=bool(ending.meanwhile))
    await _until_ended(house, job["id"], ending)
    card = await _final_card(house, click, job["edit_id"])
    house.engine.faults.clear()
    await house.app.database.transact(
        pauses.lift, provider="embedded", by="test", now=house.app.clock()
    )

    charged = PRICE if ending.is_charged else 0
    lines = card.text.splitlines()
    if ending.says:
        assert ending.says in lines
        assert card.files == ()
        assert any(line.startswith("**Cost:** $0.00; $1.00 of $1.00 left (") for line in lines)
    else:
        assert any(line.startswith("0 of ") and "outside the area" in line for line in lines)
        assert len(card.files) == 2
        assert any(line.startswith("**Cost:** $0.08; $0.92 of $1.00 left (") for line in lines)
    closing = "capture" if charged else "release"
    assert await _ledger(house, job["id"]) == [("hold", PRICE, 0), (closing, -PRICE, charged)]
    costs = await _costs(house, job["id"])
    assert costs == [(state, change * LISTED_NANO) for state, change in ending.costs]
    assert house.engine_jobs - submits == ending.submits
    if ending.never_ends:
        assert house.engine.jobs[-1].started is not None


async def test_the_documented_table_is_what_happens() -> None:
    """R54, demand 3: one table for those who pay, and nothing in it that is not proved."""
    written = (DOCS / "money.md").read_text(encoding="utf-8")

    assert table() in written
    for failure in Failure:
        assert notes.failed(failure, FREE()) in {ending.says for ending in (*ENDINGS, *OTHERS)}


@pytest.mark.parametrize("ending", OTHERS, ids=lambda ending: ending.name)
async def test_what_is_no_answer_of_the_provider_costs_its_member_nothing_either(
    ending: Ending,
) -> None:
    job = Job(id=1, edit_id=1, member_id=1, state=JobState.QUEUED, price=PRICE, unit_cost=1)
    worn_out = replace(job, tries=99)
    lives: dict[str, tuple[Event, Job]] = {
        UNREACHABLE: (NotSent(), worn_out),
        STOPPED: (Failed(Failure.STOPPED), job),
        OUR_FAULT: (LocalFault(), replace(worn_out, state=JobState.RUNNING)),
    }
    event, before = lives[ending.says]

    taken = step(before, event, now=0.0)

    assert taken.closing is Closing.RELEASE
    assert taken.job.failure is not None
    assert notes.failed(taken.job.failure, FREE()) == ending.says
    assert taken.job.cost_state == (ending.costs[-1][0] if ending.costs else "none")


async def _bought(house: House, member: Person) -> Any:
    """The member's only job."""
    return await house.row("SELECT * FROM job WHERE member_id = :id", id=int(member.id))


async def _read_meanwhile(house: House, member: Person, job: Any, ending: Ending) -> None:
    """While nothing is known, or nothing can be bought: the job keeps its place and its price."""
    await house.row(
        "SELECT 1 FROM job WHERE id = :id AND lease IS NULL AND not_before > 0", id=job["id"]
    )
    queue = await house.only_answer(await member.slash("mine queue"))

    assert ending.meanwhile in queue.text
    assert f"**{job['edit_id']}**" in queue.text
    assert await _ledger(house, job["id"]) == [("hold", PRICE, 0)]


async def _cancel(
    house: House, member: Person, click: PersonInteraction, job_id: int, *, waits: bool
) -> None:
    """Press Cancel: while the job waits in line, or once it is painted."""
    async with asyncio.timeout(PATIENCE):
        while not waits and not (
            await house.one("SELECT 1 FROM job WHERE id = :id AND state = 'running'", id=job_id)
            and house.engine.jobs[-1].started is not None
        ):
            await asyncio.sleep(0.01)
    await house.slow(click)
    assert click.response is not None
    await house.only_answer(await member.click(click.response, edits.CANCEL()))


def _let_time_pass(house: House) -> None:
    """A line that rested after the row before takes jobs again."""
    clock, access = house.app.clock, house.app.worker.access
    assert isinstance(clock, Clock)
    clock.advance(max(0.0, max(access.closed_until, access.busy_until) - clock()))


async def _until_ended(house: House, job_id: int, ending: Ending) -> None:
    """Let the time pass that the job waits for."""
    clock, access, jump = house.app.clock, house.app.worker.access, ending.jump
    assert isinstance(clock, Clock)
    async with asyncio.timeout(PATIENCE):
        while True:
            job = await house.one("SELECT * FROM job WHERE id = :id", id=job_id)
            if job["ended_at"] is not None:
                return
            if jump and job["state"] == "running":
                clock.advance(jump)
                jump = 0.0
            if job["lease"] is None:
                shut = max(access.closed_until, access.busy_until) * (job["state"] == "queued")
                clock.advance(max(0.0, max(job["not_before"], shut) - clock()))
                house.app.worker.wake()
            await asyncio.sleep(0.01)


async def _final_card(house: House, click: PersonInteraction, edit_id: int) -> Message:
    """The last card: in the place of the answer, or after a quarter of an hour below it."""
    footer = edits.footer(edit_id)

    def found() -> Message | None:
        return next((card for card in house.cards() if footer in card.text.splitlines()), None)

    await house.discord.wait(lambda: found() is not None, PATIENCE)
    card = found()
    assert card is not None
    return card


async def _ledger(house: House, job_id: int) -> list[tuple[str, int, int]]:
    rows = await house.app.database.transact(
        lambda tx: tx.fetch_all(
            "SELECT kind, held, spent FROM ledger_entry WHERE job_id = :id ORDER BY id", id=job_id
        )
    )
    return [(row["kind"], row["held"], row["spent"]) for row in rows]


async def _costs(house: House, job_id: int) -> list[tuple[str, int]]:
    rows = await house.app.database.transact(
        lambda tx: tx.fetch_all(
            "SELECT state, change FROM cost_entry WHERE job_id = :id ORDER BY id", id=job_id
        )
    )
    return [(row["state"], row["change"]) for row in rows]
