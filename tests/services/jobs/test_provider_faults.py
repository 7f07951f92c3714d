"""Whatever the provider does: at most one POST per intent, one payment per job, exact books."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.errors import Broken, Failure
from bot.domain.jobs.lifecycle import NEVER_SENT_PAUSES_SECONDS, START_MARGIN_SECONDS, step
from bot.domain.jobs.states import CostState, Job, JobState
from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.provider.client import FalClient
from bot.provider.hosts import Addresses
from bot.services.edits.service import Cancellation
from bot.services.jobs.collect import setback
from bot.services.jobs.unknown import release
from bot.services.timeouts import Timeouts
from tests.support.bench import PRICE, START_TIMEOUT, Bench, client, eventually


@pytest.mark.parametrize(
    "kind",
    [
        Kind.SUBMIT_ACCEPTED_THEN_DROPPED,
        Kind.SUBMIT_ACCEPTED_THEN_GATEWAY,
        Kind.SUBMIT_BROKEN_JSON,
        Kind.SUBMIT_WITHOUT_ID,
    ],
)
async def test_an_accepted_submit_without_an_answer_is_found_by_its_seed(
    bench: Bench, kind: Kind
) -> None:
    """F2, F3, F4, F8, L10: the hold stands, nothing is sent again, the picture arrives."""
    bench.faults.add(EngineFault(kind=kind))
    edit = await bench.accept()

    await bench.work()
    lost = await bench.job(edit)
    money = await bench.money()
    outcome = await bench.work_until_ended(edit)

    assert (lost.state, lost.cost_state) == (JobState.UNKNOWN, CostState.POSSIBLE)
    assert money == (PRICE, 0)
    assert outcome.receipts[0].state is JobState.DONE
    assert len(bench.paid) == bench.billed == 1
    assert outcome.receipts[0].seed == lost.seed == bench.paid[0].seed
    assert await bench.money() == (0, PRICE)
    await bench.check()


async def test_an_answer_that_is_too_late_is_a_lost_one(bench: Bench) -> None:
    """F2."""
    impatient = client(bench.engine, patience=_impatience())
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_SLOW, seconds=1.0))
    edit = await bench.accept()
    worker = bench.make_worker(provider=impatient)

    await worker.work_next()
    lost = await bench.job(edit)
    outcome = await bench.work_until_ended(edit)
    await impatient.aclose()

    assert lost.state is JobState.UNKNOWN
    assert outcome.receipts[0].state is JobState.DONE
    assert len(bench.paid) == bench.billed == 1
    await bench.check()


@pytest.mark.parametrize("kind", [Kind.SUBMIT_DROPPED, Kind.SUBMIT_GATEWAY])
async def test_a_submit_that_never_arrived_is_given_up_only_when_it_can_no_longer_start(
    bench: Bench, kind: Kind
) -> None:
    """L9, F8: one POST, and the hold stands until then."""
    bench.faults.add(EngineFault(kind=kind))
    edit = await bench.accept()
    began = bench.clock()

    await bench.work()
    unknown = await bench.job(edit)
    outcome = await bench.work_until_ended(edit)

    assert unknown.state is JobState.UNKNOWN
    assert outcome.receipts[0].failure is Failure.NEVER_STARTED
    assert bench.clock() - began > START_TIMEOUT + START_MARGIN_SECONDS
    assert not bench.paid
    assert await bench.money() == (0, 0)
    assert (await bench.job(edit)).cost_state is CostState.NONE
    await bench.check()


async def test_two_lost_submits_with_one_members_seed_each_find_their_own(bench: Bench) -> None:
    """L10: members like the seed 7, and must not get each other's pictures."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED), times=2)
    first = await bench.accept(member_id=1, seed=7, area="left")
    second = await bench.accept(member_id=2, seed=7, area="right")

    await bench.work()
    await bench.work()
    states = [(await bench.job(edit)).state for edit in (first, second)]
    await bench.work_until_ended(first)
    await bench.work_until_ended(second)

    assert states == [JobState.UNKNOWN, JobState.QUEUED]
    requests = [(await bench.job(edit)).submission for edit in (first, second)]
    assert [paid.request_id for paid in bench.paid] == [
        submission.request_id for submission in requests if submission
    ]
    assert bench.billed == 2
    await bench.check()


