"""What is bought is not given up for what may pass; nobody waits behind others' trouble."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.domain.edits.pictures import Brief
from bot.domain.errors import Failure, ProviderBlocked, ProviderBusy, StoreFailed
from bot.domain.jobs.lifecycle import GIVE_UP_SECONDS, START_MARGIN_SECONDS
from bot.domain.jobs.states import CostState, JobState
from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.imaging.pool.pool import ProcessDied, WorkFailed
from bot.provider.client import CancelOutcome
from bot.services.edits.drafts import PREPARATIONS_PER_MEMBER
from bot.services.jobs.collect import BLOCKED_PAUSE_SECONDS
from bot.services.jobs.unknown import release
from bot.services.timeouts import Timeouts
from tests.support.bench import FINISH_TIMEOUT, PRICE, START_TIMEOUT, Bench, eventually

pytestmark = pytest.mark.usefixtures("quiet")


class Instead:
    """Something real, one of whose methods raises a few times, or answers otherwise."""

    def __init__(self, real: Any, method: str, *faults: Any) -> None:
        self._real = real
        self._method = method
        self.faults = list(faults)
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        if name != self._method or not self.faults:
            return getattr(self._real, name)
        return self._fail

    async def _fail(self, *_: object, **__: object) -> Any:
        self.calls += 1
        fault = self.faults.pop(0)
        if isinstance(fault, Exception):
            raise fault
        return fault


@pytest.mark.parametrize(
    "fault",
    [ProcessDied("killed"), WorkFailed("Traceback"), StoreFailed("No space left on device")],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_bought_picture_outlives_lost_processes_and_a_full_disk(
    bench: Bench, fault: Exception
) -> None:
    """S1, S12: stitching is tried again, and the picture arrives."""
    edit = await bench.accept()
    worker = bench.make_worker(images=Instead(bench.images, "finish", fault, fault, fault))

    outcome = await bench.work_until_ended(edit, worker=worker)

    assert outcome.receipts[0].state is JobState.DONE
    assert len(bench.paid) == 1
    await bench.check()


@pytest.mark.parametrize("column", ["source", "mask", "sent_picture", "sent_mask"])
async def test_nothing_is_bought_that_could_not_be_stitched_in(bench: Bench, column: str) -> None:
    """H4: all four files are looked at before the submit."""
    edit = await bench.accept()
    bench.folder.path(getattr(edit, column)).unlink()

    outcome = await bench.work_until_ended(edit)

    assert outcome.receipts[0].failure is Failure.INTERNAL
    assert not bench.paid
    assert await bench.money() == (0, 0)


async def test_a_picture_that_was_done_while_the_bot_was_away_is_fetched(bench: Bench) -> None:
    """F10: its deadline is long over, and a cancel is too late."""
    edit = await bench.accept()
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=0.3))
    silent = Instead(bench.provider, "cancel", *[CancelOutcome.TOO_LATE] * 9)
    worker = bench.make_worker(provider=silent, timeouts=Timeouts(grace=0.01))
    working = await bench.follow(worker)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await eventually(lambda: bench.billed == 1)
    bench.clock.jump(START_TIMEOUT + FINISH_TIMEOUT + 1_200)

    outcome = await bench.work_until_ended(edit, worker=worker)

    assert outcome.receipts[0].state is JobState.DONE
    assert await bench.money() == (0, PRICE)


async def test_a_job_that_does_not_heed_a_cancel_is_looked_at_for_minutes(bench: Bench) -> None:
    """F10: what comes late is still delivered."""
    bench.faults.add(EngineFault(kind=Kind.JOB_STUCK_IN_PROGRESS))
    edit = await bench.accept()
    deaf = Instead(bench.provider, "cancel", *[CancelOutcome.REQUESTED] * 3)
    worker = bench.make_worker(
        provider=deaf, timeouts=Timeouts(grace=0.02), finish_timeout=-START_TIMEOUT
    )

    outcome = await bench.work_until_ended(edit, worker=worker)

    assert deaf.calls == 3
    assert outcome.receipts[0].failure in {Failure.CANCELLED, Failure.TIMEOUT}
    assert await bench.money() == (0, 0)


async def test_what_can_never_be_looked_for_ends_after_a_day(bench: Bench) -> None:
    """L9: the hold is released, and the owner is told that it was perhaps bought."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    edit = await bench.accept()
    blind = Instead(bench.provider, "find", *[ProviderBlocked(reason="no history")] * 1_000)
    worker = bench.make_worker(provider=blind)
    began = bench.clock()

    outcome = await bench.work_until_ended(edit, worker=worker)

    assert outcome.receipts[0].failure is Failure.LOST
    assert (await bench.job(edit)).cost_state is CostState.POSSIBLE
    assert bench.clock() - began > GIVE_UP_SECONDS
    assert blind.calls < 150
    assert await bench.money() == (0, 0)
    await bench.check()


async def test_the_operator_may_decide_about_an_unknown_submit_at_once(bench: Bench) -> None:
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    edit = await bench.accept()
    await bench.work()
    job = await bench.job(edit)

    await bench.database.transact(release, job.id, reason="nobody waits", now=bench.clock())

    outcome = await bench.edits.outcome(edit.id)
    assert outcome.receipts[0].failure is Failure.LOST
    assert await bench.money() == (0, 0)
    await bench.check()


