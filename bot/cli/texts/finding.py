"""What `touchup reconcile` says of one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd_exactly
from bot.domain.billing.bills import BillFindingKind
from bot.domain.catalog import EMBEDDED, OWN_SERVER
from bot.domain.jobs.states import JobState
from bot.services.jobs.unknown import BY_HAND
from bot.ui import messages
from bot.ui.messages import Place

if TYPE_CHECKING:
    from bot.domain.billing.bills import BillFinding, BookedJob

_PROVIDERS: Final = {EMBEDDED: "the embedded engine", OWN_SERVER: "your own server"}

_TITLES: Final = {
    BillFindingKind.RESOLVABLE: "Unknown submits that were found",
    BillFindingKind.UNRESOLVED: "Unknown submits that are not to be found",
    BillFindingKind.FOUND_LATER: "Given up in doubt, and made all the same",
    BillFindingKind.STRANGER: "On the bill, and in no book",
    BillFindingKind.MOVED: "Booked without a job, and found to be one's",
    BillFindingKind.BILLED_TWICE: "Billed twice",
    BillFindingKind.BILLED_FOR_NOTHING: "Billed without a picture",
    BillFindingKind.OTHER_PRICE: "Billed at another price",
    BillFindingKind.BILLED_LATE: "Billed late",
    BillFindingKind.NEVER_BILLED: "Never billed",
    BillFindingKind.SPARED: "Possible, and not billed",
    BillFindingKind.WITHDRAWN: "Billed before, and not to be seen on the bill now",
    BillFindingKind.NOT_YET: "Too young to be billed",
    BillFindingKind.UNKNOWN_REQUEST: "In the provider's history, and in no book",
    BillFindingKind.NOT_LISTED: "Not in the provider's history",
}


def who(provider: str) -> str:
    """A provider's name inside a sentence."""
    return _PROVIDERS.get(provider, provider)


def title(kind: BillFindingKind, findings: tuple[BillFinding, ...]) -> str:
    """What one kind of findings is, how many there are, and what they make."""
    difference = sum(finding.difference for finding in findings)
    amount = f" ({signed(difference)})" if difference else ""
    return f"{_TITLES[kind]}: {len(findings)}{amount}"


def signed(nano: int) -> str:
    """A change in dollars, with its sign."""
    return f"+{usd_exactly(nano)}" if nano > 0 else usd_exactly(nano)


def line(finding: BillFinding, provider: str) -> str:
    """One finding, with the ids and the amounts it is about."""
    name, job = who(provider), finding.job
    if job is None:
        return _alone(finding, name)
    what = _named(job, finding.request_id)
    if finding.kind in _ABOUT_MONEY:
        return f"{what}: {_money(finding, job)}"
    match finding.kind:
        case BillFindingKind.RESOLVABLE:
            return f"{what}: {name} has it. `touchup unknown` finishes it."
        case BillFindingKind.UNRESOLVED:
            return f"{what}, sent {_moment(job.intended_at)}: {name} does not show it so far."
        case BillFindingKind.FOUND_LATER:
            return f"{what}: {name} made it{_if_billed(finding)}.{_noted(job)}"
        case BillFindingKind.BILLED_FOR_NOTHING:
            billed = usd_exactly(finding.billed)
            return f"{what}: {_how_it_ended(job)}, and billed {billed}.{_noted(job)}"
        case _:
            return f"{what}: the history does not show it."


_ABOUT_MONEY: Final = frozenset(
    {
        BillFindingKind.MOVED,
        BillFindingKind.BILLED_TWICE,
        BillFindingKind.OTHER_PRICE,
        BillFindingKind.BILLED_LATE,
        BillFindingKind.NEVER_BILLED,
        BillFindingKind.SPARED,
        BillFindingKind.WITHDRAWN,
        BillFindingKind.NOT_YET,
    }
)


def _money(finding: BillFinding, job: BookedJob) -> str:
    billed, booked = usd_exactly(finding.billed), usd_exactly(finding.booked)
    match finding.kind:
        case BillFindingKind.MOVED:
            return f"{booked} stands there without the job, and goes."
        case BillFindingKind.BILLED_TWICE:
            return f"billed again, {signed(finding.difference)}."
        case BillFindingKind.OTHER_PRICE:
            return f"billed {billed}, in the books {booked}."
        case BillFindingKind.BILLED_LATE:
            return f"billed {billed}, after it was booked as not billed."
        case BillFindingKind.NEVER_BILLED:
            return f"in the books {booked}, and on no bill since {_moment(job.ended_at)}."
        case BillFindingKind.SPARED:
            return f"{usd_exactly(job.cost)} was possible; it is not billed."
        case BillFindingKind.WITHDRAWN:
            return _withdrawn(finding)
        case _:
            return f"{usd_exactly(job.cost)} in the books."


def _withdrawn(finding: BillFinding) -> str:
    billed, booked = usd_exactly(finding.billed), usd_exactly(finding.booked)
    shown = f"{billed} of it" if finding.billed else "nothing of it"
    return f"{booked} was billed before; the bill shows {shown} now. The books stay as they are."


def _alone(finding: BillFinding, name: str) -> str:
    ended = "" if finding.status is None else f"; it ended with HTTP {finding.status}"
    what = f"Request {finding.request_id}, {_moment(finding.at)}"
    if finding.kind is BillFindingKind.UNKNOWN_REQUEST:
        return (
            f"{what}: {name} was asked for it, and no job of ours is known to have done so{ended}."
        )
    if finding.kind is BillFindingKind.BILLED_TWICE:
        return f"{what}: billed again, {signed(finding.difference)}."
    if finding.kind is BillFindingKind.WITHDRAWN:
        return f"{what}: {_withdrawn(finding)}"
    before = f", in the books {usd_exactly(finding.booked)}" if finding.booked else ""
    return f"{what}: billed {usd_exactly(finding.billed)}{before}{ended}."


def _named(job: BookedJob, request_id: str | None) -> str:
    named = f"Job {job.job_id} of edit {job.edit_id}"
    return f"{named}, request {request_id}" if request_id else named


def _if_billed(finding: BillFinding) -> str:
    if finding.billed == finding.booked:
        return ""
    return f" and billed {usd_exactly(finding.billed)}; nobody was charged for it"


def _noted(job: BookedJob) -> str:
    """What somebody wrote when they decided by hand."""
    return f" ({job.note})" if job.note.startswith(BY_HAND) else ""


def _how_it_ended(job: BookedJob) -> str:
    if job.state is JobState.CANCELLED:
        return "cancelled"
    return f"failed ({job.failure.value})" if job.failure else "failed"


def _moment(seconds: float | None) -> str:
    return "an unknown time" if seconds is None else messages.moment(seconds, Place.SHELL)
