"""The life of a job: only along the arrows, closed once, and never bought twice."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Failure
from bot.domain.jobs.events import (
    Accepted,
    CancelledByProvider,
    Claimed,
    Effect,
    Event,
    Failed,
    LocalFault,
    NotSent,
    PictureArrived,
    Ready,
    Requeued,
    SearchFailed,
    SubmitNotFound,
    SubmitUnknown,
    TimedOut,
)
from bot.domain.jobs.lifecycle import (
    FINAL_AFTER_ACCEPTED,
    GIVE_UP_SECONDS,
    LOCAL_FAULT_PAUSES_SECONDS,
    NEVER_SENT_PAUSES_SECONDS,
    START_MARGIN_SECONDS,
    TIMED_OUT_PAUSES_SECONDS,
    Closing,
    ImpossibleEventError,
    Step,
    cancel,
    give_up,
    may_be_sent,
    step,
)
from bot.domain.jobs.states import FINAL, CostState, Job, JobState, ResultFiles, Submission
from bot.store.migrations import scripts

S = JobState
NOW = 1_000_000.0
RECEIPT = Submission("r-1", "https://q/status", "https://q/response", "https://q/cancel")
ARRIVAL = ResultFiles(
    result="a" * 64,
    picture="b" * 64,
    seed=7,
    units=None,
    changed_inside=10,
    changed_outside=0,
    pixels_outside=90,
    raw_inside=50.0,
    raw_outside=1.0,
)
EVENTS: tuple[Event, ...] = (
    Claimed(),
    Ready(seed=7, start_by=NOW + 300),
    Accepted(RECEIPT),
    NotSent(),
    NotSent(retry_after=4.0),
    Requeued(retry_after=15.0),
    SubmitUnknown(),
    SubmitNotFound(asked_at=NOW),
    SubmitNotFound(asked_at=NOW + 1_000),
    SubmitNotFound(asked_at=NOW + 1_000, confirmed=False),
    SearchFailed(),
    PictureArrived(ARRIVAL),
    LocalFault(),
    TimedOut(),
    Failed(Failure.CONTENT, possibly_billed=True),
    Failed(Failure.PROVIDER),
    CancelledByProvider(),
)
POSSIBLE = {
    S.QUEUED: (Claimed, Ready, NotSent, Requeued, Failed),
    S.SUBMITTING: (Claimed, Accepted, NotSent, Requeued, SubmitUnknown, Failed),
    S.UNKNOWN: (Claimed, Accepted, SubmitNotFound, SearchFailed, Requeued),
    S.RUNNING: (
        Claimed,
        PictureArrived,
        LocalFault,
        TimedOut,
        Failed,
        CancelledByProvider,
        Requeued,
    ),
    S.DONE: (),
    S.FAILED: (),
    S.CANCELLED: (),
}
"""The events that can happen in each state; any other is a bug of ours."""

ARROWS = {
    (S.QUEUED, S.SUBMITTING),
    (S.QUEUED, S.FAILED),
    (S.QUEUED, S.CANCELLED),
    (S.SUBMITTING, S.QUEUED),
    (S.SUBMITTING, S.UNKNOWN),
    (S.SUBMITTING, S.RUNNING),
    (S.SUBMITTING, S.FAILED),
    (S.UNKNOWN, S.RUNNING),
    (S.UNKNOWN, S.FAILED),
    (S.RUNNING, S.DONE),
    (S.RUNNING, S.FAILED),
    (S.RUNNING, S.CANCELLED),
}


def job_in(state: JobState, *, tries: int = 0, cancel_asked: bool = False) -> Job:
    """A job as it can really be in that state."""
    bought = state in {S.SUBMITTING, S.UNKNOWN, S.RUNNING, S.DONE}
    return Job(
        id=1,
        edit_id=1,
        member_id=1,
        state=state,
        price=80_000,
        unit_cost=80_000_000,
        tries=tries,
        cancel_asked=cancel_asked,
        seed=7 if bought else None,
        intended_at=NOW if bought else None,
        start_by=NOW + 300 if bought else None,
        submission=RECEIPT if state in {S.RUNNING, S.DONE} else None,
        failure=Failure.PROVIDER if state is S.FAILED else None,
        arrival=ARRIVAL if state is S.DONE else None,
    )


def every_step() -> list[tuple[Job, Event, Step]]:
    """Each state with and without tries left, cancelled or not, early and late."""
    found = []
    for state, tries, asked, now, event in product(
        JobState, (0, 99), (False, True), (NOW, NOW + 1_000), EVENTS
    ):
        job = job_in(state, tries=tries, cancel_asked=asked)
        if isinstance(event, POSSIBLE[state]):
            found.append((job, event, step(job, event, now=now)))
    return found


def test_the_table_of_events_is_complete() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))
    assert set(POSSIBLE) == set(JobState)


@pytest.mark.parametrize(("state", "event"), list(product(JobState, EVENTS)))
def test_an_event_that_cannot_happen_is_never_repaired_by_guessing(
    state: JobState, event: Event
) -> None:
    if isinstance(event, POSSIBLE[state]):
        assert step(job_in(state), event, now=NOW).job.id == 1
    else:
        with pytest.raises(ImpossibleEventError):
            step(job_in(state), event, now=NOW)


def test_steps_move_along_the_arrows_and_use_every_one() -> None:
    moved = {
        (job.state, taken.job.state)
        for job, _, taken in every_step()
        if job.state is not taken.job.state
    }

    assert moved == ARROWS


def test_the_database_knows_the_same_arrows() -> None:
    """I9: the trigger and the rules cannot drift apart."""
    trigger = re.search(r"TRIGGER job_follows_its_arrows.*?END;", "".join(scripts()), re.DOTALL)
    assert trigger

    arrows = re.findall(r"'(\w+)>(\w+)'", trigger[0])

    assert {(JobState(old), JobState(new)) for old, new in arrows} == ARROWS


def test_a_hold_is_closed_exactly_when_a_job_ends() -> None:
    """I3, I4."""
    for _, _, taken in every_step():
        expected = {
            S.DONE: Closing.CAPTURE,
            S.FAILED: Closing.RELEASE,
            S.CANCELLED: Closing.RELEASE,
        }
        assert taken.closing is expected.get(taken.job.state)
        assert (taken.closing is not None) == (taken.job.state in FINAL)


def test_what_ended_is_let_go_of() -> None:
    assert {taken.effect for _, _, taken in every_step() if taken.job.state in FINAL} == {
        Effect.LEAVE
    }


def test_only_a_recorded_intent_is_submitted() -> None:
    """I5: a POST leaves only right after `submitting` was recorded with its seed and deadline."""
    submits = [taken for _, _, taken in every_step() if taken.effect is Effect.SUBMIT]

    assert submits
    assert {taken.job.state for taken in submits} == {S.SUBMITTING}
    assert all(taken.job.seed is not None and taken.job.start_by is not None for taken in submits)


def test_only_the_fresh_intent_is_submitted_never_one_that_was_found() -> None:
    """L9: a process that finds `submitting` does not know whether the POST left."""
    for job, _, taken in every_step():
        if taken.effect is Effect.SUBMIT:
            assert job.state is S.QUEUED


@pytest.mark.parametrize("effect", [Effect.PREPARE, Effect.SUBMIT])
def test_what_is_unknown_or_accepted_is_never_submitted_again(effect: Effect) -> None:
    """F2, F3: no chain of events leads from `unknown` or `running` to another submit."""
    reached, frontier = {S.UNKNOWN, S.RUNNING}, {S.UNKNOWN, S.RUNNING}
    while frontier:
        frontier = {
            taken.job.state for job, _, taken in every_step() if job.state in frontier
        } - reached
        reached |= frontier

    effects = {taken.effect for job, _, taken in every_step() if job.state in reached}

    assert effect not in effects
    assert not reached & {S.QUEUED, S.SUBMITTING}


def test_a_step_back_into_the_line_forgets_the_attempt() -> None:
    """Its seed belongs to a submit that provably did not happen."""
    for job, _, taken in every_step():
        if taken.job.state is S.QUEUED:
            assert (taken.job.seed, taken.job.start_by, taken.job.submission) == (None, None, None)
            assert (taken.job.cost, taken.job.cost_state) == (0, CostState.NONE)
            assert job.state in {S.QUEUED, S.SUBMITTING}


def test_a_receipt_is_never_lost_again() -> None:
    """I9."""
    for job, _, taken in every_step():
        if job.submission is not None:
            assert taken.job.submission == job.submission


def test_the_owners_cost_is_possible_from_the_intent_on_and_nothing_when_nothing_was_bought() -> (
    None
):
    """Design 5.5, 6: the owner's cost is recorded even where the member pays nothing."""
    job = job_in(S.QUEUED)

    submitting = step(job, Ready(7, NOW + 300), now=NOW).job
    running = step(submitting, Accepted(RECEIPT), now=NOW).job
    refused = step(submitting, Failed(Failure.CONTENT, possibly_billed=True), now=NOW).job
    broken = step(running, Failed(Failure.PROVIDER), now=NOW).job
    never = step(replace(submitting, state=S.UNKNOWN), SubmitNotFound(NOW + 481), now=NOW + 481).job

    assert (submitting.cost, submitting.cost_state) == (80_000_000, CostState.POSSIBLE)
    assert (running.cost, running.cost_state) == (80_000_000, CostState.ESTIMATED)
    assert (refused.cost, refused.cost_state) == (80_000_000, CostState.POSSIBLE)
    assert (broken.cost, broken.cost_state) == (0, CostState.NONE)
    assert (never.state, never.cost, never.cost_state) == (S.FAILED, 0, CostState.NONE)


