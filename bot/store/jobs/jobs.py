"""Jobs in the database: in line, claimed under a lease, recorded step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.errors import LeaseLost
from bot.domain.jobs.lifecycle import STOPPED_SECONDS
from bot.store.billing import costs, ledger, pauses
from bot.store.delivery import enqueue as enqueueing
from bot.store.jobs import rows as job_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain.edits.edit import Edit
    from bot.domain.jobs.lifecycle import Step
    from bot.domain.jobs.states import Job
    from bot.store.database import Transaction


LEASE_SECONDS: Final = 60.0


def enqueue(tx: Transaction, edit: Edit, *, ordinal: int, now: float) -> int:
    """Put one job of an edit in line, and return its id.

    Its price must be held in the same transaction, and of the same moment.
    """
    row = tx.fetch_one(
        """
        INSERT INTO job (
            edit_id, ordinal, member_id, guild_id, channel_id, provider, state, price, unit_cost,
            created_at)
        VALUES (
            :edit_id, :ordinal, :member_id, :guild_id, :channel_id, :provider, 'queued', :price,
            :unit_cost, :now)
        RETURNING id
        """,
        edit_id=edit.id,
        ordinal=ordinal,
        member_id=edit.member_id,
        guild_id=edit.guild_id or 0,
        channel_id=edit.counted_channel_id or 0,
        provider=edit.provider,
        price=edit.price,
        unit_cost=edit.unit_cost,
        now=now,
    )
    if row is None:
        raise AssertionError("RETURNING always returns the row")
    return int(row["id"])


def claim(
    tx: Transaction, *, provider: str, lease: str, may_submit: bool, now: float
) -> Job | None:
    """Lease the next job that is due to the caller; None if there is none.

    What was paid for comes first. Then members take turns: who has the least at work, then who
    was served longest ago. Without `may_submit` (the provider refuses the account) nothing new
    starts, nor from a model whose purchases are stopped; but what was cancelled can end, and what
    waited too long.
    """
    row = tx.fetch_one(
        """
        UPDATE job SET lease = :lease, lease_until = :until, claimed_at = :now
        WHERE id = (
            SELECT due.id FROM job AS due
            WHERE due.state IN ('queued', 'submitting', 'unknown', 'running')
              AND due.not_before <= :now
              AND (due.lease IS NULL OR due.lease_until < :now)
              AND due.provider = :provider
              AND (:may_submit OR due.state <> 'queued')
              AND (due.state <> 'queued' OR due.cancel_asked OR COALESCE((
                  SELECT min(pause.since) <= :patient_since FROM pause
                  WHERE pause.provider = due.provider AND pause.lifted_at IS NULL
                    AND pause.reason IN (SELECT value FROM json_each(:refusing))
                    AND (pause.model IS NULL
                         OR pause.model = (SELECT model FROM edit WHERE edit.id = due.edit_id))
                  ), 1))
            ORDER BY
                due.state = 'queued',
                (SELECT count(*) FROM job AS busy
                 WHERE busy.member_id = due.member_id
                   AND busy.lease IS NOT NULL AND busy.lease_until >= :now),
                (SELECT max(served.claimed_at) FROM job AS served
                 WHERE served.member_id = due.member_id),
                due.id
            LIMIT 1)
        RETURNING *
        """,
        provider=provider,
        lease=lease,
        until=now + LEASE_SECONDS,
        may_submit=may_submit,
        patient_since=now - STOPPED_SECONDS,
        refusing=pauses.REFUSING,
        now=now,
    )
    return job_rows.job(row) if row else None


def record(
    tx: Transaction,
    step: Step,
    *,
    lease: str | None,
    keep_lease: bool,
    now: float,
    reason: str | None = None,
) -> None:
    """Write a step: the job, its cost, its hold's end, and the card when it was its edit's last.

    `reason` is what the books say of its cost, where a person decided.

    Raises:
        LeaseLost: somebody else holds the job by now; nothing is written.
    """
    job = step.job
    ended = job.state.is_final
    changed = tx.execute(
        """
        UPDATE job SET
            state = :state, cost = :cost, cost_state = :cost_state, tries = :tries,
            not_before = :not_before,
            seed = :seed, intended_at = :intended_at, start_by = :start_by,
            request_id = :request_id, status_url = :status_url, response_url = :response_url,
            cancel_url = :cancel_url, cancel_asked = :cancel_asked, failure = :failure,
            result = :result, picture = :picture, result_seed = :result_seed, units = :units,
            changed_inside = :changed_inside, changed_outside = :changed_outside,
            pixels_outside = :pixels_outside, raw_inside = :raw_inside, raw_outside = :raw_outside,
            submitted_at = CASE WHEN :submitted AND submitted_at IS NULL THEN :now
                                ELSE submitted_at END,
            ended_at = CASE WHEN :ended THEN :now END,
            lease = CASE WHEN :keep_lease THEN lease END
        WHERE id = :id AND lease IS :lease
        """,
        **job_rows.columns(job),
        submitted=job.submission is not None,
        ended=ended,
        keep_lease=keep_lease and not ended,
        lease=lease,
        now=now,
    )
    if not changed:
        raise LeaseLost(f"job {job.id}")
    costs.follow(tx, job, now=now, reason=reason)
    if step.closing is not None:
        ledger.close(tx, job.id, step.closing, now=now)
    if ended:
        enqueueing.enqueue_when_ended(tx, job.edit_id, now=now)


def get(tx: Transaction, job_id: int) -> Job | None:
    """The job with this id."""
    row = tx.fetch_one("SELECT * FROM job WHERE id = :id", id=job_id)
    return job_rows.job(row) if row else None


def lease_of(tx: Transaction, job_id: int) -> str | None:
    """Who holds the job, or None."""
    row = tx.fetch_one("SELECT lease FROM job WHERE id = :id", id=job_id)
    return row["lease"] if row else None


def of_edit(tx: Transaction, edit_id: int) -> Sequence[Job]:
    """The jobs of an edit, in order."""
    rows = tx.fetch_all("SELECT * FROM job WHERE edit_id = :id ORDER BY ordinal", id=edit_id)
    return [job_rows.job(row) for row in rows]


def unknown(tx: Transaction, *, provider: str) -> Sequence[Job]:
    """Jobs whose submit may have been accepted without our knowing."""
    rows = tx.fetch_all(
        "SELECT * FROM job WHERE state = 'unknown' AND provider = :provider ORDER BY id",
        provider=provider,
    )
    return [job_rows.job(row) for row in rows]


def make_due(tx: Transaction, job_ids: Sequence[int]) -> None:
    """Let these jobs be claimed now."""
    for job_id in job_ids:
        tx.execute("UPDATE job SET not_before = 0 WHERE id = :id", id=job_id)


def put_off(tx: Transaction, job_id: int, *, until: float) -> None:
    """Let this job wait, whatever it is."""
    tx.execute("UPDATE job SET not_before = :until WHERE id = :id", id=job_id, until=until)


def waiting(tx: Transaction, *, member_id: int, provider: str) -> int:
    """How many of a member's jobs with this provider have not ended."""
    row = tx.fetch_one(
        """
        SELECT count(*) AS n FROM job
        WHERE member_id = :member_id AND provider = :provider
          AND state IN ('queued', 'submitting', 'unknown', 'running')
        """,
        member_id=member_id,
        provider=provider,
    )
    return int(row["n"]) if row else 0


