"""Stops on purchases: while one is not lifted, nothing new is bought from its model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why, since when (unix seconds) and after which job nothing is bought from a model.

    `picture` is what that job brought, named by its SHA-256 in hex.
    """

    id: int
    provider: str
    model: str
    reason: str
    job_id: int
    picture: str | None
    since: float


def begin(
    tx: Transaction, *, provider: str, model: str, reason: str, job_id: int, now: float
) -> None:
    """Stop purchases; where they are stopped already, nothing changes."""
    tx.execute(
        """
        INSERT INTO pause (provider, model, reason, job_id, since)
        VALUES (:provider, :model, :reason, :job_id, :now)
        ON CONFLICT (provider, model) WHERE lifted_at IS NULL DO NOTHING
        """,
        provider=provider,
        model=model,
        reason=reason,
        job_id=job_id,
        now=now,
    )


def is_paused(tx: Transaction, *, provider: str, model: str) -> bool:
    """Whether nothing new is bought from this model."""
    return since(tx, provider=provider, model=model) is not None


def since(tx: Transaction, *, provider: str, model: str) -> float | None:
    """When purchases from this model were stopped (unix seconds), or None while they go on."""
    row = tx.fetch_one(
        """
        SELECT since FROM pause
        WHERE provider = :provider AND model = :model AND lifted_at IS NULL
        """,
        provider=provider,
        model=model,
    )
    return row["since"] if row else None


def last_lifted(tx: Transaction, *, provider: str, model: str) -> float | None:
    """When purchases from this model were last let go on (unix seconds), or None."""
    row = tx.fetch_one(
        "SELECT max(lifted_at) AS at FROM pause WHERE provider = :provider AND model = :model",
        provider=provider,
        model=model,
    )
    return row["at"] if row else None


def in_force(tx: Transaction) -> Sequence[Pause]:
    """Every stop that nobody lifted, oldest first."""
    rows = tx.fetch_all(
        """
        SELECT pause.*, job.result FROM pause JOIN job ON job.id = pause.job_id
        WHERE lifted_at IS NULL ORDER BY pause.id
        """
    )
    return [_pause(row) for row in rows]


def held_up(tx: Transaction, pause: Pause) -> Sequence[int]:
    """The edits that wait in line because of a stop, longest first."""
    rows = tx.fetch_all(
        """
        SELECT job.edit_id AS id FROM job JOIN edit ON edit.id = job.edit_id
        WHERE job.state = 'queued' AND job.provider = :provider AND edit.model = :model
        GROUP BY job.edit_id ORDER BY min(job.id)
        """,
        provider=pause.provider,
        model=pause.model,
    )
    return [row["id"] for row in rows]


def untold(tx: Transaction) -> Pause | None:
    """The oldest stop in force that the owner has not heard of."""
    row = tx.fetch_one(
        """
        SELECT pause.*, job.result FROM pause JOIN job ON job.id = pause.job_id
        WHERE lifted_at IS NULL AND told_at IS NULL ORDER BY pause.id LIMIT 1
        """
    )
    return _pause(row) if row else None


def told(tx: Transaction, pause_id: int, *, now: float) -> None:
    """The owner has heard of it."""
    tx.execute(
        "UPDATE pause SET told_at = :now WHERE id = :id AND told_at IS NULL", id=pause_id, now=now
    )


def lift(tx: Transaction, *, by: str, now: float) -> Sequence[Pause]:
    """End every stop in force, and return them."""
    lifted = in_force(tx)
    tx.execute(
        "UPDATE pause SET lifted_at = :now, lifted_by = :by WHERE lifted_at IS NULL", now=now, by=by
    )
    return lifted


def _pause(row: Mapping[str, Any]) -> Pause:
    return Pause(
        id=row["id"],
        provider=row["provider"],
        model=row["model"],
        reason=row["reason"],
        job_id=row["job_id"],
        picture=row["result"],
        since=row["since"],
    )
