"""N16, N17: the breaker over whole lives of jobs: what stops, what waits, what goes on."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.breaker import Breaker
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import Busy, Failure, Paused
from bot.domain.jobs import JobState
from bot.domain.lifecycle import STOPPED_SECONDS
from bot.domain.limits import Buyer
from bot.domain.pausing import PauseReason
from bot.engine.faults import Fault, Kind
from bot.services.notices import Notices
from bot.services.operating import Operating
from bot.services.pricing import Pricing
from bot.store import pauses
from tests.services.bench import PRICE, PROVIDER
from tests.services.test_swapped import Owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.edits import Edit
    from bot.store.pauses import Pause
    from tests.services.bench import Bench

MODEL = IDEOGRAM_V2_EDIT.id


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What is found out is logged as an error, and here all of it is wanted."""
    caplog.set_level(logging.CRITICAL + 1)


def guard(bench: Bench, **rules: int) -> None:
    """Let a breaker look at everything from now on."""
    breaker = Breaker(**{"burst": 0, "failure_percent": 0, **rules})
    bench.terms = replace(bench.terms, breaker=breaker)
    bench.worker = bench.make_worker()
    bench.edits = bench.make_edits(bench.terms)


async def in_force(bench: Bench) -> Sequence[Pause]:
    return await bench.database.transact(pauses.in_force, provider=PROVIDER)


async def told(bench: Bench) -> list[Pause]:
    """What the owner hears now."""
    owner = Owner()
    notices = Notices(bench.database, owner, provider=PROVIDER, clock=bench.clock)
    while await notices.tell_next():
        pass
    return owner.heard


def operating(bench: Bench) -> Operating:
    return Operating(
        bench.database,
        bench.terms,
        bench.room,
        bench.worker,
        clock=bench.clock,
        news=lambda: None,
    )


# ---- a burst -------------------------------------------------------------------------------------


async def buy(bench: Bench, **changed: Any) -> Edit:
    """Pictures that came."""
    edit = await bench.accept(**changed)
    await bench.work_until_ended(edit)
    return edit


async def test_n16_a_burst_is_set_aside_and_waits_until_the_operator_resumes(
    bench: Bench,
) -> None:
    guard(bench, burst=4 * PRICE)
    await buy(bench, count=4)
    burst = await bench.accept(member_id=2)
    assert await in_force(bench) == []
    bench.settled.clear()

    assert await bench.work()

    (pause,) = await in_force(bench)
    assert (pause.reason, pause.model) == (PauseReason.BURST, None)
    assert pause.job_id == (await bench.job(burst)).id
    assert pause.detail == {
        "bought": 5 * PRICE,
        "pictures": 5,
        "members": 2,
        "most": 4 * PRICE,
        "seconds": 600,
    }
    assert bench.settled  # whoever tells the operator is woken
    assert not await bench.work()
    assert (await bench.money(), len(bench.paid)) == ((PRICE, 4 * PRICE), 4)
    with pytest.raises(Paused) as refused:
        await bench.edits.require_room(Buyer(member_id=3), count=1)
    assert refused.value.reason is PauseReason.BURST
    assert [it.reason for it in await told(bench)] == [PauseReason.BURST]
    assert await told(bench) == []

    assert await operating(bench).resume(None, member_id=9)
    await bench.work_until_ended(burst)
    assert (await bench.money(), bench.billed) == ((0, 5 * PRICE), 5)
    await bench.check()


async def test_n16_what_is_in_line_when_the_operator_resumes_counts_no_more(
    bench: Bench,
) -> None:
    """They have seen it: whoever lets it go on is not asked again for each few pictures of it."""
    guard(bench, burst=2 * PRICE)
    waiting = [await bench.accept(count=3, member_id=member_id) for member_id in (1, 2)]
    for _ in range(3):
        await bench.work()
    assert len(await in_force(bench)) == 1
    await operating(bench).resume(PauseReason.BURST, member_id=9)
    bench.clock.jump(1)

    for edit in waiting:
        await bench.work_until_ended(edit)
    await buy(bench, count=2)
    assert await in_force(bench) == []
    await bench.accept()
    await bench.work()

    assert len(await in_force(bench)) == 1


async def test_n16_the_same_over_a_longer_time_is_no_burst(bench: Bench) -> None:
    guard(bench, burst=4 * PRICE)
    await buy(bench, count=4)
    bench.clock.jump(601)

    await buy(bench, count=4)

    assert await in_force(bench) == []


async def test_n16_what_only_waits_in_line_stops_nobody(bench: Bench) -> None:
    """Six accounts that ask for much at once, and take it back, cost nobody anything."""
    guard(bench, burst=4 * PRICE)

    asked = [await bench.accept(count=4, member_id=member_id) for member_id in range(1, 7)]
    for edit in asked:
        await bench.edits.cancel(edit.id, member_id=edit.member_id)
    await buy(bench, member_id=7)

    assert await in_force(bench) == []
    assert await bench.money() == (0, PRICE)


async def test_n16_what_was_bought_before_a_clock_went_back_is_no_burst_now(bench: Bench) -> None:
    guard(bench, burst=4 * PRICE)
    await buy(bench, count=4)
    bench.clock.ahead -= 12 * 3600

    await buy(bench, count=4, member_id=2)

    assert await in_force(bench) == []


