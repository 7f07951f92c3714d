"""The provider's bill against the books, as one pure function.

The books' side is the cost that is sure: estimated, provisional or settled. A possible cost counts
as nothing until the bill says otherwise. Every request is compared once and each difference has a
finding, so the findings' differences add up exactly to the difference of the two sums.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.bills import LATE_SECONDS, Finding, Kind, Reconciliation, Settlement, Sum
from bot.domain.jobs import CostState, JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.domain.bills import Billed, Booked, Listed, Question

AS_EXPECTED: Final = "billed as expected"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What is said of one job or one stranger. Amounts of both sides in nano-USD."""

    booked: int
    billed: tuple[int, ...]
    findings: tuple[Finding, ...]
    settlement: Settlement | None = None


def compare(asked: Question) -> Reconciliation:
    """Set the bill against the books, and the history where there is no bill."""
    events = _by_request(asked.events or ())
    listed = {row.request_id: row for row in asked.listed or ()}
    has_bill = asked.events is not None
    own = {request for job in asked.jobs for request in job.requests}
    verdicts = [_job(job, events, listed, asked) for job in asked.jobs]
    if has_bill:
        verdicts += [
            _moved(request, cost, asked)
            for request, cost in asked.strangers.items()
            if cost and request in own
        ]
        verdicts += [
            _stranger(request, found, listed.get(request), asked)
            for request, found in events.items()
            if request not in own
            and request not in asked.others
            and asked.since <= found[0].at < asked.until
        ]
    known = own | set(asked.others) | set(asked.strangers) | set(events)
    made = [_made(row) for row in listed.values() if _is_news(row, known, asked)]
    return Reconciliation(
        charged=_sum(job.charged for job in asked.jobs),
        books=_sum(verdict.booked for verdict in verdicts),
        possible=_sum(job.possible for job in asked.jobs),
        bill=_sum(cost for verdict in verdicts for cost in verdict.billed) if has_bill else None,
        findings=(*(found for verdict in verdicts for found in verdict.findings), *made),
        settlements=tuple(verdict.settlement for verdict in verdicts if verdict.settlement),
    )


def _by_request(events: Iterable[Billed]) -> dict[str, list[Billed]]:
    """The events of each request, oldest first."""
    found: dict[str, list[Billed]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.at):
        found[event.request_id].append(event)
    return dict(found)


def _sum(amounts: Iterable[int]) -> Sum:
    counted = [amount for amount in amounts if amount]
    return Sum(len(counted), sum(counted))


# ---- jobs --------------------------------------------------------------------------------------


def _job(
    job: Booked,
    events: Mapping[str, Sequence[Billed]],
    listed: Mapping[str, Listed],
    asked: Question,
) -> _Verdict:
    if asked.events is None:
        return _Verdict(job.sure, (), _unbilled(job, listed, asked))
    found = sorted(
        (event for request in job.requests for event in events.get(request, ())),
        key=lambda event: event.at,
    )
    billed = tuple(event.cost for event in found)
    if not job.state.is_final:
        return _Verdict(job.sure, billed, _open(job, sum(billed)))
    findings = _billed(job, billed) if found else _never_billed(job, asked)
    return _Verdict(job.sure, billed, findings, _settlement(job, billed, findings, bool(found)))


def _finding(kind: Kind, job: Booked, booked: int, billed: int) -> Finding:
    return Finding(
        kind=kind,
        request_id=job.requests[0] if job.requests else None,
        booked=booked,
        billed=billed,
        at=job.intended_at,
        job=job,
    )


def _open(job: Booked, billed: int) -> tuple[Finding, ...]:
    """What goes on is settled by its own course."""
    if job.state is JobState.UNKNOWN:
        kind = Kind.RESOLVABLE if job.requests else Kind.UNRESOLVED
        return (_finding(kind, job, job.sure, billed),)
    return () if job.sure == billed else (_finding(Kind.NOT_YET, job, job.sure, billed),)


def _never_billed(job: Booked, asked: Question) -> tuple[Finding, ...]:
    if not job.cost:
        return ()
    if job.cost_state is CostState.SETTLED:
        # A bill that forgets with the years must not undo what it once said.
        return (_finding(Kind.WITHDRAWN, job, job.cost, 0),)
    is_late = job.ended_at is not None and asked.now - job.ended_at >= LATE_SECONDS
    if not (is_late and asked.is_whole):
        return (_finding(Kind.NOT_YET, job, job.sure, 0),)
    kind = Kind.NEVER_BILLED if job.sure else Kind.SPARED
    return (_finding(kind, job, job.sure, 0),)