@pytest.mark.parametrize(
    ("units", "cost"), [(None, 80_000_000), (0.0, 0), (1.0, 80_000_000), (2.5, 200_000_000)]
)
def test_the_units_the_provider_names_set_the_owners_cost(units: float | None, cost: int) -> None:
    """F28: the member's charge stays what was held."""
    taken = step(job_in(S.RUNNING), PictureArrived(replace(ARRIVAL, units=units)), now=NOW)

    assert taken.job.cost == cost
    assert taken.job.price == 80_000
    assert taken.job.cost_state is (CostState.ESTIMATED if units is None else CostState.PROVISIONAL)


@pytest.mark.parametrize(
    ("units", "cost", "state"),
    [
        (None, 80_000_000, CostState.POSSIBLE),
        (0.0, 0, CostState.NONE),
        (1.0, 80_000_000, CostState.PROVISIONAL),
        (2.5, 200_000_000, CostState.PROVISIONAL),
    ],
)
@pytest.mark.parametrize("asked", [False, True])
def test_a_loss_is_as_sure_as_the_provider_said_it(
    units: float | None, cost: int, state: CostState, *, asked: bool
) -> None:
    """Design 5.5: of what brought no picture, too, the owner's cost is recorded."""
    running = job_in(S.RUNNING, cancel_asked=asked)
    billed = {"possibly_billed": True, "units": units}
    for event in (Failed(Failure.NO_PICTURE, **billed), CancelledByProvider(**billed)):  # type: ignore[arg-type]
        ended = step(running, event, now=NOW)

        assert (ended.job.cost, ended.job.cost_state) == (cost, state)
        assert ended.closing is Closing.RELEASE


