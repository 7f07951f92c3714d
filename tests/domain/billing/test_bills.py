"""The provider's bill against the books: every difference is named, and together they are all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.billing.bills import (
    LATE_SECONDS,
    BillFindingKind,
    BillingEvent,
    BillTotals,
    BookedJob,
    Correction,
    HistoryRow,
    ReconcileInput,
    Reconciliation,
)
from bot.domain.billing.comparing import AS_EXPECTED, compare
from bot.domain.errors import Failure
from bot.domain.jobs.states import FINAL, CostState, JobState

NOW = 1_795_348_800.0
DAY = 86_400.0
PRICE = 80_000_000
ENDPOINT = "fal-ai/ideogram/v2/edit"


def job(number: int = 1, **changed: object) -> BookedJob:
    """A delivered picture, booked as the result named it."""
    usual = BookedJob(
        job_id=number,
        edit_id=number,
        state=JobState.DONE,
        failure=None,
        cost=PRICE,
        cost_state=CostState.PROVISIONAL,
        charged=80_000,
        has_receipt=True,
        requests=(f"r-{number}",),
        intended_at=NOW - 3 * DAY,
        ended_at=NOW - 3 * DAY + 20,
    )
    return replace(usual, **changed)  # type: ignore[arg-type]


def refused(number: int = 1, **changed: object) -> BookedJob:
    """A picture the model refused, which may or may not be billed."""
    failed: dict[str, object] = {
        "state": JobState.FAILED,
        "failure": Failure.CONTENT,
        "cost_state": CostState.POSSIBLE,
        "charged": 0,
    }
    return job(number, **(failed | changed))


def given_up(number: int = 1, **changed: object) -> BookedJob:
    """A submit whose answer was lost, and that was not to be found in time."""
    failed: dict[str, object] = {
        "failure": Failure.NEVER_STARTED,
        "cost": 0,
        "cost_state": CostState.NONE,
        "has_receipt": False,
        "requests": (),
    }
    return refused(number, **(failed | changed))


def unknown(number: int = 1, **changed: object) -> BookedJob:
    waiting: dict[str, object] = {"state": JobState.UNKNOWN, "failure": None, "ended_at": None}
    lost: dict[str, object] = {"cost": PRICE, "cost_state": CostState.POSSIBLE}
    return given_up(number, **(waiting | lost | changed))


def event(request: str = "r-1", cost: int = PRICE, at: float = NOW - 3 * DAY + 20) -> BillingEvent:
    return BillingEvent(request_id=request, endpoint=ENDPOINT, at=at, cost=cost)


def row(request: str, status: int | None = 200, at: float = NOW - 3 * DAY) -> HistoryRow:
    return HistoryRow(request_id=request, endpoint=ENDPOINT, at=at, status=status)


def compared(*jobs: BookedJob, **known: object) -> Reconciliation:
    usual: dict[str, object] = {
        "since": NOW - 30 * DAY,
        "until": NOW,
        "now": NOW,
        "jobs": jobs,
        "events": (),
        "listed": (),
        "unknown_requests": {},
    }
    return compare(ReconcileInput(**(usual | known)))  # type: ignore[arg-type]


def said(result: Reconciliation) -> list[tuple[BillFindingKind, str | None, int, int]]:
    return [(one.kind, one.request_id, one.booked, one.billed) for one in result.findings]


def corrections(result: Reconciliation) -> list[tuple[int | None, str | None, int, str]]:
    return [(one.job_id, one.request_id, one.cost, one.reason) for one in result.settlements]


# ---- one kind after the other ------------------------------------------------------------------


def test_r61_what_was_billed_as_expected_agrees_and_is_settled() -> None:
    result = compared(job(), events=[event()])

    assert (result.books, result.bill, result.difference) == (
        BillTotals(1, PRICE),
        BillTotals(1, PRICE),
        0,
    )
    assert result.charged == BillTotals(1, 80_000)
    assert result.findings == ()
    assert corrections(result) == [(1, "r-1", PRICE, AS_EXPECTED)]


def test_r61_a_refused_picture_that_was_billed_is_the_owners_loss() -> None:
    result = compared(refused(), events=[event()])

    assert (result.books, result.possible, result.bill) == (
        BillTotals(0, 0),
        BillTotals(1, PRICE),
        BillTotals(1, PRICE),
    )
    assert said(result) == [(BillFindingKind.BILLED_FOR_NOTHING, "r-1", 0, PRICE)]
    assert corrections(result) == [(1, "r-1", PRICE, "billed without a picture")]
    assert result.charged == BillTotals(0, 0)


def test_a_refused_picture_that_was_not_billed_is_cleared() -> None:
    after_a_day = compared(refused())
    at_once = compared(refused(), events=[event(cost=0)], now=NOW - 3 * DAY + 30)

    assert said(after_a_day) == said(at_once) == [(BillFindingKind.SPARED, "r-1", 0, 0)]
    assert (after_a_day.difference, at_once.difference) == (0, 0)
    reason = "possible, and not billed"
    assert corrections(after_a_day) == corrections(at_once) == [(1, "r-1", 0, reason)]


def test_n15_one_request_billed_twice_is_named_once() -> None:
    result = compared(job(), events=[event(), event()])

    assert (result.bill, result.difference) == (BillTotals(2, 2 * PRICE), PRICE)
    assert said(result) == [(BillFindingKind.BILLED_TWICE, "r-1", 0, PRICE)]
    assert corrections(result) == [(1, "r-1", 2 * PRICE, "billed twice")]


def test_a_refused_picture_that_was_billed_twice_is_named_for_both() -> None:
    result = compared(refused(), events=[event(), event(cost=1)])

    assert said(result) == [
        (BillFindingKind.BILLED_FOR_NOTHING, "r-1", 0, PRICE),
        (BillFindingKind.BILLED_TWICE, "r-1", 0, 1),
    ]
    assert corrections(result)[0][2:] == (PRICE + 1, "billed without a picture; billed twice")


@pytest.mark.parametrize("billed", [PRICE - 1, PRICE + 1, 0, 90_000_000])
def test_another_price_is_named_to_the_nano_dollar(billed: int) -> None:
    result = compared(job(), events=[event(cost=billed)])

    assert said(result) == [(BillFindingKind.OTHER_PRICE, "r-1", PRICE, billed)]
    assert result.difference == billed - PRICE


def test_a_picture_is_too_young_for_the_bill_until_a_day_after_its_end() -> None:
    ended = NOW - LATE_SECONDS
    young, old = compared(job(ended_at=ended + 1)), compared(job(ended_at=ended))

    assert said(young) == [(BillFindingKind.NOT_YET, "r-1", PRICE, 0)]
    assert young.settlements == ()
    assert said(old) == [(BillFindingKind.NEVER_BILLED, "r-1", PRICE, 0)]
    assert corrections(old) == [(1, "r-1", 0, "not billed")]


def test_what_is_not_on_a_bill_that_cannot_be_read_whole_is_not_called_unbilled() -> None:
    result = compared(job(), refused(2), is_whole=False)

    assert said(result) == [
        (BillFindingKind.NOT_YET, "r-1", PRICE, 0),
        (BillFindingKind.NOT_YET, "r-2", 0, 0),
    ]
    assert result.settlements == ()


def test_what_still_runs_waits_for_its_own_end() -> None:
    running = job(state=JobState.RUNNING, ended_at=None, charged=0)

    assert said(compared(running)) == [(BillFindingKind.NOT_YET, "r-1", PRICE, 0)]
    assert said(compared(running, events=[event()])) == []
    assert compared(running, events=[event()]).settlements == ()


def test_a_submit_that_was_cut_off_and_billed_is_not_taken_for_a_strangers() -> None:
    result = compared(unknown(state=JobState.SUBMITTING, requests=("x",)), events=[event("x")])

    assert said(result) == [(BillFindingKind.NOT_YET, "x", 0, PRICE)]
    assert result.settlements == ()


def test_an_unknown_submit_is_listed_whether_it_was_found_or_not() -> None:
    lost = compared(unknown())
    found = compared(unknown(requests=("x",)), events=[event("x")])

    assert said(lost) == [(BillFindingKind.UNRESOLVED, None, 0, 0)]
    assert said(found) == [(BillFindingKind.RESOLVABLE, "x", 0, PRICE)]
    assert lost.settlements == found.settlements == ()


def test_a_lost_submit_that_was_found_by_its_seed_is_booked_on_its_job() -> None:
    result = compared(given_up(requests=("x",)), events=[event("x")])

    assert said(result) == [(BillFindingKind.FOUND_LATER, "x", 0, PRICE)]
    assert corrections(result) == [(1, "x", PRICE, "given up, and made all the same")]


def test_what_was_booked_alone_moves_to_its_job_when_that_is_found() -> None:
    result = compared(given_up(requests=("x",)), events=[event("x")], unknown_requests={"x": PRICE})

    assert said(result) == [
        (BillFindingKind.FOUND_LATER, "x", 0, PRICE),
        (BillFindingKind.MOVED, "x", PRICE, 0),
    ]
    assert result.difference == 0
    assert [one[:3] for one in corrections(result)] == [(1, "x", PRICE), (None, "x", 0)]


def test_an_event_that_no_job_asked_for_is_booked_without_one_and_once() -> None:
    first = compared(events=[event("x")], listed=[row("x", 422)])
    second = compared(events=[event("x")], listed=[row("x", 422)], unknown_requests={"x": PRICE})

    assert said(first) == [(BillFindingKind.NOT_IN_BOOKS, "x", 0, PRICE)]
    assert first.findings[0].status == 422
    assert corrections(first) == [(None, "x", PRICE, "billed, and not in the books")]
    assert (second.findings, second.settlements) == ((), ())
    assert second.books == second.bill == BillTotals(1, PRICE)


def test_an_event_of_another_time_is_left_out() -> None:
    result = compared(
        events=[event("mine"), event("before", at=NOW - 31 * DAY), event("after", at=NOW)],
        others={"mine"},
    )

    assert (result.findings, result.bill) == ((), BillTotals(0, 0))


def test_a_bill_that_forgets_does_not_undo_what_it_said() -> None:
    result = compared(job(cost_state=CostState.SETTLED))

    assert said(result) == [(BillFindingKind.WITHDRAWN, "r-1", PRICE, 0)]
    assert result.settlements == ()


def test_without_a_bill_the_history_is_compared() -> None:
    result = compared(
        job(1),
        job(2),
        unknown(3, requests=("x",)),
        given_up(4, requests=("y",)),
        events=None,
        listed=[row("r-1"), row("x"), row("y"), row("z", 422)],
    )

    assert said(result) == [
        (BillFindingKind.NOT_LISTED, "r-2", PRICE, PRICE),
        (BillFindingKind.RESOLVABLE, "x", 0, 0),
        (BillFindingKind.FOUND_LATER, "y", 0, 0),
        (BillFindingKind.UNKNOWN_REQUEST, "z", 0, 0),
    ]
    assert (result.bill, result.difference, result.settlements) == (None, None, ())


def test_with_a_bill_a_strange_request_that_failed_and_cost_nothing_is_no_news() -> None:
    result = compared(listed=[row("x", 422), row("y", 200), row("z", None)])

    assert [one.request_id for one in result.of(BillFindingKind.UNKNOWN_REQUEST)] == ["y", "z"]


def test_what_is_on_the_bill_is_not_told_again_from_the_history() -> None:
    result = compared(events=[event("x")], listed=[row("x"), row("early", at=NOW - 31 * DAY)])

    assert [one.kind for one in result.findings] == [BillFindingKind.NOT_IN_BOOKS]


def test_a_second_event_after_the_first_was_settled_is_one_too_many() -> None:
    result = compared(job(cost_state=CostState.SETTLED), events=[event(), event()])

    assert said(result) == [(BillFindingKind.BILLED_TWICE, "r-1", PRICE, 2 * PRICE)]
    assert corrections(result) == [(1, "r-1", 2 * PRICE, "billed twice")]


def settled(cost: int, **changed: object) -> BookedJob:
    return job(**({"cost": cost, "cost_state": CostState.SETTLED} | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("known", [{"is_whole": False}, {"read_from": NOW - DAY}, {}])
def test_r61_what_was_settled_is_not_lowered_while_one_of_its_events_is_not_to_be_seen(
    known: dict[str, object],
) -> None:
    result = compared(settled(2 * PRICE), events=[event()], **known)

    assert said(result) == [(BillFindingKind.WITHDRAWN, "r-1", 2 * PRICE, PRICE)]
    assert result.findings[0].kind.is_open
    assert result.settlements == ()


def test_a_stranger_is_not_lowered_while_one_of_its_events_is_not_to_be_seen() -> None:
    result = compared(events=[event("x")], unknown_requests={"x": 2 * PRICE})

    assert said(result) == [(BillFindingKind.WITHDRAWN, "x", 2 * PRICE, PRICE)]
    assert result.settlements == ()


def test_a_strangers_second_event_is_one_too_many() -> None:
    result = compared(events=[event("x"), event("x", at=NOW - DAY)], unknown_requests={"x": PRICE})

    assert said(result) == [(BillFindingKind.BILLED_TWICE, "x", PRICE, 2 * PRICE)]
    assert corrections(result) == [(None, "x", 2 * PRICE, "billed twice")]


def test_a_lower_bill_of_which_a_part_may_be_missing_is_waited_for() -> None:
    result = compared(job(), refused(2), events=[event(cost=1)], is_whole=False)

    assert said(result) == [
        (BillFindingKind.NOT_YET, "r-1", PRICE, 1),
        (BillFindingKind.NOT_YET, "r-2", 0, 0),
    ]
    assert result.settlements == ()


def test_what_was_booked_as_not_billed_and_is_billed_later_is_called_late() -> None:
    result = compared(settled(0), events=[event()])

    assert said(result) == [(BillFindingKind.BILLED_LATE, "r-1", 0, PRICE)]
    assert corrections(result) == [(1, "r-1", PRICE, "billed late")]


def test_a_late_event_of_a_job_of_another_time_is_compared_with_all_of_that_job() -> None:
    """The bill without what is of other days is the provider's own sum of these days."""
    before = NOW - 40 * DAY
    old = settled(PRICE, intended_at=before, ended_at=before + 20)

    result = compared(job(2), old, events=[event(at=before), event(at=NOW - DAY), event("r-2")])

    assert said(result) == [(BillFindingKind.BILLED_TWICE, "r-1", PRICE, 2 * PRICE)]
    assert (result.books, result.bill) == (BillTotals(2, 2 * PRICE), BillTotals(3, 3 * PRICE))
    assert result.bought_on_other_days == result.of_other_days == BillTotals(1, PRICE)


