"""R14: what a stop on purchases means for jobs bought before it, and for who waits in line."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.catalog import MODELS
from bot.domain.errors import Failure
from bot.domain.jobs import JobState
from bot.engine.faults import Fault, Kind
from bot.services.attempt import Stopping
from bot.services.notices import Notices
from bot.store import pauses
from tests.services.bench import PROVIDER, eventually
from tests.services.test_swapped import MODEL, Owner, resume, swapped

if TYPE_CHECKING:
    from tests.services.bench import Bench


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What is found out is logged as an error, and here all of it is wanted."""
    caplog.set_level(logging.CRITICAL + 1)


# ---- bought before purchases went on -------------------------------------------------------------


async def test_r14_a_job_bought_before_the_operator_resumed_stops_nothing_again(
    bench: Bench,
) -> None:
    """Two jobs go out with exchanged masks; that is mended when the second one comes home."""
    black = {name: replace(model, white_is_edit=False) for name, model in MODELS.items()}
    wrong = bench.make_worker(models=black)
    bench.faults.add(Fault(kind=Kind.JOB_SLOW, seconds=1.0))
    slow = await bench.accept(area="center 50%")
    following = asyncio.create_task(wrong.work_next())
    await eventually(lambda: len(bench.paid) == 1)
    await bench.work_until_ended(
        await bench.accept(area="center 50%"), worker=bench.make_worker(models=black)
    )
    wrong.stop()
    with pytest.raises(Stopping):
        await following
    owner = Owner()
    await Notices(bench.database, owner, clock=bench.clock).tell_next()
    await bench.restart()
    await resume(bench)
    bench.clock.jump(30)

    outcome = await bench.work_until_ended(slow)

    assert [receipt.failure for receipt in outcome.receipts] == [Failure.SWAPPED]
    assert await bench.database.transact(pauses.in_force) == []
    assert not await Notices(bench.database, owner, clock=bench.clock).tell_next()
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