def ahead(tx: Transaction, *, edit_id: int) -> int:
    """How many open jobs of others were put in line before this edit's first one."""
    row = tx.fetch_one(
        """
        SELECT count(*) AS n FROM job
        WHERE state IN ('queued', 'submitting', 'running')
          AND id < (SELECT min(id) FROM job WHERE edit_id = :edit_id)
        """,
        edit_id=edit_id,
    )
    return int(row["n"]) if row else 0


@dataclass(frozen=True, slots=True)
class PolarityEvidence:
    """How many results changed mostly inside their mask, and how many mostly outside it."""

    in_favour: int
    against: int


def polarity_evidence(tx: Transaction, *, provider: str, model: str) -> PolarityEvidence:
    """What results say about which colour of a mask the model changes, given away or not.

    Those bought before purchases were last let go on do not count: the colours of the masks may
    have been exchanged then.
    """
    row = tx.fetch_one(
        """
        SELECT COALESCE(SUM(job.raw_inside > job.raw_outside), 0) AS in_favour,
               COALESCE(SUM(job.raw_inside < job.raw_outside), 0) AS against
        FROM job JOIN edit ON edit.id = job.edit_id
        WHERE job.provider = :provider AND edit.model = :model
          AND job.intended_at > COALESCE(
              (SELECT max(lifted_at) FROM pause WHERE pause.reason = 'swapped'
               AND pause.provider = job.provider AND pause.model = edit.model), 0)
        """,
        provider=provider,
        model=model,
    )
    return PolarityEvidence(row["in_favour"], row["against"]) if row else PolarityEvidence(0, 0)


def renew_leases(tx: Transaction, leases: Iterable[str], *, now: float) -> None:
    """Keep the jobs that a worker works on; what it lost is claimed again."""
    for lease in leases:
        tx.execute(
            "UPDATE job SET lease_until = :until WHERE lease = :lease",
            until=now + LEASE_SECONDS,
            lease=lease,
        )


def drop_lease(tx: Transaction, *, lease: str) -> None:
    """Let go of a job as it stands."""
    tx.execute("UPDATE job SET lease = NULL WHERE lease = :lease", lease=lease)


def drop_leases(tx: Transaction) -> None:
    """At start, with the lock file held: the process that had leases is dead."""
    tx.execute("UPDATE job SET lease = NULL WHERE lease IS NOT NULL")


def next_due(tx: Transaction, *, provider: str, may_submit: bool, now: float) -> float | None:
    """When the next unleased open job is due that `claim` would give, or None."""
    row = tx.fetch_one(
        """
        SELECT min(not_before) AS due FROM job
        WHERE state IN ('queued', 'submitting', 'unknown', 'running')
          AND lease IS NULL AND provider = :provider
          AND (:may_submit OR state <> 'queued')
          AND (state <> 'queued' OR cancel_asked OR COALESCE((
              SELECT min(pause.since) <= :patient_since FROM pause
              WHERE pause.provider = job.provider AND pause.lifted_at IS NULL
                AND pause.reason IN (SELECT value FROM json_each(:refusing))
                AND (pause.model IS NULL
                     OR pause.model = (SELECT model FROM edit WHERE edit.id = job.edit_id))
              ), 1))
        """,
        provider=provider,
        may_submit=may_submit,
        patient_since=now - STOPPED_SECONDS,
        refusing=pauses.REFUSING,
    )
    return row["due"] if row else None