def test_what_was_booked_alone_stays_there_until_its_job_has_ended() -> None:
    result = compared(unknown(requests=("x",)), events=[event("x")], unknown_requests={"x": PRICE})

    assert said(result) == [(BillFindingKind.RESOLVABLE, "x", PRICE, PRICE)]
    assert result.settlements == ()


def test_what_was_booked_alone_is_not_lost_on_its_way_to_its_job() -> None:
    found = given_up(requests=("x",))

    result = compared(found, events=[event("x")], unknown_requests={"x": 2 * PRICE}, is_whole=False)

    assert said(result) == [
        (BillFindingKind.FOUND_LATER, "x", 0, 2 * PRICE),
        (BillFindingKind.MOVED, "x", 2 * PRICE, 0),
        (BillFindingKind.WITHDRAWN, "x", 2 * PRICE, PRICE),
    ]
    assert [one[:3] for one in corrections(result)] == [(1, "x", 2 * PRICE), (None, "x", 0)]


PART: dict[str, object] = {"is_whole": False}
LATER: dict[str, object] = {"read_from": NOW - DAY}


@pytest.mark.parametrize("part", [PART, LATER])
@pytest.mark.parametrize("cost_state", [CostState.ESTIMATED, CostState.PROVISIONAL])
@pytest.mark.parametrize(
    ("shown", "named"),
    [
        (0, [(BillFindingKind.WITHDRAWN, "r-1", 2, 0), (BillFindingKind.NOT_YET, "r-1", PRICE, 0)]),
        (1, [(BillFindingKind.WITHDRAWN, "r-1", 2, 1), (BillFindingKind.NOT_YET, "r-1", PRICE, 0)]),
        (2, [(BillFindingKind.NOT_YET, "r-1", PRICE, 0)]),
        (3, [(BillFindingKind.NOT_YET, "r-1", PRICE, 1)]),
    ],
)
def test_r61_what_was_booked_alone_stays_while_its_job_is_only_estimated_and_higher(
    shown: int,
    named: list[tuple[BillFindingKind, str, int, int]],
    cost_state: CostState,
    part: dict[str, object],
) -> None:
    """A part of a bill cannot lower the estimate, and an estimate is not what a bill once said."""
    asked = {"events": [event(cost=shown)] if shown else [], "unknown_requests": {"r-1": 2}}

    result = compared(job(cost_state=cost_state), **asked, **part)

    assert said(result) == named
    assert result.settlements == ()
    assert sum(one.difference for one in result.findings) == result.difference


