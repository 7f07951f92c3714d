"""Another language reaches every sentence that only operators read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot import i18n
from bot.cli.texts import audit, commands, doctor, export, findings, reconcile, unknown
from bot.cli.texts import edits as cli_edits
from bot.domain.billing.bills import BillFinding, BillFindingKind
from bot.domain.billing.breaker import PauseReason
from bot.domain.catalog import IDEOGRAM_V2_EDIT, OWN_SERVER
from bot.domain.errors import (
    AnswerLost,
    Failure,
    NeverSent,
    ProviderBlocked,
    ProviderBusy,
    ProviderError,
)
from bot.domain.jobs.states import Job, JobState
from bot.domain.limits.rules import Pot, Scope
from bot.services.billing.audit import AuditFinding, AuditProblem
from bot.services.billing.reconcile import ReconcileGap, nothing_compared
from bot.services.reports.export import ExportResult, ExportTotals
from bot.store.jobs.jobs import PolarityEvidence
from bot.store.limits.rebuild import RebuiltCounter
from tests.domain.billing.test_bills import NOW, compared, event, job
from tests.pseudo import Marked, unmarked
from tests.ui import specimens
from tests.ui.texts.test_stop_messages import stop

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = IDEOGRAM_V2_EDIT
WORDS = "ЖЖ"
"""What somebody typed: letters that are not English."""


@pytest.fixture(autouse=True)
def marked() -> Iterator[None]:
    with i18n.speaking(Marked()):
        yield


def of_the_books() -> Iterator[str]:
    for module in (audit, commands, doctor, export, reconcile):
        yield from (said() for said in vars(module).values() if isinstance(said, i18n.Deferred))
    for problem in AuditProblem:
        yield from audit.findings([AuditFinding(problem, id=7, detail="7", more=2)])
    yield from (audit.found_count(2), audit.rebuilt_count(1), audit.stuck(7))
    for scope in set(Scope) - {Scope.ROLE}:  # whose money is counted for its members
        counter = RebuiltCounter(
            id=7, pot=Pot(scope, 5, 6), window="day", starts=1, held_before=1, spent_before=2,
            held=3, spent=4,
        )  # fmt: skip
        yield audit.rebuilt(counter)
    for state in JobState:
        booked = job(state=state, failure=Failure.CONTENT)
        for kind in BillFindingKind:
            for about in (booked, None):
                found = BillFinding(
                    kind=kind, request_id="7", booked=1, billed=2, at=NOW, job=about, status=500
                )
                yield from (findings.line(found, "embedded"), findings.title(kind, (found,)))
    nothing = nothing_compared("embedded", since=NOW, until=NOW)
    for gap in ReconcileGap:
        gaps = replace(
            nothing, result=compared(job(), events=[event(), event("r-2")]), bill_gap=gap,
            history_gap=gap, undecided=frozenset({"7"}), unreadable=2, again=2,
            elsewhere={"embedded": 2},
        )  # fmt: skip
        yield from reconcile.report(gaps, date(2026, 10, 23), date(2026, 11, 22), "UTC")
        yield from (*reconcile.to_book(gaps), *reconcile.booked(gaps))


def of_commands() -> Iterator[str]:
    receipts = (specimens.receipt(Path("7")), specimens.no_picture(job_id=12))
    outcome = specimens.outcome(specimens.edit(prompt=WORDS, provider=OWN_SERVER), *receipts)
    yield from (*cli_edits.ended(outcome, {11: Path("7")}), cli_edits.unknown(outcome))
    for reason in PauseReason:
        yield commands.resumed(stop(reason))
        stopped = doctor.stopped_purchases(stop(reason), polarity="white")
        yield stopped.replace("Ideogram V2 Edit", "")
    yield from (commands.stopped(7), commands.unfinished(7), commands.nothing_to_release(7))
    yield from (commands.finished_earlier(outcome, files) for files in ([], [Path("7")]))
    yield from (commands.not_written(Path("7"), None, kept=Path("8")), commands.migrated(7))
    yield from (commands.synced(7, None), commands.synced(7, 5), commands.reading_pictures(1, 2))
    yield from (
        commands.demo_began(WORDS),
        commands.demo_ended(1),
        commands.unknown_elsewhere("fal", 2),
    )
    totals = ExportTotals(jobs=2, spent=1, held=1, cost=1)
    yield from export.written(Path("7"), ExportResult(rows={"7": 2}, sums={"embedded": totals}))
    yield from (export.unwritable(Path("7"), OSError()), export.not_written(Path("7"), OSError()))
    lost = Job(
        id=1, edit_id=1, member_id=1, state=JobState.UNKNOWN, price=1, unit_cost=1, seed=7,
        intended_at=NOW,
    )  # fmt: skip
    for at in (NOW, NOW + 1e6):
        yield unknown.listed(lost, model=WORDS, finish_timeout=1, now=at)
    yield from (unknown.released(lost, WORDS), commands.unknown_job(lost, found=False))


def of_the_doctor() -> Iterator[str]:
    yield from (doctor.token_accepted(WORDS), doctor.discord_failed(500), doctor.disk(1))
    yield from (doctor.clock(9, wrong=True), doctor.clock(0, wrong=False), doctor.unknown_count(0))
    yield from (doctor.database_sound("3"), doctor.database_damaged("7"), doctor.unknown_count(2))
    yield from (doctor.folder(Path("7")), doctor.folder_unusable(Path("7"), is_folder=True))
    for error in (
        NeverSent(),
        ProviderBlocked(reason=""),
        ProviderBusy(retry_after=1),
        AnswerLost(),
        ProviderError(),
    ):
        yield from (doctor.provider_silent(error), doctor.price_unknown(MODEL, error))
    yield from (doctor.price(MODEL, listed=at, expected=80_000_000) for at in (1, 80_000_000))
    yield doctor.polarity_unknown(MODEL)
    evidence = PolarityEvidence(in_favour=2, against=1)
    yield doctor.polarity_known(MODEL, evidence)
    yield doctor.polarity_swapped(MODEL, evidence)


@pytest.mark.parametrize("rendered", [of_the_books, of_commands, of_the_doctor])
def test_what_operators_read_is_said_through_the_seam(rendered: Any) -> None:
    found = {text: unmarked(text) for text in rendered()}

    assert len(found) > 20
    assert {text: words for text, words in found.items() if words} == {}
