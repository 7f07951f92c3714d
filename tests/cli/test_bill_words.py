"""What `touchup reconcile` prints: true to what was found, also of other days and of less."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.cli.texts import reconcile
from bot.domain.jobs.states import CostState
from bot.services.billing.reconcile import nothing_compared
from bot.ui import texts
from bot.ui.texts import TextTarget
from tests.domain.billing.test_bills import DAY, NOW, PRICE, compared, event, job, settled

DAYS = (date(2026, 10, 23), date(2026, 11, 22))


def printed(**known: object) -> list[str]:
    """The report of what a bill says about these jobs, without its head."""
    jobs = known.pop("jobs", ())
    assert isinstance(jobs, tuple)
    empty = nothing_compared("fal", since=NOW - 30 * DAY, until=NOW)
    found = replace(empty, result=compared(*jobs, **known))
    return [line for line in reconcile.report(found, *DAYS, "UTC")[1:] if line]


def test_it_is_said_what_of_the_sums_is_of_other_days() -> None:
    before = NOW - 40 * DAY
    old = job(2, intended_at=before, ended_at=before + 20)

    lines = printed(
        jobs=(job(), old),
        events=[event(), event("r-2", at=before), event("r-2", at=NOW - DAY)],
    )

    assert lines == [
        "Ledger 2 pictures = $0.16; fal billed 3 = $0.24. The bill has $0.08 more.",
        (
            "A request is compared whole. Of other days are in it 1 picture = $0.08 of the ledger "
            "and 1 = $0.08 of the bill."
        ),
        "Members were charged $0.16 for 2 pictures; that stays as it is.",
        "Billed twice: 1 (+$0.08)",
        "  Job 2 of edit 2, request r-2: billed again, +$0.08.",
    ]


def test_less_on_the_bill_than_was_settled_is_said_and_stays() -> None:
    lines = printed(
        jobs=(settled(2 * PRICE), settled(PRICE, job_id=2, edit_id=2, requests=("r-2",))),
        events=[event(), event("x")],
        unknown_requests={"x": 2 * PRICE},
    )

    at = texts.moment(NOW - 3 * DAY + 20, TextTarget.SHELL)
    stays = "The books stay as they are."
    assert lines[-4] == "Billed before, and not to be seen on the bill now: 3 (-$0.24)"
    assert lines[-3:] == [
        (
            "  Job 1 of edit 1, request r-1: $0.16 was billed before; the bill shows $0.08 of it "
            f"now. {stays}"
        ),
        (
            "  Job 2 of edit 2, request r-2: $0.08 was billed before; the bill shows nothing of "
            f"it now. {stays}"
        ),
        (f"  Request x, {at}: $0.16 was billed before; the bill shows $0.08 of it now. {stays}"),
    ]


def test_what_is_billed_after_it_was_booked_as_not_billed_is_said_so() -> None:
    late = job(cost=0, cost_state=CostState.SETTLED)

    lines = printed(jobs=(late,), events=[event()])

    assert lines[-2:] == [
        "Billed late: 1 (+$0.08)",
        "  Job 1 of edit 1, request r-1: billed $0.08, after it was booked as not billed.",
    ]
