"""The words on a chart, and those for who cannot see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.billing.amounts import usd
from bot.domain.reports.charts import MOST_LAYERS, Chart, ChartMeter, ChartSeries, ChartThreshold
from bot.domain.reports.spend import ReportGrouping, ReportPeriod, total
from bot.ui.messages.limit_names import begun, cap_name, limit_name
from bot.ui.messages.member_text import plain
from bot.ui.messages.on_reports import day, is_play_money, local, month, time_of
from bot.ui.messages.words import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.limits.status import LimitStatus
    from bot.domain.reports.charts import ChartTheme
    from bot.domain.reports.spend import SpendReport, SpendShare

NAMED: Final = MOST_LAYERS - 1
"""How many members or channels have a colour of their own."""

_NAME_LENGTH: Final = 32
_EMPTY: Final = "Nothing was bought."
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


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
        empty=_EMPTY,
    )


def alt(report: SpendReport, names: Mapping[int, str]) -> str:
    """The chart in a sentence: the sum, the time, the largest column, and who spent most."""
    what = "play money spent" if is_play_money(report) else "money spent"
    said = f"Chart of {what} {time_of(report)}: {usd(report.spent)} in all"
    sums = report.sums
    if not report.spent:
        return f"{said}."
    largest = max(range(len(sums)), key=sums.__getitem__)
    when = local(report.columns[largest].start, report)
    named = month(when) if report.period is ReportPeriod.YEAR else day(when)
    word = "in" if report.period is ReportPeriod.YEAR else "on"
    said += f", the most {word} {named} ({usd(sums[largest])})"
    if report.member_id is None:
        first = report.shares[0]
        said += f" and by {_name(first, report, names)} ({usd(first.spent)})"
    if (cap := report.cap) is not None:
        said += f". {begun(limit_name(cap.limit))}: {_measured(cap)}"
    return f"{said}."


def _caption(report: SpendReport) -> str:
    said = "you spent" if report.member_id is not None else "spent"
    # There is no room for both words.
    return f"{'play money' if is_play_money(report) else said} {_short_time(report)}"


def _short_time(report: SpendReport) -> str:
    match report.period:
        case ReportPeriod.WEEK:
            return "this week"
        case ReportPeriod.MONTH | ReportPeriod.LAST_MONTH:
            return time_of(report)
        case ReportPeriod.YEAR:
            return "in 12 months"


def _column(report: SpendReport, index: int) -> str:
    when = local(report.columns[index].start, report)
    match report.period:
        case ReportPeriod.WEEK:
            return _DAYS[when.weekday()]
        case ReportPeriod.MONTH | ReportPeriod.LAST_MONTH:
            return str(when.day)
        case ReportPeriod.YEAR:
            return month(when)[:3]


def _layers(report: SpendReport, names: Mapping[int, str]) -> tuple[ChartSeries, ...]:
    own, rest = report.shares[:NAMED], report.shares[NAMED:]
    layers = [
        ChartSeries(
            _name(share, report, names),
            f"no. {rank} (…{share.subject % 10_000:04d})",
            share.amounts,
        )
        for rank, share in enumerate(own, start=1)
    ]
    if rest:
        name = count_of(len(rest), "other", "others")
        amounts = total([share.amounts for share in rest], len(report.columns))
        layers.append(ChartSeries(name, name, amounts, is_rest=True))
    return tuple(layers)


def _name(share: SpendShare, report: SpendReport, names: Mapping[int, str]) -> str:
    is_member = report.grouping is ReportGrouping.MEMBER
    if not share.subject:
        return "in no channel"
    name = plain(names.get(share.subject, ""), limit=_NAME_LENGTH)
    if not name:
        return f"{'member' if is_member else 'channel'} …{share.subject % 10_000:04d}"
    return name if is_member else f"#{name}"


def _lines(report: SpendReport) -> tuple[ChartThreshold, ...]:
    cap = report.column_cap
    if cap is None:
        return ()
    # Most of a year's months were measured by other limits.
    when = " now" if report.period is ReportPeriod.YEAR else ""
    return (
        ChartThreshold(f"{limit_name(cap.limit)}{when}: {cap_name(cap.limit.cap)}", cap.limit.cap),
    )


def _meter(report: SpendReport) -> ChartMeter | None:
    cap = report.cap
    if cap is None:
        return None
    label = _measured(cap)
    if (told := report.forecast) and told != report.spent and not cap.over:
        label += f" · heading for {usd(-(-told // 10_000) * 10_000)}"
    return ChartMeter(label, cap.spent, cap.held, cap.limit.cap, report.forecast)


def _measured(cap: LimitStatus) -> str:
    """How much of a limit is spent; it stands alone."""
    amount = cap.limit.cap
    if amount == 0:
        return "closed"
    if cap.over:
        return f"over by {usd(cap.over)} of {usd(amount)}"
    return f"{100 * cap.spent // amount} % of {usd(amount)}"