async def test_another_members_edit_with_the_seed_of_a_lost_one_is_bought(bench: Bench) -> None:
    """L10: at once when it says something else, and otherwise when the doubt is old."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    blind = Instead(bench.provider, "find", *[ProviderBusy(retry_after=1.0)] * 1_000)
    worker = bench.make_worker(provider=blind)
    lost = await bench.accept(member_id=1, seed=42)
    await worker.work_next()
    other = await bench.accept(member_id=2, seed=42, prompt="a blue door")
    same = await bench.accept(member_id=3, seed=42)

    await bench.work_until_ended(other, worker=worker)
    waits = await bench.job(same)
    began = bench.clock()
    await bench.work_until_ended(same, worker=worker)

    assert waits.state is JobState.QUEUED
    assert START_TIMEOUT < bench.clock() - began < START_TIMEOUT + START_MARGIN_SECONDS + 200
    assert (await bench.job(lost)).state is JobState.UNKNOWN
    assert bench.billed == 3


async def test_a_shorter_start_timeout_after_a_restart_still_finds_the_submit(bench: Bench) -> None:
    """L10: a search begins where the intent was recorded."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    edit = await bench.accept()
    await bench.work()
    intended = (await bench.job(edit)).intended_at
    asked: list[float] = []

    class Listening:
        async def find(self, *_: object, since: float, **options: Any) -> Any:
            asked.append(since)
            return await bench.provider.find(*_, since=since, **options)  # type: ignore[arg-type]

        def __getattr__(self, name: str) -> Any:
            return getattr(bench.provider, name)

    outcome = await bench.work_until_ended(
        edit, worker=bench.make_worker(provider=Listening(), start_timeout=5.0)
    )

    assert outcome.receipts[0].state is JobState.DONE
    assert intended is not None
    assert all(since < intended for since in asked)


async def test_a_wall_clock_that_jumps_ahead_releases_no_unknown_submit(bench: Bench) -> None:
    """L9: real time counts."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_DROPPED))
    ticks = [0.0]
    edit = await bench.accept()
    worker = bench.make_worker(monotonic=lambda: ticks[0])
    await worker.work_next()

    bench.clock.jump(3_600)
    for _ in range(4):
        ticks[0] += 10
        bench.clock.jump(60)
        await worker.work_next()
    still = await bench.job(edit)
    ticks[0] += START_TIMEOUT + START_MARGIN_SECONDS + FINISH_TIMEOUT
    outcome = await bench.work_until_ended(edit, worker=worker)

    assert still.state is JobState.UNKNOWN
    assert outcome.receipts[0].failure is Failure.NEVER_STARTED


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE edit SET notes = '[\"of the future\"]' WHERE id = 1",
        "UPDATE edit SET style = 'of the future' WHERE id = 1",
        "UPDATE edit SET model = 'of the future' WHERE id = 1",
    ],
)
async def test_a_row_of_a_newer_version_does_not_stop_the_others(bench: Bench, spoil: str) -> None:
    await bench.accept()
    other = await bench.accept(member_id=2)
    await bench.database.transact(lambda tx: tx.execute(spoil))

    outcome = await bench.work_until_ended(other)

    assert outcome.receipts[0].state is JobState.DONE
    assert await bench.money() == (PRICE, PRICE)


async def test_a_running_job_that_is_refused_does_not_close_the_line(bench: Bench) -> None:
    """F6: only a submit says whether the provider takes new ones."""
    first, second = await bench.accept(member_id=1), await bench.accept(member_id=2)
    refused = Instead(bench.provider, "follow", *[ProviderBlocked(reason="403")] * 2)
    worker = bench.make_worker(provider=refused)

    await worker.work_next()
    held = await bench.job(first)
    await worker.work_next()
    bench.clock.jump(BLOCKED_PAUSE_SECONDS + 0.1)
    await bench.work_until_ended(second, worker=worker)
    await bench.work_until_ended(first, worker=worker)

    assert held.state is JobState.RUNNING
    assert worker.line_closed_until == 0
    assert bench.billed == 2


async def test_jobs_of_another_provider_are_given_back_at_a_start_and_not_counted(
    bench: Bench,
) -> None:
    edit = await bench.accept()
    bought = await bench.accept()
    await bench.database.transact(
        lambda tx: [
            tx.execute("UPDATE job SET provider = 'fal'"),
            tx.execute(
                """
                UPDATE job SET state = 'submitting', seed = 1, intended_at = 0, start_by = 0
                WHERE edit_id = :id
                """,
                id=bought.id,
            ),
        ]
    )

    await bench.restart()

    assert (await bench.job(edit)).failure is Failure.UNREACHABLE
    assert (await bench.job(bought)).state is JobState.SUBMITTING
    assert await bench.money() == (PRICE, 0)


async def test_one_members_many_edits_are_prepared_two_at_a_time(bench: Bench) -> None:
    """H2: another member does not wait behind all of them."""
    at_work: list[int] = []
    most: dict[int, int] = {}

    class Watched:
        async def prepare(self, brief: Brief, **named: Any) -> Any:
            member = members[brief.source]
            at_work.append(member)
            most[member] = max(most.get(member, 0), at_work.count(member))
            try:
                await asyncio.sleep(0.01)
                return await bench.images.prepare(brief, **named)
            finally:
                at_work.remove(member)

    drafts = [bench.draft(member_id=1) for _ in range(6)] + [bench.draft(member_id=2)]
    members = {draft.brief().source: origin.buyer.member_id for draft, origin in drafts}
    bench.drafts._images = Watched()  # type: ignore[assignment]
    async with asyncio.TaskGroup() as group:
        for draft in drafts:
            group.create_task(bench.drafts.prepare(*draft))

    assert most == {1: PREPARATIONS_PER_MEMBER, 2: 1}
    assert bench.drafts._lines == {}


async def test_a_cancel_that_ends_an_edit_is_news_for_the_courier(bench: Bench) -> None:
    edit = await bench.accept()
    bench.notified.clear()

    await bench.edits.cancel(edit.id, member_id=1)

    assert len(bench.notified) == 1
