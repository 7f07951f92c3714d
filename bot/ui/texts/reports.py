"""What was spent, by whom and where, in words and on charts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.reports.charts import (
    ChartTheme,
)
from bot.domain.reports.spend import ReportGrouping, ReportPeriod
from bot.domain.reports.tables import PLAY_MONEY, currency
from bot.i18n import N_, _, ngettext
from bot.ui.texts.labels import picture_count
from bot.ui.texts.limits.names import level, limit_name, set_aside

if TYPE_CHECKING:
    from bot.domain.reports.spend import SpendReport, SpendShare

LISTED: Final = 10
MOST_LISTED: Final = 25

EMPTY: Final = N_("Nothing was bought.")
NO_CHART: Final = N_("-# The chart could not be drawn this time; the numbers are whole.")

_MONTHS: Final = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"),
    N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
_PERIODS: Final = {
    ReportPeriod.WEEK: N_("this week"),
    ReportPeriod.MONTH: N_("this month"),
    ReportPeriod.LAST_MONTH: N_("last month"),
    ReportPeriod.YEAR: N_("the last 12 months"),
}
_BOUNDED: Final = frozenset((ReportPeriod.WEEK, ReportPeriod.MONTH))
"""Periods whose forecast is that of their own end."""
_GROUPINGS: Final = {ReportGrouping.MEMBER: N_("members"), ReportGrouping.CHANNEL: N_("channels")}
_HEADS: Final = {ReportGrouping.MEMBER: N_("By member"), ReportGrouping.CHANNEL: N_("By channel")}
_THEMES: Final = {ChartTheme.DARK: N_("dark"), ChartTheme.LIGHT: N_("light")}


def period_label(period: ReportPeriod) -> str:
    """A period as it is chosen."""
    return _PERIODS[period]()


def grouping_label(grouping: ReportGrouping) -> str:
    """What a report is split by, as it is chosen."""
    return _GROUPINGS[grouping]()


def theme_label(theme: ChartTheme) -> str:
    """A chart's ground, as it is chosen."""
    return _THEMES[theme]()


# ---- cards -----------------------------------------------------------------------------------


def of_guild(report: SpendReport) -> str:
    """What a guild spent: the sum, where it is heading, the limits, and who spent most."""
    return "\n".join(
        [
            _("### Spending {time}").format(time=time_of(report)),
            _sum(report),
            *_outlook(report),
            *_limits(report),
            *_list(report, most=LISTED),
            _footer(report),
        ]
    )


def of_member(report: SpendReport) -> str:
    """What a member spent; their limits are told beside it."""
    heading = _("### Your spending {time}").format(time=time_of(report))
    return "\n".join([heading, _sum(report), *_outlook(report)])


def top(report: SpendReport) -> str:
    """Who spent most, or where most was spent."""
    what, time = grouping_label(report.grouping), time_of(report)
    lines = [_("### Top {what} {time}").format(what=what, time=time), _sum(report)]
    return "\n".join([*lines, *_list(report, most=MOST_LISTED, head=False), _footer(report)])


def _sum(report: SpendReport) -> str:
    if not report.pictures and not report.held:
        return EMPTY()
    pictures = picture_count(report.pictures)
    parts = [_("**{spent}** for {pictures}").format(spent=usd(report.spent), pictures=pictures)]
    if report.held:
        parts.append(set_aside(report.held))
    if is_play_money(report):
        parts.append(_("play money"))
    return " · ".join(parts)


def _outlook(report: SpendReport) -> list[str]:
    """Where the period is heading, and what that does to its limit."""
    told, cap = report.forecast, report.cap
    if not told or told == report.spent:
        return []
    ends = _PERIODS[report.period] if report.period in _BOUNDED else _("at this pace")
    said = _("On track for {sum} {time}").format(sum=usd(cents(told)), time=ends)
    if cap is None or told <= cap.limit.cap:
        return [f"{said}."]
    if cap.over or cap.limit.cap <= cap.spent:
        return []  # the limit's own line says so
    # A limit is never passed: it is reached sooner.
    limit, amount = limit_name(cap.limit), usd(cap.limit.cap)
    return [
        _("⚠️ {said}: {limit} of {amount} ends it before.").format(
            said=said, limit=limit, amount=amount
        )
    ]


def _limits(report: SpendReport) -> list[str]:
    lines = [level(standing) for standing in report.standings]
    if lines and report.period is ReportPeriod.YEAR:
        lines.insert(0, _("**Limits as they are now**"))
    return lines


def _list(report: SpendReport, *, most: int, head: bool = True) -> list[str]:
    if not report.shares:
        return []
    lines = [f"**{_HEADS[report.grouping]}**"] if head else []
    lines += [
        f"{rank}. {_subject(share, report.grouping)} · {usd(share.spent)} · "
        f"{picture_count(share.pictures)}"
        for rank, share in enumerate(report.shares[:most], start=1)
    ]
    if rest := report.shares[most:]:
        amount = usd(sum(share.spent for share in rest))
        lines.append(
            _("-# and {others}: {amount}").format(
                others=ngettext("{count:,} other", "{count:,} others", len(rest)), amount=amount
            )
        )
    return lines


def _subject(share: SpendShare, grouping: ReportGrouping) -> str:
    if not share.subject:
        return _("in no channel")
    return f"<@{share.subject}>" if grouping is ReportGrouping.MEMBER else f"<#{share.subject}>"


def _footer(report: SpendReport) -> str:
    return _("-# Each picture counts when it was ordered. Days begin by {zone}.").format(
        zone=report.zone.key
    )


# ---- tables ----------------------------------------------------------------------------------


def table(period: ReportPeriod) -> str:
    """What the attached table is."""
    return _(
        "### Everything bought {period}\nOne row for each picture, with its price and "
        "what became of it."
    ).format(period=_PERIODS[period]())


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
            return _("from {first} to {last}").format(first=day(first), last=day(last))
        case ReportPeriod.MONTH | ReportPeriod.LAST_MONTH:
            return _("in {month}").format(month=month(first))
        case ReportPeriod.YEAR:
            return _("from {first} to {last}").format(first=month(first), last=month(last))


def cents(amount: int) -> int:
    """A forecast, in micro-USD, without digits that nobody can predict; rounded up."""
    return -(-amount // 10_000) * 10_000
