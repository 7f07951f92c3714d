"""What the provider bills the operator, as far as it is known: signed changes, only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.jobs.states import CostState, JobState

if TYPE_CHECKING:
    from bot.domain.jobs.states import Job
    from bot.store.database import Transaction


def follow(tx: Transaction, job: Job, *, now: float, reason: str | None = None) -> None:
    """Write down what changed of a job's cost since its last entry; nothing where nothing did.

    With a `reason` of somebody's own it is written in any case, even about an amount that stays.
    """
    before = tx.fetch_one(
        """
        SELECT COALESCE(SUM(change), 0) AS cost,
               (SELECT state FROM cost_entry WHERE job_id = :id ORDER BY id DESC LIMIT 1) AS state
        FROM cost_entry WHERE job_id = :id
        """,
        id=job.id,
    )
    cost, state = (before["cost"], before["state"]) if before else (0, None)
    change = job.cost - cost
    if change == 0 and job.cost_state == (state or CostState.NONE) and reason is None:
        return
    tx.execute(
        """
        INSERT INTO cost_entry (job_id, provider, request_id, state, change, reason, created_at)
        SELECT id, provider, :request_id, :state, :change, :reason, :now FROM job WHERE id = :id
        """,
        id=job.id,
        request_id=job.submission.request_id if job.submission else None,
        state=job.cost_state.value,
        change=change,
        reason=reason or reason_of(job),
        now=now,
    )


def reason_of(job: Job) -> str:
    """Why a job costs what it does, by the state it has come to."""
    match job.state:
        case JobState.QUEUED:
            return "not sent"
        case JobState.SUBMITTING | JobState.UNKNOWN:
            return "submitted"
        case JobState.RUNNING:
            return "accepted"
        case JobState.DONE:
            units = job.arrival.units if job.arrival else None
            return "result" if units is None else f"result, {units:g} billed"
        case JobState.FAILED:
            return f"failed: {job.failure}"
        case JobState.CANCELLED:
            return "cancelled"


def settle(
    tx: Transaction, job_id: int, *, cost: int, request_id: str | None, reason: str, now: float
) -> None:
    """Let the provider's bill have the last word about an ended job: `cost` in nano-USD.

    `request_id` is what it was billed as. What its member was charged stays as it is.
    """
    tx.execute(
        """
        INSERT INTO cost_entry (job_id, provider, request_id, state, change, reason, created_at)
        SELECT id, provider, :request_id, 'settled', :cost - cost, :reason, :now
        FROM job WHERE id = :id
        """,
        id=job_id,
        request_id=request_id,
        cost=cost,
        reason=reason,
        now=now,
    )
    tx.execute(
        "UPDATE job SET cost = :cost, cost_state = 'settled' WHERE id = :id", id=job_id, cost=cost
    )


def settle_alone(
    tx: Transaction, *, provider: str, request_id: str, cost: int, reason: str, now: float
) -> None:
    """Book what the provider billed and no job of ours asked for: `cost` in nano-USD."""
    tx.execute(
        """
        INSERT INTO cost_entry (job_id, provider, request_id, state, change, reason, created_at)
        VALUES (NULL, :provider, :request_id, 'settled', :change, :reason, :now)
        """,
        provider=provider,
        request_id=request_id,
        change=cost - of_request(tx, provider=provider, request_id=request_id),
        reason=reason,
        now=now,
    )


def of_request(tx: Transaction, *, provider: str, request_id: str) -> int:
    """What is booked for a request that belongs to no job, in nano-USD."""
    row = tx.fetch_one(
        """
        SELECT COALESCE(SUM(change), 0) AS cost FROM cost_entry
        WHERE job_id IS NULL AND provider = :provider AND request_id = :request_id
        """,
        provider=provider,
        request_id=request_id,
    )
    return int(row["cost"]) if row else 0
