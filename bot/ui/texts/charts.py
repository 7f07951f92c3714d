"""What is written on the chart of a report, and said for those who do not see it."""

from __future__ import annotations

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
from bot.i18n import N_, _, ngettext
from bot.ui.texts.labels import plain
from bot.ui.texts.limits.names import begun, cap_name, limit_name
from bot.ui.texts.reports import EMPTY, cents, day, is_play_money, local, month, time_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.limits.status import LimitStatus
    from bot.domain.reports.spend import SpendReport, SpendShare

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
        empty=EMPTY(),
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
        label += _(" · on track for {sum}").format(sum=usd(cents(told)))
    return ChartMeter(label, cap.spent, cap.held, cap.limit.cap, report.forecast)


def _measured(cap: LimitStatus) -> str:
    """How much of a limit is spent; it stands alone."""
    amount = cap.limit.cap
    if amount == 0:
        return _("closed")
    if cap.over:
        return _("over by {over} of {amount}").format(over=usd(cap.over), amount=usd(amount))
    return _("{share}% of {amount}").format(share=100 * cap.spent // amount, amount=usd(amount))
