"""Whatever prices do between a quote and a picture: a member pays what the pressed button said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.billing.breaker import Breaker
from bot.domain.catalog import IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT
from bot.domain.edits.edit import Edit
from bot.domain.edits.options import Adjustment
from bot.domain.errors import DraftReplaced, Failure, NotFound, PriceChanged, UserError
from bot.domain.jobs.events import Accepted, Claimed, Event, Failed, PictureArrived, Ready
from bot.domain.jobs.lifecycle import step
from bot.domain.jobs.states import ResultFiles, Submission
from bot.domain.limits.rules import Buyer, DefaultLimits
from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.services.billing.terms import PricingTerms
from bot.services.edits.service import EditService
from bot.store.database import Transaction
from bot.store.edits import edits
from bot.store.jobs import jobs
from tests.support.bench import PRICE, Bench, change

ROOMY = DefaultLimits(member_day=10**12, guild_month=10**12, bot_month=10**12)
PRICES = (0, 50_000, PRICE, 100_000)


def terms_at(bench: Bench, price: int, **changed: object) -> PricingTerms:
    """The terms of a bot that sells a picture at another price, and stops for nothing."""
    never = Breaker(burst=0, failure_percent=0)
    plain = replace(bench.terms, price=price, unit_cost=price * 1000, caps=ROOMY, breaker=never)
    return replace(plain, **changed)  # type: ignore[arg-type]


async def run(bench: Bench, sold: EditService, edit_id: int) -> Edit:
    return (await sold.run(edit_id, buyer=Buyer(member_id=1))).edit


async def test_r47_a_quote_at_another_price_is_not_bought(bench: Bench) -> None:
    quoted = (await bench.drafts.prepare(*bench.draft(count=2))).edit
    dearer = bench.make_edits(terms_at(bench, 100_000))

    with pytest.raises(PriceChanged) as caught:
        await run(bench, dearer, quoted.id)

    changed = caught.value
    assert (changed.was, changed.now) == (PRICE, 100_000)
    assert await bench.money() == (0, 0)
    bought = await run(bench, dearer, changed.edit_id)
    assert bought.total == 200_000
    assert await bench.money() == (200_000, 0)
    await bench.check()


async def test_what_only_the_owner_pays_more_for_is_not_asked_about(bench: Bench) -> None:
    """The member's price is rounded up to whole micro-USD: it may stay what it was."""
    quoted = (await bench.drafts.prepare(*bench.draft())).edit
    cheaper = bench.make_edits(terms_at(bench, PRICE, unit_cost=79_999_001))

    await run(bench, cheaper, quoted.id)

    (job,) = await bench.rows("SELECT price, unit_cost FROM job")
    assert (job["price"], job["unit_cost"]) == (PRICE, 79_999_001)


async def test_a_model_that_is_sold_no_more_is_not_bought_at_any_price(bench: Bench) -> None:
    gone = replace(IDEOGRAM_V2_EDIT, id="ideogram-v1")
    old = bench.make_drafts(terms_at(bench, PRICE, model=gone))
    quoted = (await old.prepare(*bench.draft())).edit

    with pytest.raises(NotFound):
        await run(bench, bench.edits, quoted.id)

    assert await bench.money() == (0, 0)


async def test_a_price_of_ones_own_is_that_of_every_model(bench: Bench) -> None:
    quoted = (await bench.drafts.prepare(*bench.draft())).edit
    own = terms_at(bench, 10_000, model=IDEOGRAM_V2_TURBO_EDIT, is_for_all=True)

    with pytest.raises(PriceChanged) as caught:
        await run(bench, bench.make_edits(own), quoted.id)

    assert caught.value.now == 10_000


async def test_i11_whatever_the_provider_bills_its_member_pays_what_was_held(bench: Bench) -> None:
    """F28: the price rises between the hold and the result, and three units are billed."""
    edit = await bench.accept()
    bench.faults.add(EngineFault(kind=Kind.PRICE_CHANGED, price_nano_usd=100_000_000), times=None)
    bench.faults.add(EngineFault(kind=Kind.JOB_UNITS, units=3))

    outcome = await bench.work_until_ended(edit)

    assert outcome.charged == PRICE
    assert await bench.money() == (0, PRICE)
    assert (await bench.job(edit)).cost == 3 * PRICE * 1000
    await bench.check()


@pytest.mark.parametrize(("units", "times"), [(None, 0), (1, 0), (2, 1)])
async def test_n16_what_is_billed_otherwise_than_listed_is_told_at_once(
    bench: Bench, units: int | None, times: int
) -> None:
    if units is not None:
        bench.faults.add(EngineFault(kind=Kind.JOB_UNITS, units=units))

    await bench.buy()

    assert len(bench.repriced) == times


# ---- whatever happens --------------------------------------------------------------------------