@pytest.mark.parametrize(
    ("asked", "ended"),
    [(True, (S.CANCELLED, Failure.CANCELLED)), (False, (S.FAILED, Failure.TIMEOUT))],
)
def test_only_what_its_member_cancelled_is_called_so(
    ended: tuple[JobState, Failure], *, asked: bool
) -> None:
    """F10: what took too long, the bot cancels by itself."""
    taken = step(job_in(S.RUNNING, cancel_asked=asked), CancelledByProvider(), now=NOW)

    assert (taken.job.state, taken.job.failure) == ended


@pytest.mark.parametrize("late", [0.0, START_MARGIN_SECONDS])
def test_an_unknown_submit_is_searched_for_until_it_can_no_longer_start(late: float) -> None:
    """L9: to the second of the deadline and its margin, it may still be listed."""
    unknown = job_in(S.UNKNOWN)
    assert unknown.start_by is not None

    asked, too_late = unknown.start_by + late, unknown.start_by + START_MARGIN_SECONDS + 0.1
    waits = step(unknown, SubmitNotFound(asked), now=asked)
    slept = step(unknown, SubmitNotFound(asked), now=asked + 10_000)
    given_up = step(unknown, SubmitNotFound(too_late), now=too_late)

    assert waits.job.state is S.UNKNOWN
    assert waits.job.not_before > asked
    assert slept.job.state is S.UNKNOWN  # it may have started after the question
    assert (given_up.job.failure, given_up.closing) == (Failure.NEVER_STARTED, Closing.RELEASE)


def test_a_clock_that_jumped_gives_no_unknown_submit_up() -> None:
    """L9: one late search without a result is repeated."""
    unknown = job_in(S.UNKNOWN)
    late = NOW + 10_000

    once = step(unknown, SubmitNotFound(late, confirmed=False), now=late)

    assert (once.job.state, once.closing) == (S.UNKNOWN, None)
    assert late < once.job.not_before < late + 60


