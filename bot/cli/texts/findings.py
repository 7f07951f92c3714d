"""What `touchup reconcile` says of one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd_exactly
from bot.domain.billing.bills import BillFindingKind
from bot.domain.catalog import EMBEDDED, OWN_SERVER
from bot.domain.jobs.states import JobState
from bot.i18n import N_, _
from bot.services.jobs.unknown import BY_HAND
from bot.ui import texts
from bot.ui.texts import TextTarget

if TYPE_CHECKING:
    from bot.domain.billing.bills import BillFinding, BookedJob

_PROVIDERS: Final = {EMBEDDED: N_("the embedded engine"), OWN_SERVER: N_("your own server")}

_TITLES: Final = {
    BillFindingKind.RESOLVABLE: N_("Unknown submits that were found"),
    BillFindingKind.UNRESOLVED: N_("Unknown submits that are not to be found"),
    BillFindingKind.FOUND_LATER: N_("Given up in doubt, and made all the same"),
    BillFindingKind.NOT_IN_BOOKS: N_("On the bill, and in no book"),
    BillFindingKind.MOVED: N_("Booked without a job, and found to be one's"),
    BillFindingKind.BILLED_TWICE: N_("Billed twice"),
    BillFindingKind.BILLED_FOR_NOTHING: N_("Billed without a picture"),
    BillFindingKind.OTHER_PRICE: N_("Billed at another price"),
    BillFindingKind.BILLED_LATE: N_("Billed late"),
    BillFindingKind.NEVER_BILLED: N_("Never billed"),
    BillFindingKind.SPARED: N_("Possible, and not billed"),
    BillFindingKind.WITHDRAWN: N_("Billed before, and not to be seen on the bill now"),
    BillFindingKind.NOT_YET: N_("Too young to be billed"),
    BillFindingKind.UNKNOWN_REQUEST: N_("In the provider's history, and in no book"),
    BillFindingKind.NOT_LISTED: N_("Not in the provider's history"),
}


def who(provider: str) -> str:
    """A provider's name inside a sentence."""
    return str(_PROVIDERS.get(provider, provider))


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
            return _("{what}: {name} has it. `touchup unknown` finishes it.").format(
                what=what, name=name
            )
        case BillFindingKind.UNRESOLVED:
            return _("{what}, sent {when}: {name} does not show it so far.").format(
                what=what, when=_moment(job.intended_at), name=name
            )
        case BillFindingKind.FOUND_LATER:
            return _("{what}: {name} made it{if_billed}.{noted}").format(
                what=what, name=name, if_billed=_if_billed(finding), noted=_noted(job)
            )
        case BillFindingKind.BILLED_FOR_NOTHING:
            billed = usd_exactly(finding.billed)
            return _("{what}: {ended}, and billed {billed}.{noted}").format(
                what=what, ended=_how_it_ended(job), billed=billed, noted=_noted(job)
            )
        case _:
            return _("{what}: the history does not show it.").format(what=what)


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
            return _("{booked} stands there without the job, and goes.").format(booked=booked)
        case BillFindingKind.BILLED_TWICE:
            return _("billed again, {signed}.").format(signed=signed(finding.difference))
        case BillFindingKind.OTHER_PRICE:
            return _("billed {billed}, in the books {booked}.").format(billed=billed, booked=booked)
        case BillFindingKind.BILLED_LATE:
            return _("billed {billed}, after it was booked as not billed.").format(billed=billed)
        case BillFindingKind.NEVER_BILLED:
            return _("in the books {booked}, and on no bill since {when}.").format(
                booked=booked, when=_moment(job.ended_at)
            )
        case BillFindingKind.SPARED:
            return _("{cost} was possible; it is not billed.").format(cost=usd_exactly(job.cost))
        case BillFindingKind.WITHDRAWN:
            return _withdrawn(finding)
        case _:
            return _("{cost} in the books.").format(cost=usd_exactly(job.cost))


def _withdrawn(finding: BillFinding) -> str:
    billed, booked = usd_exactly(finding.billed), usd_exactly(finding.booked)
    shown = _("{billed} of it").format(billed=billed) if finding.billed else _("nothing of it")
    return _(
        "{booked} was billed before; the bill shows {shown} now. The books stay as they are."
    ).format(booked=booked, shown=shown)


def _alone(finding: BillFinding, name: str) -> str:
    ended = ""
    if finding.status is not None:
        ended = _("; it ended with HTTP {status}").format(status=finding.status)
    what = _("Request {request_id}, {when}").format(
        request_id=finding.request_id, when=_moment(finding.at)
    )
    if finding.kind is BillFindingKind.UNKNOWN_REQUEST:
        return _(
            "{what}: {name} was asked for it, and no job of ours is known to have done so{ended}."
        ).format(what=what, name=name, ended=ended)
    if finding.kind is BillFindingKind.BILLED_TWICE:
        return _("{what}: billed again, {signed}.").format(
            what=what, signed=signed(finding.difference)
        )
    if finding.kind is BillFindingKind.WITHDRAWN:
        return f"{what}: {_withdrawn(finding)}"
    before = ""
    if finding.booked:
        before = _(", in the books {booked}").format(booked=usd_exactly(finding.booked))
    return _("{what}: billed {billed}{before}{ended}.").format(
        what=what, billed=usd_exactly(finding.billed), before=before, ended=ended
    )


def _named(job: BookedJob, request_id: str | None) -> str:
    named = _("Job {job_id} of edit {edit_id}").format(job_id=job.job_id, edit_id=job.edit_id)
    return _("{job}, request {id}").format(job=named, id=request_id) if request_id else named


def _if_billed(finding: BillFinding) -> str:
    if finding.billed == finding.booked:
        return ""
    return _(" and billed {billed}; nobody was charged for it").format(
        billed=usd_exactly(finding.billed)
    )


def _noted(job: BookedJob) -> str:
    """What somebody wrote when they decided by hand."""
    return f" ({job.note})" if job.note.startswith(BY_HAND) else ""


def _how_it_ended(job: BookedJob) -> str:
    if job.state is JobState.CANCELLED:
        return _("cancelled")
    return _("failed ({why})").format(why=job.failure.value) if job.failure else _("failed")


def _moment(seconds: float | None) -> str:
    return _("an unknown time") if seconds is None else texts.moment(seconds, TextTarget.SHELL)
