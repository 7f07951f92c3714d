"""The provider's bill against the books, as one pure function.

The books' side is the cost that is sure: estimated, provisional or settled. A possible cost counts
as nothing until the bill says otherwise. Every request is compared once and whole, whenever its
events are dated, and each difference has a finding, so the findings' differences add up exactly to
the difference of the two sums.

What was settled is never lowered: an event that is not to be seen may be withdrawn, unreadable or
of another time, and the reader must tell which. So corrections lead to the truth from any
part of a bill, in any order, and never away from it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.billing.bills import (
    LATE_SECONDS,
    BillFinding,
    BillFindingKind,
    BillTotals,
    Correction,
    Reconciliation,
)
from bot.domain.jobs.states import CostState, JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.domain.billing.bills import BillingEvent, BookedJob, HistoryRow, ReconcileInput

AS_EXPECTED: Final = "billed as expected"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What is said of one job or one unknown request. Amounts of both sides in nano-USD."""

    booked: int
    events: tuple[BillingEvent, ...]
    findings: tuple[BillFinding, ...]
    settlements: tuple[Correction, ...] = ()


def compare(asked: ReconcileInput) -> Reconciliation:
    """Set the bill against the books, and the history where there is no bill."""
    events = _by_request(asked.events or ())
    listed = {row.request_id: row for row in asked.listed or ()}
    has_bill = asked.events is not None
    own = {request for job in asked.jobs for request in job.requests}
    verdicts = [_job(job, events, listed, asked) for job in asked.jobs]
    verdicts += [
        _unknown_request(request, found, listed.get(request), asked)
        for request, found in events.items()
        if request not in own
        and request not in asked.others
        and any(asked.spans(event.at) for event in found)
    ]
    known = own | set(asked.others) | set(asked.unknown_requests) | set(events)
    made = [_made(row) for row in listed.values() if _is_news(row, known, asked)]
    billed = [event for verdict in verdicts for event in verdict.events]
    return Reconciliation(
        charged=_sum(job.charged for job in asked.jobs),
        books=_sum(verdict.booked for verdict in verdicts),
        possible=_sum(job.possible for job in asked.jobs),
        bill=_sum(event.cost for event in billed) if has_bill else None,
        of_other_days=_sum(event.cost for event in billed if not asked.spans(event.at)),
        bought_on_other_days=_sum(
            job.sure for job in asked.jobs if not asked.spans(job.intended_at)
        ),
        findings=(*(found for verdict in verdicts for found in verdict.findings), *made),
        settlements=tuple(one for verdict in verdicts for one in verdict.settlements),
    )


def _by_request(events: Iterable[BillingEvent]) -> dict[str, list[BillingEvent]]:
    """The events of each request, oldest first."""
    found: dict[str, list[BillingEvent]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.at):
        found[event.request_id].append(event)
    return dict(found)


def _sum(amounts: Iterable[int]) -> BillTotals:
    counted = [amount for amount in amounts if amount]
    return BillTotals(len(counted), sum(counted))


# ---- jobs --------------------------------------------------------------------------------------


def _job(
    job: BookedJob,
    events: Mapping[str, Sequence[BillingEvent]],
    listed: Mapping[str, HistoryRow],
    asked: ReconcileInput,
) -> _Verdict:
    if asked.events is None:
        return _Verdict(job.sure, (), _unbilled(job, listed, asked))
    found = sorted(
        (event for request in job.requests for event in events.get(request, ())),
        key=lambda event: event.at,
    )
    # Booked by itself before anybody knew whose it was: once that is settled its job carries it.
    alone = {
        one: asked.unknown_requests[one] for one in job.requests if asked.unknown_requests.get(one)
    }
    booked, billed = job.sure + sum(alone.values()), [event.cost for event in found]
    if not job.state.is_final:
        return _Verdict(booked, tuple(found), _open(job, booked, sum(billed)))
    once = max(job.cost if job.cost_state is CostState.SETTLED else 0, sum(alone.values()))
    target = _target(job, billed, once, asked)
    if target is None:
        return _Verdict(booked, tuple(found), _waiting(job, found, alone))
    changes = _changes(job, billed, target)
    moves = [
        (one, cost, _finding(BillFindingKind.MOVED, job, cost, 0, one))
        for one, cost in alone.items()
    ]
    return _Verdict(
        booked,
        tuple(found),
        (*changes, *(move for _, _, move in moves), *_withdrawn(job, sum(billed), target)),
        (
            *_settlement(job, target, changes),
            *(_alone(one, 0, cost, (move,)) for one, cost, move in moves),
        ),
    )