@pytest.mark.parametrize("part", [PART, LATER])
@pytest.mark.parametrize("events", [[event(cost=2)], []])
def test_r61_a_part_of_a_bill_and_then_all_of_it_book_what_stood_alone_on_its_job(
    part: dict[str, object], events: list[BillingEvent]
) -> None:
    """Were it taken away at the first, the second would call the whole purchase never billed."""
    first = ReconcileInput(
        since=NOW - 30 * DAY,
        until=NOW,
        now=NOW,
        jobs=[job()],
        events=[],
        unknown_requests={"r-1": 2},
    )
    first = replace(first, **part)  # type: ignore[arg-type]
    second = booked(first, compare(first).settlements)
    second = replace(second, events=events, is_whole=True, read_from=NOW - 30 * DAY)

    settlements = compare(second).settlements

    assert [(one.job_id, one.request_id, one.cost) for one in settlements] == [
        (1, "r-1", 2),
        (None, "r-1", 0),
    ]


def test_a_refusal_at_submit_that_was_billed_is_no_submit_given_up_in_doubt() -> None:
    result = compared(refused(has_receipt=False, requests=("x",)), events=[event("x")])

    assert said(result) == [(BillFindingKind.BILLED_FOR_NOTHING, "x", 0, PRICE)]


def test_a_history_that_cannot_be_read_whole_accuses_nobody() -> None:
    whole, part = (compared(job(), events=None, lists_all=known) for known in (True, False))

    assert [one.kind for one in whole.findings] == [BillFindingKind.NOT_LISTED]
    assert part.findings == ()


