"""The worker stops, is cut, runs out of disk and starts again: nothing is lost or bought twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Failure, StoreFailed
from bot.domain.jobs.states import JobState
from bot.domain.limits.rules import Buyer
from bot.engine import Engine, EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.services.jobs.collect import STORE_PAUSE_SECONDS
from bot.services.timeouts import Timeouts
from bot.store.database import Database
from bot.store.jobs import jobs
from bot.store.jobs.jobs import LEASE_SECONDS
from tests.services.jobs.test_provider_faults import eventually_running
from tests.support.bench import PRICE, Bench, client, eventually


class CutAtAwait:
    """A coroutine that is cancelled when it awaits for the k-th time."""

    def __init__(self, work: Coroutine[Any, Any, object], number: int) -> None:
        self._work = work
        self._left = number
        self.was_cut = False

    def __await__(self) -> Any:
        """Pass on what the work waits for, until its turn to be cancelled has come."""
        resume: Callable[[], Any] = partial(self._work.send, None)
        while True:
            try:
                waits_for = resume()
            except StopIteration as ended:
                return ended.value
            self._left -= 1
            if self._left == 0:
                self.was_cut = True
                task = asyncio.current_task()
                assert task
                task.cancel()
            try:
                resume = partial(self._work.send, (yield waits_for))
            except BaseException as thrown:  # noqa: BLE001 - the cancellation goes on inside
                resume = partial(self._work.throw, thrown)


async def run(cut: CutAtAwait) -> None:
    await cut


async def cut_at(work: Coroutine[Any, Any, object], number: int) -> bool:
    """Whether the work awaited `number` times; it was cancelled there."""
    cut = CutAtAwait(work, number)
    task = asyncio.create_task(run(cut))
    await asyncio.wait({task})
    if not task.cancelled() and task.exception() is not None:
        raise AssertionError("cancelled work broke") from task.exception()
    assert task.cancelled() or not cut.was_cut, "a cancellation was swallowed"
    return cut.was_cut


async def test_a_cancel_at_every_await_of_a_job_leaves_it_whole(bench: Bench) -> None:
    """C9, L8-L16: for every k, a fresh worker finishes; one POST and one charge at most."""
    number, cuts = 1, 0
    while True:
        edit = await bench.accept(member_id=number)
        posts_before = len(bench.paid)
        was_cut = await cut_at(bench.worker.work_next(), number)
        open_leases = await bench.rows("SELECT 1 FROM job WHERE lease IS NOT NULL")
        outcome = await bench.work_until_ended(edit, worker=bench.make_worker())

        assert not open_leases, f"await {number}"
        assert len(bench.paid) - posts_before <= 1, f"await {number}: bought twice"
        assert outcome.receipts[0].state is JobState.DONE or not bench.paid[posts_before:]
        if not was_cut:
            break
        cuts += 1
        number += 1

    held, spent = await bench.money()
    assert cuts > 15
    assert (held, spent) == (0, bench.billed * PRICE)
    assert list(bench.folder._workspaces.iterdir()) == []
    await bench.check()


async def test_a_cancel_at_every_await_of_preparing_and_running_leaves_no_half_edit(
    bench: Bench,
) -> None:
    """C9: the member's side."""
    number = 1
    while True:
        draft = bench.draft()
        preparing = await cut_at(bench.drafts.prepare(*draft), number)
        quote = await bench.drafts.prepare(*draft)
        running = await cut_at(bench.run(quote.edit.id), number)
        if not (preparing or running):
            break
        number += 1

    accepted = await bench.rows("SELECT id FROM edit WHERE state = 'running'")
    assert number > 5
    assert await bench.money() == (len(accepted) * PRICE, 0)
    assert list(bench.folder._workspaces.iterdir()) == []
    await bench.check()


# ---- stopping --------------------------------------------------------------------------------