async def test_n16_a_stop_lifted_by_a_clock_that_ran_ahead_does_not_blind_the_breaker(
    bench: Bench,
) -> None:
    guard(bench, burst=2 * PRICE)
    bench.clock.jump(104 * 86_400)
    edit = await bench.accept(count=3)
    for _ in range(3):
        await bench.work()
    assert len(await operating(bench).resume(None, member_id=9)) == 1
    await bench.work_until_ended(edit)
    bench.clock.ahead = 0.0

    await bench.accept(count=3, member_id=2)
    for _ in range(3):
        await bench.work()

    assert len(await in_force(bench)) == 1


async def test_n16_a_burst_of_zero_is_switched_off(bench: Bench) -> None:
    guard(bench, burst=0)

    for _ in range(3):
        await buy(bench, count=4)

    assert await in_force(bench) == []


# ---- failures ------------------------------------------------------------------------------------


async def fail(bench: Bench, *member_ids: int, **fault: Any) -> None:
    """A failure of the provider for each of them."""
    fault = {"kind": Kind.JOB_WITHOUT_IMAGES, **fault}
    bench.faults.add(Fault(**fault), times=len(member_ids))
    for member_id in member_ids:
        await buy(bench, member_id=member_id)


async def test_n16_too_many_failures_of_the_provider_stop_its_model(bench: Bench) -> None:
    guard(bench, failure_percent=10)
    await buy(bench)
    await fail(bench, 1, 2)
    assert await in_force(bench) == []

    await fail(bench, 3)

    (pause,) = await in_force(bench)
    assert (pause.reason, pause.model) == (PauseReason.FAILURES, MODEL)
    assert pause.detail == {"failed": 3, "counted": 4, "members": 3, "percent": 10}
    with pytest.raises(Paused):
        await bench.edits.require_room(Buyer(member_id=1), count=1)
    assert await bench.money() == (0, PRICE)
    await bench.check()


async def test_n16_one_member_whose_pictures_always_fail_stops_nobody(bench: Bench) -> None:
    """What the model answers with an error of its own can be sent again and again."""
    guard(bench, failure_percent=10)

    await fail(bench, 1, 1, 1, 1, 2)

    assert await in_force(bench) == []


async def test_n16_failures_of_another_day_say_nothing_of_now(bench: Bench) -> None:
    guard(bench, failure_percent=10)
    await fail(bench, 1, 2)
    bench.clock.jump(86_401)

    await fail(bench, 3)

    assert await in_force(bench) == []


async def test_n16_a_refused_prompt_does_not_stop_what_failed_before_it(bench: Bench) -> None:
    """The failures stood under a looser rule, or were counted by an older version."""
    await fail(bench, 1, 2, 3)
    guard(bench, failure_percent=10)

    await fail(bench, 4, kind=Kind.JOB_FAILS, error_type="content_policy_violation")
    assert await in_force(bench) == []

    await fail(bench, 4)
    assert len(await in_force(bench)) == 1


async def test_n16_failures_before_a_clock_went_back_say_nothing_of_now(bench: Bench) -> None:
    guard(bench, failure_percent=10)
    bench.clock.jump(86_400)
    await fail(bench, 1, 2)
    bench.clock.ahead = 0.0

    await fail(bench, 3)

    assert await in_force(bench) == []


async def test_n16_members_with_bad_prompts_stop_nobody(bench: Bench) -> None:
    guard(bench, failure_percent=1)

    await fail(bench, 1, 2, 3, kind=Kind.JOB_FAILS, error_type="content_policy_violation")

    failures = await bench.rows("SELECT DISTINCT failure FROM job")
    assert [row["failure"] for row in failures] == [Failure.CONTENT]
    assert await in_force(bench) == []


async def test_n16_failures_are_counted_anew_once_purchases_go_on(bench: Bench) -> None:
    guard(bench, failure_percent=10)
    await fail(bench, 1, 2, 3)
    await operating(bench).resume(None, member_id=9)
    bench.clock.jump(1)

    await fail(bench, 1, 2)
    assert await in_force(bench) == []
    await fail(bench, 3)

    assert len(await in_force(bench)) == 1


# ---- a locked account ----------------------------------------------------------------------------


def lock(bench: Bench) -> None:
    bench.faults.add(Fault(kind=Kind.SUBMIT_LOCKED, text="Exhausted balance"), times=None)


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


def pricing(bench: Bench) -> Pricing:
    return Pricing(
        bench.database, bench.provider, bench.terms, clock=bench.clock, news=lambda: None
    )


def list_at(bench: Bench, nano: int) -> None:
    bench.faults.clear(Kind.PRICE_CHANGED)
    bench.faults.add(Fault(kind=Kind.PRICE_CHANGED, price_nano_usd=nano), times=None)


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
    bench.faults.add(Fault(kind=Kind.PLATFORM_BROKEN, status=500), times=None)

    with pytest.raises(Busy):
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
    assert [(share.id, share.spent) for share in found.guilds.most] == [
        (5, 2 * PRICE),
        (6, PRICE),
    ]
    assert [(it.spent, it.held) for it in found.standings] == [(3 * PRICE, 3 * PRICE)]
    assert (found.unknown, found.pauses, found.closed_until) == (0, [], None)
