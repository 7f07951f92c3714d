"""What was spent, by whom and where, in words and on charts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.reports.charts import (
    MOST_LAYERS,
    Chart,
    ChartMeter,
    ChartSeries,
    ChartTheme,
    ChartThreshold,
)
from bot.domain.reports.spend import ReportGrouping, ReportPeriod, total
from bot.domain.reports.tables import PLAY_MONEY, currency
from bot.i18n import N_, _, ngettext
from bot.ui.texts.labels import picture_count, plain
from bot.ui.texts.limits.names import begun, cap_name, level, limit_name, set_aside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.limits.status import LimitStatus
    from bot.domain.reports.spend import SpendReport, SpendShare

LISTED: Final = 10
MOST_LISTED: Final = 25

_EMPTY: Final = N_("Nothing was bought.")
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
        return _EMPTY()
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
    said = _("On track for {sum} {time}").format(sum=usd(_cents(told)), time=ends)
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


def _cents(amount: int) -> int:
    """A forecast, in micro-USD, without digits that nobody can foretell; rounded up."""
    return -(-amount // 10_000) * 10_000


NAMED: Final = MOST_LAYERS - 1
"""How many members or channels have a colour of their own."""

_NAME_LENGTH: Final = 32
_SHORT_MONTHS: Final = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip
_DAYS: Final = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def chart(report: SpendReport, names: Mapping[int, str], theme: ChartTheme) -> Chart:
    """A report as a chart. `names` are those of members or channels by their ids, where known."""
    return Chart(
        theme=theme,
        headline=usd(report.spent),
        caption=_caption(report),
        columns=tuple(_column(report, index) for index in range(len(report.columns))),
        present=report.present,
        layers=_layers(report, names),
        lines=_lines(report),
        meter=_meter(report),
        empty=_EMPTY(),
    )


def alt(report: SpendReport, names: Mapping[int, str]) -> str:
    """The chart in a sentence: the sum, the time, the largest column, and who spent most."""
    what = _("play money spent") if is_play_money(report) else _("money spent")
    time, sum_ = time_of(report), usd(report.spent)
    said = _("Chart of {what} {time}: {sum} in all").format(what=what, time=time, sum=sum_)
    sums = report.sums
    if not report.spent:
        return f"{said}."
    largest = max(range(len(sums)), key=sums.__getitem__)
    when = local(report.columns[largest].start, report)
    most = usd(sums[largest])
    if report.period is ReportPeriod.YEAR:
        said += _(", the most in {month} ({sum})").format(month=month(when), sum=most)
    else:
        said += _(", the most on {day} ({sum})").format(day=day(when), sum=most)
    if report.member_id is None:
        first = report.shares[0]
        said += _(" and by {name} ({spent})").format(
            name=_name(first, report, names), spent=usd(first.spent)
        )
    if (cap := report.cap) is not None:
        said += f". {begun(limit_name(cap.limit))}: {_measured(cap)}"
    return f"{said}."


def _caption(report: SpendReport) -> str:
    said = _("you spent") if report.member_id is not None else _("spent")
    if is_play_money(report):
        said = _("play money")  # there is no room for both words
    return f"{said} {_short_time(report)}"


def _short_time(report: SpendReport) -> str:
    match report.period:
        case ReportPeriod.WEEK:
            return _("this week")
        case ReportPeriod.MONTH | ReportPeriod.LAST_MONTH:
            return time_of(report)
        case ReportPeriod.YEAR:
            return _("in 12 months")


def _column(report: SpendReport, index: int) -> str:
    when = local(report.columns[index].start, report)
    match report.period:
        case ReportPeriod.WEEK:
            return _DAYS[when.weekday()]()
        case ReportPeriod.MONTH | ReportPeriod.LAST_MONTH:
            return str(when.day)
        case ReportPeriod.YEAR:
            return _SHORT_MONTHS[when.month - 1]()


def _layers(report: SpendReport, names: Mapping[int, str]) -> tuple[ChartSeries, ...]:
    own, rest = report.shares[:NAMED], report.shares[NAMED:]
    layers = [
        ChartSeries(
            _name(share, report, names),
            _("no. {rank} (…{subject:04d})").format(rank=rank, subject=share.subject % 10_000),
            share.amounts,
        )
        for rank, share in enumerate(own, start=1)
    ]
    if rest:
        name = ngettext("{count:,} other", "{count:,} others", len(rest))
        amounts = total([share.amounts for share in rest], len(report.columns))
        layers.append(ChartSeries(name, name, amounts, is_rest=True))
    return tuple(layers)


def _name(share: SpendShare, report: SpendReport, names: Mapping[int, str]) -> str:
    is_member = report.grouping is ReportGrouping.MEMBER
    if not share.subject:
        return _("in no channel")
    name = plain(names.get(share.subject, ""), limit=_NAME_LENGTH)
    if not name:
        what = _("member") if is_member else _("channel")
        return f"{what} …{share.subject % 10_000:04d}"
    return name if is_member else f"#{name}"


def _lines(report: SpendReport) -> tuple[ChartThreshold, ...]:
    cap = report.column_cap
    if cap is None:
        return ()
    # Most of a year's months were measured by other limits.
    when = _(" now") if report.period is ReportPeriod.YEAR else ""
    return (
        ChartThreshold(f"{limit_name(cap.limit)}{when}: {cap_name(cap.limit.cap)}", cap.limit.cap),
    )


def _meter(report: SpendReport) -> ChartMeter | None:
    cap = report.cap
    if cap is None:
        return None
    label = _measured(cap)
    if (told := report.forecast) and told != report.spent and not cap.over:
        label += _(" · on track for {sum}").format(sum=usd(_cents(told)))
    return ChartMeter(label, cap.spent, cap.held, cap.limit.cap, report.forecast)


def _measured(cap: LimitStatus) -> str:
    """How much of a limit is spent; it stands alone."""
    amount = cap.limit.cap
    if amount == 0:
        return _("closed")
    if cap.over:
        return _("over by {over} of {amount}").format(over=usd(cap.over), amount=usd(amount))
    return _("{share}% of {amount}").format(share=100 * cap.spent // amount, amount=usd(amount))
