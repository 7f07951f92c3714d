"""R14: a model that paints outside the mask charges nobody, and nothing more is bought from it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT, MODELS
from bot.domain.edits.edit import Edit
from bot.domain.errors import ChannelClosed, DeliveryLater, Failure, Paused
from bot.domain.jobs.polarity import PLAIN_CHANGE
from bot.domain.jobs.states import CostState, JobState
from bot.domain.limits.rules import Buyer
from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from bot.services.billing.notices import in_line_card, pause_card
from bot.services.delivery.outbox import PAUSES, Card, Destination, Outbox, OutboxPauses, from_books
from bot.services.edits.gallery import Gallery
from bot.services.edits.service import QueuedEdit
from bot.store.billing import pauses
from bot.store.billing.pauses import Pause
from bot.store.delivery.outbox import OwedKind, RouteKind
from bot.store.jobs import jobs
from tests.support.bench import PRICE, PROVIDER, Bench, eventually

pytestmark = pytest.mark.usefixtures("quiet")

MODEL = IDEOGRAM_V2_EDIT.id


async def swapped(bench: Bench, **changed: object) -> Edit:
    """An edit whose first picture is changed everywhere but in its area."""
    bench.faults.add(EngineFault(kind=Kind.JOB_SWAPPED))
    return await bench.accept(**changed)


async def resume(bench: Bench) -> list[Pause]:
    return list(
        await bench.database.transact(pauses.lift, provider=PROVIDER, by="shell", now=bench.clock())
    )


async def test_r14_a_swapped_picture_is_charged_to_nobody_and_stops_purchases(bench: Bench) -> None:
    edit = await swapped(bench)

    outcome = await bench.work_until_ended(edit)

    (receipt,) = outcome.receipts
    assert (receipt.state, receipt.failure) == (JobState.FAILED, Failure.SWAPPED)
    assert (receipt.picture, outcome.charged) == (None, 0)
    assert await bench.money() == (0, 0)
    job = await bench.job(edit)
    assert (job.cost, job.cost_state) == (PRICE * 1000, CostState.PROVISIONAL)
    (pause,) = await bench.database.transact(pauses.in_force, provider=PROVIDER)
    assert (pause.provider, pause.model, pause.job_id) == (PROVIDER, MODEL, job.id)
    await bench.check()


async def test_r14_the_swapped_picture_is_kept_as_it_came(bench: Bench) -> None:
    edit = await swapped(bench)
    before = {row["hash"] for row in await bench.rows("SELECT hash FROM picture")}

    await bench.work_until_ended(edit)

    (kept,) = {row["hash"] for row in await bench.rows("SELECT hash FROM picture")} - before
    assert await bench.folder.is_whole(kept)
    job = await bench.job(edit)
    assert job.spoiled is not None
    assert (job.spoiled.result, job.arrival) == (kept, None)
    assert job.spoiled.raw_inside < PLAIN_CHANGE <= job.spoiled.raw_outside


async def test_r14_swapped_results_are_evidence_until_purchases_go_on(bench: Bench) -> None:
    async def evidence() -> tuple[int, int]:
        found = await bench.database.transact(
            jobs.polarity_evidence, provider=PROVIDER, model=MODEL
        )
        return found.in_favour, found.against

    await bench.buy(area="center 50%")
    await bench.work_until_ended(await swapped(bench, area="center 50%"))
    assert await evidence() == (1, 1)

    await resume(bench)
    bench.clock.jump(1)
    assert await evidence() == (0, 0)  # the colours may have been exchanged meanwhile
    await bench.buy(area="center 50%")
    assert await evidence() == (1, 0)


async def test_r14_nothing_is_bought_until_the_operator_says_so(bench: Bench) -> None:
    await bench.work_until_ended(await swapped(bench))
    quote = await bench.drafts.prepare(*bench.draft())  # looking is free

    with pytest.raises(Paused):
        await bench.edits.require_room(Buyer(member_id=1), count=1)
    with pytest.raises(Paused):
        await bench.run(quote.edit.id)
    assert await bench.money() == (0, 0)

    assert [pause.model for pause in await resume(bench)] == [MODEL]
    await bench.edits.require_room(Buyer(member_id=1), count=1)
    edit = await bench.run(quote.edit.id)
    outcome = await bench.work_until_ended(edit)

    assert [receipt.state for receipt in outcome.receipts] == [JobState.DONE]
    assert (await bench.money(), bench.billed) == ((0, PRICE), 2)
    await bench.check()


async def test_r14_what_is_in_line_keeps_its_place_and_its_hold(bench: Bench) -> None:
    edit = await swapped(bench, count=3)
    assert await bench.work()

    assert not await bench.work()
    assert not await (await bench.restart()).work_next()

    assert (await bench.money(), len(bench.paid)) == ((2 * PRICE, 0), 1)
    await resume(bench)
    outcome = await bench.work_until_ended(edit)
    assert [receipt.state for receipt in outcome.receipts] == [
        JobState.FAILED,
        JobState.DONE,
        JobState.DONE,
    ]
    assert await bench.money() == (0, 2 * PRICE)
    await bench.check()


async def test_what_waits_for_the_operator_can_be_cancelled(bench: Bench) -> None:
    edit = await swapped(bench, count=2)
    await bench.work()

    await bench.edits.cancel(edit.id, member_id=1)

    assert await bench.has_ended(edit)
    assert await bench.money() == (0, 0)
    await bench.check()


async def test_r14_what_was_bought_before_is_followed_to_its_end(bench: Bench) -> None:
    bench.faults.add(EngineFault(kind=Kind.JOB_SLOW, seconds=0.5))
    bought = await bench.accept()
    following = await bench.follow()
    edit = await swapped(bench)
    await bench.work_until_ended(edit, worker=bench.make_worker())
    assert len(await bench.database.transact(pauses.in_force, provider=PROVIDER)) == 1

    await following

    outcome = await bench.work_until_ended(bought)
    assert [receipt.state for receipt in outcome.receipts] == [JobState.DONE]
    assert await bench.money() == (0, PRICE)
    await bench.check()


async def test_a_job_on_its_way_to_a_purchase_meets_the_stop(bench: Bench) -> None:
    """It was claimed before, and its pictures are being uploaded while purchases are stopped."""
    edit = await bench.accept()
    job = await bench.job(edit)
    provider = bench.provider

    class Uploading:
        """The real client, and a stop that comes between the upload and the submit."""

        def __getattr__(self, name: str) -> object:
            return getattr(provider, name)

        async def prepare(self, purchase: object) -> object:
            arguments = await provider.prepare(purchase)  # type: ignore[arg-type]
            await bench.database.transact(
                pauses.begin,
                provider=PROVIDER,
                model=MODEL,
                reason=PauseReason.SWAPPED,
                job_id=job.id,
                now=bench.clock(),
            )
            return arguments

    worker = bench.make_worker(provider=Uploading())

    assert await worker.work_next()

    assert ((await bench.job(edit)).state, bench.paid) == (JobState.QUEUED, [])
    assert not await bench.work(bench.make_worker())
    await resume(bench)
    await bench.work_until_ended(edit, worker=bench.make_worker())
    assert await bench.money() == (0, PRICE)


async def test_a_stop_is_for_the_model_that_was_swapped(bench: Bench) -> None:
    await bench.work_until_ended(await swapped(bench))
    bench.sell(replace(bench.terms, model=IDEOGRAM_V2_TURBO_EDIT))

    _, outcome = await bench.buy()

    assert [receipt.state for receipt in outcome.receipts] == [JobState.DONE]
    assert len(await bench.database.transact(pauses.in_force, provider=PROVIDER)) == 1


async def test_r14_the_operator_mends_a_model_that_reads_masks_the_other_way_round(
    bench: Bench,
) -> None:
    """The engine takes white for the part to change; here it is sent black, as if it had turned."""
    black = {name: replace(model, white_is_edit=False) for name, model in MODELS.items()}
    worker = bench.make_worker(models=black)

    wrong = await bench.work_until_ended(await bench.accept(area="center 50%"), worker=worker)
    await resume(bench)
    _, repaired = await bench.buy(area="center 50%")

    assert wrong.receipts[0].failure is Failure.SWAPPED
    assert repaired.receipts[0].state is JobState.DONE
    assert await bench.money() == (0, PRICE)
    await bench.check()


async def test_a_model_that_paints_everything_anew_or_nothing_is_not_taken_for_a_swapped_one(
    bench: Bench,
) -> None:
    for kind in (Kind.JOB_UNCHANGED, Kind.JOB_BLACK):
        bench.faults.add(EngineFault(kind=kind))
        await bench.buy()

    assert await bench.database.transact(pauses.in_force, provider=PROVIDER) == []


# ---- telling the owner -----------------------------------------------------------------------


class Owner:
    """The bot's owner; the first messages do not reach them."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.heard: list[Pause] = []
        self.cards: list[tuple[int, int]] = []

    async def send(self, to: Destination, card: Card, *, nonce: str, doubtful: bool) -> int:
        match card:
            case Pause():
                assert to.kind is RouteKind.OWNER
                if self.failures:
                    raise self.failures.pop(0)
                self.heard.append(card)
            case QueuedEdit():
                assert to.reply is not None
                self.cards.append((to.reply.id, card.edit.id))
        return 1


