"""`touchup reconcile`: set the provider's bill against the books, and book what it corrects."""

from __future__ import annotations

import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.app import books_file, open_provider, provider_name
from bot.cli import days
from bot.cli.terminal import StatusLine, say
from bot.cli.texts import reconcile as reconcile_texts
from bot.domain.errors import ConfigError
from bot.services.billing.reconcile import book, nothing_compared, reconcile
from bot.store.sqlite import open_sqlite, read_sqlite

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.domain.billing.bills import BillFinding
    from bot.services.billing.reconcile import ReconcileReport
    from bot.settings.model import Settings
    from bot.store.database import Database

AGREED: Final = 0
DIFFERENT: Final = 1
INCOMPLETE: Final = 3

USUAL_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileOptions:
    """What is compared: whole days in the operator's time zone, both included."""

    since: date | None = None
    until: date | None = None
    apply: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class _Days:
    """A first and a last day."""

    first: date
    last: date

    def span(self, zone: ZoneInfo) -> tuple[float, float]:
        """From the first midnight until before the last one, in unix seconds."""
        return days.midnight(self.first, zone), days.midnight(self.last + timedelta(days=1), zone)


async def run(settings: Settings, options: ReconcileOptions) -> int:
    """Print what differs, and with `apply` book what is sure.

    The exit code is 1 when differences remain, 3 when not everything could be compared. Without
    `apply` nothing is changed and the bot may be running.

    Raises:
        ConfigError: the days cannot be meant.
        StoreError: the books cannot be read or, with `apply`, are in use.
    """
    now = time.time()
    period = _days(options, datetime.fromtimestamp(now, settings.zone).date())
    if not books_file(settings).exists():
        _tell_of_nothing(period, settings, options)
        return AGREED
    line = StatusLine()
    line.show(reconcile_texts.COMPARING())
    try:
        async with AsyncExitStack() as stack:
            opened = open_sqlite if options.apply else read_sqlite
            database: Database = await stack.enter_async_context(opened(books_file(settings)))
            found = await _compare(stack, settings, database, period, now)
            if options.apply:
                await book(database, found, now=now)
    finally:
        line.clear()
    _tell(found, period, settings, options)
    return _code(found, applied=options.apply)


async def _compare(
    stack: AsyncExitStack, settings: Settings, database: Database, period: _Days, now: float
) -> ReconcileReport:
    # An embedded engine of before, if there was one: its bill is in its folder.
    engine_data = settings.data_dir / "engine"
    provider, _ = await stack.enter_async_context(
        open_provider(settings, engine_data=engine_data if engine_data.exists() else None)
    )
    since, until = period.span(settings.zone)
    return await reconcile(
        database,
        provider,
        settings.models,
        since=since,
        until=min(until, now + 1),
        now=now,
    )


def _days(options: ReconcileOptions, today: date) -> _Days:
    days.require(since=options.since, until=options.until)
    last = options.until or today
    first = options.since or min(last, today) - timedelta(days=USUAL_DAYS)
    if first > last:
        raise ConfigError([f"--since {first} is in the future."])
    return _Days(first, last)


def _tell(
    found: ReconcileReport, period: _Days, settings: Settings, options: ReconcileOptions
) -> None:
    if options.as_json:
        say(json.dumps(_as_json(found, applied=options.apply), indent=2))
        return
    say(*reconcile_texts.report(found, period.first, period.last, settings.time_zone))
    say(*(reconcile_texts.booked(found) if options.apply else reconcile_texts.to_book(found)))


def _tell_of_nothing(period: _Days, settings: Settings, options: ReconcileOptions) -> None:
    if not options.as_json:
        say(reconcile_texts.NOTHING_TO_COMPARE())
        return
    since, until = period.span(settings.zone)
    nothing = nothing_compared(provider_name(settings), since=since, until=until)
    say(json.dumps(_as_json(nothing, applied=False), indent=2))


def _code(found: ReconcileReport, *, applied: bool) -> int:
    if found.open or (found.corrected and not applied):
        return DIFFERENT
    return AGREED if found.is_complete else INCOMPLETE


def _as_json(found: ReconcileReport, *, applied: bool) -> dict[str, Any]:
    """All of it, for a program: nano-USD, members' charges in micro-USD, times in unix seconds."""
    result = found.result
    return {
        "provider": found.provider,
        "since": found.since,
        "until": found.until,
        "charged": {"pictures": result.charged.count, "micro_usd": result.charged.amount},
        "books": {"pictures": result.books.count, "nano_usd": result.books.amount},
        "possible": {"pictures": result.possible.count, "nano_usd": result.possible.amount},
        "bill": None
        if result.bill is None
        else {"events": result.bill.count, "nano_usd": result.bill.amount},
        "of_other_days": {
            "books": {
                "pictures": result.bought_on_other_days.count,
                "nano_usd": result.bought_on_other_days.amount,
            },
            "bill": {
                "events": result.of_other_days.count,
                "nano_usd": result.of_other_days.amount,
            },
        },
        "difference_nano_usd": result.difference,
        "findings": [_finding_as_json(finding) for finding in result.findings],
        "corrections": found.counts[0],
        "confirmations": found.counts[1],
        "applied": applied,
        "bill_gap": found.bill_gap,
        "history_gap": found.history_gap,
        "undecided": sorted(found.undecided),
        "unreadable_rows": found.unreadable,
        "rows_seen_twice": found.again,
        "elsewhere": dict(found.elsewhere),
    }


def _finding_as_json(finding: BillFinding) -> dict[str, Any]:
    job = finding.job
    return {
        "kind": finding.kind.value,
        "job": job.job_id if job else None,
        "edit": job.edit_id if job else None,
        "request": finding.request_id,
        "at": finding.at,
        "http_status": finding.status,
        "booked_nano_usd": finding.booked,
        "billed_nano_usd": finding.billed,
        "difference_nano_usd": finding.difference,
    }