def test_a_job_that_started_late_is_listed_at_the_latest_when_it_has_ended() -> None:
    """L9: so the time it may take belongs to the margin."""
    asked = NOW + 300 + START_MARGIN_SECONDS + 599

    waits = step(job_in(S.UNKNOWN), SubmitNotFound(asked, finish_timeout=600.0), now=asked)

    assert waits.job.state is S.UNKNOWN


def test_what_can_never_be_searched_for_ends_after_a_day_and_was_perhaps_bought() -> None:
    """L9: with growing pauses until then, and never at the first look after a long sleep."""
    job, now, looks = job_in(S.UNKNOWN), NOW, 0
    while job.state is S.UNKNOWN:
        taken = step(job, SearchFailed(), now=now)
        assert taken.job.state is not S.UNKNOWN or taken.job.not_before >= now + 10
        job, now, looks = taken.job, taken.job.not_before, looks + 1
    slept = step(job_in(S.UNKNOWN), SearchFailed(), now=NOW + 10 * GIVE_UP_SECONDS)

    assert GIVE_UP_SECONDS < job.not_before - NOW < GIVE_UP_SECONDS + 2_000
    assert looks < 120
    assert (job.failure, taken.closing) == (Failure.LOST, Closing.RELEASE)
    assert (job.cost, job.cost_state) == (80_000_000, CostState.POSSIBLE)
    assert slept.job.state is S.UNKNOWN


def test_a_bought_picture_that_is_out_of_reach_is_held_for_a_day() -> None:
    job, now = job_in(S.RUNNING), NOW
    while job.state is S.RUNNING:
        job = step(job, Requeued(retry_after=600.0), now=now).job
        now = max(now, job.not_before)

    assert now - NOW > GIVE_UP_SECONDS
    assert (job.failure, job.cost_state) == (Failure.LOST, CostState.POSSIBLE)


@pytest.mark.parametrize("failure", Failure)
def test_a_bought_picture_is_given_up_for_final_facts_only(failure: Failure) -> None:
    """The rule of the bought picture."""
    if failure in FINAL_AFTER_ACCEPTED:
        assert step(job_in(S.RUNNING), Failed(failure), now=NOW).job.state is S.FAILED
    else:
        with pytest.raises(ImpossibleEventError):
            step(job_in(S.RUNNING), Failed(failure), now=NOW)


def test_an_overdue_job_is_looked_at_again_before_it_is_given_up() -> None:
    """F10: a cancel that was too late must not cost the picture."""
    job, looks = job_in(S.RUNNING), 0
    while job.state is S.RUNNING:
        job, looks = step(job, TimedOut(), now=NOW).job, looks + 1

    assert looks == len(TIMED_OUT_PAUSES_SECONDS) + 1
    assert (job.failure, job.cost_state) == (Failure.TIMEOUT, CostState.POSSIBLE)


@pytest.mark.parametrize("state", JobState)
def test_the_operator_gives_up_only_what_is_bought_or_in_doubt(state: JobState) -> None:
    if state in {S.UNKNOWN, S.RUNNING}:
        taken = give_up(job_in(state))
        assert (taken.job.state, taken.closing) == (S.FAILED, Closing.RELEASE)
        assert taken.job.cost_state is CostState.POSSIBLE
    else:
        with pytest.raises(ImpossibleEventError):
            give_up(job_in(state))


def test_an_unknown_submit_without_a_deadline_is_a_bug() -> None:
    with pytest.raises(ImpossibleEventError):
        step(replace(job_in(S.UNKNOWN), start_by=None), SubmitNotFound(NOW), now=NOW)
    with pytest.raises(ImpossibleEventError):
        may_be_sent(replace(job_in(S.SUBMITTING), intended_at=None), now=NOW)


@pytest.mark.parametrize(("waited", "fresh"), [(0.0, True), (30.0, True), (30.1, False)])
def test_an_intent_is_sent_while_it_is_fresh_or_not_at_all(waited: float, fresh: bool) -> None:
    """S18: a machine that slept must not buy what has been given up meanwhile."""
    job = job_in(S.SUBMITTING)

    assert may_be_sent(job, now=NOW + waited) is fresh


