"""The bill of a real engine against real books: each difference is named, to the nano-dollar."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from bot.app import ENGINE_ADMIN_KEY
from bot.domain.billing.bills import LATE_SECONDS, BillFindingKind, BillTotals
from bot.domain.edits.edit import Edit
from bot.domain.errors import Failure
from bot.domain.jobs.states import CostState, Job, JobState
from bot.engine import Engine, EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.provider.client import FalClient
from bot.provider.hosts import Addresses
from bot.services.billing.reconcile import ReconcileGap, ReconcileReport, book, reconcile
from bot.services.jobs.unknown import release
from tests.provider.scripted import Scripted, answer
from tests.support.bench import PRICE, Bench, JumpingClock, client, eventually

NANO = PRICE * 1000
HOUR = 3600.0


@pytest_asyncio.fixture(loop_scope="session")
async def engine(clock: JumpingClock) -> AsyncIterator[Engine]:
    """An engine with an empty bill: clocks that jump leave other tests' events in all times."""
    async with Engine(workers=2, clock=clock, admin_keys=[ENGINE_ADMIN_KEY]) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def owner(bench: Bench) -> AsyncIterator[FalClient]:
    """A client that may see the bill."""
    async with client(bench.engine, admin_key=ENGINE_ADMIN_KEY) as opened:
        yield opened


class Owner:
    """Who compares: everything since the test began."""

    def __init__(self, bench: Bench, provider: FalClient) -> None:
        self.bench = bench
        self.provider = provider
        self.began = bench.clock()

    async def compare(self) -> ReconcileReport:
        now = self.bench.clock()
        models = {self.bench.terms.model.id: self.bench.terms.model}
        return await reconcile(
            self.bench.database, self.provider, models, since=self.began, until=now + 1, now=now
        )

    async def apply(self) -> ReconcileReport:
        found = await self.compare()
        await book(self.bench.database, found, now=self.bench.clock())
        return found

    async def buy(self, *faults: EngineFault) -> Job:
        """One edit to its end, while this goes wrong."""
        for fault in faults:
            self.bench.faults.add(fault)
        edit = await self.bench.accept()
        await self.bench.work_until_ended(edit)
        return await self.bench.job(edit)

    async def ledger(self) -> list[tuple[object, ...]]:
        rows = await self.bench.rows("SELECT * FROM ledger_entry ORDER BY id")
        return [tuple(row) for row in rows]

    async def entries(self) -> list[tuple[object, ...]]:
        rows = await self.bench.rows("SELECT * FROM cost_entry ORDER BY id")
        return [tuple(row) for row in rows]

    async def costs(self) -> dict[int, tuple[int, str]]:
        """What each job costs, and that its rows say the same."""
        rows = await self.bench.rows(
            """
            SELECT id, cost, cost_state,
                   (SELECT SUM(change) FROM cost_entry WHERE job_id = job.id) AS entries
            FROM job ORDER BY id
            """
        )
        assert all(row["cost"] == row["entries"] for row in rows)
        return {row["id"]: (row["cost"], row["cost_state"]) for row in rows}


def said(found: ReconcileReport) -> list[tuple[BillFindingKind, str | None, int, int]]:
    return [(one.kind, one.request_id, one.booked, one.billed) for one in found.result.findings]


def request_of(job: Job) -> str:
    assert job.submission
    return job.submission.request_id


REFUSED = EngineFault(kind=Kind.JOB_FAILS, error_type="content_policy_violation")