def telling(bench: Bench, owner: Owner, *, pauses: OutboxPauses = PAUSES) -> Outbox:
    """An outbox that brings what is said of stops, and cards, to this owner."""
    gallery = Gallery(bench.database, bench.folder, bench.images, bench.edits)
    renderers = {
        OwedKind.PAUSE: from_books(bench.database, partial(pause_card, provider=PROVIDER)),
        OwedKind.IN_LINE: from_books(bench.database, in_line_card),
        OwedKind.RESULT: gallery.bring,
    }
    return Outbox(bench.database, owner, renderers, clock=bench.clock, pauses=pauses)


async def tell_all(bench: Bench, owner: Owner) -> None:
    """Bring everything that is due now."""
    outbox = telling(bench, owner)
    while await outbox.deliver_next():
        pass


async def test_r14_the_owner_is_told_once_also_across_a_restart(bench: Bench) -> None:
    edit = await swapped(bench)
    await bench.work_until_ended(edit)
    owner = Owner(ChannelClosed())
    await telling(bench, owner).deliver_next()
    assert (owner.failures, owner.heard) == ([], [])
    bench.clock.jump(PAUSES.owner_closed + 1)

    told = [await telling(bench, owner).deliver_next() for _ in range(2)]

    job = await bench.job(edit)
    assert told == [True, False]
    (notice,) = owner.heard
    assert (notice.provider, notice.model, notice.job_id) == (PROVIDER, MODEL, job.id)
    assert job.spoiled is not None
    assert notice.picture == job.spoiled.result


