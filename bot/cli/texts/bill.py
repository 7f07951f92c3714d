"""What `touchup reconcile` prints: every sentence about the provider's bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app import ENGINE_ADMIN_KEY
from bot.cli.texts.finding import line, signed, title, who
from bot.domain.billing.amounts import usd, usd_exactly
from bot.domain.billing.bills import BillFindingKind
from bot.services.billing.reconcile import ReconcileGap
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from datetime import date

    from bot.services.billing.reconcile import ReconcileReport

COMPARING: Final = "Reading the provider's bill and its history…"
NOTHING_TO_COMPARE: Final = "There are no books yet, so there is nothing to compare."
APPLY: Final = "touchup reconcile --apply"
MOST_LINES: Final = 20
"""Of one kind, on a terminal; `--json` has them all."""


def report(found: ReconcileReport, since: date, until: date, zone: str) -> list[str]:
    """The whole comparison, for a person."""
    lines = [
        f"Pictures bought from {who(found.provider)} from {since} to {until} ({zone}).",
        *_sums(found),
        *_gaps(found),
    ]
    for kind in BillFindingKind:
        findings = found.result.of(kind)
        if findings:
            lines += ["", title(kind, findings)]
            lines += [f"  {line(finding, found.provider)}" for finding in findings[:MOST_LINES]]
            if len(findings) > MOST_LINES:
                lines.append(f"  and {len(findings) - MOST_LINES} more; --json has them all.")
    return lines


def _sums(found: ReconcileReport) -> list[str]:
    result, name = found.result, who(found.provider)
    books = f"Ledger {_pictures(result.books.count)} = {usd_exactly(result.books.amount)}"
    if result.bill is None:
        first = f"{books}; what {name} billed is not known."
    else:
        billed = f"{name} billed {result.bill.count} = {usd_exactly(result.bill.amount)}"
        first = f"{books}; {billed}. {_difference(result.difference or 0)}"
    lines = [first, *_other_days(found)]
    if result.possible.count:
        lines.append(
            f"Not counted in it, for it is only possible: {_pictures(result.possible.count)} = "
            f"{usd_exactly(result.possible.amount)}."
        )
    charged = result.charged
    lines.append(
        f"Members were charged {usd(charged.amount)} for {_pictures(charged.count)}; "
        "that stays as it is."
    )
    return lines


def _other_days(found: ReconcileReport) -> list[str]:
    """What is in the sums and not of these days: without it, the bill is that of these days."""
    bought, billed = found.result.bought_on_other_days, found.result.of_other_days
    parts = []
    if bought.count:
        parts.append(f"{_pictures(bought.count)} = {usd_exactly(bought.amount)} of the ledger")
    if billed.count:
        parts.append(f"{billed.count} = {usd_exactly(billed.amount)} of the bill")
    if not parts:
        return []
    return [f"A request is compared whole. Of other days are in it {' and '.join(parts)}."]


def _pictures(count: int) -> str:
    return count_of(count, "picture", "pictures")


def _difference(nano: int) -> str:
    if nano == 0:
        return "They agree."
    side = "The bill has" if nano > 0 else "The books have"
    return f"{side} {usd_exactly(abs(nano))} more."


def _gaps(found: ReconcileReport) -> list[str]:
    lines = []
    if found.bill_gap is not None:
        is_fals = found.provider == "fal" or found.bill_gap is not ReconcileGap.REFUSED
        lines.append(_NO_BILL[found.bill_gap] if is_fals else _OWN_BILL)
    if found.history_gap is not None:
        lines.append(_NO_HISTORY[found.history_gap])
    if found.undecided:
        lines.append(
            f"{count_of(len(found.undecided), 'request', 'requests')} may belong to a job in doubt "
            "and could not be looked at: run this again later."
        )
    if found.unreadable:
        lines.append(
            f"{count_of(found.unreadable, 'row', 'rows')} of the provider made no sense and "
            "could not be counted: the sums may be incomplete."
        )
    if found.again:
        lines.append(
            f"{count_of(found.again, 'row', 'rows')} came twice, on two pages, and counted once."
        )
    lines += [
        f"Not compared here, as bought elsewhere: {_pictures(count)} of {who(provider)}."
        for provider, count in found.elsewhere.items()
    ]
    return lines


_NO_BILL: Final = {
    ReconcileGap.NO_KEY: (
        "The bill was not read: that needs FAL_ADMIN_KEY, a fal key with the scope ADMIN. "
        "Compared was only the history of requests."
    ),
    ReconcileGap.REFUSED: (
        "The bill was not read: the provider does not accept the admin key. Look at FAL_ADMIN_KEY."
    ),
    ReconcileGap.UNREADABLE: "The bill could not be read to its end: run this again later.",
}
_OWN_BILL: Final = (
    "The bill was not read: your own server does not show it. Ours does when it was started with "
    f"ENGINE_ADMIN_KEY={ENGINE_ADMIN_KEY}."
)
_NO_HISTORY: Final = {
    ReconcileGap.NO_KEY: "The history of requests was not read: there is no key.",
    ReconcileGap.REFUSED: "The history of requests was not read: the key is not accepted.",
    ReconcileGap.UNREADABLE: (
        "The history of requests could not be read to its end: run this again later."
    ),
}


# ---- afterwards --------------------------------------------------------------------------------


def to_book(found: ReconcileReport) -> list[str]:
    """What could be booked, when nothing was asked to be."""
    corrections, settled, change = found.counts
    if corrections:
        todo = f"`{APPLY}` books {_corrections(corrections, change)}"
        return ["", f"Nothing was changed. {todo}, with the bot stopped."]
    if settled:
        costs = count_of(settled, "cost", "costs")
        return [
            "",
            f"Nothing was changed. `{APPLY}` marks {costs} as settled, with the bot stopped.",
        ]
    return []


def booked(found: ReconcileReport) -> list[str]:
    """What was booked."""
    corrections, settled, change = found.counts
    lines = [""]
    if corrections:
        lines.append(f"Booked: {_corrections(corrections, change)}.")
    if settled:
        lines.append(f"Settled as billed: {count_of(settled, 'cost', 'costs')}.")
    return lines if len(lines) > 1 else ["", "There was nothing to book."]


def _corrections(count: int, change: int) -> str:
    amount = f" ({signed(change)})" if change else ""
    return f"{count_of(count, 'correction', 'corrections')} of your own cost{amount}"