async def test_a_late_listing_is_waited_for(bench: Bench) -> None:
    """L10: not listed yet is not the same as not there."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    bench.faults.add(EngineFault(kind=Kind.JOB_LISTED_LATE, seconds=40.0))
    _, outcome = await bench.buy()

    assert outcome.receipts[0].state is JobState.DONE
    assert bench.billed == 1
    await bench.check()


async def test_a_list_that_cannot_be_read_is_no_proof(bench: Bench) -> None:
    """L9: and a key that may not read it does not close the line."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    bench.faults.add(EngineFault(kind=Kind.PLATFORM_BROKEN, status=403), times=2)
    bench.faults.add(EngineFault(kind=Kind.PLATFORM_BROKEN, status=500), times=2)
    _, outcome = await bench.buy()

    assert outcome.receipts[0].state is JobState.DONE
    assert bench.worker.line_closed_until < bench.clock() - 1
    assert bench.worker.access.refusals == 0
    assert bench.billed == 1


async def test_with_the_engine_down_the_same_job_is_tried_again_and_nothing_is_charged(
    bench: Bench,
) -> None:
    """F1: refused connections prove that nothing was sent."""
    nowhere = FalClient(Addresses.single("http://127.0.0.1:9"), name="embedded", key="k")
    edit = await bench.accept()
    worker = bench.make_worker(provider=nowhere)

    await worker.work_next()
    once = await bench.job(edit)
    bench.clock.jump(NEVER_SENT_PAUSES_SECONDS[0] + 0.1)
    outcome = await bench.work_until_ended(edit)
    await nowhere.aclose()

    assert (once.state, once.tries, once.seed) == (JobState.QUEUED, 1, None)
    assert outcome.receipts[0].state is JobState.DONE
    assert len(bench.paid) == 1
    assert await bench.money() == (0, PRICE)


async def test_an_engine_that_stays_down_fails_the_job_without_a_charge(bench: Bench) -> None:
    """F1."""
    nowhere = FalClient(Addresses.single("http://127.0.0.1:9"), name="embedded", key="k")
    edit = await bench.accept()
    worker = bench.make_worker(provider=nowhere)

    outcome = await bench.work_until_ended(edit, worker=worker)
    await nowhere.aclose()

    assert outcome.receipts[0].failure is Failure.UNREACHABLE
    assert await bench.money() == (0, 0)
    await bench.check()


@pytest.mark.parametrize(
    ("error_type", "failure"),
    [
        ("content_policy_violation", Failure.CONTENT),
        ("image_too_small", Failure.INPUT),
        ("image_load_error", Failure.INPUT),
    ],
)
async def test_a_refusal_at_the_door_releases_and_may_still_cost_the_owner(
    bench: Bench, error_type: str, failure: Failure
) -> None:
    """F5: fal says that a 4xx may be charged."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_REFUSED, error_type=error_type))
    edit, outcome = await bench.buy()

    job = await bench.job(edit)
    assert outcome.receipts[0].failure is failure
    assert (job.cost, job.cost_state) == (PRICE * 1000, CostState.POSSIBLE)
    assert await bench.money() == (0, 0)
    await bench.check()


@pytest.mark.parametrize("kind", [Kind.SUBMIT_LOCKED, Kind.SUBMIT_UNAUTHORIZED])
async def test_a_refused_key_rests_the_whole_line_and_it_goes_on_by_itself(
    bench: Bench, kind: Kind
) -> None:
    """F6: jobs keep their place and their holds."""
    bench.faults.add(EngineFault(kind=kind, text="Exhausted balance"))
    first, second = await bench.accept(member_id=1), await bench.accept(member_id=2)

    await bench.work()
    refused = await bench.job(first)
    while_closed = await bench.work()
    money = await bench.money()
    closed_for = bench.worker.line_closed_until - bench.clock()
    await bench.work_until_ended(first)
    await bench.work_until_ended(second)

    assert (refused.state, refused.cost_state) == (JobState.QUEUED, CostState.NONE)
    assert not while_closed
    assert money == (2 * PRICE, 0)
    assert 10 < closed_for <= Timeouts().blocked_pauses[0]
    assert await bench.money() == (0, 2 * PRICE)
    assert len(bench.paid) == 2
    await bench.check()


async def test_jobs_under_way_when_the_account_is_locked_close_the_line_once(bench: Bench) -> None:
    """F6: four refusals at once are one closing, not an hour's rest."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_LOCKED), times=4)
    for member in range(4):
        await bench.accept(member_id=member)

    await asyncio.gather(*(bench.work() for _ in range(4)))

    assert bench.worker.access.refusals == 1
    assert bench.worker.line_closed_until - bench.clock() <= Timeouts().blocked_pauses[0]
    assert await bench.money() == (4 * PRICE, 0)


