"""N16, N17: a locked account and another price, and what the operator sees of all stops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.edits.edit import Edit
from bot.domain.errors import Failure, ProviderBusy
from bot.domain.jobs.lifecycle import STOPPED_SECONDS
from bot.domain.jobs.states import JobState
from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.services.billing.prices import PriceWatcher
from tests.services.billing.stopping import buy, in_force, operating, told
from tests.support.bench import PRICE, PROVIDER, Bench

pytestmark = pytest.mark.usefixtures("quiet")

MODEL = IDEOGRAM_V2_EDIT.id


# ---- a locked account ----------------------------------------------------------------------------


def lock(bench: Bench) -> None:
    bench.faults.add(EngineFault(kind=Kind.SUBMIT_LOCKED, text="Exhausted balance"), times=None)


async def refused(bench: Bench) -> None:
    """One more try that the provider refuses."""
    bench.clock.jump(max(0.0, bench.worker.line_closed_until - bench.clock()) + 6)
    assert await bench.work()


async def test_n17_forty_refusals_in_a_row_are_one_stop_and_one_message(bench: Bench) -> None:
    lock(bench)
    for member_id in range(1, 11):
        await bench.accept(count=4, member_id=member_id)

    heard = []
    for _ in range(40):
        await refused(bench)
        heard += await told(bench)

    (pause,) = heard
    assert (pause.reason, pause.model) == (PauseReason.LOCKED, None)
    assert "Exhausted balance" in pause.detail["said"]
    assert (await bench.money(), bench.paid) == ((40 * PRICE, 0), [])
    await bench.check()


async def test_n17_the_queue_is_kept_and_goes_on_when_the_account_is_opened(bench: Bench) -> None:
    lock(bench)
    before = await bench.accept(count=2)
    await refused(bench)
    assert [entry.stopped for entry in await bench.edits.in_line(member_id=1)] == [
        PauseReason.LOCKED
    ]
    meanwhile = await bench.accept()  # what stands in line is how it is found out
    bench.faults.clear(Kind.SUBMIT_LOCKED)

    for edit in (before, meanwhile):
        outcome = await bench.work_until_ended(edit)
        assert {receipt.state for receipt in outcome.receipts} == {JobState.DONE}

    (row,) = await bench.rows("SELECT lifted_by FROM pause")
    assert row["lifted_by"] == "the provider"
    assert (await bench.money(), bench.billed) == ((0, 3 * PRICE), 3)
    lock(bench)
    await bench.accept()
    await refused(bench)
    assert len(await told(bench)) == 1  # locked again is news again
    await bench.check()


async def test_n17_an_account_locked_by_a_clock_that_ran_ahead_is_opened_by_the_next_picture(
    bench: Bench,
) -> None:
    lock(bench)
    bench.clock.jump(104 * 86_400)
    await bench.accept()
    await refused(bench)
    bench.faults.clear(Kind.SUBMIT_LOCKED)
    bench.clock.ahead = 0.0
    await bench.restart()

    await buy(bench, member_id=2)

    assert await in_force(bench) == []


async def test_n17_nobody_waits_longer_than_a_day_for_a_locked_account(bench: Bench) -> None:
    lock(bench)
    old = await bench.accept()
    await refused(bench)
    bench.clock.jump(STOPPED_SECONDS - 3600)
    young = await bench.accept(member_id=2)
    bench.clock.jump(3600)

    outcome = await bench.work_until_ended(old)

    assert [receipt.failure for receipt in outcome.receipts] == [Failure.STOPPED]
    assert await bench.money() == (PRICE, 0)
    assert not await bench.has_ended(young)
    await bench.check()


async def test_n17_the_operator_has_it_tried_again_at_once(bench: Bench) -> None:
    lock(bench)
    edit = await bench.accept()
    await refused(bench)
    await refused(bench)
    bench.faults.clear(Kind.SUBMIT_LOCKED)
    assert bench.worker.line_closed_until > bench.clock() + 30

    await operating(bench).resume(PauseReason.LOCKED, member_id=9)

    assert bench.worker.line_closed_until <= bench.clock()
    await bench.work_until_ended(edit)
    assert await bench.money() == (0, PRICE)


# ---- another price -------------------------------------------------------------------------------


def pricing(bench: Bench) -> PriceWatcher:
    return PriceWatcher(
        bench.database, bench.provider, bench.terms, clock=bench.clock, news=lambda: None
    )


def list_at(bench: Bench, nano: int) -> None:
    bench.faults.clear(Kind.PRICE_CHANGED)
    bench.faults.add(EngineFault(kind=Kind.PRICE_CHANGED, price_nano_usd=nano), times=None)


async def test_n16_another_price_stops_the_model_until_they_agree(bench: Bench) -> None:
    await pricing(bench).look()
    assert await in_force(bench) == []
    list_at(bench, 100_000_000)

    await pricing(bench).look()
    await pricing(bench).look()

    (pause,) = await in_force(bench)
    assert (pause.reason, pause.model) == (PauseReason.PRICE, MODEL)
    assert pause.detail == {"listed": 100_000_000, "expected": 80_000_000}
    assert len(await told(bench)) == 1
    bench.faults.clear(Kind.PRICE_CHANGED)
    await pricing(bench).look()
    assert await in_force(bench) == []


async def test_n16_a_third_price_is_news(bench: Bench) -> None:
    for nano in (100_000_000, 120_000_000):
        list_at(bench, nano)
        await pricing(bench).look()

    assert [pause.detail["listed"] for pause in await told(bench)] == [120_000_000]
    assert len(await in_force(bench)) == 1


async def test_n16_what_the_operator_let_go_on_by_hand_stays_so(bench: Bench) -> None:
    list_at(bench, 100_000_000)
    await pricing(bench).look()
    await operating(bench).resume(None, member_id=9)

    await pricing(bench).look()
    assert await in_force(bench) == []

    list_at(bench, 110_000_000)
    await pricing(bench).look()
    assert len(await in_force(bench)) == 1


async def test_a_list_that_cannot_be_read_says_nothing_of_the_price(bench: Bench) -> None:
    bench.faults.add(EngineFault(kind=Kind.PLATFORM_BROKEN, status=500), times=None)

    with pytest.raises(ProviderBusy):
        await pricing(bench).look()

    assert await in_force(bench) == []


async def test_a_price_of_the_operators_own_is_nobodys_lists(bench: Bench) -> None:
    bench.terms = replace(bench.terms, unit_cost=1_000)
    list_at(bench, 100_000_000)

    await pricing(bench).look()

    assert await in_force(bench) == []


# ---- what the operator sees ----------------------------------------------------------------------


async def test_the_operator_sees_the_line_and_what_was_spent_where(bench: Bench) -> None:
    done: list[Edit] = [
        await bench.accept(count=2, guild_id=5),
        await bench.accept(guild_id=6, member_id=2),
    ]
    for edit in done:
        await bench.work_until_ended(edit)
    await bench.accept(count=3)

    found = await operating(bench).status()

    assert found.provider == PROVIDER
    assert found.line == {JobState.QUEUED: 3}
    assert [(share.id, share.spent) for share in found.guilds.most] == [(5, 2 * PRICE), (6, PRICE)]
    assert [(it.spent, it.held) for it in found.standings] == [(3 * PRICE, 3 * PRICE)]
    assert (found.unknown, found.pauses, found.closed_until) == (0, [], None)