async def test_r61_n15_every_seeded_difference_is_named_with_its_ids_to_the_nano_dollar(
    bench: Bench, owner: FalClient
) -> None:
    """F29, N15, and the evening of peers 4.5: refused requests that were billed."""
    person = Owner(bench, owner)
    await person.buy()
    lost = await person.buy(
        EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED),
        EngineFault(kind=Kind.JOB_LISTED_LATE, seconds=2 * HOUR),
    )
    billed = await person.buy(REFUSED, EngineFault(kind=Kind.JOB_BILLED_ANYWAY))
    spared = await person.buy(REFUSED)
    doubled = await person.buy(EngineFault(kind=Kind.JOB_EVENT_TWICE))
    repeated = await person.buy(EngineFault(kind=Kind.JOB_EVENT_REPEATED))
    dearer = await person.buy(EngineFault(kind=Kind.JOB_EVENT_DIFFERENT, price_nano_usd=90_000_001))
    missing = await person.buy(EngineFault(kind=Kind.JOB_EVENT_MISSING))
    bench.clock.jump(LATE_SECONDS)
    late = await person.buy(EngineFault(kind=Kind.JOB_EVENT_LATE, seconds=HOUR))
    found_as = bench.paid[1].request_id

    found = await person.compare()

    assert lost.failure is Failure.NEVER_STARTED
    assert (found.bill_gap, found.history_gap, found.undecided) == (None, None, frozenset())
    assert said(found) == [
        (BillFindingKind.FOUND_LATER, found_as, 0, NANO),
        (BillFindingKind.BILLED_FOR_NOTHING, request_of(billed), 0, NANO),
        (BillFindingKind.SPARED, request_of(spared), 0, 0),
        (BillFindingKind.BILLED_TWICE, request_of(repeated), 0, NANO),
        (BillFindingKind.OTHER_PRICE, request_of(dearer), NANO, 90_000_001),
        (BillFindingKind.NEVER_BILLED, request_of(missing), NANO, 0),
        (BillFindingKind.NOT_YET, request_of(late), NANO, 0),
        (BillFindingKind.NOT_IN_BOOKS, f"00000000{request_of(doubled)[8:]}", 0, NANO),
    ]
    assert found.result.charged == BillTotals(6, 6 * PRICE)
    assert found.result.books == BillTotals(6, 6 * NANO)
    assert found.result.possible == BillTotals(2, 2 * NANO)
    assert found.result.bill == BillTotals(8, 7 * NANO + 90_000_001)
    assert found.result.difference == 2 * NANO + 10_000_001
    assert sum(one.difference for one in found.result.findings) == found.result.difference
    assert [one.job.job_id for one in found.result.findings if one.job] == [
        lost.id,
        billed.id,
        spared.id,
        repeated.id,
        dearer.id,
        missing.id,
        late.id,
    ]


async def test_r61_n15_corrections_are_booked_once_with_their_reasons_and_touch_no_member(
    bench: Bench, owner: FalClient
) -> None:
    person = Owner(bench, owner)
    plain = await person.buy()
    billed = await person.buy(REFUSED, EngineFault(kind=Kind.JOB_BILLED_ANYWAY))
    doubled = await person.buy(EngineFault(kind=Kind.JOB_EVENT_TWICE))
    charges = await person.ledger()

    before = await person.apply()
    booked = await person.entries()
    after = await person.apply()

    assert (before.result.difference, after.result.difference) == (2 * NANO, 0)
    assert after.result.books == after.result.bill == BillTotals(4, 4 * NANO)
    assert (after.result.findings, after.bookable) == ((), ())
    assert await person.entries() == booked
    assert await person.ledger() == charges
    assert await person.costs() == {one.id: (NANO, "settled") for one in (plain, billed, doubled)}
    reasons = await bench.rows(
        "SELECT job_id, reason FROM cost_entry WHERE state = 'settled' ORDER BY id"
    )
    assert [(row["job_id"], row["reason"]) for row in reasons] == [
        (plain.id, "billed as expected"),
        (billed.id, "billed without a picture"),
        (doubled.id, "billed as expected"),
        (None, "billed, and not in the books"),
    ]
    await bench.check()


