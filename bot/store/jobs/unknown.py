"""Submits in doubt: what tells one from another, and from those that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.jobs.states import Job
    from bot.store.database import Transaction


def knows_request(tx: Transaction, *, provider: str, request_id: str) -> bool:
    """Whether a provider's request already belongs to a job."""
    row = tx.fetch_one(
        "SELECT 1 FROM job WHERE provider = :provider AND request_id = :request_id",
        provider=provider,
        request_id=request_id,
    )
    return row is not None


def seed_in_doubt(tx: Transaction, *, provider: str, seed: int, prompt: str, since: float) -> bool:
    """Whether a submit with this seed and prompt is in doubt whose start deadline is after `since`.

    Members choose seeds, and often the same: two in doubt at once could not be told apart.
    """
    row = tx.fetch_one(
        """
        SELECT 1 FROM job JOIN edit ON edit.id = job.edit_id
        WHERE job.state IN ('submitting', 'unknown')
          AND job.provider = :provider AND job.seed = :seed
          AND job.start_by >= :since AND edit.prompt = :prompt
        """,
        provider=provider,
        seed=seed,
        prompt=prompt,
        since=since,
    )
    return row is not None


def has_younger_twin(tx: Transaction, job: Job) -> bool:
    """Whether a later submit with this job's seed and prompt is in doubt as well."""
    row = tx.fetch_one(
        """
        SELECT 1 FROM job AS twin
        JOIN edit ON edit.id = twin.edit_id
        JOIN job AS own ON own.id = :id AND own.provider = twin.provider
        JOIN edit AS asked ON asked.id = own.edit_id AND asked.prompt = edit.prompt
        WHERE twin.state IN ('submitting', 'unknown') AND twin.seed = :seed
          AND twin.id <> :id AND twin.intended_at > :intended_at
        """,
        id=job.id,
        seed=job.seed,
        intended_at=job.intended_at,
    )
    return row is not None