async def test_each_further_refusal_rests_the_line_longer_and_an_answer_forgives_all(
    bench: Bench,
) -> None:
    """F6."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_LOCKED), times=3)
    edit = await bench.accept()
    pauses = []
    for _ in range(3):
        await bench.work()
        pauses.append(bench.worker.line_closed_until - bench.clock())
        bench.clock.jump(pauses[-1] + 0.01)

    await bench.work_until_ended(edit)

    assert pauses == pytest.approx(Timeouts().blocked_pauses[:3], abs=5)
    assert bench.worker.access.refusals == 0


async def test_what_was_bought_goes_on_while_the_line_is_closed(bench: Bench) -> None:
    """F6."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    bought = await bench.accept(member_id=1)
    await bench.work()
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_LOCKED))
    await bench.accept(member_id=2)
    await bench.work()
    bench.clock.jump(5)
    closed = bench.worker.line_closed_until > bench.clock()

    await bench.work()

    assert closed
    assert (await bench.job(bought)).state is JobState.DONE


async def test_too_many_requests_are_waited_out_by_everybody(bench: Bench) -> None:
    """F7: no new POST before the time the provider named, and no job fails."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_BUSY, seconds=20.0))
    first, second = await bench.accept(member_id=1), await bench.accept(member_id=2)

    await bench.work()
    at_once = await bench.work()
    bench.clock.jump(19)
    nearly = await bench.work()
    posts_before = len(bench.paid)
    bench.clock.jump(1.1)
    await bench.work_until_ended(first)
    await bench.work_until_ended(second)

    assert (at_once, nearly, posts_before) == (False, False, 0)
    assert await bench.money() == (0, 2 * PRICE)
    assert len(bench.paid) == 2


@pytest.mark.parametrize(
    "kind", [Kind.STATUS_BUSY, Kind.STATUS_GATEWAY, Kind.STATUS_DROPPED, Kind.STATUS_UNKNOWN_WORD]
)
async def test_a_status_that_cannot_be_read_fails_no_job(bench: Bench, kind: Kind) -> None:
    """F7, F14, F24, F25: polling goes on where the stream broke."""
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=0.3))
    bench.faults.add(EngineFault(kind=Kind.STREAM_ENDS), times=3)
    bench.faults.add(EngineFault(kind=kind, seconds=0.01), times=3)
    _, outcome = await bench.buy()

    assert outcome.receipts[0].state is JobState.DONE
    assert bench.billed == 1


@pytest.mark.parametrize(
    "kind", [Kind.STREAM_SILENT, Kind.STREAM_ENDS, Kind.STREAM_GARBAGE, Kind.STREAM_GATEWAY]
)
async def test_a_broken_stream_costs_only_time(bench: Bench, kind: Kind) -> None:
    """F24, F25."""
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=0.3))
    bench.faults.add(EngineFault(kind=kind, seconds=5.0), times=2)
    _, outcome = await bench.buy()

    assert outcome.receipts[0].state is JobState.DONE
    assert bench.billed == 1


@pytest.mark.parametrize(("status", "failure"), [(500, Failure.PROVIDER), (503, Failure.PROVIDER)])
async def test_fals_own_error_at_the_door_is_a_failed_job_without_a_cost(
    bench: Bench, status: int, failure: Failure
) -> None:
    """F8: it names a request, so it is an answer and no gateway's page."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_BROKEN, status=status))
    edit, outcome = await bench.buy()

    assert outcome.receipts[0].failure is failure
    assert (await bench.job(edit)).cost_state is CostState.NONE
    assert await bench.money() == (0, 0)
    assert not bench.paid