@dataclass
class Shop:
    """A member before buttons, some of them old, in a shop that changes its price at each start."""

    bench: Bench
    member_id: int
    price: int = PRICE
    shown: list[tuple[int, int]] = field(default_factory=list)
    """Every preview that was ever shown: its edit, and the price of a picture on its button."""
    bought: dict[int, int] = field(default_factory=dict)
    """The edits that were bought, and the price on the button that was pressed."""
    told: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    """Of each changed price: what was said, and what is true; both as before and now."""
    presses: int = 0

    def __post_init__(self) -> None:
        self.start(self.price)

    def start(self, price: int) -> None:
        """Start the bot again, with another price."""
        self.price = price
        terms = terms_at(self.bench, price)
        self.edits, self.drafts = self.bench.make_edits(terms), self.bench.make_drafts(terms)

    async def show(self, edit_id: int) -> None:
        """Show a preview, as it is shown: with the price in the books."""
        edit = await self.bench.database.transact(edits.get, edit_id)
        assert edit is not None
        self.shown.append((edit.id, edit.price))

    async def quote(self, count: int) -> None:
        draft = self.bench.draft(member_id=self.member_id, count=count)
        await self.show((await self.drafts.prepare(*draft)).edit.id)

    async def adjust(self, index: int) -> None:
        edit_id, _ = self.shown[index % len(self.shown)]
        self.presses += 1
        try:
            origin = f"press:{self.member_id}:{self.presses}"
            press = change(edit_id, origin, member_id=self.member_id)
            quote = await self.drafts.adjust(press, Adjustment.SOFTEN)
        except UserError:
            return
        await self.show(quote.edit.id)

    async def press_run(self, index: int) -> None:
        edit_id, price = self.shown[index % len(self.shown)]
        try:
            buyer = Buyer(member_id=self.member_id)
            edit = (await self.edits.run(edit_id, buyer=buyer)).edit
        except PriceChanged as changed:
            self.told.append(((changed.was, changed.now), (price, self.price)))
            await self.show(changed.edit_id)
        except DraftReplaced as replaced:
            await self.show(replaced.edit_id)
        except UserError:
            pass  # running already
        else:
            assert edit.id not in self.bought
            self.bought[edit.id] = price


def end(tx: Transaction, endings: list[float | None]) -> None:
    """End every job in line: with a picture that is billed as so many units, or with none."""
    endings = list(endings)
    while job := jobs.claim(tx, provider="embedded", lease="x", may_submit=True, now=2e9):
        edit = edits.get(tx, job.edit_id)
        assert edit is not None
        units = endings[job.id % len(endings)]
        last: Event = Failed(Failure.CONTENT, possibly_billed=True)
        if units is not None:
            arrival = ResultFiles(
                result=edit.source,
                picture=edit.source,
                seed=1,
                units=units,
                changed_inside=1,
                changed_outside=0,
                pixels_outside=1,
                raw_inside=1.0,
                raw_outside=0.0,
            )
            last = PictureArrived(arrival)
        receipt = Submission(f"r{job.id}", "https://q/s", "https://q/r", "https://q/c")
        for event in (Claimed(), Ready(seed=1, start_by=3e9), Accepted(receipt), last):
            taken = step(job, event, now=2e9)
            jobs.record(tx, taken, lease="x", keep_lease=True, now=2e9)
            job = taken.job


STEPS = st.lists(
    st.tuples(
        st.none() | st.sampled_from(PRICES),  # the bot starts again, at this price
        st.sampled_from(["run", "run", "adjust", "quote"]),
        st.integers(0, 7),
    ),
    min_size=4,
    max_size=12,
)
ENDINGS = st.lists(st.none() | st.sampled_from([0.0, 1.0, 2.5]), min_size=1, max_size=4)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, endings=ENDINGS)
async def test_i11_each_amount_that_is_charged_stood_on_the_button_that_was_pressed(
    bench: Bench, steps: list[tuple[int | None, str, int]], endings: list[float | None]
) -> None:
    shop = Shop(bench, member_id=1_000 + len(await bench.rows("SELECT 1 FROM edit")))
    await shop.quote(2)
    for price, what, number in steps:
        if price is not None:
            shop.start(price)
        match what:
            case "run":
                await shop.press_run(number)
            case "adjust":
                await shop.adjust(number)
            case _:
                await shop.quote(1 + number % 4)

    await bench.database.transact(end, endings)

    assert all(said == true and said[0] != said[1] for said, true in shop.told)
    rows = await bench.rows(
        """
        SELECT job.edit_id, job.state, job.price,
               (SELECT SUM(held) FROM ledger_entry WHERE job_id = job.id) AS held,
               (SELECT SUM(spent) FROM ledger_entry WHERE job_id = job.id) AS spent,
               (SELECT max(held) FROM ledger_entry WHERE job_id = job.id) AS once
        FROM job WHERE member_id = :id
        """,
        id=shop.member_id,
    )
    assert {row["edit_id"] for row in rows} == shop.bought.keys()
    for row in rows:
        said = shop.bought[row["edit_id"]]
        assert (row["price"], row["once"], row["held"]) == (said, said, 0)
        assert row["spent"] == (said if row["state"] == "done" else 0)