def _finding(
    kind: BillFindingKind, job: BookedJob, booked: int, billed: int, request_id: str | None = None
) -> BillFinding:
    return BillFinding(
        kind=kind,
        request_id=request_id or (job.requests[0] if job.requests else None),
        booked=booked,
        billed=billed,
        at=job.intended_at,
        job=job,
    )


def _open(job: BookedJob, booked: int, billed: int) -> tuple[BillFinding, ...]:
    """What goes on is settled by its own course."""
    if job.state is JobState.UNKNOWN:
        kind = BillFindingKind.RESOLVABLE if job.requests else BillFindingKind.UNRESOLVED
        return (_finding(kind, job, booked, billed),)
    return () if booked == billed else (_finding(BillFindingKind.NOT_YET, job, booked, billed),)


def _target(job: BookedJob, billed: Sequence[int], once: int, asked: ReconcileInput) -> int | None:
    """What an ended job is to cost by the bill, in nano-USD; None where the bill cannot tell.

    `once` is what an earlier bill said.
    """
    target = max(sum(billed), once)
    if not (asked.is_whole and asked.read_from <= job.intended_at):
        return target if target and target >= job.sure else None
    if billed or once:
        return target
    is_late = job.ended_at is not None and asked.now - job.ended_at >= LATE_SECONDS
    return 0 if is_late and job.cost else None


def _waiting(
    job: BookedJob, found: Sequence[BillingEvent], alone: Mapping[str, int]
) -> tuple[BillFinding, ...]:
    """What differs where the bill cannot tell, so that nothing is booked.

    Also what is booked alone stays: a job that is not settled does not carry it, for the next bill
    may lower an estimate to nothing.
    """
    seen = {one: sum(event.cost for event in found if event.request_id == one) for one in alone}
    missing = [
        _finding(BillFindingKind.WITHDRAWN, job, cost, seen[one], one)
        for one, cost in alone.items()
        if seen[one] < cost
    ]
    billed = sum(event.cost for event in found)
    rest = billed - sum(min(cost, seen[one]) for one, cost in alone.items())
    if job.sure == rest and (billed or not job.cost):
        return tuple(missing)
    return (*missing, _finding(BillFindingKind.NOT_YET, job, job.sure, rest))


def _changes(job: BookedJob, billed: Sequence[int], target: int) -> tuple[BillFinding, ...]:
    """Why its cost is to be the target. One event is for the job, each further one too many."""
    if not billed and not target:
        return (
            _finding(
                BillFindingKind.NEVER_BILLED if job.sure else BillFindingKind.SPARED,
                job,
                job.sure,
                0,
            ),
        )
    if job.cost_state is CostState.SETTLED and job.cost:
        kind = BillFindingKind.BILLED_TWICE if len(billed) > 1 else BillFindingKind.OTHER_PRICE
        return () if job.cost == target else (_finding(kind, job, job.cost, target),)
    again = sum(billed[1:]) if target == sum(billed) else 0
    first = target - again
    found = []
    if job.sure != first:
        found.append(_finding(_why(job), job, job.sure, first))
    elif job.possible and not target:
        found.append(_finding(BillFindingKind.SPARED, job, 0, 0))
    if again:
        found.append(_finding(BillFindingKind.BILLED_TWICE, job, 0, again))
    return tuple(found)


def _why(job: BookedJob) -> BillFindingKind:
    """Why a bill is not what the books have."""
    if job.cost_state is CostState.SETTLED:
        return BillFindingKind.BILLED_LATE
    if job.state is JobState.DONE:
        return BillFindingKind.OTHER_PRICE
    return (
        BillFindingKind.FOUND_LATER
        if job.was_given_up_in_doubt
        else BillFindingKind.BILLED_FOR_NOTHING
    )


