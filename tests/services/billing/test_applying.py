"""Corrections from any parts of a bill, in any order, lead the books to the true bill."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.billing.bills import LATE_SECONDS, BillFindingKind
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import Failure
from bot.domain.jobs.events import Accepted, Claimed, Event, Failed, PictureArrived, Ready
from bot.provider.client import FalClient
from bot.provider.hosts import Addresses
from bot.services.billing.reconcile import ReconcileReport, book, reconcile
from bot.store.database import Database, Transaction
from bot.store.jobs import jobs
from tests.provider.scripted import Asked, Scripted, answer
from tests.store.jobs.test_jobs import advance
from tests.support.bench import PACE, Bench
from tests.support.books import ARRIVAL, PRICE, job_of, put_in_line, receipt

DAY = 86_400.0
BEGIN = 1_770_000_000.0
NANO = PRICE * 1000
STRANGERS = ("x", "y")

_worlds = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A picture that was asked for on this day, and how it ended."""

    day: float
    how: str

    @property
    def has_receipt(self) -> bool:
        return self.how != "refused at submit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """An event: on the bill from the day `seen` on, and so that it can be read from `read` on."""

    request: str
    dated: float
    seen: float
    read: float
    cost: int


class World:
    """A provider with a bill of its own, and what its one customer's books say. Days from BEGIN."""

    def __init__(
        self, database: Database, bought: Sequence[Bought], charged: Sequence[Charged]
    ) -> None:
        self.name = f"world-{next(_worlds)}"
        self.requests = {f"r-{number}": one for number, one in enumerate(bought)}
        self.charged = charged
        self.today = 0.0
        self.jobs: dict[str, int] = {}
        self._database = database

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        self.jobs = await self._database.transact(self._buy)
        scripted = Scripted()
        scripted.on("GET /billing-events", self._bill)
        scripted.on("GET /by-endpoint", self._history)
        await scripted.start()
        try:
            async with FalClient(
                Addresses.single(scripted.url),
                name=self.name,
                key="plain:key",
                admin_key="admin:key",
                pace=PACE,
            ) as self.provider:
                yield
        finally:
            await scripted.stop()
        assert scripted.mistakes == []

    def _buy(self, tx: Transaction) -> dict[str, int]:
        made = {}
        for seed, (name, one) in enumerate(self.requests.items()):
            now = seconds(one.day)
            (job_id,) = put_in_line(tx, provider=self.name, now=now)
            assert jobs.claim(tx, provider=self.name, lease="a", may_submit=True, now=now)
            # The provider's ids are its own: no other world has them.
            taken = Accepted(receipt(f"{self.name}-{name}"))
            advance(tx, job_id, Claimed(), Ready(seed=seed, start_by=now + 300), now=now)
            refused = Failed(Failure.CONTENT, possibly_billed=True)
            events: dict[str, tuple[Event, ...]] = {
                "done": (taken, PictureArrived(replace(ARRIVAL, seed=seed))),
                "refused": (taken, refused),
                "refused at submit": (refused,),
            }
            advance(tx, job_id, *events[one.how], now=now)
            made[name] = job_id
        return made

    # ---- the provider ------------------------------------------------------------------------

    async def _bill(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        rows = [
            {
                "request_id": f"{self.name}-{one.request}" if one.read <= self.today else 7,
                "endpoint_id": IDEOGRAM_V2_EDIT.endpoint,
                "timestamp": moment(one.dated),
                "cost_estimate_nano_usd": one.cost,
            }
            for one in self.charged
            if one.seen <= self.today and is_asked_for(asked, one.dated)
        ]
        await answer(200, {"billing_events": rows, "has_more": False})(asked, writer)

    async def _history(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        rows = [
            {
                "request_id": f"{self.name}-{name}",
                "endpoint_id": IDEOGRAM_V2_EDIT.endpoint,
                "sent_at": moment(one.day),
                "json_input": {"seed": seed, "prompt": "a red door"},
            }
            for seed, (name, one) in enumerate(self.requests.items())
            if is_asked_for(asked, one.day)
        ]
        await answer(200, {"items": rows, "has_more": False})(asked, writer)

    # ---- the books ---------------------------------------------------------------------------

    async def apply(self, first: float, last: float) -> ReconcileReport:
        """Compare these days, and book what is sure."""
        now = seconds(self.today)
        until = min(seconds(last), now + 1)
        found = await reconcile(
            self._database,
            self.provider,
            {IDEOGRAM_V2_EDIT.id: IDEOGRAM_V2_EDIT},
            since=seconds(first),
            until=until,
            now=now,
        )
        differences = [one.difference for one in found.result.findings]
        assert sum(differences) == found.result.difference
        fals_own = [
            one.cost
            for one in self.charged
            if one.read <= self.today and seconds(first) <= seconds(one.dated) < until
        ]
        if not found.unreadable:
            assert found.result.bill
            assert found.result.bill.amount - found.result.of_other_days.amount == sum(fals_own)
        before = sum((await self.booked()).values())
        await book(self._database, found, now=now)
        assert sum((await self.booked()).values()) - before == found.counts[2]
        return found

    async def booked(self) -> dict[str, int]:
        """What the books have for sure of each request, with its job and without."""
        return await self._database.transact(self._booked)

    def _booked(self, tx: Transaction) -> dict[str, int]:
        costs = dict.fromkeys([*self.requests, *STRANGERS], 0)
        for row in tx.fetch_all(
            "SELECT request_id, SUM(change) AS cost FROM cost_entry "
            "WHERE provider = :name AND job_id IS NULL GROUP BY request_id",
            name=self.name,
        ):
            costs[row["request_id"].removeprefix(f"{self.name}-")] += row["cost"]
        for name, job_id in self.jobs.items():
            job = job_of(tx, job_id)
            costs[name] += 0 if job.cost_state == "possible" else job.cost
        return costs

    def true(self) -> dict[str, int]:
        """What each request is billed by today."""
        costs = dict.fromkeys([*self.requests, *STRANGERS], 0)
        for one in self.charged:
            costs[one.request] += one.cost if one.seen <= self.today else 0
        return costs


def seconds(day: float) -> float:
    """A day as whole unix seconds."""
    return float(round(BEGIN + day * DAY))


def moment(day: float) -> str:
    return datetime.fromtimestamp(seconds(day), UTC).isoformat()


def is_asked_for(asked: Asked, day: float) -> bool:
    query = parse_qs(urlsplit(asked.target).query)
    end = query.get("end")
    return query["start"][0] <= moment(day) and (end is None or moment(day) < end[0])


# ---- the stories -------------------------------------------------------------------------------

DAYS = st.integers(0, 400).map(lambda tenths: tenths / 10)
BOUGHT = st.builds(
    Bought, day=DAYS, how=st.sampled_from(["done", "done", "refused", "refused at submit"])
)


@st.composite
def bills(draw: st.DrawFn) -> tuple[list[Bought], list[Charged]]:
    bought = draw(st.lists(BOUGHT, max_size=3))
    charged = []
    for _ in range(draw(st.integers(0, 6))):
        request = draw(st.sampled_from([*(f"r-{n}" for n in range(len(bought))), *STRANGERS]))
        begun = bought[int(request[2:])].day if request[0] == "r" else draw(DAYS)
        dated = begun + draw(st.sampled_from([0.0, 0.5, 3.0, 35.0]))
        seen = dated + draw(st.sampled_from([0.0, 2.0, 20.0]))
        read = seen + draw(st.sampled_from([60.0, 15.0, 0.0, 0.0]))
        cost = draw(st.sampled_from([NANO, NANO, NANO // 2, 2 * NANO, 0]))
        charged.append(Charged(request=request, dated=dated, seen=seen, read=read, cost=cost))
    return bought, charged


APPLIES = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.2, 1.5, 10.0, 40.0]),  # days later
        st.sampled_from([100.0, 30.0, 10.0, 1.0]),  # so many days back
        st.sampled_from([100.0, 10.0, 1.0]),  # so many days
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(bill=bills(), applies=APPLIES)
async def test_r61_any_corrections_lead_to_the_true_bill_and_never_away_from_it(
    bench: Bench,
    bill: tuple[list[Bought], list[Charged]],
    applies: list[tuple[float, float, float]],
) -> None:
    """Events come late, twice, without a job, or cannot be read for a while."""
    world = World(bench.database, *bill)
    async with world.open():
        world.today = 41.0  # everything has been bought
        for later, back, days in applies:
            world.today += later
            before, true = await world.booked(), world.true()
            await world.apply(world.today - back, world.today - back + days)
            for request, cost in (await world.booked()).items():
                assert abs(cost - true[request]) <= abs(before[request] - true[request])
        world.today += 120.0
        await world.apply(-1.0, world.today)
        assert await world.booked() == world.true()
        last = await world.apply(-1.0, world.today)
    assert (last.result.findings, last.bookable) == ((), ())


def charged_on(request: str, day: float) -> Charged:
    return Charged(request=request, dated=day, seen=day, read=day, cost=NANO)


async def test_r61_the_same_bill_comes_to_the_same_sum_whatever_days_are_asked_for(
    bench: Bench,
) -> None:
    """A job and an unknown request, each billed twice, three days apart."""
    twice = [charged_on(request, day) for request in ("r-0", "x") for day in (1.0, 4.0)]
    world = World(bench.database, [Bought(day=1.0, how="done")], twice)
    world.today = 10.0

    async with world.open():
        for first, last in ((0, 10), (1, 2), (0, 10), (3, 10)):
            await world.apply(first, last)
            assert await world.booked() == {"r-0": 2 * NANO, "x": 2 * NANO, "y": 0}


async def test_a_job_of_a_short_time_is_not_unbilled_for_an_event_that_is_dated_later(
    bench: Bench,
) -> None:
    event = charged_on("r-0", 1.0 + 3 * LATE_SECONDS / DAY)
    world = World(bench.database, [Bought(day=1.0, how="done")], [event])
    world.today = 10.0

    async with world.open():
        found = await world.apply(1, 2)

    assert found.result.findings == ()
    assert found.result.of_other_days.count == 1
    assert await world.booked() == {"r-0": NANO, "x": 0, "y": 0}


async def test_r61_a_duplicate_of_a_job_of_long_ago_is_named_by_the_usual_comparison(
    bench: Bench,
) -> None:
    twice = [charged_on("r-0", 1.0), charged_on("r-0", 39.0)]
    world = World(bench.database, [Bought(day=1.0, how="done")], twice)
    async with world.open():
        world.today = 2.0
        await world.apply(0, 2)
        world.today = 40.0
        found = await world.apply(10, 40)

    assert [one.kind for one in found.result.findings] == [BillFindingKind.BILLED_TWICE]
    assert await world.booked() == {"r-0": 2 * NANO, "x": 0, "y": 0}


async def test_a_refusal_at_submit_that_was_billed_is_found_by_its_seed(bench: Bench) -> None:
    world = World(
        bench.database, [Bought(day=1.0, how="refused at submit")], [charged_on("r-0", 1.0)]
    )
    world.today = 3.0

    async with world.open():
        found = await world.apply(0, 3)

    (finding,) = found.result.findings
    assert (finding.kind, finding.request_id) == (
        BillFindingKind.BILLED_FOR_NOTHING,
        f"{world.name}-r-0",
    )
    assert finding.job
    assert finding.job.failure is Failure.CONTENT