async def test_stopping_lets_go_of_jobs_in_every_state_and_they_go_on_after_a_restart(
    bench: Bench,
) -> None:
    """L19: queued, unknown, painted at the provider, resting after a refusal."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    unknown = await bench.accept(member_id=1)
    await bench.work()
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=1.0))
    painted = await bench.accept(member_id=2)
    queued = await bench.accept(member_id=3)
    working = asyncio.create_task(bench.worker.run())
    await eventually_running(bench)

    began = asyncio.get_running_loop().time()
    bench.worker.stop()
    await working
    took = asyncio.get_running_loop().time() - began

    assert took < 0.5
    assert await bench.rows("SELECT 1 FROM job WHERE lease IS NOT NULL") == []
    assert [(await bench.job(edit)).state for edit in (unknown, painted, queued)] == [
        JobState.UNKNOWN,
        JobState.RUNNING,
        JobState.QUEUED,
    ]
    for edit in (unknown, painted, queued):
        await bench.work_until_ended(edit, worker=await bench.restart())
    assert len(bench.paid) == bench.billed == 3
    assert await bench.money() == (0, 3 * PRICE)
    await bench.check()


async def test_a_submit_under_way_is_awaited_because_its_answer_is_the_receipt(
    bench: Bench,
) -> None:
    """L19."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_SLOW, seconds=0.4))
    edit = await bench.accept()
    working = asyncio.create_task(bench.worker.run())
    await eventually(lambda: len(bench.paid) == 1)

    bench.worker.stop()
    await working

    assert (await bench.job(edit)).state is JobState.RUNNING


async def test_nothing_new_is_bought_once_the_worker_stops(bench: Bench) -> None:
    """L19: what was being prepared stays in line."""
    edit = await bench.accept()
    slow = SlowPreparing(bench)
    worker = bench.make_worker(provider=slow)
    working = asyncio.create_task(worker.run())
    await eventually(lambda: slow.asked)

    worker.stop()
    await working

    job = await bench.job(edit)
    assert (job.state, job.seed) == (JobState.QUEUED, None)
    assert not bench.paid
    assert await bench.rows("SELECT 1 FROM job WHERE lease IS NOT NULL") == []


class SlowPreparing:
    """The bot's own client, on a slow line to the provider's storage."""

    def __init__(self, bench: Bench) -> None:
        self._provider = bench.provider
        self.asked = False

    async def prepare(self, purchase: Any) -> Any:
        self.asked = True
        await asyncio.sleep(0.2)
        return await self._provider.prepare(purchase)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)


async def test_an_idle_worker_stops_at_once(bench: Bench) -> None:
    """L19."""
    bench.worker = bench.make_worker(concurrency=4)
    working = asyncio.create_task(bench.worker.run())
    await asyncio.sleep(0.1)

    bench.worker.stop()
    async with asyncio.timeout(0.5):
        await working


async def test_a_woken_worker_starts_at_once(bench: Bench) -> None:
    working = asyncio.create_task(bench.worker.run())
    await asyncio.sleep(0.1)

    began = asyncio.get_running_loop().time()
    edit = await bench.accept()
    async with asyncio.timeout(5):
        while not await bench.has_ended(edit):
            await asyncio.sleep(0.005)
    took = asyncio.get_running_loop().time() - began
    bench.worker.stop()
    await working

    assert took < 2.0
    assert len(bench.settled) == 1


# ---- restarts --------------------------------------------------------------------------------


async def test_a_restarted_engine_that_listens_elsewhere_still_answers_for_its_jobs(
    bench: Bench, tmp_path: Path
) -> None:
    """L12: the embedded engine has another port after each start."""
    async with Engine(data=tmp_path / "engine", clock=bench.clock) as first:
        first.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=30))
        async with client(first) as provider:
            edit = await bench.accept()
            worker = bench.make_worker(provider=provider)
            working = asyncio.create_task(worker.work_next())
            await eventually_running(bench)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        address = first.queue_url

    async with (
        Engine(data=tmp_path / "engine", clock=bench.clock) as second,
        client(second) as provider,
    ):
        await bench.restart()
        outcome = await bench.work_until_ended(edit, worker=bench.make_worker(provider=provider))
        paid = second.jobs

    assert second.queue_url != address
    assert outcome.receipts[0].state is JobState.DONE
    assert len(paid) == 1


