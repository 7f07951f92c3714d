"""The words on reports: what was spent, by whom and where, and what a chart of it shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.reports.charts import ChartTheme
from bot.domain.reports.spend import ReportGrouping, ReportPeriod
from bot.domain.reports.tables import PLAY_MONEY, currency
from bot.ui.messages.limit_names import begun, level, limit_name
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from bot.domain.reports.spend import SpendReport, SpendShare

LISTED: Final = 10
MOST_LISTED: Final = 25

NO_CHART: Final = "-# The chart could not be drawn this time; the numbers are whole."

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_PERIODS: Final = {
    ReportPeriod.WEEK: "this week",
    ReportPeriod.MONTH: "this month",
    ReportPeriod.LAST_MONTH: "last month",
    ReportPeriod.YEAR: "the last 12 months",
}
_GROUPINGS: Final = {ReportGrouping.MEMBER: "members", ReportGrouping.CHANNEL: "channels"}
_HEADS: Final = {ReportGrouping.MEMBER: "By member", ReportGrouping.CHANNEL: "By channel"}
_THEMES: Final = {ChartTheme.DARK: "dark", ChartTheme.LIGHT: "light"}


def period_label(period: ReportPeriod) -> str:
    """A period as it is chosen."""
    return _PERIODS[period]


def grouping_label(grouping: ReportGrouping) -> str:
    """What a report is parted by, as it is chosen."""
    return _GROUPINGS[grouping]


def theme_label(theme: ChartTheme) -> str:
    """A chart's ground, as it is chosen."""
    return _THEMES[theme]


# ---- cards -----------------------------------------------------------------------------------


def of_guild(report: SpendReport) -> str:
    """What a guild spent: the sum, where it is heading, the limits, and who spent most."""
    return "\n".join(
        [
            f"### Spending {time_of(report)}",
            _sum(report),
            *_outlook(report),
            *_limits(report),
            *_list(report, most=LISTED),
            _footer(report),
        ]
    )


def of_member(report: SpendReport) -> str:
    """What a member spent; their limits are told beside it."""
    return "\n".join([f"### Your spending {time_of(report)}", _sum(report), *_outlook(report)])


def top(report: SpendReport) -> str:
    """Who spent most, or where most was spent."""
    lines = [f"### Top {_GROUPINGS[report.grouping]} {time_of(report)}", _sum(report)]
    return "\n".join([*lines, *_list(report, most=MOST_LISTED, head=False), _footer(report)])


def _sum(report: SpendReport) -> str:
    if not report.pictures and not report.held:
        return "Nothing was bought."
    parts = [f"**{usd(report.spent)}** for {count_of(report.pictures, 'picture', 'pictures')}"]
    if report.held:
        parts.append(f"{usd(report.held)} set aside")
    if is_play_money(report):
        parts.append("play money")
    return " · ".join(parts)


def _outlook(report: SpendReport) -> list[str]:
    """Where the period is heading, and what that does to its limit."""
    told, cap = report.forecast, report.cap
    if not told or told == report.spent:
        return []
    heading = f"heading for {usd(_cents(told))} at this pace"
    if cap is None or told <= cap.limit.cap:
        return [f"{begun(heading)}."]
    if cap.over or cap.limit.cap <= cap.spent:
        return []  # the limit's own line says so
    # A limit is never passed: it is reached sooner.
    return [f"⚠️ {begun(heading)}: {limit_name(cap.limit)} of {usd(cap.limit.cap)} ends it before."]


def _limits(report: SpendReport) -> list[str]:
    lines = [level(standing) for standing in report.standings]
    if lines and report.period is ReportPeriod.YEAR:
        lines.insert(0, "**Limits as they are now**")
    return lines


def _list(report: SpendReport, *, most: int, head: bool = True) -> list[str]:
    if not report.shares:
        return []
    lines = [f"**{_HEADS[report.grouping]}**"] if head else []
    lines += [
        f"{rank}. {_subject(share, report.grouping)} · {usd(share.spent)} · "
        f"{count_of(share.pictures, 'picture', 'pictures')}"
        for rank, share in enumerate(report.shares[:most], start=1)
    ]
    if rest := report.shares[most:]:
        amount = usd(sum(share.spent for share in rest))
        lines.append(f"-# and {count_of(len(rest), 'other', 'others')}: {amount}")
    return lines


def _subject(share: SpendShare, grouping: ReportGrouping) -> str:
    if not share.subject:
        return "in no channel"
    return f"<@{share.subject}>" if grouping is ReportGrouping.MEMBER else f"<#{share.subject}>"


def _footer(report: SpendReport) -> str:
    return f"-# Each picture counts when it was ordered. Days begin by {report.zone.key}."


# ---- tables ----------------------------------------------------------------------------------


def table(period: ReportPeriod) -> str:
    """What the attached table is."""
    return (
        f"### Everything bought {_PERIODS[period]}\n"
        "One row for each picture, with its price and what became of it. Ids are long: let your "
        "program read them as text."
    )


def table_name(report_of: str, period: ReportPeriod, *, now: float) -> str:
    """The name of the file: `report_of` is "server" or "mine"."""
    date = datetime.fromtimestamp(now, tz=UTC).date().isoformat()
    return f"touchup-{report_of}-{period.value.replace(' ', '-')}-{date}.csv"


# ---- time ------------------------------------------------------------------------------------


def is_play_money(report: SpendReport) -> bool:
    """Whether nobody pays these amounts."""
    return currency(report.provider) == PLAY_MONEY


def local(when: float, report: SpendReport) -> datetime:
    """A moment (unix seconds) by the clock of the report."""
    return datetime.fromtimestamp(when, tz=UTC).astimezone(report.zone)


def day(when: datetime) -> str:
    """A day of some year: "November 3"."""
    return f"{_MONTHS[when.month - 1]} {when.day}"


def month(when: datetime) -> str:
    """A month: "November 2026"."""
    return f"{_MONTHS[when.month - 1]} {when.year}"


def time_of(report: SpendReport) -> str:
    """Which time a report is about: "in November 2026"."""
    first = local(report.columns[0].start, report)
    last = local(report.columns[-1].start, report)
    match report.period:
        case ReportPeriod.WEEK:
            return f"from {day(first)} to {day(last)}"
        case ReportPeriod.MONTH | ReportPeriod.LAST_MONTH:
            return f"in {month(first)}"
        case ReportPeriod.YEAR:
            return f"from {month(first)} to {month(last)}"


def _cents(amount: int) -> int:
    """A forecast, in micro-USD, without digits that nobody can foretell; rounded up."""
    return -(-amount // 10_000) * 10_000
