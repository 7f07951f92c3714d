"""R14: what a stop on purchases means for jobs bought before it, and for who waits in line."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import IDEOGRAM_V2_TURBO_EDIT, MODELS
from bot.domain.edits.edit import Edit
from bot.domain.errors import ChannelClosed, Failure
from bot.domain.jobs.lifecycle import STOPPED_SECONDS
from bot.domain.jobs.states import CostState, JobState
from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.services.delivery.outbox import TOKEN_SECONDS
from bot.services.jobs.runner import WorkerStopping
from bot.store.billing import pauses
from tests.services.jobs.test_swapped import MODEL, Owner, resume, swapped, tell_all, telling
from tests.support.bench import PRICE, PROVIDER, Bench, eventually

pytestmark = pytest.mark.usefixtures("quiet")


# ---- bought before purchases went on -------------------------------------------------------------


async def test_r14_a_job_bought_before_the_operator_resumed_stops_nothing_again(
    bench: Bench,
) -> None:
    """Two jobs go out with exchanged masks; that is noticed when the second one comes back."""
    black = {name: replace(model, white_is_edit=False) for name, model in MODELS.items()}
    wrong = bench.make_worker(models=black)
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=1.0))
    slow = await bench.accept(area="center 50%")
    following = await bench.follow(wrong)
    await bench.work_until_ended(
        await bench.accept(area="center 50%"), worker=bench.make_worker(models=black)
    )
    wrong.stop()
    with pytest.raises(WorkerStopping):
        await following
    owner = Owner()
    await tell_all(bench, owner)
    assert len(owner.heard) == 1
    await bench.restart()
    await resume(bench)
    bench.clock.jump(30)

    outcome = await bench.work_until_ended(slow)

    assert [receipt.failure for receipt in outcome.receipts] == [Failure.SWAPPED]
    assert await bench.database.transact(pauses.in_force, provider=PROVIDER) == []
    assert not await telling(bench, owner).deliver_next()
    assert await bench.money() == (0, 0)
    await bench.check()


async def test_r14_what_is_bought_after_it_and_comes_back_swapped_stops_purchases_again(
    bench: Bench,
) -> None:
    await bench.work_until_ended(await swapped(bench))
    await resume(bench)
    bench.clock.jump(1)

    outcome = await bench.work_until_ended(await swapped(bench))

    assert [receipt.state for receipt in outcome.receipts] == [JobState.FAILED]
    assert await bench.database.transact(pauses.is_paused, provider=PROVIDER, model=MODEL)
    await bench.check()


# ---- in line while purchases are stopped ---------------------------------------------------------


async def stop_purchases(bench: Bench, edit: Edit) -> None:
    """As another job of this model does that came back swapped."""
    job = await bench.job(edit)
    await bench.database.transact(
        pauses.begin,
        provider=PROVIDER,
        model=edit.model,
        reason=PauseReason.SWAPPED,
        job_id=job.id,
        now=bench.clock(),
    )


async def test_r14_who_waits_in_line_is_told_that_purchases_are_stopped(bench: Bench) -> None:
    edit = await bench.accept(count=2)
    before = await bench.edits.in_line(member_id=1)

    await stop_purchases(bench, edit)

    assert [entry.stopped for entry in before] == [None]
    assert [entry.stopped for entry in await bench.edits.in_line(member_id=1)] == [
        PauseReason.SWAPPED
    ]
    await resume(bench)
    assert [entry.stopped for entry in await bench.edits.in_line(member_id=1)] == [None]


async def test_r14_what_is_bought_already_does_not_wait_for_the_operator(bench: Bench) -> None:
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=1.0))
    edit = await bench.accept()
    following = await bench.follow()

    await stop_purchases(bench, edit)

    assert [entry.stopped for entry in await bench.edits.in_line(member_id=1)] == [None]
    await following


async def test_r14_nobody_waits_longer_than_a_day_for_purchases_to_go_on(bench: Bench) -> None:
    edit = await bench.accept(count=2, channel_id=50)
    await stop_purchases(bench, edit)
    bench.clock.jump(STOPPED_SECONDS - 60)
    assert not await bench.work()
    assert await bench.money() == (2 * PRICE, 0)
    bench.clock.jump(61)

    outcome = await bench.work_until_ended(edit)

    assert [receipt.failure for receipt in outcome.receipts] == 2 * [Failure.STOPPED]
    assert (await bench.money(), bench.paid) == ((0, 0), [])
    (card,) = await bench.rows("SELECT edit_id, state FROM outbox WHERE kind = 'result'")
    assert (card["edit_id"], card["state"]) == (edit.id, "due")
    job = await bench.job(edit)
    assert (job.cost, job.cost_state) == (0, CostState.NONE)
    await bench.check()


async def test_what_purchases_went_on_for_in_time_is_bought(bench: Bench) -> None:
    edit = await bench.accept()
    await stop_purchases(bench, edit)
    bench.clock.jump(STOPPED_SECONDS + 60)
    await resume(bench)

    outcome = await bench.work_until_ended(edit)

    assert [receipt.state for receipt in outcome.receipts] == [JobState.DONE]
    await bench.check()


async def test_r14_each_card_in_line_is_changed_once_while_discord_lets_us(bench: Bench) -> None:
    """Two wait with a card, one in the shell, and one whose token has died."""
    await bench.acknowledge(70)
    old = await bench.accept(reply_id=70, channel_id=50)
    bench.clock.jump(TOKEN_SECONDS + 1)
    replied = []
    for reply_id in (71, 72):
        await bench.acknowledge(reply_id)
        replied.append(await bench.accept(reply_id=reply_id, channel_id=50))
    await bench.accept()
    owner = Owner()
    await tell_all(bench, owner)
    assert owner.cards == []
    await stop_purchases(bench, old)

    await tell_all(bench, owner)
    await tell_all(bench, owner)

    assert owner.cards == [(71, replied[0].id), (72, replied[1].id)]
    await bench.restart()
    await tell_all(bench, owner)
    assert len(owner.cards) == 2  # a later process leaves them as they are


async def test_members_are_told_at_once_also_while_the_owner_cannot_be(bench: Bench) -> None:
    await bench.acknowledge(70)
    edit = await bench.accept(reply_id=70, channel_id=50)
    owner = Owner(ChannelClosed(), ChannelClosed(), ChannelClosed())
    outbox = telling(bench, owner)
    running = asyncio.create_task(outbox.loop.run())
    await bench.database.transact(
        pauses.begin,
        provider=PROVIDER,
        model=IDEOGRAM_V2_TURBO_EDIT.id,
        reason=PauseReason.SWAPPED,
        job_id=(await bench.job(edit)).id,
        now=bench.clock(),
    )
    outbox.loop.wake()
    await eventually(lambda: len(owner.failures) == 2)

    await stop_purchases(bench, edit)
    outbox.loop.wake()
    await eventually(lambda: (len(owner.cards), len(owner.failures)) == (1, 1))

    assert (len(owner.failures), owner.heard) == (1, [])
    outbox.loop.stop()
    await asyncio.wait_for(running, 2)


async def test_what_was_taken_back_meanwhile_keeps_its_last_card(bench: Bench) -> None:
    await bench.acknowledge(70)
    edit = await bench.accept(reply_id=70, channel_id=50)
    owner = Owner()
    await stop_purchases(bench, edit)
    await bench.edits.cancel(edit.id, member_id=1)

    await tell_all(bench, owner)

    assert owner.cards == []