def _billed(job: Booked, billed: Sequence[int]) -> tuple[Finding, ...]:
    """The first event is for the job itself, every further one is one too many."""
    total = sum(billed)
    if job.cost_state is CostState.SETTLED:
        kind = Kind.BILLED_TWICE if len(billed) > 1 else Kind.OTHER_PRICE
        return () if job.cost == total else (_finding(kind, job, job.cost, total),)
    first, again = billed[0], sum(billed[1:])
    found = []
    if job.sure != first:
        found.append(_finding(_why(job), job, job.sure, first))
    elif job.possible and not total:
        found.append(_finding(Kind.SPARED, job, 0, 0))
    if again:
        found.append(_finding(Kind.BILLED_TWICE, job, 0, again))
    return tuple(found)


def _why(job: Booked) -> Kind:
    """Why a bill is not what the books have."""
    if job.state is JobState.DONE:
        return Kind.OTHER_PRICE
    return Kind.FOUND_LATER if job.was_given_up_in_doubt else Kind.BILLED_FOR_NOTHING


def _settlement(
    job: Booked, billed: Sequence[int], findings: Sequence[Finding], is_billed: bool
) -> Settlement | None:
    kinds = [finding.kind for finding in findings]
    if not is_billed and not any(kind.can_be_booked for kind in kinds):
        return None
    cost = sum(billed)
    if job.cost == cost and job.cost_state is CostState.SETTLED:
        return None
    return Settlement(
        job_id=job.job_id,
        request_id=job.requests[0] if job.requests else None,
        cost=cost,
        was=job.cost,
        reason="; ".join(kind.value for kind in kinds) or AS_EXPECTED,
    )


def _unbilled(job: Booked, listed: Mapping[str, Listed], asked: Question) -> tuple[Finding, ...]:
    """What can be said of a job when there is no bill."""
    found = next((listed[request] for request in job.requests if request in listed), None)
    if job.state is JobState.UNKNOWN:
        return _open(job, job.sure)
    if found is not None and job.was_given_up_in_doubt:
        return (_finding(Kind.FOUND_LATER, job, job.sure, job.sure),)
    # The history is kept for 30 days, and a row is there at the latest when its job has ended:
    # https://docs.fal.ai/faq
    is_due = job.ended_at is not None and LATE_SECONDS < asked.now - job.ended_at < KEPT_SECONDS
    if asked.listed is not None and found is None and job.sure and job.has_receipt and is_due:
        return (_finding(Kind.NOT_LISTED, job, job.sure, job.sure),)
    return ()


KEPT_SECONDS: Final = 29 * 24 * 3600.0
"""How long the history shows a request for certain: a day less than fal keeps it."""


# ---- requests without a job ----------------------------------------------------------------


def _moved(request: str, cost: int, asked: Question) -> _Verdict:
    """It was booked by itself before anybody knew whose it was: its job carries it now."""
    job = next(job for job in asked.jobs if request in job.requests)
    finding = Finding(
        kind=Kind.MOVED, request_id=request, booked=cost, billed=0, at=job.intended_at, job=job
    )
    return _Verdict(cost, (), (finding,), _alone(request, 0, cost, (finding,)))


def _stranger(
    request: str, events: Sequence[Billed], row: Listed | None, asked: Question
) -> _Verdict:
    billed = tuple(event.cost for event in events)
    booked, total = asked.strangers.get(request, 0), sum(billed)
    parts = [(Kind.STRANGER, booked, total)]
    if not booked and len(billed) > 1:
        parts = [(Kind.STRANGER, 0, billed[0]), (Kind.BILLED_TWICE, 0, total - billed[0])]
    findings = tuple(
        Finding(
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
    settlement = _alone(request, total, booked, findings) if findings else None
    return _Verdict(booked, billed, findings, settlement)


def _alone(request: str, cost: int, was: int, findings: Sequence[Finding]) -> Settlement:
    reason = "; ".join(finding.kind.value for finding in findings)
    return Settlement(job_id=None, request_id=request, cost=cost, was=was, reason=reason)


def _is_news(row: Listed, known: set[str], asked: Question) -> bool:
    """Whether the history shows a request that neither the books nor the bill know.

    With a bill at hand, what ended without a picture and was not billed is no news.
    """
    failed = row.status is not None and row.status >= 400
    in_time = asked.since <= row.at < asked.until
    return in_time and row.request_id not in known and not (failed and asked.events is not None)


def _made(row: Listed) -> Finding:
    return Finding(
        kind=Kind.UNKNOWN_REQUEST,
        request_id=row.request_id,
        booked=0,
        billed=0,
        at=row.at,
        status=row.status,
    )
