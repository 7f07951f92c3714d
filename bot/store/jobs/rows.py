"""Jobs as rows: what is written of one, and how it is read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.errors import Failure, StoreUnreadable
from bot.domain.jobs.states import (
    CostState,
    DiscardedResult,
    Job,
    JobState,
    ResultFiles,
    Submission,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def columns(job: Job) -> dict[str, object]:
    """What a step may change of a job."""
    submission = job.submission
    return {
        "id": job.id,
        "state": job.state.value,
        "cost": job.cost,
        "cost_state": job.cost_state.value,
        "tries": job.tries,
        "not_before": job.not_before,
        "seed": job.seed,
        "intended_at": job.intended_at,
        "start_by": job.start_by,
        "request_id": submission.request_id if submission else None,
        "status_url": submission.status_url if submission else None,
        "response_url": submission.response_url if submission else None,
        "cancel_url": submission.cancel_url if submission else None,
        "cancel_asked": job.cancel_asked,
        "failure": job.failure.value if job.failure else None,
        **_what_came(job),
    }


def _what_came(job: Job) -> dict[str, object]:
    arrival, came = job.arrival, job.arrival or job.spoiled
    return {
        "result": came.result if came else None,
        "picture": arrival.picture if arrival else None,
        "result_seed": arrival.seed if arrival else None,
        "units": arrival.units if arrival else None,
        "changed_inside": arrival.changed_inside if arrival else None,
        "changed_outside": arrival.changed_outside if arrival else None,
        "pixels_outside": arrival.pixels_outside if arrival else None,
        "raw_inside": came.raw_inside if came else None,
        "raw_outside": came.raw_outside if came else None,
    }


def job(row: Mapping[str, Any]) -> Job:
    """The job in a row.

    Raises:
        StoreUnreadable: a newer version wrote it.
    """
    try:
        return _read(row)
    except ValueError as error:
        raise StoreUnreadable("job", row_id=row["id"], problem=str(error)) from error


def _read(row: Mapping[str, Any]) -> Job:
    return Job(
        id=row["id"],
        edit_id=row["edit_id"],
        member_id=row["member_id"],
        state=JobState(row["state"]),
        price=row["price"],
        unit_cost=row["unit_cost"],
        cost=row["cost"],
        cost_state=CostState(row["cost_state"]),
        tries=row["tries"],
        not_before=row["not_before"],
        seed=row["seed"],
        intended_at=row["intended_at"],
        start_by=row["start_by"],
        submission=_submission(row),
        cancel_asked=bool(row["cancel_asked"]),
        failure=Failure(row["failure"]) if row["failure"] else None,
        arrival=_arrival(row),
        spoiled=_spoiled(row),
        ordinal=row["ordinal"],
        created_at=row["created_at"],
        submitted_at=row["submitted_at"],
        ended_at=row["ended_at"],
    )


def _submission(row: Mapping[str, Any]) -> Submission | None:
    if row["request_id"] is None:
        return None
    return Submission(row["request_id"], row["status_url"], row["response_url"], row["cancel_url"])


def _arrival(row: Mapping[str, Any]) -> ResultFiles | None:
    if row["picture"] is None:
        return None
    return ResultFiles(
        result=row["result"],
        picture=row["picture"],
        seed=row["result_seed"],
        units=row["units"],
        changed_inside=row["changed_inside"],
        changed_outside=row["changed_outside"],
        pixels_outside=row["pixels_outside"],
        raw_inside=row["raw_inside"],
        raw_outside=row["raw_outside"],
    )


def _spoiled(row: Mapping[str, Any]) -> DiscardedResult | None:
    if row["picture"] is not None or row["result"] is None:
        return None
    return DiscardedResult(
        result=row["result"], raw_inside=row["raw_inside"], raw_outside=row["raw_outside"]
    )