def _withdrawn(job: BookedJob, billed: int, target: int) -> tuple[BillFinding, ...]:
    """What differs even when the target is booked: less is to be seen than once."""
    if billed == target:
        return ()
    return (_finding(BillFindingKind.WITHDRAWN, job, target, billed),)


def _settlement(
    job: BookedJob, target: int, changes: Sequence[BillFinding]
) -> tuple[Correction, ...]:
    if job.cost == target and job.cost_state is CostState.SETTLED:
        return ()
    return (
        Correction(
            job_id=job.job_id,
            request_id=job.requests[0] if job.requests else None,
            cost=target,
            was=job.cost,
            reason="; ".join(change.kind.value for change in changes) or AS_EXPECTED,
        ),
    )


def _unbilled(
    job: BookedJob, listed: Mapping[str, HistoryRow], asked: ReconcileInput
) -> tuple[BillFinding, ...]:
    """What can be said of a job when there is no bill."""
    found = next((listed[request] for request in job.requests if request in listed), None)
    if job.state is JobState.UNKNOWN:
        return _open(job, job.sure, job.sure)
    if found is not None and job.was_given_up_in_doubt:
        return (_finding(BillFindingKind.FOUND_LATER, job, job.sure, job.sure),)
    # The history is kept for 30 days, and a row is there at the latest when its job has ended:
    # https://docs.fal.ai/faq
    is_due = job.ended_at is not None and LATE_SECONDS < asked.now - job.ended_at < KEPT_SECONDS
    is_missing = asked.listed is not None and asked.lists_all and found is None
    if is_missing and job.sure and job.has_receipt and is_due:
        return (_finding(BillFindingKind.NOT_LISTED, job, job.sure, job.sure),)
    return ()


KEPT_SECONDS: Final = 29 * 24 * 3600.0
"""How long the history shows a request for certain: a day less than fal keeps it."""


# ---- requests without a job ----------------------------------------------------------------


def _unknown_request(
    request: str, events: Sequence[BillingEvent], row: HistoryRow | None, asked: ReconcileInput
) -> _Verdict:
    billed = [event.cost for event in events]
    booked, total = asked.unknown_requests.get(request, 0), sum(billed)
    if booked > total:
        parts = [(BillFindingKind.WITHDRAWN, booked, total)]
    elif booked:
        parts = [
            (
                BillFindingKind.BILLED_TWICE if len(billed) > 1 else BillFindingKind.NOT_IN_BOOKS,
                booked,
                total,
            )
        ]
    else:
        parts = [
            (BillFindingKind.NOT_IN_BOOKS, 0, billed[0]),
            (BillFindingKind.BILLED_TWICE, 0, total - billed[0]),
        ]
    findings = tuple(
        BillFinding(
            kind=kind,
            request_id=request,
            booked=before,
            billed=after,
            at=events[0].at,
            status=row.status if row else None,
        )
        for kind, before, after in parts
        if before != after
    )
    settlements = (_alone(request, total, booked, findings),) if booked < total else ()
    return _Verdict(booked, tuple(events), findings, settlements)


def _alone(request: str, cost: int, was: int, findings: Sequence[BillFinding]) -> Correction:
    reason = "; ".join(finding.kind.value for finding in findings)
    return Correction(job_id=None, request_id=request, cost=cost, was=was, reason=reason)


def _is_news(row: HistoryRow, known: set[str], asked: ReconcileInput) -> bool:
    """Whether the history shows a request that neither the books nor the bill know.

    With a bill to compare, what ended without a picture and was not billed is nothing new.
    """
    failed = row.status is not None and row.status >= 400
    is_failure = failed and asked.events is not None
    return asked.spans(row.at) and row.request_id not in known and not is_failure


def _made(row: HistoryRow) -> BillFinding:
    return BillFinding(
        kind=BillFindingKind.UNKNOWN_REQUEST,
        request_id=row.request_id,
        booked=0,
        billed=0,
        at=row.at,
        status=row.status,
    )
