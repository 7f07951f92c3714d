"""Reconciling: the provider's bill and history, fetched and set against the books.

The provider is read first and the books afterwards, all at one moment: what went on meanwhile is
then in the books and too young for the bill, and never looks like something nobody asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from bot.domain.billing.bills import BillFindingKind, ReconcileInput
from bot.domain.billing.comparing import AS_EXPECTED, compare
from bot.domain.errors import Broken, ProviderBlocked, ProviderBusy
from bot.domain.jobs.lifecycle import START_MARGIN_SECONDS
from bot.services.billing.bill import EARLIER_SECONDS, Bill
from bot.services.jobs.runner import SEARCH_MARGIN_SECONDS
from bot.store.billing import bills

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from bot.domain.billing.bills import (
        BillFinding,
        BillingEvent,
        BookedJob,
        Correction,
        HistoryRow,
        Reconciliation,
    )
    from bot.domain.catalog import Model
    from bot.provider.client import FalClient
    from bot.provider.platform.billing import BillingPages
    from bot.store.billing.bills import RecordedCosts, UnknownSubmit
    from bot.store.database import Database

T = TypeVar("T")


class ReconcileGap(StrEnum):
    """Why something could not be compared."""

    NO_KEY = "no key"  # there is no admin key
    REFUSED = "refused"  # the key is refused
    UNREADABLE = "unreadable"  # it could not be read, or not to its end


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileReport:
    """A comparison, and how much could be compared. `since` and `until` are unix seconds.

    `undecided` requests may belong to jobs in doubt that could not be looked for. `unreadable` rows
    of the provider made no sense, `again` were sent twice. `elsewhere` is how many submits of that
    time other providers had.
    """

    provider: str
    since: float
    until: float
    result: Reconciliation
    bill_gap: ReconcileGap | None
    history_gap: ReconcileGap | None
    undecided: frozenset[str]
    unreadable: int
    again: int
    elsewhere: Mapping[str, int]

    @property
    def is_complete(self) -> bool:
        """Whether all was compared that there is."""
        return self.bill_gap is None and not self.undecided and not self.unreadable

    @property
    def bookable(self) -> tuple[Correction, ...]:
        """The corrections that are sure."""
        return tuple(
            settlement
            for settlement in self.result.settlements
            if settlement.job_id is not None or settlement.request_id not in self.undecided
        )

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many corrections, how many costs that are only confirmed, the change in nano-USD."""
        confirmed = sum(one.reason == AS_EXPECTED for one in self.bookable)
        change = sum(finding.difference for finding in self.corrected)
        return len(self.bookable) - confirmed, confirmed, change

    @property
    def corrected(self) -> tuple[BillFinding, ...]:
        """The findings that `bookable` settles."""
        return tuple(
            finding
            for finding in self.result.findings
            if finding.kind.can_be_booked and not self._stays(finding)
        )

    @property
    def open(self) -> tuple[BillFinding, ...]:
        """The findings that are left when all that is bookable is booked."""
        return tuple(finding for finding in self.result.findings if self._stays(finding))

    def _stays(self, finding: BillFinding) -> bool:
        match finding.kind:
            case BillFindingKind.NOT_YET:
                return False
            case BillFindingKind.UNKNOWN_REQUEST:
                return self.bill_gap is not None
            case kind if kind.can_be_booked and self.bill_gap is None:
                return finding.job is None and finding.request_id in self.undecided
            case _:
                return True


