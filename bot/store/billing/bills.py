"""The books as they are set against the provider's bill, and the corrections it brings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.billing.bills import BookedJob
from bot.domain.errors import Failure
from bot.domain.jobs.states import CostState, JobState
from bot.store.billing import costs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bot.domain.billing.bills import Correction
    from bot.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSubmit:
    """A job whose submit may have arrived: by what it is looked for. Times are unix seconds."""

    job_id: int
    model: str
    prompt: str
    seed: int
    intended_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCosts:
    """What the books hold about one provider and one time.

    `jobs` are those whose submit was recorded in it or that were billed in it, `in_doubt` the ones
    among them without a request id, the youngest first. `others` are the requests, of those asked
    about, that belong to other jobs; `unknown_requests` what is booked for requests without a
    job, in nano-USD.
    """

    jobs: Sequence[BookedJob]
    in_doubt: Sequence[UnknownSubmit]
    others: frozenset[str]
    unknown_requests: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OldestUnbilled:
    """When the first of some requests was bought, and when the first unknown request was booked."""

    bought: float | None
    booked: float | None


def read(
    tx: Transaction,
    *,
    provider: str,
    since: float,
    until: float,
    requests: Collection[str],
    billed: Collection[str] = (),
) -> RecordedCosts:
    """Everything a comparison needs from the books, of one moment.

    `requests` are the ids the provider spoke of, `billed` those that it billed in this time.
    """
    found_later = _found_later(tx, provider=provider)
    jobs = tuple(
        _booked(row, found_later.get(row["id"], ()))
        for row in tx.fetch_all(
            """
            SELECT job.*, (SELECT reason FROM cost_entry
                           WHERE job_id = job.id ORDER BY id DESC LIMIT 1) AS note
            FROM job
            WHERE id IN (
                SELECT id FROM job
                WHERE provider = :provider AND created_at < :until
                  AND intended_at >= :since AND intended_at < :until
                UNION SELECT value FROM json_each(:billed)
            )
            ORDER BY id
            """,
            provider=provider,
            since=since,
            until=until,
            billed=json.dumps(_jobs_of(tx, provider, billed, found_later)),
        )
    )
    own = {request for job in jobs for request in job.requests}
    return RecordedCosts(
        jobs=jobs,
        in_doubt=_in_doubt(tx, [job for job in jobs if not job.requests]),
        others=_known(tx, provider=provider, requests=requests, found_later=found_later) - own,
        unknown_requests=_unknown_requests(tx, provider=provider, requests={*requests, *own}),
    )


def _jobs_of(
    tx: Transaction,
    provider: str,
    requests: Collection[str],
    found_later: Mapping[int, Sequence[str]],
) -> list[int]:
    """The jobs these requests belong to."""
    rows = tx.fetch_all(
        """
        SELECT id FROM job
        WHERE provider = :provider AND request_id IN (SELECT value FROM json_each(:ids))
        """,
        provider=provider,
        ids=json.dumps(sorted(requests)),
    )
    wanted = set(requests)
    later = [job_id for job_id, theirs in found_later.items() if wanted.intersection(theirs)]
    return [*(row["id"] for row in rows), *later]


def oldest(tx: Transaction, *, provider: str, requests: Collection[str]) -> OldestUnbilled:
    """Since when the books know these requests."""
    ours = _jobs_of(tx, provider, requests, _found_later(tx, provider=provider))
    bought = tx.fetch_one(
        """
        SELECT min(intended_at) AS at FROM job WHERE id IN (SELECT value FROM json_each(:ids))
        """,
        ids=json.dumps(ours),
    )
    booked = tx.fetch_one(
        """
        SELECT min(created_at) AS at FROM cost_entry
        WHERE job_id IS NULL AND provider = :provider
          AND request_id IN (SELECT value FROM json_each(:ids))
        """,
        provider=provider,
        ids=json.dumps(sorted(requests)),
    )
    return OldestUnbilled(bought["at"] if bought else None, booked["at"] if booked else None)


def _found_later(tx: Transaction, *, provider: str) -> dict[int, tuple[str, ...]]:
    """Requests of jobs without a receipt, as an earlier correction booked them."""
    found: dict[int, tuple[str, ...]] = {}
    for row in tx.fetch_all(
        """
        SELECT DISTINCT job_id, cost_entry.request_id FROM cost_entry
        JOIN job ON job.id = cost_entry.job_id
        WHERE job.provider = :provider AND job.request_id IS NULL
          AND cost_entry.request_id IS NOT NULL
        """,
        provider=provider,
    ):
        found[row["job_id"]] = (*found.get(row["job_id"], ()), row["request_id"])
    return found


def _booked(row: Mapping[str, Any], found_later: tuple[str, ...]) -> BookedJob:
    state = JobState(row["state"])
    receipt = row["request_id"]
    return BookedJob(
        job_id=row["id"],
        edit_id=row["edit_id"],
        state=state,
        failure=Failure(row["failure"]) if row["failure"] else None,
        cost=row["cost"],
        cost_state=CostState(row["cost_state"]),
        charged=row["price"] if state is JobState.DONE else 0,
        has_receipt=receipt is not None,
        requests=found_later if receipt is None else (receipt,),
        intended_at=row["intended_at"],
        ended_at=row["ended_at"],
        note=row["note"] or "",
    )


def _in_doubt(tx: Transaction, jobs: Iterable[BookedJob]) -> tuple[UnknownSubmit, ...]:
    wanted = [
        job.job_id
        for job in jobs
        # A process that died while it submitted leaves `submitting` behind. Of what has ended, also
        # a refusal at submit may have made a request, and be billed.
        if job.state in {JobState.SUBMITTING, JobState.UNKNOWN} or job.state.is_final
    ]
    rows = tx.fetch_all(
        """
        SELECT job.id, edit.model, edit.prompt, job.seed, job.intended_at
        FROM job JOIN edit ON edit.id = job.edit_id
        WHERE job.id IN (SELECT value FROM json_each(:ids)) AND job.seed IS NOT NULL
        ORDER BY job.intended_at DESC, job.id DESC
        """,
        ids=json.dumps(wanted),
    )
    return tuple(
        UnknownSubmit(
            job_id=row["id"],
            model=row["model"],
            prompt=row["prompt"],
            seed=row["seed"],
            intended_at=row["intended_at"],
        )
        for row in rows
    )


def _known(
    tx: Transaction,
    *,
    provider: str,
    requests: Collection[str],
    found_later: Mapping[int, Sequence[str]],
) -> frozenset[str]:
    rows = tx.fetch_all(
        """
        SELECT request_id FROM job
        WHERE provider = :provider AND request_id IN (SELECT value FROM json_each(:ids))
        """,
        provider=provider,
        ids=json.dumps(sorted(requests)),
    )
    later = {request for found in found_later.values() for request in found}
    return frozenset({row["request_id"] for row in rows} | later)


def _unknown_requests(
    tx: Transaction, *, provider: str, requests: Collection[str]
) -> dict[str, int]:
    rows = tx.fetch_all(
        """
        SELECT request_id, SUM(change) AS cost FROM cost_entry
        WHERE job_id IS NULL AND provider = :provider
          AND request_id IN (SELECT value FROM json_each(:ids))
        GROUP BY request_id ORDER BY request_id
        """,
        provider=provider,
        ids=json.dumps(sorted(requests)),
    )
    return {row["request_id"]: row["cost"] for row in rows}


def book(tx: Transaction, settlements: Iterable[Correction], *, provider: str, now: float) -> None:
    """Let the bill have the last word on the owner's cost. Members' charges stay as they are.

    Only with the lock file held, and with what was compared under it.
    """
    for settlement in settlements:
        if settlement.job_id is not None:
            costs.settle(
                tx,
                settlement.job_id,
                cost=settlement.cost,
                request_id=settlement.request_id,
                reason=settlement.reason,
                now=now,
            )
        elif settlement.request_id is not None:
            costs.settle_alone(
                tx,
                provider=provider,
                request_id=settlement.request_id,
                cost=settlement.cost,
                reason=settlement.reason,
                now=now,
            )


def elsewhere(tx: Transaction, *, provider: str, since: float, until: float) -> dict[str, int]:
    """How many submits of that time other providers had, by their names."""
    rows = tx.fetch_all(
        """
        SELECT provider, count(*) AS n FROM job
        WHERE provider <> :provider AND intended_at >= :since AND intended_at < :until
        GROUP BY provider ORDER BY provider
        """,
        provider=provider,
        since=since,
        until=until,
    )
    return {row["provider"]: row["n"] for row in rows}