async def test_the_owner_is_told_as_soon_as_there_is_news(bench: Bench) -> None:
    owner = Owner()
    outbox = telling(bench, owner)
    running = asyncio.create_task(outbox.loop.run())

    await bench.work_until_ended(await swapped(bench))
    outbox.loop.wake()
    await eventually(lambda: len(owner.heard) == 1)
    outbox.loop.stop()
    await running

    assert not await outbox.deliver_next()


async def test_an_owner_who_cannot_be_reached_is_told_later(bench: Bench) -> None:
    """Whatever goes wrong: a message that did not arrive is not given up."""
    await bench.work_until_ended(await swapped(bench))
    owner = Owner(ChannelClosed(), DeliveryLater(retry_after=0.0), RuntimeError("a bug"))
    outbox = telling(bench, owner, pauses=OutboxPauses(retry=(0.01,), owner_closed=0.01))

    running = asyncio.create_task(outbox.loop.run())
    await eventually(lambda: len(owner.heard) == 1)
    outbox.loop.stop()
    await running

    assert owner.failures == []


async def test_a_notice_that_waits_does_not_hold_up_the_end(bench: Bench) -> None:
    await bench.work_until_ended(await swapped(bench))
    outbox = telling(bench, Owner(ChannelClosed()))
    running = asyncio.create_task(outbox.loop.run())
    await asyncio.sleep(0.05)

    outbox.loop.stop()

    await asyncio.wait_for(running, 2)
