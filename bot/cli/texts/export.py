"""What `touchup export` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd, usd_exactly
from bot.domain.reports.tables import PLAY_MONEY, currency
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.services.reports.export import ExportResult, ExportTotals

NOTHING_TO_EXPORT: Final = "There are no books yet, so there is nothing to export."
EXPORTING: Final = "Writing tables…"


def unwritable(out: Path, error: OSError) -> str:
    """The place for the tables cannot be used."""
    return f"--out is {out}, but must be a folder I can write in ({_reason(error)})."


def not_written(out: Path, error: OSError) -> str:
    """A table could not be written."""
    return (
        f"The tables could not be written to {out} ({_reason(error)}). What was there is as it was."
    )


def _reason(error: OSError) -> str:
    return (error.strerror or "it cannot be written").lower()


def written(out: Path, found: ExportResult) -> Iterator[str]:
    """Which tables there are, and what they come to."""
    for name, count in found.rows.items():
        yield f"{out / name}: {count_of(count, 'row', 'rows')}"
    for provider, sums in sorted(found.sums.items()):
        yield _sums(provider, sums)


def _sums(provider: str, sums: ExportTotals) -> str:
    name = f"{provider} (play money)" if currency(provider) == PLAY_MONEY else provider
    held = f", {usd(sums.held)} set aside" if sums.held else ""
    jobs = count_of(sums.jobs, "job", "jobs")
    return (
        f"{name}: {jobs}, {usd(sums.spent)} charged to members{held}; "
        f"the provider takes {usd_exactly(sums.cost)}, as far as it is known"
    )
