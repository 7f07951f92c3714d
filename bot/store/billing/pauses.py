"""Stops on purchases: rows that are in force until they are lifted, each for its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.domain.billing.breaker import PauseReason
from bot.domain.errors import StoreUnreadable
from bot.store.delivery import outbox
from bot.store.delivery.outbox import OWNER, DeliveryRoute, OwedKind, RouteKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store.database import Transaction

REFUSING: Final = json.dumps([reason.value for reason in PauseReason if reason.refuses])
"""The reasons for which nothing new is bought, as a JSON array for SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why, since when (unix seconds) and after which job nothing is bought from a provider.

    `model` None: from none of its models. `detail` has the figures it is about. `picture` is what
    the job brought, named by its SHA-256 in hex.
    """

    id: int
    provider: str
    model: str | None
    reason: PauseReason
    detail: Mapping[str, Any]
    job_id: int | None
    picture: str | None
    since: float
    lifted_at: float | None = None
    lifted_by: str | None = None


def begin(
    tx: Transaction,
    *,
    provider: str,
    model: str | None,
    reason: PauseReason,
    now: float,
    job_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> bool:
    """Stop purchases, and owe the news to the owner and to everybody who waits in line.

    False: for this reason they are stopped already, and nothing changes.
    """
    begun = tx.fetch_one(
        """
        INSERT INTO pause (provider, model, reason, detail, job_id, since)
        VALUES (:provider, :model, :reason, :detail, :job_id, :now)
        ON CONFLICT (provider, COALESCE(model, ''), reason) WHERE lifted_at IS NULL DO NOTHING
        RETURNING id
        """,
        provider=provider,
        model=model,
        reason=reason.value,
        detail=json.dumps(dict(detail or {})),
        job_id=job_id,
        now=now,
    )
    if begun is None:
        return False
    outbox.owe(tx, OwedKind.PAUSE, begun["id"], [OWNER], now=now)
    for row in held_up(tx, provider=provider, model=model):
        outbox.owe(
            tx,
            OwedKind.IN_LINE,
            row["id"],
            [DeliveryRoute(RouteKind.REPLY, row["reply_id"])],
            part=begun["id"],
            edit_id=row["id"],
            now=now,
        )
    return True


def get(tx: Transaction, pause_id: int) -> Pause | None:
    """The stop with this number, in force or lifted."""
    row = tx.fetch_one(
        """
        SELECT pause.*, job.result FROM pause LEFT JOIN job ON job.id = pause.job_id
        WHERE pause.id = :id
        """,
        id=pause_id,
    )
    return _pause(row) if row else None


def is_paused(tx: Transaction, *, provider: str, model: str) -> PauseReason | None:
    """Why nothing new is bought from this model, or None: then it is."""
    found = [pause for pause in _about(tx, provider, model) if pause.reason.refuses]
    return found[0].reason if found else None


def met(tx: Transaction, *, provider: str, model: str) -> Pause | None:
    """What holds up a job of this model that stands in line; what refuses comes before the rest."""
    found = _about(tx, provider, model)
    return min(found, key=lambda pause: not pause.reason.refuses, default=None)


def _about(tx: Transaction, provider: str, model: str) -> Sequence[Pause]:
    """The stops in force for a model, oldest first."""
    rows = tx.fetch_all(
        """
        SELECT pause.*, NULL AS result FROM pause
        WHERE provider = :provider AND COALESCE(model, :model) = :model AND lifted_at IS NULL
        ORDER BY id
        """,
        provider=provider,
        model=model,
    )
    return [_pause(row) for row in rows]


def last_lifted(
    tx: Transaction, *, provider: str, model: str | None, reason: PauseReason, now: float
) -> float | None:
    """When purchases were last let go on that had stopped for a reason (unix seconds), or None.

    A moment that is still to come was written by a clock that ran ahead, and says nothing.
    """
    row = tx.fetch_one(
        """
        SELECT max(lifted_at) AS at FROM pause
        WHERE provider = :provider AND model IS :model AND reason = :reason
          AND lifted_at <= :now
        """,
        provider=provider,
        model=model,
        reason=reason.value,
        now=now,
    )
    return row["at"] if row else None


def latest(
    tx: Transaction, *, provider: str, model: str | None, reason: PauseReason
) -> Pause | None:
    """The last stop for a reason, lifted or not."""
    row = tx.fetch_one(
        """
        SELECT pause.*, job.result FROM pause LEFT JOIN job ON job.id = pause.job_id
        WHERE pause.provider = :provider AND model IS :model AND reason = :reason
        ORDER BY pause.id DESC LIMIT 1
        """,
        provider=provider,
        model=model,
        reason=reason.value,
    )
    return _pause(row) if row else None


def in_force(tx: Transaction, *, provider: str) -> Sequence[Pause]:
    """Every stop at a provider that nobody lifted, oldest first."""
    rows = tx.fetch_all(
        """
        SELECT pause.*, job.result FROM pause LEFT JOIN job ON job.id = pause.job_id
        WHERE pause.provider = :provider AND lifted_at IS NULL ORDER BY pause.id
        """,
        provider=provider,
    )
    return [_pause(row) for row in rows]


def held_up(tx: Transaction, *, provider: str, model: str | None) -> Sequence[Mapping[str, Any]]:
    """The edits with a card that wait in line for a model, longest first; or may have to, when the
    answer to their submit is known.
    """
    return tx.fetch_all(
        """
        SELECT edit.id, edit.reply_id
        FROM job INDEXED BY open_job JOIN edit ON edit.id = job.edit_id
        WHERE job.state IN ('queued', 'submitting', 'unknown', 'running')
          AND job.state IN ('queued', 'submitting') AND job.provider = :provider
          AND (:model IS NULL OR edit.model = :model) AND edit.reply_id IS NOT NULL
        GROUP BY edit.id ORDER BY min(job.id)
        """,
        provider=provider,
        model=model,
    )


def lift(
    tx: Transaction, *, provider: str, by: str, now: float, reason: PauseReason | None = None
) -> Sequence[Pause]:
    """End every stop in force at a provider, or those for one reason, and return them."""
    lifted = [pause for pause in in_force(tx, provider=provider) if reason in (None, pause.reason)]
    for pause in lifted:
        end(tx, pause.id, by=by, now=now)
    return lifted


def end(tx: Transaction, pause_id: int, *, by: str, now: float) -> None:
    """End one stop; doing it twice changes nothing."""
    tx.execute(
        """
        UPDATE pause SET lifted_at = :now, lifted_by = :by WHERE id = :id AND lifted_at IS NULL
        """,
        id=pause_id,
        by=by,
        now=now,
    )


def _pause(row: Mapping[str, Any]) -> Pause:
    try:
        reason = PauseReason(row["reason"])
    except ValueError as error:
        raise StoreUnreadable("pause", row_id=row["id"], problem=str(error)) from error
    return Pause(
        id=row["id"],
        provider=row["provider"],
        model=row["model"],
        reason=reason,
        detail=json.loads(row["detail"]),
        job_id=row["job_id"],
        picture=row["result"],
        since=row["since"],
        lifted_at=row["lifted_at"],
        lifted_by=row["lifted_by"],
    )