async def test_a_job_that_is_never_started_ends_at_its_deadline_without_a_charge(
    bench: Bench,
) -> None:
    """F9."""
    bench.faults.add(EngineFault(kind=Kind.JOB_STUCK_IN_QUEUE))
    edit = await bench.accept()
    working = await bench.follow()
    await asyncio.sleep(0.1)

    bench.clock.jump(START_TIMEOUT + 1)
    await working
    outcome = await bench.work_until_ended(edit)

    assert outcome.receipts[0].failure is Failure.TIMEOUT
    assert await bench.money() == (0, 0)
    assert bench.billed == 0
    await bench.check()


async def test_a_job_that_never_ends_is_stopped_and_kept_as_possibly_billed(bench: Bench) -> None:
    """F10: also when the bot was down while its time ran out."""
    bench.faults.add(EngineFault(kind=Kind.JOB_STUCK_IN_PROGRESS))
    bench.faults.add(EngineFault(kind=Kind.JOB_IGNORES_CANCEL))
    bench.faults.add(EngineFault(kind=Kind.CANCEL_GATEWAY))
    edit = await bench.accept()
    working = await bench.follow()
    await asyncio.sleep(0.1)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    bench.clock.jump(10_000)
    hurried = bench.make_worker(timeouts=Timeouts(grace=0.2))
    outcome = await bench.work_until_ended(edit, worker=hurried)

    assert outcome.receipts[0].failure is Failure.TIMEOUT
    assert (await bench.job(edit)).cost_state is CostState.POSSIBLE
    assert await bench.money() == (0, 0)
    await bench.check()


async def test_a_picture_that_was_finished_while_the_bot_was_down_is_fetched_however_late(
    bench: Bench,
) -> None:
    """F10, F11, L12: the time that ran out was ours."""
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=0.2))
    edit = await bench.accept()
    working = await bench.follow()
    await eventually_running(bench)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await eventually(lambda: bench.billed == 1)

    bench.clock.jump(10_000)
    outcome = await bench.work_until_ended(edit, worker=await bench.restart())

    assert outcome.receipts[0].state is JobState.DONE
    assert len(bench.paid) == 1


async def test_cancelling_while_it_waits_at_the_provider_is_free(bench: Bench) -> None:
    """F11: the provider says that it never started."""
    bench.faults.add(EngineFault(kind=Kind.JOB_STUCK_IN_QUEUE))
    edit = await bench.accept()
    working = asyncio.create_task(bench.work())
    await eventually_running(bench)

    answer = await bench.edits.cancel(edit.id, member_id=1)
    await working

    assert answer is Cancellation.ASKED
    outcome = await bench.edits.outcome(edit.id)
    assert outcome.receipts[0].failure is Failure.CANCELLED
    assert await bench.money() == (0, 0)
    assert (await bench.job(edit)).cost_state is CostState.NONE
    await bench.check()


async def test_cancelling_while_it_is_painted_waits_for_what_becomes_of_it(bench: Bench) -> None:
    """F12: stopped in the middle."""
    bench.faults.add(EngineFault(kind=Kind.JOB_STUCK_IN_PROGRESS))
    edit = await bench.accept()
    working = asyncio.create_task(bench.work())
    await eventually_running(bench)
    await eventually(lambda: bench.paid[0].started is not None)

    await bench.edits.cancel(edit.id, member_id=1)
    await working

    outcome = await bench.edits.outcome(edit.id)
    assert outcome.receipts[0].failure is Failure.CANCELLED
    assert await bench.money() == (0, 0)
    await bench.check()


