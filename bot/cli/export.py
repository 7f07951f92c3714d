"""`touchup export`: all that was bought, and every row behind it, as tables for an accountant."""

from __future__ import annotations

import errno
import os
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from bot.app import books_file
from bot.cli import days
from bot.cli.output_files import partial
from bot.cli.terminal import StatusLine, say, warn
from bot.cli.texts import export as export_texts
from bot.domain.errors import ConfigError
from bot.domain.limits.windows import FOREVER, Span
from bot.domain.reports import tables as cells
from bot.services.reports import export
from bot.services.reports.export import ExportResult
from bot.store.reports import spend
from bot.store.sqlite import read_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path
    from typing import TextIO
    from zoneinfo import ZoneInfo

    from bot.settings.model import Settings
    from bot.store.database import Transaction

_Found = TypeVar("_Found")

DONE: Final = 0
NOT_WRITTEN: Final = 1

SPEND: Final = "spend.csv"
LEDGER: Final = "ledger.csv"
COSTS: Final = "costs.csv"

_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is exported: whole days in the operator's time zone, both included."""

    out: Path
    since: date | None = None
    until: date | None = None


async def run(settings: Settings, options: ExportOptions) -> int:
    """Write the tables, and say what is in them. Changes no books; the bot may be running.

    Raises:
        ConfigError: the days cannot be meant, or nothing can be written there.
        StoreError: the books cannot be read, or are another version's.
    """
    window = _window(options, settings.zone)
    if not books_file(settings).exists():
        say(export_texts.NOTHING_TO_EXPORT())
        return DONE
    _prepare(options.out)
    line = StatusLine()
    line.show(export_texts.EXPORTING())
    export = _Export(options.out, window, settings.zone)
    try:
        async with read_sqlite(books_file(settings)) as database:
            # One transaction for all of it, so that the files agree: it reads the books as they
            # were at its beginning, on a connection of its own, and keeps nobody waiting.
            try:
                written = await database.transact(export.write)
            finally:
                export.stop()  # closing the books waits for what still reads them
    except OSError as error:
        line.clear()
        warn(export_texts.not_written(options.out, error))
        return NOT_WRITTEN
    finally:
        line.clear()
    say(*export_texts.written(options.out, written))
    return DONE


def _window(options: ExportOptions, zone: ZoneInfo) -> Span:
    first, last = options.since, options.until
    days.require(since=first, until=last)
    return Span(
        0 if first is None else days.midnight(first, zone),
        FOREVER if last is None else days.midnight(last + timedelta(days=1), zone),
    )


def _prepare(out: Path) -> None:
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (SPEND, LEDGER, COSTS):
            if (out / name).is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            _open(out / name).close()
            partial(out / name).unlink()
    except OSError as error:
        raise ConfigError([export_texts.unwritable(out, error)]) from None


def _open(file: Path) -> TextIO:
    """Make a file beside its place, for nobody's eyes but its owner's."""
    partial(file).unlink(missing_ok=True)
    # Created new, so that it is neither a link to somewhere else nor open to others before.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(partial(file), flags, 0o600)
    return os.fdopen(descriptor, "w", encoding="ascii", newline="")


class _Stopped(Exception):
    """Nobody waits for it any more."""


class _Export:
    """Writes the tables in the database's thread, in batches; all of them or none."""

    def __init__(self, out: Path, window: Span, zone: ZoneInfo) -> None:
        self._out = out
        self._window = window
        self._zone = zone
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End at the next batch."""
        self._stopped.set()

    def write(self, tx: Transaction) -> ExportResult:
        """Write all of it, and then let it take its place.

        Raises:
            OSError: it cannot be written; what stood there still does.
        """
        written = ExportResult()
        files = {
            SPEND: (export.BOUGHT_FOR_OWNER, self._bought(tx, written)),
            LEDGER: (export.LEDGER, self._ledger(tx)),
            COSTS: (export.COSTS, self._costs(tx, written)),
        }
        with ExitStack() as stack:
            for name, (names, rows) in files.items():
                stack.callback(partial(self._out / name).unlink, missing_ok=True)
                with _open(self._out / name) as file:
                    cells.write(file, [names])
                    written.rows[name] = cells.write(file, rows)
                    file.flush()
                    os.fsync(file.fileno())
            for name in files:
                partial(self._out / name).replace(self._out / name)
        return written

    def _bought(self, tx: Transaction, written: ExportResult) -> Iterator[Sequence[str]]:
        def batch(after: int) -> Sequence[spend.PurchaseRow]:
            return spend.bought_by_all(tx, self._window, after=after, count=_BATCH)

        for job in self._batches(batch, lambda job: job.job_id):
            sums = written.of(job.provider)
            sums.jobs += 1
            sums.spent += job.spent
            sums.held += job.held
            yield export.bought_for_owner(job, zone=self._zone)

    def _ledger(self, tx: Transaction) -> Iterator[Sequence[str]]:
        def batch(after: int) -> Sequence[spend.Row]:
            return spend.ledger_rows(tx, self._window, after=after, count=_BATCH)

        for row in self._batches(batch, lambda row: int(row["id"])):
            yield export.ledger(row, zone=self._zone)

    def _costs(self, tx: Transaction, written: ExportResult) -> Iterator[Sequence[str]]:
        def batch(after: int) -> Sequence[spend.Row]:
            return spend.cost_rows(tx, self._window, after=after, count=_BATCH)

        for row in self._batches(batch, lambda row: int(row["id"])):
            written.of(row["provider"]).cost += row["change"]
            yield export.cost(row, zone=self._zone)

    def _batches(
        self, batch: Callable[[int], Sequence[_Found]], number: Callable[[_Found], int]
    ) -> Iterator[_Found]:
        after = 0
        while found := batch(after):
            if self._stopped.is_set():
                raise _Stopped
            yield from found
            after = number(found[-1])
