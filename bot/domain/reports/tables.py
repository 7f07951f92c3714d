"""Tables for accountants: exact amounts, one form of dates, and cells that do nothing.

CSV as RFC 4180 has it. Every cell is ASCII, so no mark of an encoding is needed at the beginning,
where many programs would take it for part of the first name.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import MICRO_DIGITS
from bot.domain.catalog import EMBEDDED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO
    from zoneinfo import ZoneInfo

NANO_DIGITS: Final = 9

PLAY_MONEY: Final = "play USD"
"""The currency of what the embedded engine sells: nobody pays it."""

# Programs for tables take what begins so for a formula, and run it; tabs and ends of lines are
# escaped by then. https://owasp.org/www-community/attacks/CSV_Injection
_RUN: Final = ("=", "+", "-", "@", "\\t", "\\r", "\\n", "|", "%")


def write(file: TextIO, rows: Iterable[Iterable[str]]) -> int:
    """Write rows to a file that was opened with `newline=""`; how many."""
    writer = csv.writer(file, lineterminator="\r\n")
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    return count


def text(said: str | None) -> str:
    """Words that came from elsewhere, in ASCII and on one line, where they run nothing."""
    plain = (said or "").encode("unicode_escape").decode("ascii")
    return f"'{plain}" if plain.lstrip().startswith(_RUN) else plain


def number(said: int | None) -> str:
    """An id or a count."""
    return "" if said is None else str(said)


def micro_usd(amount: int) -> str:
    """Micro-USD as dollars, exactly.

    >>> micro_usd(80_000), micro_usd(-1)
    ('0.080000', '-0.000001')
    """
    return _decimal(amount, MICRO_DIGITS)


def nano_usd(amount: int) -> str:
    """Nano-USD as dollars, exactly."""
    return _decimal(amount, NANO_DIGITS)


def moment(when: float | None) -> str:
    """A point in time (unix seconds) as ISO 8601 has it, in UTC, to the millisecond."""
    if when is None:
        return ""
    found = datetime.fromtimestamp(when, tz=UTC)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_date(when: float, zone: ZoneInfo) -> str:
    """The day somebody in `zone` would write on it."""
    return datetime.fromtimestamp(when, tz=UTC).astimezone(zone).date().isoformat()


def currency(provider: str) -> str:
    """What the amounts of a provider are, in which they are never added to others'."""
    return PLAY_MONEY if provider == EMBEDDED else "USD"


def _decimal(amount: int, digits: int) -> str:
    whole, fraction = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole}.{fraction:0{digits}d}"
