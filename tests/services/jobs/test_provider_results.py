"""Whatever a finished job comes to: a picture, a refusal, nothing, or bytes nobody can read."""

from __future__ import annotations

import pytest
from PIL import Image

from bot.domain.errors import Failure
from bot.domain.jobs.states import CostState, JobState
from bot.engine import EngineFault
from bot.engine import EngineFaultKind as Kind
from tests.support.bench import PRICE, Bench


@pytest.mark.parametrize(
    ("error_type", "failure", "cost_state"),
    [
        ("internal_server_error", Failure.PROVIDER, CostState.NONE),
        ("generation_timeout", Failure.TIMEOUT, CostState.NONE),
        ("downstream_service_error", Failure.PROVIDER, CostState.POSSIBLE),  # a 400
    ],
)
async def test_a_job_that_breaks_at_the_provider_is_not_charged(
    bench: Bench, error_type: str, failure: Failure, cost_state: CostState
) -> None:
    """F15: COMPLETED is not success; the result says why. fal bills no 5xx, and perhaps a 4xx."""
    bench.faults.add(EngineFault(kind=Kind.JOB_FAILS, error_type=error_type))
    edit, outcome = await bench.buy()

    assert outcome.receipts[0].failure is failure
    assert await bench.money() == (0, 0)
    assert (await bench.job(edit)).cost_state is cost_state
    await bench.check()


async def test_a_refusal_by_the_model_is_free_for_the_member_and_perhaps_not_for_the_owner(
    bench: Bench,
) -> None:
    """F5, F15."""
    bench.faults.add(EngineFault(kind=Kind.JOB_FAILS, error_type="content_policy_violation"))
    edit, outcome = await bench.buy()

    assert outcome.receipts[0].failure is Failure.CONTENT
    assert await bench.money() == (0, 0)
    assert (await bench.job(edit)).cost_state is CostState.POSSIBLE


@pytest.mark.parametrize("kind", [Kind.JOB_WITHOUT_IMAGES, Kind.JOB_NULL_URL])
async def test_a_result_without_a_picture_is_the_owners_loss(bench: Bench, kind: Kind) -> None:
    """F16."""
    bench.faults.add(EngineFault(kind=kind))
    edit, outcome = await bench.buy()

    job = await bench.job(edit)
    assert outcome.receipts[0].failure is Failure.NO_PICTURE
    assert (job.cost, job.cost_state) == (PRICE * 1000, CostState.PROVISIONAL)
    assert await bench.money() == (0, 0)
    await bench.check()


@pytest.mark.parametrize(
    "kind",
    [
        Kind.RESULT_NOT_READY,
        Kind.RESULT_GONE,
        Kind.RESULT_GATEWAY,
        Kind.RESULT_BUSY,
        Kind.RESULT_DROPPED,
        Kind.RESULT_BROKEN_JSON,
    ],
)
async def test_a_result_that_is_not_there_yet_is_fetched_again(bench: Bench, kind: Kind) -> None:
    """F17, F18: it is paid for."""
    bench.faults.add(EngineFault(kind=kind, seconds=0.01), times=2)
    _, outcome = await bench.buy()

    assert outcome.receipts[0].state is JobState.DONE
    assert bench.billed == 1


async def test_a_picture_of_another_size_is_fitted_and_still_changes_only_the_area(
    bench: Bench,
) -> None:
    """F20."""
    bench.faults.add(EngineFault(kind=Kind.JOB_WRONG_SIZE, width=200, height=150))
    edit, outcome = await bench.buy()

    (receipt,) = outcome.receipts
    assert (receipt.state, receipt.changed_outside) == (JobState.DONE, 0)
    assert receipt.picture
    with Image.open(receipt.picture) as after:
        assert after.size == (edit.width, edit.height)


@pytest.mark.parametrize(
    "kind", [Kind.FILE_TRUNCATED, Kind.FILE_CUT, Kind.FILE_HTML, Kind.FILE_EMPTY, Kind.FILE_SVG]
)
async def test_a_damaged_download_is_repeated(bench: Bench, kind: Kind) -> None:
    """F21: the picture is whole; only the download failed."""
    bench.faults.add(EngineFault(kind=kind))
    _, outcome = await bench.buy()

    assert outcome.receipts[0].state is JobState.DONE
    assert bench.billed == 1


async def test_a_picture_that_stays_damaged_is_the_owners_loss(bench: Bench) -> None:
    """F21: delivered and billed, and nothing anybody can look at."""
    bench.faults.add(EngineFault(kind=Kind.FILE_CORRUPT), times=None)
    edit, outcome = await bench.buy()

    job = await bench.job(edit)
    assert outcome.receipts[0].failure is Failure.BAD_RESULT
    assert (job.cost, job.cost_state) == (PRICE * 1000, CostState.PROVISIONAL)
    assert await bench.money() == (0, 0)
    await bench.check()


async def test_more_billed_units_are_the_owners_affair(bench: Bench) -> None:
    """F28: the member pays what was held."""
    bench.faults.add(EngineFault(kind=Kind.JOB_UNITS, units=2))
    edit, outcome = await bench.buy()

    assert outcome.charged == PRICE
    assert (await bench.job(edit)).cost == 2 * PRICE * 1000
