"""What `touchup export` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd, usd_exactly
from bot.domain.reports.tables import PLAY_MONEY, currency
from bot.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.services.reports.export import ExportResult, ExportTotals

NOTHING_TO_EXPORT: Final = N_("There are no books yet, so there is nothing to export.")
EXPORTING: Final = N_("Writing tables…")


def unwritable(out: Path, error: OSError) -> str:
    """The place for the tables cannot be used."""
    return _("--out is {out}, but must be a folder I can write in ({reason}).").format(
        out=out, reason=_reason(error)
    )


def not_written(out: Path, error: OSError) -> str:
    """A table could not be written."""
    return _(
        "The tables could not be written to {out} ({reason}). What was there is as it was."
    ).format(out=out, reason=_reason(error))


def _reason(error: OSError) -> str:
    return (error.strerror or _("it cannot be written")).lower()


def written(out: Path, found: ExportResult) -> Iterator[str]:
    """Which tables there are, and what they come to."""
    for name, count in found.rows.items():
        rows = ngettext("{count:,} row", "{count:,} rows", count)
        yield f"{out / name}: {rows}"
    for provider, sums in sorted(found.sums.items()):
        yield _sums(provider, sums)


def _sums(provider: str, sums: ExportTotals) -> str:
    name = provider
    if currency(provider) == PLAY_MONEY:
        name = _("{provider} (play money)").format(provider=provider)
    held = _(", {held} set aside").format(held=usd(sums.held)) if sums.held else ""
    jobs = ngettext("{count:,} job", "{count:,} jobs", sums.jobs)
    return _(
        "{name}: {jobs}, {spent} charged to members{held}; the provider takes {cost}, as "
        "far as it is known"
    ).format(name=name, jobs=jobs, spent=usd(sums.spent), held=held, cost=usd_exactly(sums.cost))