def test_an_attempt_that_never_left_is_repeated_until_its_tries_are_used_up() -> None:
    """F1, S19: with growing pauses, keeping its place, and free in the end."""
    job, pauses = job_in(S.QUEUED), []
    while job.state is S.QUEUED:
        taken = step(job, NotSent(), now=NOW)
        job = taken.job
        pauses.append(job.not_before - NOW)

    assert tuple(pauses[:-1]) == NEVER_SENT_PAUSES_SECONDS
    assert (job.failure, taken.closing, job.cost) == (Failure.UNREACHABLE, Closing.RELEASE, 0)


def test_being_asked_to_wait_uses_up_no_try() -> None:
    """F7: 429 never fails a job."""
    job = job_in(S.QUEUED, tries=99)

    taken = step(job, NotSent(retry_after=4.0), now=NOW)

    assert (taken.job.state, taken.job.tries, taken.job.not_before) == (S.QUEUED, 99, NOW + 4)


@pytest.mark.parametrize("state", [S.QUEUED, S.SUBMITTING, S.UNKNOWN, S.RUNNING])
def test_a_closed_door_ends_no_job(state: JobState) -> None:
    """F6: each keeps its hold; what was not bought goes back into the line."""
    taken = step(job_in(state), Requeued(retry_after=15.0), now=NOW)

    expected = S.QUEUED if state is S.SUBMITTING else state
    assert (taken.job.state, taken.effect, taken.closing) == (expected, Effect.LEAVE, None)
    assert taken.job.not_before == NOW + 15


def test_a_paid_picture_is_fetched_again_after_faults_of_our_own_but_not_for_ever() -> None:
    job, seen = job_in(S.RUNNING), 0
    while job.state is S.RUNNING:
        taken = step(job, LocalFault(), now=NOW)
        job, seen = taken.job, seen + 1

    assert seen == len(LOCAL_FAULT_PAUSES_SECONDS) + 1
    assert (job.failure, taken.closing) == (Failure.INTERNAL, Closing.RELEASE)
    assert (job.cost, job.cost_state) == (80_000_000, CostState.POSSIBLE)


@pytest.mark.parametrize("state", [S.QUEUED, S.SUBMITTING, S.UNKNOWN, S.RUNNING])
@pytest.mark.parametrize("claimed", [False, True])
def test_cancelling_takes_back_only_what_nobody_works_on(state: JobState, claimed: bool) -> None:
    """F11, F12: anything else may still be delivered and billed, and is only marked."""
    taken = cancel(job_in(state), claimed=claimed)

    if state is S.QUEUED and not claimed:
        assert (taken.job.state, taken.closing) == (S.CANCELLED, Closing.RELEASE)
    else:
        assert (taken.job.state, taken.closing) == (state, None)
        assert taken.job.cancel_asked
    assert taken.effect is Effect.LEAVE


@pytest.mark.parametrize("state", sorted(FINAL))
def test_what_has_ended_is_not_cancelled(state: JobState) -> None:
    with pytest.raises(ImpossibleEventError):
        cancel(job_in(state), claimed=False)


@pytest.mark.parametrize("event", [Claimed(), Ready(7, NOW)])
def test_a_cancelled_job_is_never_submitted(event: Event) -> None:
    taken = step(job_in(S.QUEUED, cancel_asked=True), event, now=NOW)

    assert (taken.job.state, taken.job.failure) == (S.CANCELLED, Failure.CANCELLED)


@given(choices=st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), max_size=60))
def test_along_any_path_there_is_one_close_and_one_unanswered_submit(
    choices: list[tuple[int, bool]],
) -> None:
    """I3, I5, L9: random lives, cancelled and claimed again at random moments."""
    job, now, closings, submits_at_large = job_in(S.QUEUED), NOW, 0, 0
    for choice, wants_out in choices:
        if job.state in FINAL:
            break
        now += choice % 97
        if wants_out and choice % 7 == 0:
            taken = cancel(job, claimed=bool(choice % 2))
        else:
            possible = [event for event in EVENTS if isinstance(event, POSSIBLE[job.state])]
            event = possible[choice % len(possible)]
            taken = step(job, event, now=now)
            if job.state is S.SUBMITTING and taken.job.state is S.QUEUED:
                submits_at_large -= 1
        job = taken.job
        closings += taken.closing is not None
        submits_at_large += taken.effect is Effect.SUBMIT

    assert closings == (job.state in FINAL)
    assert submits_at_large <= 1