async def reconcile(
    database: Database,
    provider: FalClient,
    models: Mapping[str, Model],
    *,
    since: float,
    until: float,
    now: float,
) -> ReconcileReport:
    """Compare the submits from `since` until before `until` (unix seconds). Changes nothing.

    Raises:
        StoreError: the books cannot be read.
    """
    bill = Bill(database, provider, models, since=since, until=until, now=now)
    events, bill_gap = (
        await _read(bill.read()) if provider.may_see_the_bill else (None, ReconcileGap.NO_KEY)
    )
    history, history_gap = await _read(
        provider.requests(models.values(), since=since - EARLIER_SECONDS, until=now + 1)
    )
    spoken_of = {row.request_id for pages in (events, history) if pages for row in pages.rows}
    books = await database.transact(
        bills.read,
        provider=provider.name,
        since=since,
        until=until,
        requests=spoken_of,
        billed=bill.requests,
    )
    elsewhere = await database.transact(
        bills.elsewhere, provider=provider.name, since=since, until=until
    )
    search = _Search(provider, models, books, events, history)
    found = await search.find_all()
    asked = ReconcileInput(
        since=since,
        until=until,
        now=now,
        jobs=[_with(job, found.get(job.job_id)) for job in books.jobs],
        events=events.rows if events else None,
        read_from=bill.read_from,
        is_whole=not (events and events.unreadable),
        listed=history.rows if history else None,
        lists_all=not (history and history.unreadable),
        others=books.others,
        unknown_requests=books.unknown_requests,
    )
    return ReconcileReport(
        provider=provider.name,
        since=since,
        until=until,
        result=compare(asked),
        bill_gap=bill_gap,
        history_gap=history_gap,
        undecided=frozenset(search.undecided - set(found.values())),
        unreadable=sum(pages.unreadable for pages in (events, history) if pages),
        again=events.again if events else 0,
        elsewhere=elsewhere,
    )


def nothing_compared(provider: str, *, since: float, until: float) -> ReconcileReport:
    """The report of a bot that has no books yet: the provider is not asked."""
    empty = ReconcileInput(since=since, until=until, now=until, jobs=(), unknown_requests={})
    return ReconcileReport(
        provider=provider,
        since=since,
        until=until,
        result=compare(empty),
        bill_gap=None,
        history_gap=None,
        undecided=frozenset(),
        unreadable=0,
        again=0,
        elsewhere={},
    )


async def book(database: Database, report: ReconcileReport, *, now: float) -> None:
    """Book the corrections a report names. Only with the lock file held since it was made."""
    await database.transact(bills.book, report.bookable, provider=report.provider, now=now)


async def _read(pages: Awaitable[T]) -> tuple[T | None, ReconcileGap | None]:
    try:
        return await pages, None
    except ProviderBlocked:
        return None, ReconcileGap.REFUSED
    except (ProviderBusy, Broken):
        return None, ReconcileGap.UNREADABLE


def _with(job: BookedJob, request_id: str | None) -> BookedJob:
    return job if request_id is None else replace(job, requests=(request_id,))


class _Search:
    """Looks for the jobs in doubt among the requests that belong to nobody.

    `FalClient.find` alone decides whether a request is a job's; of `undecided` ones it could
    not tell.
    """

    def __init__(
        self,
        provider: FalClient,
        models: Mapping[str, Model],
        books: RecordedCosts,
        events: BillingPages[BillingEvent] | None,
        history: BillingPages[HistoryRow] | None,
    ) -> None:
        self.undecided: set[str] = set()
        self._provider = provider
        self._models = models
        self._in_doubt = books.in_doubt
        owned = {request for job in books.jobs for request in job.requests} | books.others
        listed = {row.request_id: row for row in history.rows} if history else {}
        billed = {row.request_id: row.endpoint for row in events.rows} if events else {}
        endpoints = billed | {request: row.endpoint for request, row in listed.items()}
        self._free = {request: endpoints[request] for request in endpoints if request not in owned}
        self._sent_at = {request: row.at for request, row in listed.items()}

    async def find_all(self) -> dict[int, str]:
        """The request of each job that was found. The youngest has the first choice."""
        found: dict[int, str] = {}
        for job in self._in_doubt:
            model = self._models.get(job.model)
            among = [request for request in self._free if self._may_be(request, job, model)]
            if model is None or not among:
                continue
            try:
                theirs = await self._provider.find(
                    model,
                    seed=job.seed,
                    since=job.intended_at - SEARCH_MARGIN_SECONDS,
                    prompt=job.prompt,
                    among=among,
                )
            except (ProviderBusy, Broken, ProviderBlocked):
                self.undecided.update(among)
                continue
            if theirs:
                found[job.job_id] = theirs[0].request_id
                self._free.pop(theirs[0].request_id, None)
        return found

    def _may_be(self, request: str, job: UnknownSubmit, model: Model | None) -> bool:
        """Whether its endpoint and its time allow it to be the job's."""
        if model is None or self._free[request] != model.endpoint:
            return False
        sent_at = self._sent_at.get(request)
        # A submit leaves within seconds of its record, and fal's clock is not ours.
        return sent_at is None or (
            -2 * SEARCH_MARGIN_SECONDS <= sent_at - job.intended_at <= START_MARGIN_SECONDS
        )
