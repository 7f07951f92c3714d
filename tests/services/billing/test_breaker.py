"""N16, N17: the breaker over whole lives of jobs: what stops, what waits, what goes on."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import IDEOGRAM_V2_EDIT
from bot.domain.errors import Failure, Paused
from bot.domain.limits.rules import Buyer
from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from tests.services.billing.stopping import buy, guard, in_force, operating, told
from tests.support.bench import PRICE, Bench

pytestmark = pytest.mark.usefixtures("quiet")

MODEL = IDEOGRAM_V2_EDIT.id


# ---- a burst -------------------------------------------------------------------------------------


async def test_n16_a_burst_is_set_aside_and_waits_until_the_operator_resumes(bench: Bench) -> None:
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
    assert bench.settled  # the task that tells the operator is woken
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


async def test_n16_what_is_in_line_when_the_operator_resumes_counts_no_more(bench: Bench) -> None:
    """They have seen it: an operator who resumes is not asked again every few pictures."""
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
    bench.faults.add(EngineFault(**fault), times=len(member_ids))
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
