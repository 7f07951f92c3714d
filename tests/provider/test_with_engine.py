"""The client and the embedded engine, which were written apart from each other."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.catalog import IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT
from bot.domain.errors import AnswerLost, Failure, ProviderBlocked, Refused
from bot.engine import Engine, EngineFault, EngineFaultKind
from bot.provider.client import CancelOutcome, FalClient
from bot.provider.hosts import Addresses
from bot.provider.models import SubmitArguments


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    async with Engine() as engine:
        yield engine


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[FalClient]:
    async with FalClient(
        Addresses.single(engine.queue_url), name="engine", key="id:secret"
    ) as client:
        yield client


@pytest.mark.parametrize("max_inline_bytes", [10_000_000, 0], ids=["inline", "uploaded"])
async def test_an_edit_goes_all_the_way_and_is_paid_once(
    engine: Engine, purchase: SubmitArguments, tmp_path: Path, max_inline_bytes: int
) -> None:
    async with FalClient(
        Addresses.single(engine.queue_url),
        name="engine",
        key="id:secret",
        max_inline_bytes=max_inline_bytes,
    ) as client:
        prepared = await client.prepare(purchase)
        submission = await client.submit(IDEOGRAM_V2_EDIT, prepared, seed=1234)
        await client.follow(submission)
        received = await client.fetch(submission, into=tmp_path / "received")

        assert await client.cancel(submission) is CancelOutcome.TOO_LATE
    assert (received.seed, received.billable_units) == (1234, 1.0)
    with Image.open(received.path) as picture:
        assert picture.size == (32, 24)
    assert len(engine.jobs) == 1


@pytest.mark.parametrize(
    "fault",
    [
        EngineFaultKind.SUBMIT_ACCEPTED_THEN_DROPPED,
        EngineFaultKind.SUBMIT_ACCEPTED_THEN_GATEWAY,
        EngineFaultKind.SUBMIT_BROKEN_JSON,
        EngineFaultKind.SUBMIT_WITHOUT_ID,
    ],
)
async def test_f3_f4_f8_a_submit_whose_answer_was_lost_is_paid_once_and_found_by_its_seed(
    engine: Engine,
    client: FalClient,
    purchase: SubmitArguments,
    tmp_path: Path,
    fault: EngineFaultKind,
) -> None:
    began = time.time()
    prepared = await client.prepare(purchase)
    engine.faults.add(EngineFault(kind=fault))

    with pytest.raises(AnswerLost):
        await client.submit(IDEOGRAM_V2_EDIT, prepared, seed=99)
    [submission] = await client.find(IDEOGRAM_V2_EDIT, seed=99, since=began, prompt=purchase.prompt)
    await client.follow(submission)
    await client.fetch(submission, into=tmp_path / "received")

    assert [job.request_id for job in engine.jobs] == [submission.request_id]
    assert await client.find(IDEOGRAM_V2_EDIT, seed=98, since=began) == []
    assert await client.find(IDEOGRAM_V2_EDIT, seed=99, since=began, prompt="another") == []


async def test_f5_the_engines_refusal_is_understood(
    engine: Engine, client: FalClient, purchase: SubmitArguments, tmp_path: Path
) -> None:
    engine.faults.add(
        EngineFault(kind=EngineFaultKind.JOB_FAILS, error_type="content_policy_violation")
    )
    prepared = await client.prepare(purchase)

    submission = await client.submit(IDEOGRAM_V2_EDIT, prepared, seed=1)
    await client.follow(submission)
    with pytest.raises(Refused) as caught:
        await client.fetch(submission, into=tmp_path / "received")

    assert caught.value.failure is Failure.CONTENT


async def test_f6_a_locked_account_closes_the_line_although_its_key_is_good(
    engine: Engine, client: FalClient, purchase: SubmitArguments
) -> None:
    prepared = await client.prepare(purchase)
    engine.faults.add(EngineFault(kind=EngineFaultKind.SUBMIT_LOCKED))

    with pytest.raises(ProviderBlocked, match="locked"):
        await client.submit(IDEOGRAM_V2_EDIT, prepared, seed=1)

    assert await client.check_key()


async def test_f9_a_job_that_waits_can_be_taken_back_and_costs_nothing(
    engine: Engine, client: FalClient, purchase: SubmitArguments
) -> None:
    engine.faults.add(EngineFault(kind=EngineFaultKind.JOB_STUCK_IN_QUEUE))
    prepared = await client.prepare(purchase)
    submission = await client.submit(IDEOGRAM_V2_EDIT, prepared, seed=1)

    assert await client.cancel(submission) is CancelOutcome.REMOVED

    await client.follow(submission)
    assert [job.billed_units for job in engine.jobs] == [0]


async def test_the_listed_prices_are_the_catalogues(client: FalClient) -> None:
    for model in (IDEOGRAM_V2_EDIT, IDEOGRAM_V2_TURBO_EDIT):
        assert await client.price(model) == model.price_nano_usd


async def test_a_wrong_key_is_told_apart_from_a_missing_engine(engine: Engine) -> None:
    async with FalClient(Addresses.single(engine.queue_url), name="engine", key=None) as client:
        assert not await client.check_key()