async def test_a_job_whose_line_broke_is_claimed_again_though_its_worker_lives(
    bench: Bench,
) -> None:
    """Its lease is not renewed, because nobody works on it."""
    edit = await bench.accept()
    broken = BrokenOnce(bench.database)
    worker = bench.make_worker(database=broken)

    with pytest.raises(ZeroDivisionError):
        await worker.work_next()
    at_once = await worker.work_next()
    bench.clock.jump(LEASE_SECONDS + 1)
    outcome = await bench.work_until_ended(edit, worker=worker)

    assert not at_once
    assert outcome.receipts[0].state is JobState.DONE


class BrokenOnce:
    """The real books, whose second decision meets a bug of ours."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._left = 2

    async def transact(self, decide: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            raise ZeroDivisionError
        return await self._database.transact(decide, *args, **kwargs)


async def test_a_worker_that_slept_does_not_take_jobs_from_its_own_hands(bench: Bench) -> None:
    """S18: after a long sleep every lease has run out."""
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=0.5))
    edit = await bench.accept()
    working = asyncio.create_task(bench.work())
    await eventually_running(bench)

    bench.clock.jump(LEASE_SECONDS + 1)
    second_hand = await bench.work()
    await working

    assert not second_hand
    assert (await bench.job(edit)).state is JobState.DONE
    assert len(bench.paid) == 1


async def test_a_machine_that_slept_between_intent_and_submit_does_not_send_it(
    bench: Bench,
) -> None:
    """S18: what it recorded may have been given up meanwhile."""
    edit = await bench.accept()
    sleepy = SleepsBeforeSubmit(bench)
    worker = bench.make_worker(database=sleepy)

    await worker.work_next()
    job = await bench.job(edit)
    outcome = await bench.work_until_ended(edit)

    assert (job.state, job.seed) == (JobState.QUEUED, None)
    assert outcome.receipts[0].state is JobState.DONE
    assert len(bench.paid) == 1


class SleepsBeforeSubmit:
    """The real books, on a machine that is suspended for ten minutes once an intent is written."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._slept = False

    async def transact(self, decide: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        answer = await self._bench.database.transact(decide, *args, **kwargs)
        taken = getattr(answer, "job", None)
        if taken is not None and taken.state is JobState.SUBMITTING and not self._slept:
            self._slept = True
            self._bench.clock.jump(600)
        return answer


# ---- a full disk -----------------------------------------------------------------------------


class FullAt:
    """The real books, on a disk that is full for some decisions in a row."""

    def __init__(self, database: Database, *, first: int, length: int) -> None:
        self._database = database
        self._full = range(first, first + length)
        self.decisions = 0

    async def transact(self, decide: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.decisions += 1
        if self.decisions in self._full:
            raise StoreFailed("SQLITE_FULL")
        return await self._database.transact(decide, *args, **kwargs)


HURRIED = Timeouts(record_pauses=(0.002, 0.01, 0.05, 0.15))
"""Pauses of a hundredth: how long they are is not what is tested here."""


@pytest.mark.parametrize("length", [1, 3, 20])
async def test_a_full_disk_at_any_record_buys_nothing_twice_and_ends_well(
    bench: Bench, caplog: pytest.LogCaptureFixture, length: int
) -> None:
    """S1, H6, invariant 8: at each decision, for a moment, a while, or longer than we wait."""
    caplog.set_level(logging.CRITICAL)
    first = 1
    while True:
        edit = await bench.accept(member_id=first)
        paid_before = len(bench.paid)
        full = FullAt(bench.database, first=first, length=length)
        worker = bench.make_worker(database=full, timeouts=HURRIED)
        try:
            await worker.work_next()
        except StoreFailed:
            # The line rests, and the lease ends by itself.
            bench.clock.jump(LEASE_SECONDS + 1)
        outcome = await bench.work_until_ended(edit)

        assert outcome.receipts[0].state is JobState.DONE
        assert len(bench.paid) - paid_before == 1, f"full at {first}"
        if full.decisions < first:
            break
        first += 1

    assert first > 6
    assert await bench.money() == (0, bench.billed * PRICE)
    await bench.check()


async def test_with_a_full_disk_nothing_is_accepted_and_nothing_bought(bench: Bench) -> None:
    """S1, C12, H6, invariant 8."""
    draft = bench.draft()
    quote = await bench.drafts.prepare(*draft)
    await bench.rows(f"PRAGMA max_page_count = {(await bench.rows('PRAGMA page_count'))[0][0]}")

    with pytest.raises(StoreFailed):
        await accept_for_ever(bench, quote.edit.id)
    await bench.rows("PRAGMA max_page_count = 1000000")

    accepted = len(await bench.rows("SELECT 1 FROM edit WHERE state = 'running'"))
    assert await bench.money() == (accepted * PRICE, 0)
    assert not bench.paid
    await bench.check()
    await bench.accept()


async def accept_for_ever(bench: Bench, edit_id: int) -> None:
    for member_id in count(1):
        await bench.run(edit_id, buyer=Buyer(member_id=member_id))
        quote = await bench.drafts.prepare(*bench.draft(member_id=member_id + 1))
        edit_id = quote.edit.id


async def test_a_paid_picture_waits_for_room_on_the_disk(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S12, H6: it is fetched again, and not given up however often."""
    edit = await bench.accept()
    no_room = NoRoom(bench, times=12)
    worker = bench.make_worker(folder=no_room)

    waited = 0
    while no_room.left:
        assert await worker.work_next()
        job = await bench.job(edit)
        assert job.state is JobState.RUNNING
        bench.clock.jump(STORE_PAUSE_SECONDS + 0.01)
        waited += 1
    outcome = await bench.work_until_ended(edit, worker=worker)

    assert waited == 12
    assert outcome.receipts[0].state is JobState.DONE
    assert len(bench.paid) == 1


class NoRoom:
    """The real picture folder, on a disk that has no room for a while."""

    def __init__(self, bench: Bench, *, times: int) -> None:
        self._folder = bench.folder
        self.left = times

    async def adopt(self, file: Path) -> Any:
        if self.left:
            self.left -= 1
            raise StoreFailed("pictures: No space left on device")
        return await self._folder.adopt(file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._folder, name)


async def test_a_lease_that_was_lost_writes_nothing_more(bench: Bench) -> None:
    """I17: another machine has taken the job over."""
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=0.4))
    edit = await bench.accept()
    working = asyncio.create_task(bench.work())
    await eventually_running(bench)

    await bench.database.transact(jobs.drop_leases)
    other = bench.make_worker()
    await asyncio.gather(working, other.work_next())

    assert (await bench.job(edit)).state is JobState.DONE
    assert len(bench.settled) == 1
    assert await bench.money() == (0, PRICE)
    await bench.check()


async def test_a_fault_nobody_foresaw_before_the_submit_fails_the_job_without_a_charge(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    edit = await bench.accept()
    worker = bench.make_worker(provider=BrokenPreparing(bench))

    await worker.work_next()

    outcome = await bench.edits.outcome(edit.id)
    assert outcome.receipts[0].failure is Failure.INTERNAL
    assert await bench.money() == (0, 0)
    assert not bench.paid


class BrokenPreparing:
    """The bot's own client with a bug in it."""

    def __init__(self, bench: Bench) -> None:
        self._provider = bench.provider

    async def prepare(self, purchase: Any) -> Any:
        raise ZeroDivisionError

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)
