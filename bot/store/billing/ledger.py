"""The ledger and its counters, always written together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.billing import ledger
from bot.domain.errors import LimitReached
from bot.domain.jobs.lifecycle import Closing
from bot.store.limits import alerts, counters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.limits.status import Explanation
    from bot.store.database import Transaction


def hold(
    tx: Transaction,
    job_ids: Sequence[int],
    price: int,
    explanation: Explanation,
    *,
    provider: str,
    now: float,
) -> None:
    """Set the price of each job aside under every limit of `explanation`, or of none.

    The jobs are those of one edit, recorded with `now` as the moment they were bought.

    Raises:
        LimitReached: a limit has no room for all of them. The caller's transaction rolls back.
    """
    needed = price * len(job_ids)
    if explanation.refusing(needed) is not None:
        raise LimitReached(count=len(job_ids), price=price, explanation=explanation)
    caps: dict[int, int] = {}
    for standing in explanation.standings:
        limit = standing.limit
        counter_id = counters.make(tx, provider, limit.pot, limit.rule.window, standing.span)
        # The moderators' limit of a guild and the operator's may count the same spending.
        caps[counter_id] = min(limit.cap, caps.get(counter_id, limit.cap))
    for counter_id, cap in caps.items():
        # The counter has the last word, whatever was read before.
        if not counters.hold(tx, counter_id, needed, cap=cap):
            raise LimitReached(count=len(job_ids), price=price, explanation=explanation)
    # Those of limits that were taken away meanwhile, or of another time zone.
    others = [found for found in counters.containing(tx, job_ids[0]) if found not in caps]
    counters.hold_beside(tx, others, needed)
    for job_id in job_ids:
        _append(tx, job_id, ledger.hold(price), now=now)


def close(tx: Transaction, job_id: int, closing: Closing, *, now: float) -> int:
    """Capture or release a job's hold in the windows it was held in; the micro-USD spent."""
    row = tx.fetch_one(
        "SELECT SUM(held) AS held FROM ledger_entry WHERE job_id = :job_id", job_id=job_id
    )
    if row is None or row["held"] is None:
        raise AssertionError(f"job {job_id} was never held")
    held = int(row["held"])
    entry = ledger.capture(held) if closing is Closing.CAPTURE else ledger.release(held)
    _append(tx, job_id, entry, now=now)
    counter_ids = counters.containing(tx, job_id)
    counters.close(tx, counter_ids, held=entry.held, spent=entry.spent)
    alerts.captured(tx, job_id=job_id, price=entry.spent, counter_ids=counter_ids, now=now)
    return entry.spent


def _append(tx: Transaction, job_id: int, entry: ledger.LedgerEntry, *, now: float) -> None:
    tx.execute(
        """
        INSERT INTO ledger_entry (job_id, kind, held, spent, created_at)
        VALUES (:job_id, :kind, :held, :spent, :now)
        """,
        job_id=job_id,
        kind=entry.kind.value,
        held=entry.held,
        spent=entry.spent,
        now=now,
    )