# ---- all of them together ----------------------------------------------------------------------

amounts = st.sampled_from([0, 1, PRICE, PRICE + 1, 3 * PRICE])


@st.composite
def questions(draw: st.DrawFn) -> ReconcileInput:
    jobs = []
    for number in range(draw(st.integers(0, 5))):
        state = draw(st.sampled_from(sorted(FINAL | {JobState.RUNNING, JobState.UNKNOWN})))
        cost_state = draw(st.sampled_from(CostState))
        knows = state in {JobState.DONE, JobState.RUNNING} or draw(st.booleans())
        jobs.append(
            job(
                number,
                state=state,
                cost=0 if cost_state is CostState.NONE else draw(amounts),
                cost_state=cost_state,
                charged=80_000 if state is JobState.DONE else 0,
                has_receipt=knows,
                requests=(f"r-{number}",) if knows or draw(st.booleans()) else (),
                intended_at=NOW - draw(st.sampled_from([2.5, 31.0])) * DAY,
                ended_at=NOW - draw(st.sampled_from([10.0, 2 * DAY])) if state in FINAL else None,
            )
        )
    requests = [f"r-{number}" for number in range(5)] + ["x", "y", "z"]
    events = draw(
        st.lists(
            st.builds(
                event,
                st.sampled_from(requests),
                amounts,
                st.sampled_from([NOW - 40 * DAY, NOW - DAY, NOW - 1, NOW]),
            ),
            max_size=8,
        )
    )
    return ReconcileInput(
        since=NOW - 30 * DAY,
        until=NOW,
        now=NOW,
        jobs=jobs,
        events=events,
        read_from=NOW - draw(st.sampled_from([32.0, 30.0])) * DAY,
        is_whole=draw(st.booleans()),
        listed=draw(st.lists(st.builds(row, st.sampled_from(requests)), max_size=3)),
        others=frozenset({"y"}),
        unknown_requests=draw(st.dictionaries(st.sampled_from(requests), amounts)),
    )