async def test_an_event_that_comes_late_settles_what_waited_for_it(
    bench: Bench, owner: FalClient
) -> None:
    person = Owner(bench, owner)
    job = await person.buy(EngineFault(kind=Kind.JOB_EVENT_LATE, seconds=HOUR))

    early = await person.apply()
    bench.clock.jump(HOUR)
    later = await person.apply()

    assert said(early) == [(BillFindingKind.NOT_YET, request_of(job), NANO, 0)]
    assert (early.bookable, early.open) == ((), ())
    assert (later.result.findings, len(later.bookable)) == ((), 1)
    assert await person.costs() == {job.id: (NANO, "settled")}


async def test_an_unknown_submit_that_is_found_is_left_to_its_own_course(
    bench: Bench, owner: FalClient
) -> None:
    person = Owner(bench, owner)
    edit = await unknown(person)

    found = await person.apply()
    await bench.work_until_ended(edit)
    after = await person.compare()

    assert said(found)[0][:3] == (BillFindingKind.RESOLVABLE, bench.paid[0].request_id, 0)
    assert found.bookable == ()
    assert [one.kind for one in found.open] == [BillFindingKind.RESOLVABLE]
    assert (await bench.job(edit)).state is JobState.DONE
    assert after.result.findings == ()
    assert bench.billed == 1


async def unknown(person: Owner) -> Edit:
    """An edit whose submit arrived, and whose answer did not."""
    person.bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
    edit = await person.bench.accept()
    await person.bench.work()
    assert (await person.bench.job(edit)).state is JobState.UNKNOWN
    return edit


async def test_an_unknown_submit_that_never_arrived_is_listed_as_not_to_be_found(
    bench: Bench, owner: FalClient
) -> None:
    person = Owner(bench, owner)
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_DROPPED))
    await bench.accept()
    await bench.work()

    found = await person.compare()

    assert said(found) == [(BillFindingKind.UNRESOLVED, None, 0, 0)]
    assert found.result.possible == BillTotals(1, NANO)


async def test_two_lost_submits_with_one_seed_and_prompt_get_one_request_each(
    bench: Bench, owner: FalClient
) -> None:
    person = Owner(bench, owner)
    for _ in range(2):
        bench.faults.add(EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED))
        bench.faults.add(EngineFault(kind=Kind.JOB_LISTED_LATE, seconds=2 * HOUR))
        edit = await bench.accept(seed=7)
        await bench.work_until_ended(edit)
    bench.clock.jump(3 * HOUR)

    found = await person.apply()
    again = await person.compare()

    assert [one.kind for one in found.result.findings] == [BillFindingKind.FOUND_LATER] * 2
    assert {one.request_id for one in found.result.findings} == {
        paid.request_id for paid in bench.paid
    }
    assert (again.result.findings, again.result.difference) == ((), 0)


async def test_without_an_admin_key_the_history_is_compared_and_the_gap_is_said(
    bench: Bench,
) -> None:
    person = Owner(bench, bench.provider)
    edit = await unknown(person)
    await person.buy()

    found = await person.compare()

    assert (found.bill_gap, found.history_gap) == (ReconcileGap.NO_KEY, None)
    assert (found.result.bill, found.result.difference, found.bookable) == (None, None, ())
    assert not found.is_complete
    first = found.result.findings[0]
    assert (first.kind, first.request_id) == (BillFindingKind.RESOLVABLE, bench.paid[0].request_id)
    assert first.job is not None
    assert first.job.edit_id == edit.id


async def test_an_admin_key_that_is_refused_is_said(bench: Bench) -> None:
    async with client(bench.engine, admin_key="some:other-key") as stranger:
        person = Owner(bench, stranger)
        await person.buy()

        found = await person.apply()

    assert found.bill_gap is ReconcileGap.REFUSED
    assert found.bookable == ()


async def test_half_a_bill_corrects_nothing(bench: Bench, owner: FalClient) -> None:
    person = Owner(bench, owner)
    await person.buy(EngineFault(kind=Kind.JOB_EVENT_TWICE))
    bench.faults.add(EngineFault(kind=Kind.PLATFORM_BROKEN, status=500), times=None)

    found = await person.apply()

    assert (found.bill_gap, found.history_gap) == (ReconcileGap.UNREADABLE, ReconcileGap.UNREADABLE)
    assert found.bookable == ()