@pytest.mark.parametrize(
    "kind", [Kind.JOB_IGNORES_CANCEL, Kind.CANCEL_ALREADY_COMPLETED, Kind.CANCEL_NOT_FOUND]
)
async def test_a_picture_that_came_although_cancelled_is_delivered_and_charged(
    bench: Bench, kind: Kind
) -> None:
    """F11, F12, F13: it was finished before it could be stopped."""
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=0.5))
    bench.faults.add(EngineFault(kind=kind))
    edit = await bench.accept()
    working = asyncio.create_task(bench.work())
    await eventually_running(bench)
    await eventually(lambda: bench.paid[0].started is not None)

    await bench.edits.cancel(edit.id, member_id=1)
    await working
    outcome = await bench.work_until_ended(edit)

    assert outcome.receipts[0].state is JobState.DONE
    assert await bench.money() == (0, PRICE)
    await bench.check()


async def test_c6_a_picture_that_comes_after_its_job_was_released_is_charged_to_nobody(
    bench: Bench,
) -> None:
    """The operator gave it up while it was painted: what comes then changes nothing any more."""
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=0.3))
    edit = await bench.accept()
    working = asyncio.create_task(bench.work())
    await eventually_running(bench)
    job = await bench.job(edit)

    await bench.database.transact(release, job.id, reason="too long", now=bench.clock())
    await working

    assert bench.billed == 1
    outcome = await bench.edits.outcome(edit.id)
    assert (outcome.receipts[0].failure, outcome.charged) == (Failure.LOST, 0)
    assert (await bench.job(edit)).cost_state is CostState.POSSIBLE
    assert await bench.money() == (0, 0)
    rows = await bench.rows("SELECT kind FROM ledger_entry ORDER BY id")
    assert [row["kind"] for row in rows] == ["hold", "release"]
    await bench.check()


async def test_l9_a_submit_that_was_given_up_is_not_paid_for_when_it_is_found_later(
    bench: Bench,
) -> None:
    """C6: the provider made a job of it, and lists it only after it was released by hand."""
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    bench.faults.add(EngineFault(kind=Kind.JOB_LISTED_LATE, seconds=3_600.0))
    edit = await bench.accept()
    await bench.work()
    job = await bench.job(edit)

    await bench.database.transact(release, job.id, reason="asked fal", now=bench.clock())
    bench.clock.jump(4_000.0)
    went_on = await bench.work()

    assert not went_on
    assert len(bench.paid) == 1
    assert (await bench.job(edit)).cost == PRICE * 1000
    (entry, last) = await bench.rows("SELECT state, change, reason FROM cost_entry ORDER BY id")
    assert (entry["state"], entry["change"]) == ("possible", PRICE * 1000)
    assert (last["state"], last["change"]) == ("possible", 0)
    assert last["reason"] == "released by hand: asked fal"
    assert await bench.money() == (0, 0)
    await bench.check()


@pytest.mark.parametrize(
    ("units", "cost", "state"), [(None, PRICE * 1000, CostState.POSSIBLE), (0.0, 0, CostState.NONE)]
)
def test_what_was_stopped_while_it_was_painted_may_be_billed_unless_fal_says_no(
    units: float | None, cost: int, state: CostState
) -> None:
    """F12: a 499 is a 4xx, and fal says that a 4xx may be charged."""
    job = Job(
        id=1,
        edit_id=1,
        member_id=1,
        state=JobState.RUNNING,
        price=PRICE,
        unit_cost=PRICE * 1000,
        cancel_asked=True,
    )
    stopped = Broken(Failure.CANCELLED, possibly_billed=True, units=units)

    ended = step(job, setback(job, stopped), now=1.0).job

    assert (ended.state, ended.cost, ended.cost_state) == (JobState.CANCELLED, cost, state)


async def eventually_running(bench: Bench) -> None:
    """Wait until the receipt is in the books."""
    async with asyncio.timeout(10):
        while not await bench.rows("SELECT 1 FROM job WHERE state = 'running'"):
            await asyncio.sleep(0.005)


def _impatience() -> object:
    from bot.provider.http import HttpTimeouts

    return HttpTimeouts(connect=1.0, silence=0.2, answer=1.0, submit=0.2)