@given(question=questions())
def test_r61_the_differences_named_add_up_to_the_difference_of_the_sums(
    question: ReconcileInput,
) -> None:
    result = compare(question)

    assert sum(finding.difference for finding in result.findings) == result.difference


@given(question=questions())
def test_r61_a_second_comparison_after_booking_finds_nothing_more_to_book(
    question: ReconcileInput,
) -> None:
    first = compare(question)

    second = compare(booked(question, first.settlements))

    assert second.settlements == ()
    assert not [one for one in second.findings if one.kind.can_be_booked]
    assert sum(one.difference for one in second.findings) == second.difference
    assert second.charged == first.charged


BOOKED_ALONE_AND_ESTIMATED = ReconcileInput(
    since=NOW - 30 * DAY,
    until=NOW,
    now=NOW,
    jobs=[
        job(
            0,
            state=JobState.CANCELLED,
            cost_state=CostState.ESTIMATED,
            charged=0,
            has_receipt=False,
            intended_at=NOW - 2.5 * DAY,
            ended_at=NOW - 10,
        )
    ],
    events=[],
    read_from=NOW - 32 * DAY,
    is_whole=False,
    listed=[],
    others=frozenset({"y"}),
    unknown_requests={"r-0": 1},
)


@given(question=questions())
@example(question=BOOKED_ALONE_AND_ESTIMATED)
def test_r61_no_correction_lowers_what_a_bill_once_said(question: ReconcileInput) -> None:
    first = compare(question)

    was, after = (said_by_bills(one) for one in (question, booked(question, first.settlements)))

    assert all(after[number] >= cost for number, cost in was.items())
    corrected = sum(one.difference for one in first.findings if one.kind.can_be_booked)
    assert corrected == compare(booked(question, first.settlements)).books.amount - (
        first.books.amount
    )