async def test_what_may_be_on_a_row_that_makes_no_sense_is_not_booked_as_unbilled(
    bench: Bench,
) -> None:
    scripted = Scripted()
    await scripted.start()
    scripted.on("GET /billing-events", answer(200, {"billing_events": [{"request_id": 7}]}))
    scripted.on("GET /by-endpoint", answer(200, {"items": []}))
    settings = {"name": "embedded", "key": "plain:key", "admin_key": "admin:key"}
    async with FalClient(Addresses.single(scripted.url), **settings) as provider:  # type: ignore[arg-type]
        person = Owner(bench, provider)
        job = await person.buy()
        bench.clock.jump(LATE_SECONDS)

        found = await person.apply()

    await scripted.stop()
    assert said(found) == [(BillFindingKind.NOT_YET, request_of(job), NANO, 0)]
    assert (found.unreadable, found.bookable, found.is_complete) == (1, (), False)


async def test_a_stranger_is_not_booked_while_it_may_be_a_job_in_doubts(
    bench: Bench, owner: FalClient
) -> None:
    """The search failed: what belongs to a job must not be booked beside it."""
    person = Owner(bench, owner)
    await person.buy(
        EngineFault(kind=Kind.SUBMIT_ACCEPTED_THEN_DROPPED),
        EngineFault(kind=Kind.JOB_LISTED_LATE, seconds=2 * HOUR),
    )
    bench.clock.jump(3 * HOUR)
    request = bench.paid[0].request_id
    await forget_what_was_sent(bench, request)

    found = await person.apply()

    assert said(found) == [(BillFindingKind.NOT_IN_BOOKS, request, 0, NANO)]
    assert request in found.undecided
    assert found.bookable == ()
    assert [one.kind for one in found.open] == [BillFindingKind.NOT_IN_BOOKS]


async def forget_what_was_sent(bench: Bench, request: str) -> None:
    async with httpx.AsyncClient() as http:
        forgotten = await http.delete(
            f"{bench.engine.queue_url}/v1/models/requests/{request}/payloads",
            headers={"Authorization": f"Key {ENGINE_ADMIN_KEY}"},
        )
    assert forgotten.status_code == 200


async def test_a_bill_of_many_pages_is_read_to_its_end_while_events_come_in(
    bench: Bench, owner: FalClient
) -> None:
    person = Owner(bench, owner)
    jobs = [await person.buy() for _ in range(5)]
    models = [bench.terms.model]

    found = await owner.billing_events(
        models, since=person.began, until=bench.clock() + 1, page_rows=2
    )
    listed = await owner.requests(models, since=person.began, until=bench.clock() + 1, page_rows=2)

    ours = {request_of(job) for job in jobs}
    assert {row.request_id for row in found.rows if row.at >= person.began} == ours
    assert {row.request_id for row in listed.rows if row.at >= person.began} == ours
    assert (found.again, found.unreadable, listed.unreadable) == (0, 0, 0)


async def test_what_was_released_by_hand_and_billed_is_named_with_the_reason(
    bench: Bench, owner: FalClient
) -> None:
    person = Owner(bench, owner)
    edit = await unknown(person)
    job = await bench.job(edit)
    await bench.database.transact(release, job.id, reason="too long", now=bench.clock())
    assert (await bench.job(edit)).cost_state is CostState.POSSIBLE
    await settle_down(bench)

    found = await person.compare()

    (finding,) = found.result.findings
    assert (finding.kind, finding.billed) == (BillFindingKind.FOUND_LATER, NANO)
    assert finding.job is not None
    assert finding.job.note == "released by hand: too long"


async def settle_down(bench: Bench) -> None:
    """Until the engine has made what was asked of it."""
    await eventually(lambda: all(paid.ended for paid in bench.paid))
