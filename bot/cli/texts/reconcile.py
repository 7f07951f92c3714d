"""What `touchup reconcile` prints: every sentence about the provider's bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app import ENGINE_ADMIN_KEY
from bot.cli.texts.findings import line, signed, title, who
from bot.domain.billing.amounts import usd, usd_exactly
from bot.domain.billing.bills import BillFindingKind
from bot.i18n import N_, _, ngettext
from bot.services.billing.reconcile import ReconcileGap
from bot.ui.texts.labels import picture_count

if TYPE_CHECKING:
    from datetime import date

    from bot.services.billing.reconcile import ReconcileReport

COMPARING: Final = N_("Reading the provider's bill and its history…")
NOTHING_TO_COMPARE: Final = N_("There are no books yet, so there is nothing to compare.")
APPLY: Final = "touchup reconcile --apply"
MOST_LINES: Final = 20
"""Of one kind, on a terminal; `--json` has them all."""


def report(found: ReconcileReport, since: date, until: date, zone: str) -> list[str]:
    """The whole comparison, for a person."""
    lines = [
        _("Pictures bought from {who} from {since} to {until} ({zone}).").format(
            who=who(found.provider), since=since, until=until, zone=zone
        ),
        *_sums(found),
        *_gaps(found),
    ]
    for kind in BillFindingKind:
        findings = found.result.of(kind)
        if findings:
            lines += ["", title(kind, findings)]
            lines += [f"  {line(finding, found.provider)}" for finding in findings[:MOST_LINES]]
            if len(findings) > MOST_LINES:
                lines.append(
                    _("  and {count} more; --json has them all.").format(
                        count=len(findings) - MOST_LINES
                    )
                )
    return lines


def _sums(found: ReconcileReport) -> list[str]:
    result, name = found.result, who(found.provider)
    books = _("Ledger {pictures} = {amount}").format(
        pictures=picture_count(result.books.count), amount=usd_exactly(result.books.amount)
    )
    if result.bill is None:
        first = _("{books}; what {name} billed is not known.").format(books=books, name=name)
    else:
        billed = _("{name} billed {count} = {amount}").format(
            name=name, count=result.bill.count, amount=usd_exactly(result.bill.amount)
        )
        first = f"{books}; {billed}. {_difference(result.difference or 0)}"
    lines = [first, *_other_days(found)]
    if result.possible.count:
        lines.append(
            _("Not counted in it, for it is only possible: {pictures} = {amount}.").format(
                pictures=picture_count(result.possible.count),
                amount=usd_exactly(result.possible.amount),
            )
        )
    charged = result.charged
    lines.append(
        _("Members were charged {amount} for {pictures}; that stays as it is.").format(
            amount=usd(charged.amount), pictures=picture_count(charged.count)
        )
    )
    return lines


def _other_days(found: ReconcileReport) -> list[str]:
    """What is in the sums and not of these days: without it, the bill is that of these days."""
    bought, billed = found.result.bought_on_other_days, found.result.of_other_days
    parts = []
    if bought.count:
        parts.append(
            _("{pictures} = {amount} of the ledger").format(
                pictures=picture_count(bought.count), amount=usd_exactly(bought.amount)
            )
        )
    if billed.count:
        parts.append(
            _("{count} = {amount} of the bill").format(
                count=billed.count, amount=usd_exactly(billed.amount)
            )
        )
    if not parts:
        return []
    return [
        _("A request is compared whole. Of other days are in it {listed}.").format(
            listed=_(" and ").join(parts)
        )
    ]


def _difference(nano: int) -> str:
    if nano == 0:
        return _("They agree.")
    if nano > 0:
        return _("The bill has {sum} more.").format(sum=usd_exactly(nano))
    return _("The books have {sum} more.").format(sum=usd_exactly(-nano))


def _gaps(found: ReconcileReport) -> list[str]:
    lines = []
    if found.bill_gap is not None:
        is_fals = found.provider == "fal" or found.bill_gap is not ReconcileGap.REFUSED
        lines.append(
            _NO_BILL[found.bill_gap]() if is_fals else _OWN_BILL().format(key=ENGINE_ADMIN_KEY)
        )
    if found.history_gap is not None:
        lines.append(_NO_HISTORY[found.history_gap]())
    if found.undecided:
        lines.append(
            ngettext(
                "{count:,} request may belong to a job in doubt and could not be looked at: run "
                "this again later.",
                "{count:,} requests may belong to a job in doubt and could not be looked at: run "
                "this again later.",
                len(found.undecided),
            )
        )
    if found.unreadable:
        lines.append(
            _(
                "{rows} of the provider made no sense and could not be counted: the sums may "
                "be incomplete."
            ).format(rows=ngettext("{count:,} row", "{count:,} rows", found.unreadable))
        )
    if found.again:
        lines.append(
            ngettext(
                "{count:,} row came twice, on two pages, and counted once.",
                "{count:,} rows came twice, on two pages, and counted once.",
                found.again,
            )
        )
    lines += [
        _("Not compared here, as bought elsewhere: {pictures} of {who}.").format(
            pictures=picture_count(count), who=who(provider)
        )
        for provider, count in found.elsewhere.items()
    ]
    return lines


_NO_BILL: Final = {
    ReconcileGap.NO_KEY: N_(
        "The bill was not read: that needs FAL_ADMIN_KEY, a fal key with the scope ADMIN. "
        "Compared was only the history of requests."
    ),
    ReconcileGap.REFUSED: N_(
        "The bill was not read: the provider does not accept the admin key. Look at FAL_ADMIN_KEY."
    ),
    ReconcileGap.UNREADABLE: N_("The bill could not be read to its end: run this again later."),
}
_OWN_BILL: Final = N_(
    "The bill was not read: your own server does not show it. Ours does when it was started with "
    "ENGINE_ADMIN_KEY={key}."
)
_NO_HISTORY: Final = {
    ReconcileGap.NO_KEY: N_("The history of requests was not read: there is no key."),
    ReconcileGap.REFUSED: N_("The history of requests was not read: the key is not accepted."),
    ReconcileGap.UNREADABLE: N_(
        "The history of requests could not be read to its end: run this again later."
    ),
}


# ---- afterwards --------------------------------------------------------------------------------


def to_book(found: ReconcileReport) -> list[str]:
    """What could be booked, when nothing was asked to be."""
    corrections, settled, change = found.counts
    if corrections:
        said = _(
            "Nothing was changed. `{apply}` books {corrections}, with the bot stopped."
        ).format(apply=APPLY, corrections=_corrections(corrections, change))
        return ["", said]
    if settled:
        said = _(
            "Nothing was changed. `{apply}` marks {costs} as settled, with the bot stopped."
        ).format(apply=APPLY, costs=_costs(settled))
        return ["", said]
    return []


def booked(found: ReconcileReport) -> list[str]:
    """What was booked."""
    corrections, settled, change = found.counts
    lines = [""]
    if corrections:
        lines.append(
            _("Booked: {corrections}.").format(corrections=_corrections(corrections, change))
        )
    if settled:
        lines.append(_("Settled as billed: {costs}.").format(costs=_costs(settled)))
    return lines if len(lines) > 1 else ["", _("There was nothing to book.")]


def _corrections(count: int, change: int) -> str:
    amount = f" ({signed(change)})" if change else ""
    said = ngettext(
        "{count:,} correction of your own cost", "{count:,} corrections of your own cost", count
    )
    return f"{said}{amount}"


def _costs(count: int) -> str:
    return ngettext("{count:,} cost", "{count:,} costs", count)