def said_by_bills(question: ReconcileInput) -> Counter[str]:
    """What is settled of each request, on its job or alone: the larger, for it is one event."""
    found = Counter(question.unknown_requests)
    for one in question.jobs:
        if one.cost_state is CostState.SETTLED:
            for request in one.requests:
                found[request] = max(found[request], one.cost)
    return found


def booked(question: ReconcileInput, settlements: tuple[Correction, ...]) -> ReconcileInput:
    """The same question about books in which these corrections stand."""
    by_job = {one.job_id: one.cost for one in settlements if one.job_id is not None}
    alone = {str(one.request_id): one.cost for one in settlements if one.job_id is None}
    jobs = [
        replace(one, cost=by_job[one.job_id], cost_state=CostState.SETTLED)
        if one.job_id in by_job
        else one
        for one in question.jobs
    ]
    return replace(question, jobs=jobs, unknown_requests={**question.unknown_requests, **alone})


@given(question=questions())
def test_a_job_is_settled_at_most_once_and_only_when_it_has_ended(question: ReconcileInput) -> None:
    result = compare(question)

    counted = Counter((one.job_id, one.job_id or one.request_id) for one in result.settlements)
    ended = {one.job_id for one in question.jobs if one.state.is_final}
    assert not counted or max(counted.values()) == 1
    assert {one.job_id for one in result.settlements} - {None} <= ended
